// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card does not learn of a job, because its doorbell is lost or the wake word says that no
 * doorbell is needed: the job can be cancelled, and no other queue is affected. Needs a card with
 * debug=on.
 */
#include <poll.h>

#include "knobs.h"

static void submit(struct rig *rig)
{
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
}

static void unseen(struct rig *rig, struct rig *other, const char *what)
{
	struct pollfd stopped = { .fd = rig->queue };
	uint64_t all = 0;

	ksft_test_result(!rig_run(other).res, "%s: another queue works\n", what);
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &all) &&
				 rig_wait(rig).res == -ECANCELED,
			 "%s: the job can be cancelled\n", what);
	ksft_test_result(poll(&stopped, 1, 60000) == 1 &&
				 !try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !rig_run(rig).res && !rig_run(rig).res,
			 "%s: after a reset of its queue jobs run again\n", what);
}

int main(void)
{
	struct rig rig, other;

	rig_open(&rig, 4);
	rig_open(&other, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(7);
	knobs[PINION_REG_DEBUG_BELL_LOST / 4] = 1;
	submit(&rig);
	knobs_wait(PINION_REG_DEBUG_BELL_LOST);
	unseen(&rig, &other, "a lost doorbell");
	knobs[PINION_REG_DEBUG_WAKE_WRONG / 4] = 1;
	ksft_test_result(!rig_run(&rig).res, "a job\n");
	knobs_wait(PINION_REG_DEBUG_WAKE_WRONG);
	submit(&rig);
	unseen(&rig, &other, "a wrong wake word");
	rig_close(&rig);
	rig_close(&other);
	ksft_finished();
}
