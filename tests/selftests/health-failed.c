// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that fails says so: health/ and errors/ stay while the card does not answer, a uevent and
 * poll() report the change, and a card whose driver was bound again is healthy.
 */
#include "pinion_errors.h"

#include "coredump.h"
#include "pci.h"
#include "sysfs.h"

static void says_why(void)
{
	const struct pinion_error_row *row = pinion_error_find(PINION_ERROR_NOT_RECOVERED);
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
	unsigned long resets = sysfs_number("errors/card_resets");
	int state = sysfs_open("health/state"), events = uevents_open(), fd = rig_open_node();

	ksft_print_header();
	ksft_set_plan(13);
	sysfs_reread(state);
	pci_go_deaf();
	if (pci_reset() || try_queue(fd, &args) != -ENODEV)
		ksft_exit_fail_msg("a card that does not answer made a queue\n");
	ksft_test_result(sysfs_wait(state), "poll() reports that the state has changed\n");
	ksft_test_result(!strcmp(uevent_wait(events, "PINION_STATE"), "recovering"),
			 "a uevent reports that the driver tries to start the card\n");
	ksft_test_result(!strcmp(uevent_wait(events, "PINION_STATE"), "failed"),
			 "a uevent reports that this has failed\n");
	ksft_test_result(!strcmp(uevent_wait(events, "WEDGED"), "rebind,bus-reset"),
			 "DRM's uevent of a wedged device says what may help\n");
	says_why();
	ksft_test_result(sysfs_number("errors/card_resets") > resets, "the card was reset\n");
	ksft_test_result(strstr(coredump_wait("code=0x701\n"), "[card]\nid=0xffffffff\n"),
			 "a dump says that no register could be read\n");
	coredump_drop();
	ksft_test_result(!try_driver("unbind"), "unbind\n");
	ksft_test_result(sysfs_open("health/state") == -ENOENT, "nothing is left in sysfs\n");
	ksft_test_result(!try_driver("bind"), "bind\n");
	ksft_test_result(!strcmp(sysfs_read("health/state"), "ok"), "the state: ok\n");
	close(fd);
	ksft_finished();
}
