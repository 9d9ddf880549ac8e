// SPDX-License-Identifier: MIT
/* Jobs go by ioctl where io_uring is forbidden, as by the seccomp profile of a container. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "rt.h"

#define ENTRIES 8
#define JOBS	500
#define THREADS 4

static struct pinion_device *dev;
static struct pinion_queue *queue;
static struct pinion_buffer *buf;
static struct pinion_cmdbuf *cb;

static bool bar(unsigned int call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void works(void)
{
	const uint8_t *bytes = pinion_buffer_map(buf);
	struct pinion_point point;

	RT(pinion_submit(queue, cb, &point, &rt_err));
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err) && bytes[0] == 0x5a && bytes[4095] == 0x5a &&
		       pinion_point_timestamp(&point),
	       "a job");
}

/*
 * Submit many more jobs than the queue has entries. The first job waits until the queue has been
 * full once, and the jobs behind it wait with it. Results are asked for in reverse order.
 */
static void many(void)
{
	struct pinion_submit_options options = { .size = sizeof(options), .nwaits = 1 };
	struct pinion_sync gate = { .value = 1 };
	struct pinion_point points[JOBS];
	unsigned int i, full = 0, bad = 0;
	int ret;

	RT(pinion_timeline_create(dev, NULL, 0, &gate.timeline, &rt_err));
	options.waits = &gate;
	RT(pinion_submit_sync(queue, cb, &options, &points[0], &rt_err));
	for (i = 1; i < JOBS; i++) {
		while ((ret = pinion_submit(queue, cb, &points[i], &rt_err)) == -EAGAIN) {
			if (!full++)
				pinion_timeline_signal(gate.timeline, 1);
			bad += pinion_wait(&points[i - 1], RT_LONG, &rt_err) != 0;
		}
		bad += ret != 0;
	}
	for (i = JOBS; i-- > 0;)
		bad += pinion_wait(&points[i], RT_LONG, &rt_err) != 0;
	tap_ok(!bad && full, "%u jobs on a queue of %u entries, full %u times", JOBS, ENTRIES,
	       full);
	pinion_timeline_free(gate.timeline);
}

static void *work(void *arg)
{
	struct pinion_cmdbuf *mine = rt_cmdbuf(dev);
	struct pinion_point point;
	unsigned int i, bad = 0;
	int ret;

	(void)arg;
	for (i = 0; i < JOBS / 10; i++) {
		while ((ret = pinion_submit(queue, mine, &point, NULL)) == -EAGAIN)
			;
		bad += ret || pinion_wait(&point, RT_LONG, NULL);
	}
	pinion_cmdbuf_free(mine);
	return (void *)(uintptr_t)bad;
}

static void threads(void)
{
	pthread_t thread[THREADS];
	uintptr_t bad = 0;
	void *res;
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, work, NULL);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &res);
		bad += (uintptr_t)res;
	}
	tap_ok(!bad, "%u threads submit and wait", THREADS);
}

static void points(void)
{
	struct pinion_submit_options options = { .size = sizeof(options), .nwaits = 1 };
	struct pinion_cmdbuf *two[2] = { cb, rt_cmdbuf(dev) };
	struct pinion_timeline *before, *behind;
	struct pinion_sync wait = { .value = 1 };
	struct pinion_point point;

	RT(pinion_timeline_create(dev, NULL, 0, &before, &rt_err));
	RT(pinion_timeline_create(dev, NULL, 0, &behind, &rt_err));
	wait.timeline = before;
	options.waits = &wait;
	options.signal = (struct pinion_sync){ behind, 7 };
	RT(pinion_submit_vector(queue, two, 2, &options, &point, &rt_err));
	tap_ok(pinion_wait(&point, RT_SOON, &rt_err) == -ETIME, "%s", rt_err.text);
	pinion_timeline_signal(before, 1);
	tap_ok(!pinion_wait(&point, RT_LONG, &rt_err) && pinion_timeline_value(behind) == 7,
	       "a vector, with a point before and one behind it");
	pinion_timeline_free(before);
	pinion_timeline_free(behind);
	pinion_cmdbuf_free(two[1]);
}

static void ends(void)
{
	struct pinion_submit_options options = { .size = sizeof(options), .deadline_ns = 1 };
	struct pinion_cmdbuf *waits = rt_cmdbuf(dev);
	struct pinion_point point, late;

	memset(pinion_buffer_map(buf), 0, 8);
	pinion_cmd_wait(waits, pinion_buffer_address(buf), 1);
	RT(pinion_submit(queue, waits, &point, &rt_err));
	tap_ok(!pinion_cancel(&point, &rt_err) &&
		       pinion_wait(&point, RT_LONG, &rt_err) == -ECANCELED,
	       "%s", rt_err.text);
	RT(pinion_submit_sync(queue, waits, &options, &late, &rt_err));
	tap_ok(pinion_wait(&late, RT_LONG, &rt_err) == -ETIMEDOUT, "%s", rt_err.text);
	pinion_cmdbuf_free(waits);
}

static void faults(void)
{
	struct pinion_cmdbuf *bad = rt_cmdbuf(dev);
	struct pinion_point point;

	pinion_cmd_fill(bad, 0x900000000, 8, 1, 8);
	RT(pinion_submit(queue, bad, &point, &rt_err));
	tap_ok(pinion_wait(&point, RT_LONG, &rt_err) == -EFAULT &&
		       strstr(rt_err.text, "page fault: write at 0x900000000"),
	       "%s", rt_err.text);
	tap_ok(pinion_submit(queue, cb, NULL, &rt_err) == -ESHUTDOWN, "%s", rt_err.text);
	tap_ok(!pinion_queue_reset(queue, &rt_err) && !pinion_submit(queue, cb, &point, &rt_err) &&
		       !pinion_wait(&point, RT_LONG, &rt_err),
	       "after a reset");
	pinion_cmdbuf_free(bad);
}

int main(void)
{
	struct pinion_queue_options polled = { .size = sizeof(polled),
					       .flags = PINION_QUEUE_POLLED };
	struct pinion_queue_options options = { .size = sizeof(options), .entries = ENTRIES };

	if (prctl(PR_GET_SECCOMP) < 0) {
		printf("1..0 # SKIP this kernel has no seccomp\n");
		return 4;
	}
	tap_plan(13);
	dev = rt_device();
	buf = rt_host(dev, 4096);
	cb = rt_cmdbuf(dev);
	pinion_cmd_fill(cb, pinion_buffer_address(buf), 4096, 0x5a, 1);
	tap_ok(bar(SYS_io_uring_setup, EPERM), "io_uring_setup() is barred from here on");
	tap_ok(pinion_queue_create(dev, &polled, &queue, &rt_err) == -EPERM &&
		       strstr(rt_err.text, "io_uring, which is not allowed here"),
	       "%s", rt_err.text);
	RT(pinion_queue_create(dev, &options, &queue, &rt_err));
	works();
	many();
	threads();
	points();
	ends();
	faults();
	pinion_queue_close(queue);
	tap_ok(!pinion_queue_create(dev, NULL, &queue, &rt_err), "another queue");
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	return tap_result();
}
