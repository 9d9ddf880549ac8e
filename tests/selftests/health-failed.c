// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that fails says so: health/ and errors/ stay while the card does not answer, a uevent and
 * poll() report the change, and a card whose driver was bound again is healthy.
 */
#include "pinion_errors.h"

#include "sysfs.h"

static void reset_behind_its_back(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", rig_pci_address());
	if (try_write(path, "1"))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
}

static void says_why(void)
{
	const struct pinion_error_row *row = pinion_error_find(PINION_ERROR_FIRMWARE_SILENT);
	char want[256];

	ksft_test_result(!strcmp(sysfs_read("health/state"), "failed"), "the state: failed\n");
	snprintf(want, sizeof(want), "%#05x %s", row->code, row->sentence);
	ksft_test_result(!strcmp(sysfs_read("health/reason"), want), "the reason: %s\n", want);
	ksft_test_result(!strcmp(sysfs_read("health/action"), row->action), "the action: %s\n",
			 row->action);
}

int main(void)
{
	struct drm_pinion_queue_create args = { .entries = 4 };
	unsigned long timeouts = sysfs_number("errors/mailbox_timeouts");
	unsigned long resets = sysfs_number("errors/card_resets");
	int state = sysfs_open("health/state"), events = uevents_open(), fd = rig_open_node();

	ksft_print_header();
	ksft_set_plan(11);
	sysfs_reread(state);
	reset_behind_its_back();
	if (try_queue(fd, &args) != -ENODEV)
		ksft_exit_fail_msg("a card without firmware made a queue\n");
	ksft_test_result(sysfs_wait(state), "poll() reports that the state has changed\n");
	ksft_test_result(!strcmp(uevent_wait(events, "PINION_STATE"), "failed"),
			 "a uevent reports it as well\n");
	says_why();
	ksft_test_result(sysfs_number("errors/mailbox_timeouts") == timeouts + 1,
			 "the mailbox has timed out once more\n");
	ksft_test_result(sysfs_number("errors/card_resets") > resets, "the card was reset\n");
	ksft_test_result(!try_driver("unbind"), "unbind\n");
	ksft_test_result(sysfs_open("health/state") == -ENOENT, "nothing is left in sysfs\n");
	ksft_test_result(!try_driver("bind"), "bind\n");
	ksft_test_result(!strcmp(sysfs_read("health/state"), "ok"), "the state: ok\n");
	close(fd);
	ksft_finished();
}
