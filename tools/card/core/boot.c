// SPDX-License-Identifier: GPL-2.0-or-later
/* The boot ROM: fetches the management firmware, verifies it, starts the processor. */
#include <sodium.h>

#include "card_int.h"

#define BOOT_CHUNK  (64u << 10) /* bytes fetched in a round */
#define BOOT_SIGNED (sizeof(struct pinion_fw_header) + PINION_FW_SIGNATURE_BYTES)

static void boot_fail(struct card *card, uint32_t error)
{
	card_log(card, 1, "boot: image refused, code %u", error);
	card->s.boot.error = error;
	boot_set_state(card, PINION_BOOT_FAILED);
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
	default:
		return 0;
	}
}

static void boot_start(struct card *card)
{
	struct card_boot *b = &card->s.boot;

	if (b->state != PINION_BOOT_IDLE && b->state != PINION_BOOT_FAILED) {
		card_log(card, 0, "BOOT_CTRL.START in state %u is ignored", b->state);
		return;
	}
	b->addr = b->addr_reg;
	b->size = b->size_reg;
	b->fetched = 0;
	b->error = PINION_BOOT_ERR_NONE;
	boot_set_state(card, PINION_BOOT_FETCH);
	card_kick(card);
}

void boot_write(struct card *card, uint32_t offset, uint32_t value)
{
	struct card_boot *b = &card->s.boot;

	switch (offset) {
	case PINION_REG_BOOT_CTRL:
		if (value & PINION_BOOT_CTRL_START)
			boot_start(card);
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
static uint32_t boot_verify(const struct card *card, const struct pinion_fw_header *h)
{
	uint32_t size = card->s.boot.size;

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
	return PINION_BOOT_ERR_NONE;
}

static void boot_finish(struct card *card)
{
	struct pinion_fw_header h;
	uint32_t error;

	memcpy(&h, card->image, sizeof(h));
	error = boot_verify(card, &h);
	if (error) {
		boot_fail(card, error);
		return;
	}

	memset(card->s.mgmt.ram, 0, sizeof(card->s.mgmt.ram));
	memcpy(card->s.mgmt.ram + (h.load_addr - PINION_MGMT_RAM_BASE), card->image + sizeof(h),
	       h.load_bytes);
	card->s.boot.fw_version = h.version;
	boot_set_state(card, PINION_BOOT_STARTING);
	mgmt_start(card, h.entry);
}

static void boot_fetch(struct card *card)
{
	struct card_boot *b = &card->s.boot;
	uint32_t bytes = b->size - b->fetched;

	if (bytes > BOOT_CHUNK)
		bytes = BOOT_CHUNK;
	/* An ADDR so high that the sum wraps around is refused like any other that is too high. */
	if (b->addr > UINT64_MAX - b->size ||
	    card_dma_read(card, b->addr + b->fetched, card->image + b->fetched, bytes)) {
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
	if (b->size <= BOOT_SIGNED || b->size > PINION_FW_MAX_BYTES)
		boot_fail(card, PINION_BOOT_ERR_SIZE);
	else if (b->fetched < b->size)
		boot_fetch(card);
	else
		boot_finish(card);
	return 10000;
}
