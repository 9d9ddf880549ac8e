/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All access to the hardware goes through these functions. io.c implements them on the card; the
 * unit test links fake registers in place of io.c and runs the rest of the firmware natively.
 */
#ifndef PINION_MGMT_IO_H
#define PINION_MGMT_IO_H

#include <stddef.h>
#include <stdint.h>

#include "pinion_regs.h"

/* Access the 32-bit register at @addr of the management processor's address space. */
uint32_t io_read(uint32_t addr);
void io_write(uint32_t addr, uint32_t value);

/* Sleep until an enabled interrupt is pending; returns at once if one is. */
void io_wait(void);

static inline uint32_t sys_read(uint32_t reg)
{
	return io_read(PINION_MGMT_SYS_BASE + reg);
}

static inline void sys_write(uint32_t reg, uint32_t value)
{
	io_write(PINION_MGMT_SYS_BASE + reg, value);
}

/* Device time in ticks; reading LO latches HI. */
static inline uint64_t sys_time(void)
{
	uint32_t lo = sys_read(PINION_MGMT_TIME_LO);

	return (uint64_t)sys_read(PINION_MGMT_TIME_HI) << 32 | lo;
}

#endif /* PINION_MGMT_IO_H */
