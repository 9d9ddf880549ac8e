// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NOR flash: a page is erased to ones, and programming clears bits. If the power fails meanwhile,
 * the page may hold anything.
 */
#include "card_int.h"

int nor_read(const struct card *card, uint32_t at, void *buf, uint32_t bytes)
{
	return card->config.ops->flash_read(card->config.opaque, at, buf, bytes);
}

int nor_erase(const struct card *card, uint32_t at)
{
	uint8_t page[CARD_FLASH_PAGE];

	memset(page, 0xff, sizeof(page));
	return card->config.ops->flash_write(card->config.opaque, at, page, sizeof(page));
}

/* Clear the bits that are 0 in @buf. Return: 0; -1 if the flash does not hold @buf then. */
int nor_program(const struct card *card, uint32_t at, const void *buf, uint32_t bytes)
{
	uint8_t page[CARD_FLASH_PAGE];
	uint32_t i;

	CARD_ASSERT(bytes <= sizeof(page));
	if (nor_read(card, at, page, bytes))
		return -1;
	for (i = 0; i < bytes; i++)
		page[i] &= ((const uint8_t *)buf)[i];
	if (card->config.ops->flash_write(card->config.opaque, at, page, bytes))
		return -1;
	return memcmp(page, buf, bytes) ? -1 : 0;
}

/* Where a slot begins. */
uint32_t nor_slot(uint32_t slot)
{
	return 2 * CARD_FLASH_PAGE + slot * PINION_FW_MAX_BYTES;
}
