// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DRM's uevents of wedged devices: one with WEDGED=none each time that the driver has recovered a
 * card which failed, and none for a reset that the operator asked for. Needs a card with debug=on.
 */
#include "pinion_errors.h"

#include "../selftests/pci.h"
#include "../selftests/sysfs.h"
#include "knobs.h"

/* Wait for a uevent: whether it says that the card was recovered from the error @code. */
static bool recovered(int events, unsigned int code)
{
	char want[32], got[32];

	snprintf(want, sizeof(want), "%#05x", code);
	snprintf(got, sizeof(got), "%s", uevent_wait(events, "WEDGED"));
	if (!strcmp(got, "none") && !strcmp(uevent_again("PINION_REASON"), want))
		return true;
	ksft_print_msg("WEDGED=%s, PINION_REASON=%s, not %s\n", got, uevent_again("PINION_REASON"),
		       want);
	return false;
}

static bool recovers(int events, uint32_t knob, uint32_t value, unsigned int code)
{
	knobs[knob / 4] = value;
	return recovered(events, code);
}

int main(void)
{
	struct rig rig;
	int events;

	rig_open(&rig, 4);
	knobs_find();
	events = uevents_open();
	ksft_print_header();
	ksft_set_plan(6);
	ksft_test_result(recovers(events, PINION_REG_DEBUG_FW_CRASH, 1,
				  PINION_ERROR_FIRMWARE_CRASHED),
			 "a restart of firmware that crashed is a recovery\n");
	ksft_test_result(!strcmp(uevent_again("SUBSYSTEM"), "accel") &&
				 !strcmp(uevent_again("DEVNAME"), "accel/accel0"),
			 "the uevent is that of the accel node\n");
	ksft_test_result(!pci_reset(), "the operator resets the card\n");
	ksft_test_result(recovers(events, PINION_REG_DEBUG_AER, PINION_DEBUG_AER_NONFATAL,
				  PINION_ERROR_BUS_ERROR),
			 "the next recovery is that from an error of the bus\n");
	ksft_test_result(recovers(events, PINION_REG_DEBUG_AER, PINION_DEBUG_AER_FATAL,
				  PINION_ERROR_BUS_FATAL),
			 "a reset of the link after a fatal error is a recovery\n");
	rig_close(&rig);
	rig_open(&rig, 4);
	ksft_test_result(!rig_run(&rig).res, "the card works\n");
	rig_close(&rig);
	ksft_finished();
}
