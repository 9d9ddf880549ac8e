// SPDX-License-Identifier: GPL-2.0-or-later
/* The flash unit: commands by which the host writes a slot and selects it. */
#include "card_int.h"

#define FLASH_WORK 1000u

/* clang-format off */
uint32_t flash_reg_read(const struct card *card, uint32_t offset)
{
	const struct card_flash *f = &card->s.flash;

	if (!(card_caps(card) & PINION_CAP_FLASH))
		return 0;
	switch (offset) {
	case PINION_REG_FLASH_STATUS:	return f->command ? PINION_FLASH_STATUS_BUSY : f->status;
	case PINION_REG_FLASH_SLOT:	return f->slot;
	case PINION_REG_FLASH_OFFSET:	return f->offset;
	case PINION_REG_FLASH_ADDR_LO:	return (uint32_t)f->addr;
	case PINION_REG_FLASH_ADDR_HI:	return f->addr >> 32;
	case PINION_REG_FLASH_VERSION:	return f->version;
	case PINION_REG_FLASH_PAGE:	return CARD_FLASH_PAGE;
	case PINION_REG_FLASH_BYTES:	return PINION_FW_MAX_BYTES;
	default:			return 0;
	}
}
/* clang-format on */

void flash_reg_write(struct card *card, uint32_t offset, uint32_t value)
{
	struct card_flash *f = &card->s.flash;

	if (!(card_caps(card) & PINION_CAP_FLASH) || f->command)
		return;
	switch (offset) {
	case PINION_REG_FLASH_CTRL:
		f->command = value;
		card_kick(card);
		break;
	case PINION_REG_FLASH_SLOT:
		f->slot = value;
		break;
	case PINION_REG_FLASH_OFFSET:
		f->offset = value;
		break;
	case PINION_REG_FLASH_ADDR_LO:
		f->addr = (f->addr & ~0xffffffffull) | value;
		break;
	case PINION_REG_FLASH_ADDR_HI:
		f->addr = (f->addr & 0xffffffffull) | (uint64_t)value << 32;
		break;
	case PINION_REG_FLASH_VERSION:
		f->version = value;
		break;
	}
}

/* Whether the card may need the slot for its next start. */
static bool in_use(const struct card *card, uint32_t slot)
{
	struct card_selector sel = selector_get(card);

	return slot == (card->s.boot.flash ? card->s.boot.slot : selector_first(&sel));
}

static uint32_t check_page(const struct card *card)
{
	const struct card_flash *f = &card->s.flash;

	if (f->slot >= PINION_FLASH_SLOTS || f->offset % CARD_FLASH_PAGE ||
	    f->offset >= PINION_FW_MAX_BYTES)
		return PINION_FLASH_RANGE;
	return in_use(card, f->slot) ? PINION_FLASH_IN_USE : PINION_FLASH_OK;
}

static uint32_t flash_erase(struct card *card)
{
	const struct card_flash *f = &card->s.flash;
	uint32_t error = check_page(card);

	if (error)
		return error;
	return nor_erase(card, nor_slot(f->slot) + f->offset) ? PINION_FLASH_MEDIA
							      : PINION_FLASH_OK;
}

static uint32_t flash_program(struct card *card)
{
	const struct card_flash *f = &card->s.flash;
	uint32_t error = check_page(card);
	uint8_t page[CARD_FLASH_PAGE];

	if (error)
		return error;
	if (f->addr > UINT64_MAX - sizeof(page) || card_dma_read(card, f->addr, page, sizeof(page)))
		return PINION_FLASH_DMA;
	return nor_program(card, nor_slot(f->slot) + f->offset, page, sizeof(page))
		       ? PINION_FLASH_MEDIA
		       : PINION_FLASH_OK;
}

/* The image of the slot is read into the boot ROM's buffer, which a boot may be using. */
static uint32_t flash_select(struct card *card)
{
	const struct card_flash *f = &card->s.flash;
	struct pinion_fw_header h;
	uint32_t error;

	if (f->slot >= PINION_FLASH_SLOTS)
		return PINION_FLASH_RANGE;
	if (!boot_idle(card))
		return PINION_FLASH_IN_USE;
	if (nor_read(card, nor_slot(f->slot), card->image, PINION_FW_MAX_BYTES))
		return PINION_FLASH_MEDIA;
	memcpy(&h, card->image, sizeof(h));
	error = boot_check(card, &h, h.image_bytes);
	if (error)
		return PINION_FLASH_IMAGE | error << 8;
	return selector_put(card, f->slot, selector_get(card).minimum) ? PINION_FLASH_MEDIA
								       : PINION_FLASH_OK;
}

/* Only the version that runs, and is selected, has proved that the card boots with it. */
static uint32_t flash_raise(struct card *card)
{
	const struct card_boot *b = &card->s.boot;
	struct card_selector sel = selector_get(card);
	uint32_t version = card->s.flash.version;

	if (b->state != PINION_BOOT_READY || !b->flash || b->slot != sel.slot)
		return PINION_FLASH_IN_USE;
	if (version < sel.minimum || version > b->fw_version)
		return PINION_FLASH_VERSION;
	if (version == sel.minimum)
		return PINION_FLASH_OK;
	/* Into both records, as counting a start may spoil the newest one if the power fails. */
	return selector_put(card, sel.slot, version) || selector_put(card, sel.slot, version)
		       ? PINION_FLASH_MEDIA
		       : PINION_FLASH_OK;
}

static uint32_t flash_run(struct card *card, uint32_t command)
{
	switch (command) {
	case PINION_FLASH_ERASE:
		return flash_erase(card);
	case PINION_FLASH_PROGRAM:
		return flash_program(card);
	case PINION_FLASH_SELECT:
		return flash_select(card);
	case PINION_FLASH_RAISE:
		return flash_raise(card);
	default:
		return PINION_FLASH_COMMAND;
	}
}

uint64_t flash_step(struct card *card)
{
	struct card_flash *f = &card->s.flash;

	if (!f->command)
		return 0;
	f->status = flash_run(card, f->command);
	f->command = 0;
	return FLASH_WORK;
}
