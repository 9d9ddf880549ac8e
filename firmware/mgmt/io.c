// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Access to the hardware. The processor executes in order and its register accesses are strongly
 * ordered, so volatile is enough and no fence is needed, not even between the write of an SRAM slot
 * and the write of the index that announces it.
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
