// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Firmware that stands still, and firmware that does not see messages: the driver notices each and
 * starts the firmware again, while a job goes on. Needs a card with debug=on.
 */
#include <pthread.h>
#include <unistd.h>

#include "../selftests/sysfs.h"
#include "knobs.h"

/* Wait until the driver has reset something, which is when the knob no longer has to be set. */
static bool driver_acts(unsigned long resets)
{
	unsigned int i;

	for (i = 0; i < 1200 && sysfs_number("errors/card_resets") == resets; i++)
		usleep(50000);
	knobs[PINION_REG_DEBUG_FIRMWARE / 4] = 0;
	return i < 1200;
}

static void *make_queue(void *node)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1 };
	int ret;

	while ((ret = try_queue(*(int *)node, &args)) == -EAGAIN)
		;
	if (!ret)
		close(args.fd);
	return (void *)(long)ret;
}

static void test_hangs(struct rig *rig)
{
	unsigned long resets = sysfs_number("errors/card_resets");

	knobs[PINION_REG_DEBUG_FIRMWARE / 4] = PINION_DEBUG_FW_HANGS;
	ksft_test_result(driver_acts(resets),
			 "the driver notices that the heartbeat stands still\n");
	ksft_test_result(!make_queue(&rig->fd), "the firmware takes messages again\n");
}

static void test_deaf(struct rig *rig)
{
	unsigned long resets = sysfs_number("errors/card_resets");
	pthread_t thread;
	void *ret;

	knobs[PINION_REG_DEBUG_FIRMWARE / 4] = PINION_DEBUG_FW_DEAF;
	pthread_create(&thread, NULL, make_queue, &rig->fd);
	ksft_test_result(driver_acts(resets), "the driver notices that a message has no answer\n");
	pthread_join(thread, &ret);
	ksft_test_result(!ret, "the request that was not answered succeeds in the end\n");
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(5);
	rig_hang(&rig);
	test_hangs(&rig);
	test_deaf(&rig);
	rig_unhang(&rig);
	ksft_test_result(!rig_wait(&rig).res, "the job that was in flight all the time succeeds\n");
	rig_close(&rig);
	ksft_finished();
}
