// SPDX-License-Identifier: GPL-2.0-or-later
/* EXEC of several command buffers is one job, with one completion and one point. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define MOST   PINION_EXEC_BUFFERS
#define STRIDE 128u /* bytes between two command buffers in rig->cmd */

static struct pinion_exec_buffer buffers[MOST + 1];

/* Command buffer @i copies the byte that command buffer @i - 1 wrote, which shows the order. */
static void write_buffers(struct rig *rig, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		rig->bytes = i * STRIDE;
		if (i)
			rig_copy(rig, RIG_DATA_VA + i, RIG_DATA_VA + i - 1, 1);
		else
			rig_fill(rig, RIG_DATA_VA, 1, 0x5a, 1);
		buffers[i] = (struct pinion_exec_buffer){
			.va = RIG_VA + i * STRIDE,
			.bytes = rig->bytes - i * STRIDE,
		};
	}
	memset(rig->data, 0, n);
}

static struct pinion_uring_exec *vector(struct rig *rig, const void *array, uint32_t n)
{
	struct io_uring_sqe *sqe = rig_sqe(rig, (uintptr_t)array, n);
	struct pinion_uring_exec *exec = (void *)sqe->cmd;

	exec->flags = PINION_EXEC_VECTOR;
	return exec;
}

static int run(struct rig *rig, const void *array, uint32_t n)
{
	vector(rig, array, n);
	rig_submit(rig);
	return rig_wait(rig).res;
}

static void in_order(struct rig *rig)
{
	uint32_t n, bad = 0;

	for (n = 1; n <= MOST; n++) {
		write_buffers(rig, n);
		bad += run(rig, buffers, n) || !rig_all(rig->data, n, 0x5a) || rig->data[n];
	}
	ksft_test_result(!bad, "1 to %u command buffers, run in order: %u went wrong\n", MOST, bad);
	write_buffers(rig, 3);
	buffers[1] = (struct pinion_exec_buffer){};
	ksft_test_result(!run(rig, buffers, 3), "an empty command buffer among others\n");
}

static void refused(struct rig *rig)
{
	void *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap((char *)page + 4096, 4096);
	write_buffers(rig, 3);
	ksft_test_result(run(rig, buffers, 0) == -EINVAL, "no command buffer\n");
	ksft_test_result(run(rig, buffers, MOST + 1) == -EINVAL, "too many command buffers\n");
	ksft_test_result(run(rig, NULL, 2) == -EFAULT, "no array\n");
	memcpy((char *)page + 4096 - 32, buffers, 32);
	ksft_test_result(run(rig, (char *)page + 4096 - 32, 3) == -EFAULT &&
				 !run(rig, (char *)page + 4096 - 32, 2),
			 "an array at the end of memory\n");
	buffers[2].pad = 1;
	ksft_test_result(run(rig, buffers, 3) == -EINVAL, "pad\n");
	buffers[2] = (struct pinion_exec_buffer){ .va = RIG_VA + 4, .bytes = 8 };
	ksft_test_result(run(rig, buffers, 3) == -EINVAL, "misaligned\n");
	buffers[2] = (struct pinion_exec_buffer){ .va = ~7ull, .bytes = 16 };
	ksft_test_result(run(rig, buffers, 3) == -EINVAL && !rig_fault(rig).status, "overflow\n");
	munmap(page, 4096);
}

/* A command buffer that fails ends the job and stops the queue; those before it have run. */
static void fault(struct rig *rig)
{
	struct pinion_queue_fault record;
	struct done first, second;

	write_buffers(rig, 8);
	buffers[5].va = 0x900000000;
	rig_hang(rig);
	vector(rig, buffers, 8);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	rig_unhang(rig);
	rig_wait(rig);
	first = rig_wait(rig);
	second = rig_wait(rig);
	record = rig_fault(rig);
	ksft_test_result(first.res == -EFAULT && second.res == -ECANCELED,
			 "the sixth of eight fails: %s, and %s behind it\n", strerror(-first.res),
			 strerror(-second.res));
	ksft_test_result(record.buffer == 5 && record.va == 0x900000000 && record.packet == 0,
			 "the record says which command buffer failed: %u\n", record.buffer);
	ksft_test_result(rig_all(rig->data, 5, 0x5a) && rig_all(rig->data + 5, 3, 0),
			 "the command buffers before the failure have run\n");
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !run(rig, buffers, 5),
			 "a vector runs after a reset\n");
}

/* A queue of four entries: jobs that fit, jobs that have to wait, jobs that never fit. */
static void room(void)
{
	struct rig rig;
	int res[3];

	rig_open(&rig, 4);
	write_buffers(&rig, 5);
	ksft_test_result(!run(&rig, buffers, 4) && !run(&rig, buffers, 4) && !run(&rig, buffers, 3),
			 "as many command buffers as the queue has entries, over its end\n");
	ksft_test_result(run(&rig, buffers, 5) == -EINVAL,
			 "more command buffers than the queue has entries\n");
	rig_hang(&rig);
	res[0] = run(&rig, buffers, 4);
	vector(&rig, buffers, 3);
	rig_submit(&rig);
	res[1] = run(&rig, buffers, 1);
	ksft_test_result(res[0] == -EAGAIN && res[1] == -EAGAIN,
			 "beside a job in flight: four do not fit, three do\n");
	rig_unhang(&rig);
	res[2] = rig_wait(&rig).res;
	ksft_test_result(!res[2] && !rig_wait(&rig).res,
			 "a vector beside a job in flight completes\n");
	rig_close(&rig);
}

static void points(struct rig *rig)
{
	struct pinion_uring_exec128 *exec;
	uint32_t ids[4], i;
	int files[4];
	bool early;

	for (i = 0; i < 4; i++)
		files[i] = rig_timeline(rig->fd, 0, &ids[i]);
	rig_long_ring(rig, 256);
	write_buffers(rig, 6);
	exec = rig_sqe_long(rig, (uintptr_t)buffers, 6);
	exec->exec.flags |= PINION_EXEC_VECTOR;
	exec->exec.wait_timeline = ids[0];
	exec->exec.wait_value = 1;
	exec->waits[0] = (struct pinion_uring_point){ .timeline = ids[1], .value = 2 };
	exec->waits[1] = (struct pinion_uring_point){ .timeline = ids[2], .value = 3 };
	exec->signal = (struct pinion_uring_point){ .timeline = ids[3], .value = 9 };
	rig_submit(rig);
	for (i = 0; i < 3; i++)
		rig_timeline_raise(files[i], i < 2 ? 3 : 2);
	early = rig_timeline_value(files[3]) || rig->data[0];
	rig_timeline_raise(files[2], 3);
	ksft_test_result(!rig_wait(rig).res && !early && rig_timeline_value(files[3]) == 9 &&
				 rig_all(rig->data, 6, 0x5a),
			 "three points before the first, one after the last\n");
	for (i = 0; i < 4; i++)
		close(files[i]);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(18);
	rig_open(&rig, 128);
	in_order(&rig);
	refused(&rig);
	fault(&rig);
	room();
	points(&rig);
	rig_close(&rig);
	ksft_finished();
}
