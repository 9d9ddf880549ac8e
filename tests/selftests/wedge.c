// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that cannot be started again after a reset is wedged: here its registers do not answer
 * any more. Jobs in flight fail, no call hangs, and binding again brings the card back.
 */
#include "pci.h"

static void wedged(struct rig *rig, uint64_t bytes)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1 };
	uint32_t handle;

	ksft_test_result(try_queue(rig->fd, &args) == -ENODEV, "a new queue: ENODEV\n");
	ksft_test_result(rig_wait(rig).res == -ECANCELED, "the job in flight: ECANCELED\n");
	rig->bytes = 0;
	ksft_test_result(rig_run(rig).res == -ENODEV, "a new job: ENODEV\n");
	ksft_test_result(try_bo(rig->fd, bytes, DRM_PINION_BO_DEVICE, &handle) == -ENODEV,
			 "memory: ENODEV\n");
	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) == -ENODEV,
			 "queue reset: ENODEV\n");
	ksft_test_result(!try_unmap(rig->fd, RIG_VA, RIG_BYTES),
			 "unmapping still works: nothing runs\n");
}

int main(void)
{
	uint64_t free_before;
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(10);
	free_before = rig_info(rig.fd).memory_free;
	rig_hang(&rig);
	pci_go_deaf();
	ksft_test_result(!pci_reset(), "the card is reset, and does not start again\n");
	/* So much that the card would have to zero some. */
	wedged(&rig, free_before / 2);
	rig_close(&rig);
	ksft_test_result(!try_driver("unbind") && !try_driver("bind"), "unbind and bind\n");
	rig_open(&rig, 4);
	ksft_test_result(!rig_run(&rig).res, "a job passes\n");
	ksft_test_result(rig_info(rig.fd).memory_free == free_before, "memory is where it was\n");
	rig_close(&rig);
	ksft_finished();
}
