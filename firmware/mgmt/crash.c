// SPDX-License-Identifier: GPL-2.0-or-later
/* The record of a crash, struct pinion_crash, which the host reads from the SRAM. */
#include "fw.h"
#include "io.h"

#define CRASH(member)                                \
	(PINION_MGMT_SRAM_BASE + PINION_SRAM_CRASH + \
	 (uint32_t)offsetof(struct pinion_crash, member))

#define X_SP 1 /* index of the stack pointer, x2, in an array that begins with x1 */

/* The number of words from address @sp on that are in RAM and have a place in the record. */
static uint32_t stack_words(uint32_t sp)
{
	uint32_t offset = sp - PINION_MGMT_RAM_BASE, words;

	if (sp % 4 || offset >= PINION_MGMT_RAM_SIZE)
		return 0;
	words = (PINION_MGMT_RAM_SIZE - offset) / 4;
	return words < PINION_CRASH_STACK ? words : PINION_CRASH_STACK;
}

/**
 * crash_record() - write down where and why the firmware stops
 * @cause: RISC-V cause of the trap, from mcause
 * @pc: address of the instruction that trapped
 * @value: address or instruction that caused the trap, from mtval
 * @x: registers x1 to x31 at the trap
 *
 * The magic number is written last, so that a host never takes half a record for a whole one.
 */
void crash_record(uint32_t cause, uint32_t pc, uint32_t value, const uint32_t x[31])
{
	uint32_t words = stack_words(x[X_SP]), count = 1;
	uint64_t now = sys_time();

	if (io_read(CRASH(magic)) == PINION_CRASH_MAGIC)
		count += io_read(CRASH(count));
	io_write(CRASH(magic), 0);
	io_write(CRASH(bytes), sizeof(struct pinion_crash));
	io_write(CRASH(count), count);
	io_write(CRASH(fw_version), PINION_FW_VERSION);
	io_write(CRASH(time_lo), (uint32_t)now);
	io_write(CRASH(time_hi), (uint32_t)(now >> 32));
	io_write(CRASH(cause), cause);
	io_write(CRASH(value), value);
	io_write(CRASH(pc), pc);
	io_write(CRASH(stack_words), words);
	for (uint32_t i = 0; i < 31; i++)
		io_write(CRASH(x) + 4 * i, x[i]);
	for (uint32_t i = 0; i < PINION_CRASH_STACK; i++)
		io_write(CRASH(stack) + 4 * i, i < words ? io_read(x[X_SP] + 4 * i) : 0);
	io_write(CRASH(magic), PINION_CRASH_MAGIC);
}
