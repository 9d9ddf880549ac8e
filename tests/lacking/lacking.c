// SPDX-License-Identifier: GPL-2.0-or-later
/* A card without the optional capabilities: what needs one is refused, the rest works. */
#include "rig.h"

#define VA 0x4000000000ull

static void without_SPARSE(struct rig *rig)
{
	int ret = try_map(rig->fd, 0, 0, VA, 1 << 20,
			  DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_SPARSE);

	ksft_test_result(ret == -EOPNOTSUPP, "a sparse range: %s\n", strerror(-ret));
}

static void without_MODERATION(struct rig *rig)
{
	struct drm_pinion_queue_create shared = { .entries = 8, .irq_count = 4, .irq_us = 50 };
	int ret = try_queue(rig->fd, &shared);

	ksft_test_result(ret == -EOPNOTSUPP, "completions that share interrupts: %s\n",
			 strerror(-ret));
}

static void without_ABORT(struct rig *rig)
{
	struct pinion_queue_exec late = { .deadline_ns = UINT64_MAX };
	uint32_t bo = rig_bo(rig->fd, 4096, DRM_PINION_BO_HOST);
	uint64_t all = 0;
	int ret = try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &late);

	ksft_test_result(ret == -EOPNOTSUPP, "a deadline: %s\n", strerror(-ret));
	ret = try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &all);
	ksft_test_result(ret == -EOPNOTSUPP, "ending a job: %s\n", strerror(-ret));
	ret = try_map(rig->fd, bo, 0, VA, 4096, DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_SYNC);
	ksft_test_result(ret == -EOPNOTSUPP, "a buffer by which jobs synchronise: %s\n",
			 strerror(-ret));
}

static void without_PROGRESS(struct rig *rig)
{
	struct drm_pinion_queue_create user = { .entries = 8, .flags = DRM_PINION_QUEUE_USER };
	int ret = try_queue(rig->fd, &user);

	ksft_test_result(ret == -EOPNOTSUPP, "a queue that its process submits to: %s\n",
			 strerror(-ret));
}

static void without_SHADOW(struct rig *rig)
{
	rig_fill(rig, RIG_DATA_VA, 4096, 0x5a, 1);
	ksft_test_result(!rig_run(rig).res && rig_all(rig->data, 4096, 0x5a),
			 "a job, by the doorbell alone\n");
}

/* No save area, no group: a kernel with more blocks than cores runs, and nothing preempts it. */
static void without_PREEMPT(struct rig *rig)
{
	struct pinion_pkt_launch *launch;
	uint32_t ret = 0x00008067;

	memcpy(rig->data, &ret, sizeof(ret));
	rig->bytes = 0;
	launch = rig_packet(rig, PINION_PKT_LAUNCH, sizeof(*launch));
	launch->entry = RIG_DATA_VA;
	launch->args = RIG_DATA_VA;
	launch->grid[0] = 3 * rig_info(rig->fd).cores;
	launch->grid[1] = launch->grid[2] = 1;
	ksft_test_result(!rig_run(rig).res, "a launch\n");
}

/* Nothing but a reset of level FIRMWARE starts the firmware again. */
static void without_WARM(struct rig *rig)
{
	rig_close(rig);
	ksft_test_result(!try_driver("unbind") && !try_driver("bind"),
			 "the firmware starts again when the driver is bound again\n");
	rig_open(rig, 8);
}

/* The firmware came from the host, as the driver could be bound. */
static void without_FLASH(struct rig *rig)
{
	(void)rig;
	ksft_test_result(access("/sys/class/firmware/pinion0", F_OK) != 0,
			 "no firmware can be uploaded\n");
}

/* An optional capability does not compile without its function. */
#define WITHOUT(name, bit, minor, announces, text) without_##name,

static void (*const without[])(struct rig *rig) = { PINION_EACH_OPTIONAL_CAP(WITHOUT) };

int main(void)
{
	struct rig rig;
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(12);
	rig_open(&rig, 8);
	ksft_test_result(!(rig_info(rig.fd).caps & PINION_CAPS_OPTIONAL),
			 "the driver tells what the card lacks\n");
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		without[i](&rig);
	rig_copy(&rig, VA, RIG_DATA_VA, 64);
	ksft_test_result(rig_run(&rig).res == -EFAULT,
			 "nothing is mapped where the sparse range was to be\n");
	rig_close(&rig);
	ksft_finished();
}
