// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware vanishes under the driver (a function-level reset behind its
 * back): the mailbox falls silent, everything in flight fails, nothing hangs,
 * and binding again brings the card back.
 */
#include <unistd.h>

#include "rig.h"

static void reset_behind_its_back(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", rig_pci_address());
	if (try_write(path, "1"))
		tap_bail("%s: %s", path, strerror(errno));
}

int main(void)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1 };
	uint64_t free_before;
	uint32_t handle;
	struct rig rig;

	rig_open(&rig, 4);
	tap_plan(9);
	free_before = rig_info(rig.fd).memory_free;
	rig_hang(&rig);
	reset_behind_its_back();
	tap_ok(try_queue(rig.fd, &args) == -ENODEV,
	       "a new queue: ENODEV, after the mailbox's time-out");
	tap_ok(rig_wait(&rig).res == -ECANCELED, "the job in flight: ECANCELED");
	rig.bytes = 0;
	tap_ok(rig_run(&rig).res == -ENODEV, "a new job: ENODEV");
	tap_ok(try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &handle) == -ENODEV, "memory: ENODEV");
	tap_ok(try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL) == -ENODEV,
	       "queue reset: ENODEV");
	tap_ok(!try_unmap(rig.fd, RIG_VA, RIG_BYTES), "unmapping still works: nothing runs");
	rig_close(&rig);
	tap_ok(!try_driver("unbind") && !try_driver("bind"), "unbind and bind");
	rig_open(&rig, 4);
	tap_ok(!rig_run(&rig).res, "a job passes");
	tap_ok(rig_info(rig.fd).memory_free == free_before, "memory is where it was");
	rig_close(&rig);
	return tap_result();
}
