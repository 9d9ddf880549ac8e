// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Access to the hardware. The processor is in order and its registers are strongly ordered, so a
 * volatile access needs no fence: the SRAM slot is written before the index that announces it.
 */
#include "io.h"

uint32_t io_read(uint32_t addr)
{
	return *(volatile uint32_t *)(uintptr_t)addr;
}

void io_write(uint32_t addr, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)addr = value;
}

void io_wait(void)
{
	__asm__ volatile("wfi" ::: "memory");
}
