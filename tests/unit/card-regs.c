// SPDX-License-Identifier: GPL-2.0-or-later
/* BAR0: identity, reset values, access modes, reserved offsets, causes, reset ladder, mailbox. */
#include "card_fixture.h"

static void test_identity(struct fixture *fx)
{
	static const uint32_t want[][2] = {
		{ PINION_REG_ID, PINION_ID },
		{ PINION_REG_CONTRACT, 1u << 16 | 2 },
		{ PINION_REG_CAPS_LO, PINION_CAPS_ALL & UINT32_MAX },
		{ PINION_REG_CAPS_HI, PINION_CAPS_ALL >> 32 },
		{ PINION_REG_CORES, 3 },
		{ PINION_REG_QUEUES, 256 },
		{ PINION_REG_VMS, 256 },
		{ PINION_REG_SCRATCHPAD, FX_SCRATCH },
		{ PINION_REG_MEMORY_LO, FX_MEMORY },
		{ PINION_REG_MEMORY_HI, 0 },
		{ PINION_REG_WINDOW_LO, FX_MEMORY / 2 },
		{ PINION_REG_WINDOW_HI, 0 },
		{ PINION_REG_VECTORS, 64 },
		{ PINION_REG_TIME_FREQ, 1000000000 },
		{ PINION_REG_SERIAL_LO, 0x55667788 },
		{ PINION_REG_SERIAL_HI, 0x11223344 },
		{ PINION_REG_DMA_BITS, 57 },
		{ PINION_REG_SAVE_BYTES, PINION_SAVE_SCRATCHPAD + FX_SCRATCH },
		{ PINION_REG_SAVE_FORMAT, 1 },
	};
	unsigned int i, wrong = 0, n = sizeof(want) / sizeof(want[0]);

	for (i = 0; i < n; i++)
		wrong += fx_rd(fx, want[i][0]) != want[i][1];
	tap_ok(!wrong, "%u identity registers", n);
	fx->now = 0x123456789abcull;
	wrong = fx_rd(fx, PINION_REG_TIME_LO);
	fx->now = 0x999900000000ull;
	tap_ok(wrong == 0x56789abc && fx_rd(fx, PINION_REG_TIME_HI) == 0x1234,
	       "reading TIME_LO latches TIME_HI");
}

/* The bits of a register that keep what the host writes; all others must read as before. */
static uint32_t writable(uint32_t offset)
{
	switch (offset) {
	case PINION_REG_BOOT_ADDR_LO:
	case PINION_REG_BOOT_ADDR_HI:
	case PINION_REG_BOOT_SIZE:
	case PINION_REG_MMU_INV_VM:
	case PINION_REG_FLASH_SLOT ... PINION_REG_FLASH_VERSION:
		return 0xffffffff;
	case PINION_REG_INT_ENABLE:
		return PINION_INT_ALL;
	default:
		break;
	}
	if (offset >= PINION_SRAM_OFFSET && offset < PINION_SRAM_OFFSET + 0x400)
		return 0xffffffff;
	return 0;
}

/* Registers that tell what the card has. */
static bool constant(uint32_t offset)
{
	return offset == PINION_REG_BOOT_SLOT || offset == PINION_REG_FLASH_PAGE ||
	       offset == PINION_REG_FLASH_BYTES;
}

static bool skip(uint32_t offset)
{
	return offset == PINION_REG_RESET || offset == PINION_REG_RESET_RESULT ||
	       offset == PINION_REG_BOOT_CTRL || offset == PINION_REG_FLASH_CTRL ||
	       offset == PINION_REG_TIME_LO || offset == PINION_REG_TIME_HI;
}

/* Each offset of the BAR. A write of ones to the indices is out of range, so they stay, too. */
static void test_access(struct fixture *fx)
{
	unsigned int bad_reset = 0, bad_write = 0, bad_width = 0;
	uint32_t offset;

	card_reset(fx->card);
	for (offset = 0; offset < PINION_BAR_REGS_SIZE; offset += 4) {
		uint32_t before = fx_rd(fx, offset), mask = writable(offset);

		bad_reset += offset > PINION_REG_SAVE_FORMAT && !constant(offset) && before != 0;
		if (skip(offset))
			continue;
		fx_wr(fx, offset, 0xffffffff);
		bad_write += fx_rd(fx, offset) != ((before & ~mask) | mask);
		fx_wr(fx, offset + 1, 0);
		fx_wr(fx, offset + 2, 0);
		bad_width += fx_rd(fx, offset) != ((before & ~mask) | mask);
		bad_width += fx_rd(fx, offset + 2) != 0;
		fx_wr(fx, offset, before);
	}
	tap_ok(!bad_reset, "each register has reset value zero");
	tap_ok(!bad_write, "only writable bits change");
	tap_ok(!bad_width, "a misaligned access reads zero and writes nothing");
	tap_ok(!fx_rd(fx, PINION_BAR_REGS_SIZE) && !fx_rd(fx, 0xfffffffc), "beyond the BAR");
}

static void test_causes(struct fixture *fx)
{
	card_reset(fx->card);
	memset(fx->msi, 0, sizeof(fx->msi));
	card_raise(fx->card, PINION_INT_LOG);
	tap_ok(fx_rd(fx, PINION_REG_INT_STATUS) == PINION_INT_LOG && !fx->msi[0],
	       "a cause that is not enabled");
	fx_wr(fx, PINION_REG_INT_ENABLE, PINION_INT_LOG | PINION_INT_MBOX);
	tap_ok(fx->msi[0] == 1, "sends vector 0 when it is enabled");
	fx_wr(fx, PINION_REG_INT_ENABLE, PINION_INT_LOG | PINION_INT_MBOX);
	card_raise(fx->card, PINION_INT_LOG);
	tap_ok(fx->msi[0] == 1, "a cause that is set already sends nothing");
	card_raise(fx->card, PINION_INT_MBOX);
	tap_ok(fx->msi[0] == 2, "another does");
	fx_wr(fx, PINION_REG_INT_STATUS, PINION_INT_LOG);
	tap_ok(fx_rd(fx, PINION_REG_INT_STATUS) == PINION_INT_MBOX, "writing 1 clears");
	card_raise(fx->card, PINION_INT_LOG);
	tap_ok(fx->msi[0] == 3, "and it may come again");
}

static void test_resets(struct fixture *fx)
{
	fx_wr(fx, PINION_REG_RESET, 9);
	tap_ok(fx_rd(fx, PINION_REG_RESET_RESULT) == (9 | PINION_RESET_BAD_LEVEL << 8) &&
		       !fx_rd(fx, PINION_REG_RESET),
	       "no such reset level");
	fx_wr(fx, PINION_REG_BOOT_SIZE, 123);
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_FIRMWARE);
	tap_ok(fx_rd(fx, PINION_REG_RESET) == PINION_RESET_BUSY, "BUSY");
	fx_run(fx);
	tap_ok(!fx_rd(fx, PINION_REG_RESET) && fx_rd(fx, PINION_REG_RESET_RESULT) == 2 &&
		       fx_rd(fx, PINION_REG_BOOT_SIZE) == 123,
	       "firmware reset keeps the host's registers");
	fx->memory[12345] = 7;
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_CARD);
	fx_run(fx);
	tap_ok(fx_rd(fx, PINION_REG_RESET_RESULT) == 3 && !fx_rd(fx, PINION_REG_BOOT_SIZE) &&
		       !fx_rd(fx, PINION_REG_INT_ENABLE) && fx->memory[12345] == 7,
	       "card reset clears registers and keeps memory");
}

static void test_mailbox(struct fixture *fx)
{
	struct card_mbox *m = &fx->card->s.mbox;

	card_reset(fx->card);
	m->h2f_head = m->h2f_tail = UINT32_MAX - 3;
	fx_wr(fx, PINION_REG_H2F_TAIL, 12);
	tap_ok(fx_rd(fx, PINION_REG_H2F_TAIL) == 12 && fx->card->s.mgmt.irq == PINION_MGMT_IRQ_MBOX,
	       "a tail 16 ahead, across the wrap");
	fx_wr(fx, PINION_REG_H2F_TAIL, 13);
	tap_ok(fx_rd(fx, PINION_REG_H2F_TAIL) == 12, "17 ahead is ignored");
	fx_wr(fx, PINION_REG_F2H_HEAD, 1);
	tap_ok(!fx_rd(fx, PINION_REG_F2H_HEAD), "a head beyond its tail is ignored");
	mbox_mgmt_write(fx->card, PINION_MGMT_F2H_TAIL, 3);
	fx_wr(fx, PINION_REG_F2H_HEAD, 2);
	tap_ok(fx_rd(fx, PINION_REG_F2H_HEAD) == 2 && fx_rd(fx, PINION_REG_F2H_TAIL) == 3,
	       "the host takes two of three messages");
}

/* The block of knobs: nothing is there unless the card was made for tests. */
static void test_debug(struct fixture *fx)
{
	const uint32_t knob = PINION_REG_DEBUG_DMA_STRAY;

	fx_wr(fx, knob, 5);
	tap_ok(!fx_rd(fx, PINION_REG_DEBUG_ID) && !fx_rd(fx, knob) && !fx->card->s.knobs.dma_stray,
	       "no knobs unless the card was made with them");
	fx->card->config.debug = true;
	fx_wr(fx, knob, 5);
	card_reset(fx->card);
	tap_ok(fx_rd(fx, PINION_REG_DEBUG_ID) == PINION_DEBUG_ID && fx_rd(fx, knob) == 5,
	       "a knob outlives a reset");
	fx_wr(fx, knob, 0);
	fx->card->config.debug = false;
}

static void test_without_caps(struct fixture *fx)
{
	unsigned int before = fx->complaints;

	fx_vm(fx, 1);
	fx_queue(fx, 1, 1, 4, 1);
	fx->card->config.without_caps = ~0ull;
	tap_ok(!fx_rd(fx, PINION_REG_CAPS_LO) && !fx_rd(fx, PINION_REG_CAPS_HI),
	       "a card without capabilities");
	card_doorbell_write(fx->card, PINION_DOORBELL_STRIDE + PINION_DOORBELL_MODERATION,
			    PINION_MODERATION(2, 50));
	tap_ok(!fx->card->s.queues[1].moderation && fx->complaints == before + 1,
	       "does not know their registers");
	tap_ok(!card_doorbell_read(fx->card, PINION_DOORBELL_STRIDE + PINION_DOORBELL_STATE),
	       "and reads them as zero");
	fx->card->config.without_caps = 0;
}

int main(void)
{
	struct fixture *fx = fx_new(3, NULL);

	tap_plan(25);
	test_identity(fx);
	test_access(fx);
	test_causes(fx);
	test_resets(fx);
	test_mailbox(fx);
	test_debug(fx);
	test_without_caps(fx);
	fx_free(fx);
	return tap_result();
}
