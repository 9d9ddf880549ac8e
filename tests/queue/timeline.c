// SPDX-License-Identifier: GPL-2.0-or-later
/* Timelines are created, shared and destroyed; jobs wait for points and raise points. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define NOWHERE 0x700000000ull

static int try_timeline_import(int fd, int timeline, uint32_t *id)
{
	struct drm_pinion_timeline_import args = { .fd = timeline };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_TIMELINE_IMPORT, &args);

	*id = args.timeline;
	return ret;
}

static void arguments(struct rig *rig)
{
	struct drm_pinion_timeline_create args = { .flags = 1 };
	uint64_t end = rig_info(rig->fd).va_end;
	uint32_t id, handle;

	ksft_test_result(try_ioctl(rig->fd, DRM_IOCTL_PINION_TIMELINE_CREATE, &args) == -EINVAL,
			 "flags\n");
	ksft_test_result(try_timeline(rig->fd, 99, 0, &id) == -ENOENT, "unknown vm\n");
	ksft_test_result(try_timeline_destroy(rig->fd, 0) == -ENOENT &&
				 try_timeline_destroy(rig->fd, 77) == -ENOENT &&
				 try_timeline_destroy(rig->fd, ~0u) == -ENOENT,
			 "destroy what is not there\n");
	ksft_test_result(try_timeline_import(rig->fd, rig->queue, &id) == -EINVAL,
			 "import a queue\n");
	ksft_test_result(try_timeline_import(rig->fd, 999, &id) == -EBADF,
			 "import what is not open\n");
	handle = rig_bo(rig->fd, 4096, DRM_PINION_BO_HOST);
	ksft_test_result(try_map(rig->fd, handle, 0, end, 4096, RIG_RWX) == -EINVAL &&
				 try_unmap(rig->fd, end, 4096) == -EINVAL &&
				 end == (1ull << 48) - (64 << 20),
			 "the addresses of timelines are not for VM_BIND\n");
	rig_bo_close(rig->fd, handle);
}

static void host_side(struct rig *rig)
{
	volatile uint64_t *word;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 7, &id);

	ksft_test_result(id >= 1 && fcntl(tl, F_GETFD) == FD_CLOEXEC && rig_timeline_value(tl) == 7,
			 "id %u, closed on exec, begins at 7\n", id);
	word = mmap(NULL, 4096, PROT_READ, MAP_SHARED, tl, 0);
	ksft_test_result(word != MAP_FAILED && *word == 7, "the timeline's value in memory\n");
	rig_timeline_raise(tl, 20);
	rig_timeline_raise(tl, 19);
	ksft_test_result(rig_timeline_value(tl) == 20 && *word == 20,
			 "raised to 20, then not to 19\n");
	ksft_test_result(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, tl, 0) ==
					 MAP_FAILED &&
				 errno == EPERM,
			 "a timeline is not mapped for writing\n");
	ksft_test_result(mprotect((void *)word, 4096, PROT_READ | PROT_WRITE) && errno == EACCES,
			 "a timeline's mapping is not made writable\n");
	ksft_test_result(mmap(NULL, 8192, PROT_READ, MAP_SHARED, tl, 0) == MAP_FAILED &&
				 errno == EINVAL,
			 "a timeline's mapping is one page\n");
	ksft_test_result(!try_timeline_destroy(rig->fd, id) && rig_timeline_value(tl) == 20,
			 "the file outlives the id\n");
	close(tl);
	ksft_test_result(*word == 20, "the mapping outlives the file\n");
	munmap((void *)word, 4096);
}

static void wait_point(struct rig *rig)
{
	uint32_t id, other;
	int tl = rig_timeline(rig->fd, 0, &id), second = rig_timeline(rig->fd, 5, &other);

	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 8, 0x11, 1);
	rig->data[0] = 0;
	rig_sqe_wait(rig, 0, other, 5);
	rig_sqe_wait(rig, rig->bytes, id, 3);
	rig_submit(rig);
	ksft_test_result(!rig_wait(rig).res, "a point reached already\n");
	rig_timeline_raise(tl, 2);
	ksft_test_result(!rig->data[0], "2 is not 3\n");
	rig_timeline_raise(tl, 3);
	ksft_test_result(!rig_wait(rig).res && rig->data[0] == 0x11,
			 "the host raises it to 3: the job runs\n");
	rig_sqe_wait(rig, 0, id, 4);
	rig_submit(rig);
	ksft_test_result(!try_timeline_destroy(rig->fd, id) &&
				 try_timeline_destroy(rig->fd, id) == -ENOENT,
			 "destroy while a job waits, once\n");
	rig_sqe_wait(rig, 0, id, 4);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -ENOENT, "a new job that names it: ENOENT\n");
	rig_timeline_raise(tl, 4);
	ksft_test_result(!rig_wait(rig).res, "the job that waited goes on\n");
	ksft_test_result(!try_timeline_destroy(rig->fd, other), "destroy the other\n");
	rig_sqe_wait(rig, 0, 0, 3);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EINVAL, "a value of no timeline: EINVAL\n");
	rig_sqe_wait(rig, 0, 0, 0)->flags = PINION_EXEC_SQE128;
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EINVAL, "128 bytes promised, 64 there: EINVAL\n");
	close(tl);
	close(second);
}

static int long_result(struct rig *rig)
{
	rig_submit(rig);
	return rig_wait(rig).res;
}

static void long_arguments(struct rig *rig)
{
	struct pinion_uring_exec128 *exec;
	uint32_t id;
	int i, bad = 0, tl = rig_timeline(rig->fd, 0, &id);

	rig_sqe_long(rig, 0, 0)->signal.pad = 1;
	bad += long_result(rig) == -EINVAL;
	rig_sqe_long(rig, 0, 0)->reserved = 1;
	bad += long_result(rig) == -EINVAL;
	for (i = 0; i < PINION_EXEC_WAITS; i++) {
		exec = rig_sqe_long(rig, 0, 0);
		exec->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
		exec->waits[i].pad = 1;
		bad += long_result(rig) == -EINVAL;
	}
	rig_sqe_long(rig, 0, 0)->signal.value = 1;
	bad += long_result(rig) == -EINVAL;
	rig_sqe_long(rig, 0, 0)->waits[1].value = 1;
	bad += long_result(rig) == -EINVAL;
	ksft_test_result(bad == 4 + PINION_EXEC_WAITS,
			 "padding, reserved, values of no timeline: EINVAL\n");
	rig_sqe_long(rig, 0, 0)->signal.timeline = id + 1;
	bad = long_result(rig) == -ENOENT;
	exec = rig_sqe_long(rig, 0, 0);
	exec->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	exec->waits[0].timeline = id + 1;
	bad += long_result(rig) == -ENOENT;
	ksft_test_result(bad == 2, "unknown timelines: ENOENT\n");
	ksft_test_result(!try_timeline_destroy(rig->fd, id) && !rig_timeline_value(tl),
			 "jobs that were not taken hold and raise nothing\n");
	close(tl);
}

/* A job waits for a job that is submitted later, to another queue. */
static void queue_to_queue(struct rig *rig)
{
	int first = rig->queue, second = rig_queue(rig->fd, 4), tl;
	struct pinion_uring_exec128 *exec;
	uint32_t id;

	tl = rig_timeline(rig->fd, 0, &id);
	rig->bytes = 0;
	rig_copy(rig, RIG_DATA_VA + 8, RIG_DATA_VA, 8);
	rig->data[8] = 0;
	exec = rig_sqe_long(rig, RIG_VA, rig->bytes);
	exec->exec.wait_timeline = id;
	exec->exec.wait_value = 1;
	exec->signal = (struct pinion_uring_point){ .value = 2, .timeline = id };
	rig_submit(rig);
	rig->queue = second;
	rig_fill(rig, RIG_DATA_VA, 8, 0x22, 1);
	exec = rig_sqe_long(rig, RIG_VA + sizeof(struct pinion_pkt_copy),
			    rig->bytes - sizeof(struct pinion_pkt_copy));
	exec->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	rig_submit(rig);
	ksft_test_result(!rig_wait(rig).res && !rig_wait(rig).res && rig->data[8] == 0x22,
			 "a wait before its signal, from queue to queue\n");
	ksft_test_result(rig_timeline_value(tl) == 2, "the value is the last point's\n");
	close(second);
	rig->queue = first;
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

static void several(struct rig *rig)
{
	struct pinion_uring_exec128 *exec;
	int tl[3], i, small;
	uint32_t id[3];

	for (i = 0; i < 3; i++)
		tl[i] = rig_timeline(rig->fd, 0, &id[i]);
	exec = rig_sqe_long(rig, 0, 0);
	exec->exec.wait_timeline = id[0];
	exec->exec.wait_value = 10;
	for (i = 0; i < 2; i++)
		exec->waits[i] = (struct pinion_uring_point){ .value = 10, .timeline = id[i + 1] };
	exec->signal = (struct pinion_uring_point){ .value = 11, .timeline = id[2] };
	rig_submit(rig);
	for (i = 0; i < 3; i++) {
		ksft_test_result(rig_timeline_value(tl[2]) < 11, "%d of three points reached\n", i);
		rig_timeline_raise(tl[i], 10);
	}
	ksft_test_result(!rig_wait(rig).res && rig_timeline_value(tl[2]) == 11,
			 "all of three points reached: the job runs\n");
	small = rig->queue;
	rig->queue = rig_queue(rig->fd, 2);
	exec = rig_sqe_long(rig, 0, 0);
	exec->exec.wait_timeline = id[0];
	for (i = 0; i < 2; i++)
		exec->waits[i].timeline = id[i + 1];
	ksft_test_result(long_result(rig) == -EINVAL, "three points in a queue of two: EINVAL\n");
	close(rig->queue);
	rig->queue = small;
	for (i = 0; i < 3; i++) {
		try_timeline_destroy(rig->fd, id[i]);
		close(tl[i]);
	}
}

/* A job that fails raises its point, and so does each job behind it, which never runs. */
static void failures(struct rig *rig)
{
	uint32_t id;
	int tl = rig_timeline(rig->fd, 0, &id), i, results[3];

	rig_hang(rig);
	for (i = 0; i < 3; i++)
		rig_sqe_long(rig, i ? 0 : NOWHERE, i ? 0 : 8)->signal =
			(struct pinion_uring_point){ .value = 1 + i, .timeline = id };
	rig_submit(rig);
	ksft_test_result(!rig_timeline_value(tl), "jobs that wait in the ring raise nothing\n");
	rig_unhang(rig);
	rig_wait(rig);
	for (i = 0; i < 3; i++)
		results[i] = rig_wait(rig).res;
	ksft_test_result(results[0] == -EFAULT && results[1] == -ECANCELED &&
				 results[2] == -ECANCELED,
			 "one job faults, two are cancelled\n");
	ksft_test_result(rig_timeline_value(tl) == 3,
			 "points of failed and cancelled jobs are raised\n");
	rig_sqe_long(rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 9, .timeline = id };
	ksft_test_result(long_result(rig) == -ESHUTDOWN && rig_timeline_value(tl) == 3,
			 "a job that was not taken raises nothing\n");
	try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
	ksft_test_result(!try_timeline_destroy(rig->fd, id),
			 "failed jobs do not hold the timeline\n");
	close(tl);
}

/* The last close of a queue file ends a job that waits, and raises its point. */
static void queue_closed(struct rig *rig)
{
	int queue = rig->queue, tl, never;
	uint32_t id, never_id;
	struct pinion_uring_exec128 *exec;

	tl = rig_timeline(rig->fd, 0, &id);
	never = rig_timeline(rig->fd, 0, &never_id);
	rig->queue = rig_queue(rig->fd, 4);
	exec = rig_sqe_long(rig, 0, 0);
	exec->exec.wait_timeline = never_id;
	exec->exec.wait_value = 1;
	exec->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	rig_submit(rig);
	close(rig->queue);
	rig->queue = queue;
	/* The pending command holds the queue file: closing the ring releases the file. */
	rig_long_ring(rig, 256);
	try_ioctl(tl, PINION_TIMELINE_IOC_WAIT,
		  &(struct pinion_timeline_wait){ .value = 1, .until_ns = ~0ull });
	ksft_test_result(rig_timeline_value(tl) == 1 && !rig_timeline_value(never),
			 "a queue closed: the job's point is raised\n");
	ksft_test_result(!try_timeline_destroy(rig->fd, id) &&
				 !try_timeline_destroy(rig->fd, never_id),
			 "the jobs of a closed queue do not hold its timelines\n");
	close(tl);
	close(never);
}

/* Jobs of two files, with an address space each, wait for each other by one timeline. */
static void shared(struct rig *rig)
{
	struct pinion_uring_exec128 *exec;
	uint32_t id, other_id;
	struct rig other;
	int tl = rig_timeline(rig->fd, 0, &id);

	rig_open(&other, 4);
	rig_long_ring(&other, 256);
	ksft_test_result(!try_timeline_import(other.fd, tl, &other_id) && other_id == 1,
			 "import a timeline into another address space\n");
	exec = rig_sqe_long(&other, 0, 0);
	exec->exec.wait_timeline = other_id;
	exec->exec.wait_value = 1;
	exec->signal = (struct pinion_uring_point){ .value = 2, .timeline = other_id };
	rig_submit(&other);
	rig_sqe_long(rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	rig_submit(rig);
	ksft_test_result(!rig_wait(rig).res && !rig_wait(&other).res && rig_timeline_value(tl) == 2,
			 "a job of one waits for a job of the other\n");
	rig_close(&other);
	ksft_test_result(!try_timeline_destroy(rig->fd, id),
			 "a timeline outlives the file that imported it\n");
	close(tl);
}

static void many(struct rig *rig)
{
	unsigned int want = rig_times(500, 16383), i, made = 0, gone = 0;
	uint64_t before = rig_info(rig->fd).memory_free;
	uint32_t id;
	int tl;

	for (i = 0; i < want; i++) {
		tl = try_timeline(rig->fd, 0, i, &id);
		if (tl < 0)
			break;
		made += id == i + 1;
		close(tl);
	}
	ksft_test_result(made == want, "%u timelines, ids in order\n", made);
	if (want == 16383)
		ksft_test_result(try_timeline(rig->fd, 0, 0, &id) == -ENOSPC,
				 "one timeline more: ENOSPC\n");
	else
		ksft_test_result(want < 16383, "fewer than there are ids\n");
	rig_sqe_wait(rig, 0, want, want - 1);
	ksft_test_result(!long_result(rig), "the last one works with its file closed\n");
	for (i = 0; i < want; i++)
		gone += !try_timeline_destroy(rig->fd, i + 1);
	ksft_test_result(gone == want && rig_info(rig->fd).memory_free == before,
			 "all timelines destroyed: their page tables are given back\n");
}

static void unplugged(struct rig *rig)
{
	struct pinion_uring_exec128 *exec;
	uint32_t id, again;
	int tl = rig_timeline(rig->fd, 0, &id);

	exec = rig_sqe_long(rig, 0, 0);
	exec->exec.wait_timeline = id;
	exec->exec.wait_value = 1;
	exec->signal = (struct pinion_uring_point){ .value = 5, .timeline = id };
	rig_submit(rig);
	ksft_test_result(!try_driver("unbind"), "unbind while a job waits\n");
	ksft_test_result(rig_wait(rig).res == -ECANCELED && rig_timeline_value(tl) == 5,
			 "a job that waits at unbind is cancelled, its point raised\n");
	rig_timeline_raise(tl, 6);
	ksft_test_result(rig_timeline_value(tl) == 6, "the file works on\n");
	ksft_test_result(try_timeline(rig->fd, 0, 0, &again) == -ENODEV,
			 "a new timeline: ENODEV\n");
	ksft_test_result(!try_driver("bind"), "bind again\n");
	rig_close(rig);
	rig_open(rig, 16);
	ksft_test_result(!try_timeline_import(rig->fd, tl, &id),
			 "an old timeline can be imported into the card that came back\n");
	rig_sqe_wait(rig, 0, id, 6);
	ksft_test_result(!long_result(rig), "a job waits for the old timeline\n");
	close(tl);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(54);
	rig_open(&rig, 16);
	arguments(&rig);
	host_side(&rig);
	wait_point(&rig);
	rig_long_ring(&rig, 256);
	long_arguments(&rig);
	queue_to_queue(&rig);
	several(&rig);
	failures(&rig);
	queue_closed(&rig);
	shared(&rig);
	many(&rig);
	unplugged(&rig);
	rig_close(&rig);
	ksft_finished();
}
