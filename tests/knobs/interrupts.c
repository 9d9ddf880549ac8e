// SPDX-License-Identifier: GPL-2.0-or-later
/* Interrupts that are lost or come without a cause cost no job. Needs a card with debug=on. */
#include "knobs.h"

static void submit(struct rig *rig)
{
	rig_sqe(rig, 0, 0);
	rig_submit(rig);
}

static void lost(struct rig *rig)
{
	knobs[PINION_REG_DEBUG_MSI_LOST / 4] = 1;
	submit(rig);
	knobs_wait(PINION_REG_DEBUG_MSI_LOST);
	submit(rig);
	ksft_test_result(!rig_wait(rig).res && !rig_wait(rig).res,
			 "a job whose interrupt is lost ends with the next job\n");
}

static void storm(struct rig *rig)
{
	unsigned int i, failed = 0;

	knobs[PINION_REG_DEBUG_MSI_STORM / 4] = 100;
	for (i = 0; i < 20; i++)
		failed += rig_run(rig).res != 0;
	knobs_wait(PINION_REG_DEBUG_MSI_STORM);
	ksft_test_result(!failed && !rig_run(rig).res,
			 "jobs end in a storm of interrupts and after it\n");
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(2);
	lost(&rig);
	storm(&rig);
	rig_close(&rig);
	ksft_finished();
}
