// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver is bound to a card that reads all ones, which it refuses, and to one that takes long
 * for its resets. Needs a card with debug=on.
 */
#include "knobs.h"

static bool works(void)
{
	struct rig rig;
	bool good;

	rig_open(&rig, 4);
	good = !rig_run(&rig).res;
	rig_close(&rig);
	return good;
}

static void all_ones(void)
{
	knobs[PINION_REG_DEBUG_ALL_ONES / 4] = 1;
	ksft_test_result(try_driver("bind") && rig_find_card() < 0,
			 "a card that reads all ones is refused\n");
	knobs[PINION_REG_DEBUG_ALL_ONES / 4] = 0;
	ksft_test_result(!try_driver("bind") && works(), "once it reads well, it works\n");
}

static void slow_reset(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", rig_pci_address());
	knobs[PINION_REG_DEBUG_RESET_BUSY / 4] = 3;
	ksft_test_result(!try_write(path, "1"), "the kernel waits for the end of a slow FLR\n");
	knobs_wait(PINION_REG_DEBUG_RESET_BUSY);
	ksft_test_result(!try_driver("bind") && works(), "the card works\n");
}

int main(void)
{
	rig_card();
	knobs_find();
	ksft_print_header();
	ksft_set_plan(6);
	ksft_test_result(!try_driver("unbind"), "unbind\n");
	all_ones();
	ksft_test_result(!try_driver("unbind"), "unbind again\n");
	slow_reset();
	ksft_finished();
}
