/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests do to the card through the files of its PCI device. */
#ifndef PINION_SELFTESTS_PCI_H
#define PINION_SELFTESTS_PCI_H

#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "rig.h"

static inline int pci_write_file(const char *name, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", rig_pci_address(), name);
	return try_write(path, text);
}

/* Reset the function: 0 or -errno. */
static inline int pci_reset(void)
{
	return pci_write_file("reset", "1");
}

/* Turn the decoding of the card's addresses off; a reset saves and restores this setting. */
static inline void pci_go_deaf(void)
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

#endif /* PINION_SELFTESTS_PCI_H */
