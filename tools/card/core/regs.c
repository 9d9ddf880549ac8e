// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's accesses to BAR0 and BAR2. */
#include "card_int.h"

static uint32_t time_lo(struct card *card)
{
	uint64_t now = card_now(card);

	card->s.time_hi = now >> 32;
	return (uint32_t)now;
}

/* The host asks whether its reset has finished; a fault knob may delay that. */
static uint32_t reset_poll(struct card *card)
{
	card_reset_busy(card);
	return PINION_RESET_BUSY;
}

static uint32_t control_read(struct card *card, uint32_t offset)
{
	switch (offset) {
	case PINION_REG_TIME_LO:
		return time_lo(card);
	case PINION_REG_TIME_HI:
		return card->s.time_hi;
	case PINION_REG_RESET:
		return card->s.reset ? reset_poll(card) : 0;
	case PINION_REG_RESET_RESULT:
		return card->s.reset_result;
	case PINION_REG_INT_STATUS:
		return card->s.int_status;
	case PINION_REG_INT_ENABLE:
		return card->s.int_enable;
	case PINION_REG_MMU_INV_VM:
		return card->s.inv_vm;
	case PINION_REG_MMU_INV_CTRL:
		return 0;
	default:
		return card_ident(card, offset);
	}
}

uint32_t card_reg_read(struct card *card, uint32_t offset)
{
	const uint32_t faults = PINION_FAULT_OFFSET;

	if (card->s.knobs.all_ones)
		return UINT32_MAX;
	if (offset % 4 || offset >= PINION_BAR_REGS_SIZE)
		return 0;
	if (offset >= faults && offset - faults < sizeof(card->s.faults))
		return fault_record_read(card, offset - faults);
	if (offset >= PINION_SRAM_OFFSET && offset < PINION_SRAM_OFFSET + PINION_SRAM_SIZE)
		return mbox_sram_read(card, offset - PINION_SRAM_OFFSET);
	if (offset >= PINION_REG_BOOT_CTRL && offset <= PINION_REG_BOOT_MINIMUM)
		return boot_read(card, offset);
	if (offset >= PINION_REG_FLASH_CTRL && offset <= PINION_REG_FLASH_BYTES)
		return flash_reg_read(card, offset);
	if (offset >= PINION_REG_H2F_TAIL && offset <= PINION_REG_LOG_TAIL)
		return mbox_host_read(card, offset);
	if (offset >= PINION_REG_FAULT_QUEUES(0) && offset <= PINION_REG_FAULT_QUEUES(7))
		return fault_word(card, (offset - PINION_REG_FAULT_QUEUES(0)) / 4);
	if (offset >= PINION_REG_DEBUG_ID && offset < PINION_SRAM_OFFSET)
		return knobs_read(card, offset);
	return control_read(card, offset);
}

static bool reset_exists(const struct card *card, uint32_t level)
{
	if (level == PINION_RESET_WARM)
		return card_caps(card) & PINION_CAP_WARM;
	return level <= PINION_RESET_CARD;
}

static void reset_write(struct card *card, uint32_t value)
{
	if (!value || card->s.reset)
		return;
	if (!reset_exists(card, value)) {
		card_log(card, 0, "RESET ignored: there is no level 0x%x", value);
		card->s.reset_result = (value & 0xff) | PINION_RESET_BAD_LEVEL << 8;
		return;
	}
	card->s.reset = value;
	card_kick(card);
}

static void enable_write(struct card *card, uint32_t value)
{
	uint32_t fresh = value & ~card->s.int_enable & PINION_INT_ALL;

	card->s.int_enable = value & PINION_INT_ALL;
	if (fresh & card->s.int_status)
		card_msi(card, 0);
}

static void invalidate_write(struct card *card, uint32_t value)
{
	if (!(value & 1))
		return;
	if (card->s.inv_vm < PINION_MAX_VMS)
		mmu_invalidate(card, card->s.inv_vm);
	else
		card_log(card, 0, "INV_CTRL ignored: there is no address space %u", card->s.inv_vm);
}

/* Return: false if the host may not write the register. */
static bool control_write(struct card *card, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PINION_REG_BOOT_CTRL ... PINION_REG_BOOT_SIZE:
		boot_write(card, offset, value);
		break;
	case PINION_REG_RESET:
		reset_write(card, value);
		break;
	case PINION_REG_INT_STATUS:
		card->s.int_status &= ~value;
		break;
	case PINION_REG_INT_ENABLE:
		enable_write(card, value);
		break;
	case PINION_REG_MMU_INV_VM:
		card->s.inv_vm = value;
		break;
	case PINION_REG_MMU_INV_CTRL:
		invalidate_write(card, value);
		break;
	case PINION_REG_FLASH_CTRL ... PINION_REG_FLASH_VERSION:
		flash_reg_write(card, offset, value);
		break;
	case PINION_REG_H2F_TAIL ... PINION_REG_F2H_HEAD:
		mbox_host_write(card, offset, value);
		break;
	default:
		return false;
	}
	return true;
}

/* A card that answers nothing takes no write but the one that ends this. */
static bool answers(const struct card *card, uint32_t offset)
{
	return !card->s.knobs.all_ones || offset == PINION_REG_DEBUG_ALL_ONES;
}

void card_reg_write(struct card *card, uint32_t offset, uint32_t value)
{
	if (offset % 4 || offset >= PINION_BAR_REGS_SIZE || !answers(card, offset))
		return;
	if (offset >= PINION_SRAM_OFFSET && offset < PINION_SRAM_OFFSET + PINION_SRAM_SIZE)
		mbox_sram_write(card, offset - PINION_SRAM_OFFSET, value);
	else if (!control_write(card, offset, value) && !knobs_write(card, offset, value))
		card_log(card, 0,
			 "write of 0x%x to 0x%x ignored: the register is read-only or reserved",
			 value, offset);
}

void card_doorbell_write(struct card *card, uint32_t offset, uint32_t value)
{
	uint32_t queue = offset / PINION_DOORBELL_STRIDE, reg = offset % PINION_DOORBELL_STRIDE;

	if (card->s.knobs.all_ones)
		return;
	if (reg == PINION_DOORBELL_TAIL && card->s.knobs.bell_lost) {
		card->s.knobs.bell_lost--;
		return;
	}
	if (queue < PINION_MAX_QUEUES && reg == PINION_DOORBELL_TAIL)
		queue_doorbell(card, queue, value);
	else if (queue < PINION_MAX_QUEUES && reg == PINION_DOORBELL_MODERATION &&
		 card_caps(card) & PINION_CAP_MODERATION)
		moderation_write(card, queue, value);
	else if (queue < PINION_MAX_QUEUES && reg == PINION_DOORBELL_ABORT &&
		 card_caps(card) & PINION_CAP_ABORT)
		abort_write(card, queue, value);
	else
		card_log(card, 0,
			 "write to 0x%x of the doorbells ignored: the register is reserved",
			 offset);
}

uint32_t card_doorbell_read(const struct card *card, uint32_t offset)
{
	uint32_t queue = offset / PINION_DOORBELL_STRIDE;

	if (card->s.knobs.all_ones)
		return UINT32_MAX;
	if (queue >= PINION_MAX_QUEUES || !(card_caps(card) & PINION_CAP_PROGRESS))
		return 0;
	switch (offset % PINION_DOORBELL_STRIDE) {
	case PINION_DOORBELL_RECORDS:
		return card->s.queues[queue].cq_index;
	case PINION_DOORBELL_STATE:
		return card->s.queues[queue].state;
	default:
		return 0;
	}
}
