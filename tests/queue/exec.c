// SPDX-License-Identifier: GPL-2.0-or-later
/* EXEC: results and order of jobs, a full queue, faults, and work after a fault. */
#include <unistd.h>

#include "rig.h"

#define DEPTH	8
#define VRAM_VA 0x80000000ull

static void packets(struct rig *rig)
{
	uint32_t vram = rig_bo(rig->fd, 1 << 20, DRM_PINION_BO_DEVICE);
	uint64_t *stamps = (uint64_t *)(rig->data + 0x2000);
	struct done done;
	size_t i;

	rig_map(rig->fd, vram, VRAM_VA, 1 << 20);
	for (i = 0; i < 4096; i++)
		rig->data[i] = i * 7 + i / 256;
	rig->bytes = 0;
	rig_sem(rig, PINION_PKT_TIMESTAMP, RIG_DATA_VA + 0x2000, 0);
	rig_copy(rig, VRAM_VA + 100, RIG_DATA_VA, 4096);
	rig_copy(rig, RIG_DATA_VA + 4096, VRAM_VA + 100, 4096);
	rig_fill(rig, RIG_DATA_VA + 0x3000, 4096, 0xdeadbeefcafef00dull, 8);
	rig_sem(rig, PINION_PKT_TIMESTAMP, RIG_DATA_VA + 0x2008, 0);
	done = rig_run(rig);
	ksft_test_result(!done.res, "COPY, FILL and TIMESTAMP: %s\n", strerror(-done.res));
	ksft_test_result(!memcmp(rig->data, rig->data + 4096, 4096),
			 "copied to the card and back\n");
	ksft_test_result(*(uint64_t *)(rig->data + 0x3ff8) == 0xdeadbeefcafef00dull,
			 "FILL writes all of its range\n");
	ksft_test_result(stamps[0] && stamps[0] <= stamps[1] && stamps[1] <= done.end,
			 "times in order: %llu, %llu, completion %llu\n",
			 (unsigned long long)stamps[0], (unsigned long long)stamps[1],
			 (unsigned long long)done.end);
	rig_bo_close(rig->fd, vram);
}

static void empty(struct rig *rig)
{
	struct done first, second;

	rig->bytes = 0;
	first = rig_run(rig);
	second = rig_run(rig);
	ksft_test_result(!first.res && !second.res && first.end && first.end <= second.end,
			 "empty jobs: done at %llu and %llu\n", (unsigned long long)first.end,
			 (unsigned long long)second.end);
}

/* The rings wrap many times, and the phase bit flips each time. */
static void rounds(struct rig *rig)
{
	unsigned int n = rig_times(1000, 20000), i, k, wrong = 0;

	for (i = 0; i < n; i++) {
		uint64_t first = rig->mark + 1;

		for (k = 0; k < DEPTH; k++)
			rig_sqe(rig, 0, 0);
		rig_submit(rig);
		for (k = 0; k < DEPTH; k++) {
			struct done done = rig_wait(rig);

			wrong += done.res || done.mark != first + k;
		}
	}
	ksft_test_result(!wrong, "%u jobs complete once, in order\n", n * DEPTH);
}

static void full(struct rig *rig)
{
	struct done done;
	int i, again = 0, fine = 0;

	for (i = 0; i < DEPTH + 2; i++)
		rig_hang(rig);
	for (i = 0; i < 2; i++) {
		done = rig_wait(rig);
		again += done.res == -EAGAIN;
	}
	ksft_test_result(again == 2, "two jobs more than entries: EAGAIN\n");
	rig_unhang(rig);
	for (i = 0; i < DEPTH; i++)
		fine += !rig_wait(rig).res;
	ksft_test_result(fine == DEPTH, "the others complete\n");
}

static void small_cqe(struct rig *rig)
{
	struct io_uring wide = rig->ring;
	struct done done;

	if (io_uring_queue_init(8, &rig->ring, IORING_SETUP_SQE128))
		ksft_exit_fail_msg("io_uring_queue_init: %s\n", strerror(errno));
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	done = rig_wait(rig);
	ksft_test_result(!done.res, "a ring with 16-byte completions and 128-byte submissions\n");
	io_uring_queue_exit(&rig->ring);
	rig->ring = wide;
}

/* Run the command buffer, which must fail with @want; after a reset the queue must work. */
static void fails(struct rig *rig, int want, uint32_t status, uint32_t packet, const char *what)
{
	struct pinion_queue_fault fault;
	struct done done, after;

	done = rig_run(rig);
	fault = rig_fault(rig);
	ksft_test_result(done.res == want, "%s: %s\n", what, strerror(-done.res));
	ksft_test_result(fault.status == status && fault.packet == packet && fault.seq,
			 "%s: fault %u in packet %u of job %llu\n", what, fault.status,
			 fault.packet, (unsigned long long)fault.seq);
	rig->bytes = 0;
	after = rig_run(rig);
	ksft_test_result(after.res == -ESHUTDOWN, "%s: the queue takes no more\n", what);
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !rig_run(rig).res && !rig_fault(rig).status,
			 "%s: it goes on after a reset\n", what);
}

static void faults(struct rig *rig)
{
	struct pinion_pkt *pkt;

	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 8, 0, 8);
	rig_packet(rig, 200, 8);
	fails(rig, -EBADMSG, PINION_STATUS_BAD_PACKET, 1, "unknown packet");
	rig->bytes = 0;
	pkt = rig_packet(rig, PINION_PKT_NOP, 8);
	pkt->reserved = 1;
	fails(rig, -EBADMSG, PINION_STATUS_BAD_PACKET, 0, "reserved field");
	rig->bytes = 0;
	rig_packet(rig, PINION_PKT_NOP, 8);
	rig_packet(rig, PINION_PKT_NOP, 8);
	rig_copy(rig, RIG_DATA_VA, 0x700000000, 64);
	fails(rig, -EFAULT, PINION_STATUS_PAGE_FAULT, 2, "COPY from nowhere");
}

static void fault_record(struct rig *rig)
{
	struct pinion_queue_fault fault;
	uint64_t bad = 0x712345000;

	rig->bytes = 0;
	rig_fill(rig, bad, 64, 0, 8);
	rig_run(rig);
	fault = rig_fault(rig);
	ksft_test_result(fault.va == bad && fault.access == PINION_ACCESS_WRITE &&
				 fault.core == ~0u && fault.timestamp,
			 "the record tells address and access\n");
	try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
	rig_sqe(rig, bad, 64);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EFAULT, "command buffer nowhere\n");
	ksft_test_result(rig_fault(rig).va == bad,
			 "the record tells the address of the command buffer\n");
	try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
}

/* Jobs behind a job that fails never run. */
static void behind_a_fault(struct rig *rig)
{
	int i, canceled = 0, first;

	rig->data[0] = 0;
	rig_hang(rig);
	rig_sqe(rig, 0x700000000, 8);
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 8, 0xff, 1);
	for (i = 0; i < 3; i++)
		rig_sqe(rig, RIG_VA, rig->bytes);
	rig_submit(rig);
	rig_unhang(rig);
	first = rig_wait(rig).res;
	ksft_test_result(!first && rig_wait(rig).res == -EFAULT,
			 "the job before is fine, the next faults\n");
	for (i = 0; i < 3; i++)
		canceled += rig_wait(rig).res == -ECANCELED;
	ksft_test_result(canceled == 3 && !rig->data[0],
			 "three jobs behind a fault: ECANCELED, not run\n");
	try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
}

/* A fault stops its own queue, and no other queue of the file. */
static void neighbours(struct rig *rig)
{
	int mine = rig->queue, other = rig_queue(rig->fd, 4);

	rig_sqe(rig, 0x700000000, 8);
	rig_submit(rig);
	rig_wait(rig);
	rig->queue = other;
	rig->bytes = 0;
	ksft_test_result(!rig_run(rig).res && !rig_fault(rig).status, "another queue goes on\n");
	close(other);
	rig->queue = mine;
	try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(27);
	rig_open(&rig, DEPTH);
	packets(&rig);
	empty(&rig);
	rounds(&rig);
	full(&rig);
	small_cqe(&rig);
	faults(&rig);
	fault_record(&rig);
	behind_a_fault(&rig);
	neighbours(&rig);
	rig_close(&rig);
	ksft_finished();
}
