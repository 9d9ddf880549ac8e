// SPDX-License-Identifier: GPL-2.0-or-later
/* A card without the capabilities that not every card has: what needs them says so, the rest works.
 */
#include "rig.h"

#define VA 0x4000000000ull

int main(void)
{
	struct drm_pinion_queue_create shared = { .entries = 8, .irq_count = 4, .irq_us = 50 };
	struct drm_pinion_queue_create user = { .entries = 8, .flags = DRM_PINION_QUEUE_USER };
	struct rig rig;
	struct pinion_queue_exec late = { .deadline_ns = UINT64_MAX };
	uint64_t all = 0;
	int ret;

	tap_plan(8);
	rig_open(&rig, 8);
	tap_ok(!(rig_info(rig.fd).caps &
		 (PINION_CAP_SPARSE | PINION_CAP_MODERATION | PINION_CAP_ABORT |
		  PINION_CAP_PROGRESS | PINION_CAP_SHADOW)),
	       "the driver tells what the card lacks");
	ret = try_map(rig.fd, 0, 0, VA, 1 << 20,
		      DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_SPARSE);
	tap_ok(ret == -EOPNOTSUPP, "a sparse range: %s", strerror(-ret));
	ret = try_queue(rig.fd, &shared);
	tap_ok(ret == -EOPNOTSUPP, "completions that share interrupts: %s", strerror(-ret));
	ret = try_ioctl(rig.queue, PINION_QUEUE_IOC_EXEC, &late);
	tap_ok(ret == -EOPNOTSUPP, "a deadline: %s", strerror(-ret));
	ret = try_ioctl(rig.queue, PINION_QUEUE_IOC_CANCEL, &all);
	tap_ok(ret == -EOPNOTSUPP, "ending a job: %s", strerror(-ret));
	ret = try_queue(rig.fd, &user);
	tap_ok(ret == -EOPNOTSUPP, "a queue that its process submits to: %s", strerror(-ret));
	rig_fill(&rig, RIG_DATA_VA, 4096, 0x5a, 1);
	tap_ok(!rig_run(&rig).res && rig_all(rig.data, 4096, 0x5a), "a job");
	rig_copy(&rig, VA, RIG_DATA_VA, 64);
	tap_ok(rig_run(&rig).res == -EFAULT, "nothing is mapped where the sparse range was to be");
	rig_close(&rig);
	return tap_result();
}
