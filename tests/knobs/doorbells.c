// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card does not learn of a job, because its doorbell is lost or the wake word says that no
 * doorbell is needed: the driver notices and rings again. If that is of no use, the job is aborted
 * and then its queue is stopped, and no other queue. Needs a card with debug=on.
 */
#include <poll.h>

#include "../selftests/sysfs.h"
#include "knobs.h"

/* Doorbells of one job: the first, and two that the driver rings when it finds the card at rest. */
#define RINGS 3

static unsigned long counted(void)
{
	return sysfs_number("errors/doorbells_lost");
}

static void submit(struct rig *rig)
{
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
}

static void rung_again(struct rig *rig, struct rig *other, unsigned long before, const char *what)
{
	ksft_test_result(!rig_run(other).res, "%s: another queue works\n", what);
	ksft_test_result(!rig_wait(rig).res, "%s: the job runs in the end\n", what);
	ksft_test_result(counted() == before + 1, "%s: it is counted\n", what);
	ksft_test_result(!rig_run(rig).res, "%s: the next job runs\n", what);
}

/* None of the doorbells helps. */
static void climbs(struct rig *rig, struct rig *other)
{
	struct pollfd stopped = { .fd = rig->queue };

	knobs[PINION_REG_DEBUG_BELL_LOST / 4] = RINGS;
	submit(rig);
	knobs_wait(PINION_REG_DEBUG_BELL_LOST);
	ksft_test_result(rig_wait(rig).res == -ECANCELED, "a deaf card: the job is aborted\n");
	ksft_test_result(poll(&stopped, 1, 60000) == 1 && stopped.revents == POLLERR,
			 "a deaf card: its queue is stopped\n");
	ksft_test_result(!rig_run(other).res, "a deaf card: another queue works\n");
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !rig_run(rig).res && !rig_run(rig).res,
			 "a deaf card: after a reset of its queue jobs run again\n");
}

int main(void)
{
	struct rig rig, other;
	unsigned long before;

	rig_open(&rig, 4);
	rig_open(&other, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(13);
	before = counted();
	knobs[PINION_REG_DEBUG_BELL_LOST / 4] = 1;
	submit(&rig);
	knobs_wait(PINION_REG_DEBUG_BELL_LOST);
	rung_again(&rig, &other, before, "a lost doorbell");
	before = counted();
	knobs[PINION_REG_DEBUG_WAKE_WRONG / 4] = 1;
	ksft_test_result(!rig_run(&rig).res, "a job\n");
	knobs_wait(PINION_REG_DEBUG_WAKE_WRONG);
	submit(&rig);
	rung_again(&rig, &other, before, "a wrong wake word");
	climbs(&rig, &other);
	rig_close(&rig);
	rig_close(&other);
	ksft_finished();
}
