// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A function-level reset that the driver does not know of stops the firmware: the mailbox no
 * longer answers, jobs in flight fail, no call hangs, and binding again brings the card back.
 */
#include <unistd.h>

#include "rig.h"

static void reset_behind_its_back(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", rig_pci_address());
	if (try_write(path, "1"))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
}

int main(void)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1 };
	uint64_t free_before;
	uint32_t handle;
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(9);
	free_before = rig_info(rig.fd).memory_free;
	rig_hang(&rig);
	reset_behind_its_back();
	ksft_test_result(try_queue(rig.fd, &args) == -ENODEV,
			 "a new queue: ENODEV, after the mailbox's time-out\n");
	ksft_test_result(rig_wait(&rig).res == -ECANCELED, "the job in flight: ECANCELED\n");
	rig.bytes = 0;
	ksft_test_result(rig_run(&rig).res == -ENODEV, "a new job: ENODEV\n");
	ksft_test_result(try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &handle) == -ENODEV,
			 "memory: ENODEV\n");
	ksft_test_result(try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL) == -ENODEV,
			 "queue reset: ENODEV\n");
	ksft_test_result(!try_unmap(rig.fd, RIG_VA, RIG_BYTES),
			 "unmapping still works: nothing runs\n");
	rig_close(&rig);
	ksft_test_result(!try_driver("unbind") && !try_driver("bind"), "unbind and bind\n");
	rig_open(&rig, 4);
	ksft_test_result(!rig_run(&rig).res, "a job passes\n");
	ksft_test_result(rig_info(rig.fd).memory_free == free_before, "memory is where it was\n");
	rig_close(&rig);
	ksft_finished();
}
