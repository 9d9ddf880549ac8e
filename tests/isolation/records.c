// SPDX-License-Identifier: GPL-2.0-or-later
/* The record of a fault can be read by the file of the queue, and never by a later queue. */
#define _GNU_SOURCE
#include "tenants.h"

#define QUEUES 8
#define BAD_VA 0x7ec7e7000ull

enum { FAULT, CLOSE, KEEP };

static struct rig rig;

/* Create queues, stop each queue by a fault at BAD_VA: whether all faults were as expected. */
static uint64_t fault_all(void)
{
	static int fds[QUEUES];
	int mine = rig.queue, i, wrong = 0;

	for (i = 0; i < QUEUES; i++) {
		if (fds[i])
			close(fds[i]);
		fds[i] = rig_queue(rig.fd, 4);
		rig.queue = fds[i];
		rig.bytes = 0;
		rig_fill(&rig, BAD_VA, 8, 0, 8);
		wrong += rig_run(&rig).res != -EFAULT || rig_fault(&rig).va != BAD_VA;
	}
	rig.queue = mine;
	return !wrong;
}

static uint64_t serve(uint64_t op, uint64_t arg)
{
	(void)arg;
	if (op == CLOSE) {
		rig_close(&rig);
		rig.cmd = NULL;
		return 1;
	}
	if (!rig.cmd)
		rig_open(&rig, 4);
	if (op == FAULT)
		return fault_all();
	rig.bytes = 0;
	return !rig_run(&rig).res && !rig_fault(&rig).status;
}

/* Create @count queues: how many of the new queues have a record of a fault. */
static int queues_that_know(int fd, int count)
{
	int queues[256], know = 0, i;

	for (i = 0; i < count; i++) {
		struct pinion_queue_fault fault, nothing = {};

		queues[i] = rig_queue(fd, 4);
		if (try_ioctl(queues[i], PINION_QUEUE_IOC_FAULT, &fault))
			ksft_exit_fail_msg("PINION_QUEUE_IOC_FAULT failed\n");
		know += memcmp(&fault, &nothing, sizeof(fault)) != 0;
	}
	for (i = 0; i < count; i++)
		close(queues[i]);
	return know;
}

static void attack(void)
{
	bool faulted;
	struct rig mine;

	rig_open(&mine, 4);
	ksft_print_header();
	ksft_set_plan(5);
	faulted = ask(FAULT, 0);
	ksft_test_result(faulted && !queues_that_know(mine.fd, 100),
			 "100 new queues beside those of the victim that stopped: no record\n");
	mine.bytes = 0;
	ksft_test_result(!rig_run(&mine).res && !rig_fault(&mine).status,
			 "the attacker's own queue runs\n");
	ask(CLOSE, 0);
	ksft_test_result(!queues_that_know(mine.fd, 100),
			 "100 new queues in the same slots: no record\n");
	mine.bytes = 0;
	rig_fill(&mine, BAD_VA + 4096, 8, 0, 8);
	ksft_test_result(rig_run(&mine).res == -EFAULT && rig_fault(&mine).va == BAD_VA + 4096,
			 "a fault of the attacker's is its own\n");
	ksft_test_result(ask(KEEP, 0), "the victim's new queue runs, without a record\n");
	rig_close(&mine);
}

int main(void)
{
	return two_tenants(serve, attack);
}
