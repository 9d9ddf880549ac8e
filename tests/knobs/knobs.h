/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registers that make a card with debug=on misbehave. */
#ifndef PINION_TESTS_KNOBS_H
#define PINION_TESTS_KNOBS_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pinion_regs.h"

#include "../selftests/rig.h"

static volatile uint32_t *knobs;

/* Map the registers; the test has failed if the card has none. */
static inline void knobs_find(void)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", rig_pci_address());
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	knobs = mmap(NULL, PINION_BAR_REGS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (knobs == MAP_FAILED)
		ksft_exit_fail_msg("mmap of %s: %s\n", path, strerror(errno));
	close(fd);
	if (knobs[PINION_REG_DEBUG_ID / 4] != PINION_DEBUG_ID)
		ksft_exit_fail_msg("the card has no knobs; it needs debug=on\n");
}

/* Wait until a knob that counts down is at 0 again. */
static inline void knobs_wait(uint32_t offset)
{
	while (knobs[offset / 4])
		usleep(1000);
}

#endif /* PINION_TESTS_KNOBS_H */
