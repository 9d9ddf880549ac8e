// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card does not end a job that it is asked to abort: the driver stops the job's queue after a
 * while, and no other queue. Needs a card with debug=on.
 */
#include <poll.h>
#include <unistd.h>

#include "knobs.h"

static void ended(struct rig *rig, struct rig *other)
{
	struct pollfd pfd = { .fd = rig->queue };
	uint64_t all = 0;

	rig_hang(rig);
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
	knobs[PINION_REG_DEBUG_DEAF / 4] = 1;
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &all) &&
				 rig_wait(rig).res == -ECANCELED && rig_wait(rig).res == -ECANCELED,
			 "two jobs are cancelled: their commands end at once\n");
	ksft_test_result(!rig_run(other).res, "another queue works\n");
	ksft_test_result(poll(&pfd, 1, 60000) == 1 && pfd.revents == POLLERR,
			 "the queue is stopped in the end\n");
	knobs[PINION_REG_DEBUG_DEAF / 4] = 0;
	ksft_test_result(rig_fault(rig).status == PINION_STATUS_ABORTED && rig_fault(rig).seq,
			 "the record says which job was not aborted in time\n");
	ksft_test_result(!rig_run(other).res, "another queue still works\n");
	ksft_test_result(rig_run(rig).res == -ESHUTDOWN &&
				 !try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !rig_run(rig).res,
			 "a reset starts it again\n");
}

/* The queue is closed while the driver waits for the card: nothing accesses the queue later. */
static void closed(struct rig *rig)
{
	int queue = rig->queue;
	uint64_t all = 0;

	rig->queue = rig_queue(rig->fd, 4);
	knobs[PINION_REG_DEBUG_DEAF / 4] = 1;
	rig_hang(rig);
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &all) &&
				 rig_wait(rig).res == -ECANCELED && !close(rig->queue),
			 "a queue is closed before the driver stops it\n");
	knobs[PINION_REG_DEBUG_DEAF / 4] = 0;
	rig->queue = queue;
	sleep(3);
	ksft_test_result(!rig_run(rig).res && !rig_fault(rig).status,
			 "nothing follows for a queue that was closed\n");
}

int main(void)
{
	struct rig rig, other;

	rig_open(&rig, 4);
	rig_open(&other, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(8);
	ended(&rig, &other);
	closed(&rig);
	rig_close(&rig);
	rig_close(&other);
	ksft_finished();
}
