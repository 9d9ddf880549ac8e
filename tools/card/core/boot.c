// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boot ROM: fetches the management firmware from the host or from the flash, verifies it, and
 * starts the processor.
 */
#include <sodium.h>

#include "card_int.h"

#define BOOT_CHUNK  (64u << 10) /* bytes fetched in a round */
#define BOOT_SIGNED (sizeof(struct pinion_fw_header) + PINION_FW_SIGNATURE_BYTES)

static void boot_fetch_from(struct card *card, bool flash, uint32_t slot)
{
	struct card_boot *b = &card->s.boot;

	b->flash = flash;
	b->slot = slot;
	b->fetched = 0;
	b->error = PINION_BOOT_ERR_NONE;
	boot_set_state(card, PINION_BOOT_FETCH);
}

/* An image of the flash that cannot boot has the other slot's for a second choice. */
static void boot_fail(struct card *card, uint32_t error)
{
	struct card_boot *b = &card->s.boot;

	card_log(card, 1, "boot: image refused, code %u", error);
	if (b->flash && !b->fallback) {
		b->fallback = 1;
		b->size = 0;
		boot_fetch_from(card, true, !b->slot);
		return;
	}
	b->error = b->flash ? PINION_BOOT_ERR_FLASH : error;
	b->flash = 0;
	boot_set_state(card, PINION_BOOT_FAILED);
}

static uint32_t boot_slots(const struct card *card)
{
	const struct card_boot *b = &card->s.boot;
	struct card_selector sel = selector_get(card);
	uint32_t running = b->flash ? b->slot : PINION_BOOT_SLOT_NONE;

	return running | sel.slot << 8 | (sel.failed < 0xff ? sel.failed : 0xff) << 16;
}

static uint32_t boot_flash_read(const struct card *card, uint32_t offset)
{
	if (!(card_caps(card) & PINION_CAP_FLASH))
		return 0;
	return offset == PINION_REG_BOOT_SLOT ? boot_slots(card) : selector_get(card).minimum;
}

uint32_t boot_read(const struct card *card, uint32_t offset)
{
	const struct card_boot *b = &card->s.boot;

	switch (offset) {
	case PINION_REG_BOOT_STATUS:
		return b->state | b->error << 8;
	case PINION_REG_BOOT_ADDR_LO:
		return (uint32_t)b->addr_reg;
	case PINION_REG_BOOT_ADDR_HI:
		return b->addr_reg >> 32;
	case PINION_REG_BOOT_SIZE:
		return b->size_reg;
	case PINION_REG_FW_VERSION:
		return b->fw_version;
	case PINION_REG_FW_HEARTBEAT:
		return b->heartbeat;
	case PINION_REG_FW_PANIC:
		return b->panic;
	case PINION_REG_FW_PANIC_PC:
		return b->panic_pc;
	case PINION_REG_BOOT_FLAGS:
		return b->flags;
	case PINION_REG_BOOT_SLOT:
	case PINION_REG_BOOT_MINIMUM:
		return boot_flash_read(card, offset);
	default:
		return 0;
	}
}

/* The selected slot comes first, unless its firmware has failed too often. */
static void boot_start_flash(struct card *card)
{
	struct card_selector sel = selector_get(card);
	struct card_boot *b = &card->s.boot;

	b->size = 0;
	b->fallback = 0;
	boot_fetch_from(card, true, selector_first(&sel));
}

static void boot_start(struct card *card, bool flash)
{
	struct card_boot *b = &card->s.boot;

	if (b->state != PINION_BOOT_IDLE && b->state != PINION_BOOT_FAILED) {
		card_log(card, 0, "BOOT_CTRL.START in state %u is ignored", b->state);
		return;
	}
	if (flash) {
		boot_start_flash(card);
	} else {
		b->addr = b->addr_reg;
		b->size = b->size_reg;
		boot_fetch_from(card, false, 0);
	}
}

/* Start by itself, as after power-on, if a slot has been written. The shell steps the card then. */
void boot_power_on(struct card *card)
{
	uint32_t magic, slot;

	for (slot = 0; slot < PINION_FLASH_SLOTS && card_caps(card) & PINION_CAP_FLASH; slot++) {
		if (nor_read(card, nor_slot(slot), &magic, sizeof(magic)) ||
		    magic != PINION_FW_MAGIC)
			continue;
		boot_start(card, true);
		return;
	}
}

static void boot_control(struct card *card, uint32_t value)
{
	bool flash = value & PINION_BOOT_CTRL_FLASH && card_caps(card) & PINION_CAP_FLASH;

	if (flash || value & PINION_BOOT_CTRL_START) {
		boot_start(card, flash);
		card_kick(card);
	}
}

void boot_write(struct card *card, uint32_t offset, uint32_t value)
{
	struct card_boot *b = &card->s.boot;

	switch (offset) {
	case PINION_REG_BOOT_CTRL:
		boot_control(card, value);
		break;
	case PINION_REG_BOOT_ADDR_LO:
		b->addr_reg = (b->addr_reg & ~0xffffffffull) | value;
		break;
	case PINION_REG_BOOT_ADDR_HI:
		b->addr_reg = (b->addr_reg & 0xffffffffull) | (uint64_t)value << 32;
		break;
	case PINION_REG_BOOT_SIZE:
		b->size_reg = value;
		break;
	}
}

/* Whether the fields agree with each other and the image fits the processor's RAM. */
static bool header_valid(const struct pinion_fw_header *h)
{
	static const uint8_t zero[sizeof(h->reserved)];
	uint32_t offset = h->load_addr - PINION_MGMT_RAM_BASE;

	if (h->header_bytes != sizeof(*h) || h->load_bytes != h->image_bytes - BOOT_SIGNED)
		return false;
	if (h->load_addr < PINION_MGMT_RAM_BASE || offset >= PINION_MGMT_RAM_SIZE ||
	    h->mem_bytes > PINION_MGMT_RAM_SIZE - offset || h->mem_bytes < h->load_bytes)
		return false;
	if (h->entry % 2 || h->entry < h->load_addr || h->entry - h->load_addr >= h->load_bytes)
		return false;
	if (h->flags & ~PINION_FW_F_TEST_KEY || memcmp(h->reserved, zero, sizeof(zero)))
		return false;
	return !h->build[sizeof(h->build) - 1] && h->contract >> 16 >= PINION_CONTRACT_MAJOR;
}

static bool header_too_new(const struct pinion_fw_header *h)
{
	return h->contract >> 16 > PINION_CONTRACT_MAJOR ||
	       (h->contract & 0xffff) > PINION_CONTRACT_MINOR;
}

/* The order of the checks is part of the contract: the first one that fails gives the error. */
static uint32_t boot_verify(const struct card *card, const struct pinion_fw_header *h,
			    uint32_t size)
{
	if (h->magic != PINION_FW_MAGIC)
		return PINION_BOOT_ERR_MAGIC;
	if (h->format != PINION_FW_FORMAT)
		return PINION_BOOT_ERR_FORMAT;
	if (h->image_bytes != size)
		return PINION_BOOT_ERR_SIZE;
	if (!header_valid(h))
		return PINION_BOOT_ERR_HEADER;
	if (header_too_new(h))
		return PINION_BOOT_ERR_TOO_NEW;
	if (memcmp(h->key_id, card->key_id, sizeof(card->key_id)))
		return PINION_BOOT_ERR_KEY;
	if (crypto_sign_verify_detached(card->image + size - PINION_FW_SIGNATURE_BYTES, card->image,
					size - PINION_FW_SIGNATURE_BYTES, card->config.public_key))
		return PINION_BOOT_ERR_SIGNATURE;
	if (card_caps(card) & PINION_CAP_FLASH && h->version < selector_get(card).minimum)
		return PINION_BOOT_ERR_TOO_OLD;
	return PINION_BOOT_ERR_NONE;
}

static bool size_valid(uint32_t size)
{
	return size > BOOT_SIGNED && size <= PINION_FW_MAX_BYTES;
}

/* Whether the image of @bytes bytes in card.image, with the header @h, may run: 0 or the reason. */
uint32_t boot_check(const struct card *card, const struct pinion_fw_header *h, uint32_t bytes)
{
	if (h->magic != PINION_FW_MAGIC)
		return PINION_BOOT_ERR_MAGIC;
	return size_valid(bytes) ? boot_verify(card, h, bytes) : PINION_BOOT_ERR_SIZE;
}

/* Starts of the selected slot are counted. A flash that cannot count still has its image. */
static void boot_count(struct card *card)
{
	const struct card_boot *b = &card->s.boot;

	if (b->flash && b->slot == selector_get(card).slot && selector_count(card))
		card_log(card, 0, "flash: the start of slot %u cannot be counted", b->slot);
}

static void boot_finish(struct card *card)
{
	struct pinion_fw_header h;
	uint32_t error;

	memcpy(&h, card->image, sizeof(h));
	error = boot_verify(card, &h, card->s.boot.size);
	if (error) {
		boot_fail(card, error);
		return;
	}

	boot_count(card);
	memset(card->s.mgmt.ram, 0, sizeof(card->s.mgmt.ram));
	memcpy(card->s.mgmt.ram + (h.load_addr - PINION_MGMT_RAM_BASE), card->image + sizeof(h),
	       h.load_bytes);
	card->s.boot.fw_version = h.version;
	card->s.boot.flags = h.flags;
	boot_set_state(card, PINION_BOOT_STARTING);
	mgmt_start(card, h.entry);
}

/* The length of an image in the flash is that in its header. */
static bool boot_flash_size(struct card *card)
{
	struct card_boot *b = &card->s.boot;
	struct pinion_fw_header h;

	if (nor_read(card, nor_slot(b->slot), &h, sizeof(h)) || h.magic != PINION_FW_MAGIC)
		return false;
	b->size = h.image_bytes;
	return true;
}

static int boot_read_image(struct card *card, uint32_t bytes)
{
	struct card_boot *b = &card->s.boot;
	uint8_t *to = card->image + b->fetched;

	if (b->flash)
		return nor_read(card, nor_slot(b->slot) + b->fetched, to, bytes);
	/* An ADDR so high that the sum wraps around is refused like any other that is too high. */
	if (b->addr > UINT64_MAX - b->size)
		return -1;
	return card_dma_read(card, b->addr + b->fetched, to, bytes);
}

static void boot_fetch(struct card *card)
{
	struct card_boot *b = &card->s.boot;
	uint32_t bytes = b->size - b->fetched;

	if (bytes > BOOT_CHUNK)
		bytes = BOOT_CHUNK;
	if (boot_read_image(card, bytes)) {
		boot_fail(card, PINION_BOOT_ERR_DMA);
		return;
	}
	b->fetched += bytes;
	if (b->fetched == b->size)
		boot_set_state(card, PINION_BOOT_VERIFY);
}

bool boot_idle(const struct card *card)
{
	const struct card_boot *b = &card->s.boot;

	return b->state != PINION_BOOT_FETCH && b->state != PINION_BOOT_VERIFY;
}

/* After card_load() the image is fetched from its start again, even in state VERIFY. */
uint64_t boot_step(struct card *card)
{
	struct card_boot *b = &card->s.boot;

	if (boot_idle(card))
		return 0;
	if (b->flash && !b->size && !boot_flash_size(card))
		boot_fail(card, PINION_BOOT_ERR_MAGIC);
	else if (!size_valid(b->size))
		boot_fail(card, PINION_BOOT_ERR_SIZE);
	else if (b->fetched < b->size)
		boot_fetch(card);
	else
		boot_finish(card);
	return 10000;
}
