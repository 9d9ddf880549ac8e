// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that cannot be started again after a reset is wedged: here its registers do not answer
 * any more. Jobs in flight fail, no call hangs, and binding again brings the card back.
 */
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "rig.h"

static int reset(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", rig_pci_address());
	return try_write(path, "1");
}

/* Turn the decoding of the card's addresses off; a reset saves and restores this setting. */
static void go_deaf(void)
{
	uint16_t command;
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", rig_pci_address());
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	command &= ~PCI_COMMAND_MEMORY;
	if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	close(fd);
}

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
	go_deaf();
	ksft_test_result(!reset(), "the card is reset, and does not start again\n");
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
