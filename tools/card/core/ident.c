// SPDX-License-Identifier: GPL-2.0-or-later
/* The registers that never change: identity, capabilities and sizes of the card. */
#include "card_int.h"

static uint32_t lo(uint64_t v)
{
	return (uint32_t)v;
}

static uint32_t hi(uint64_t v)
{
	return v >> 32;
}

/* clang-format off */
uint32_t card_ident(const struct card *card, uint32_t offset)
{
	const struct card_config *c = &card->config;

	switch (offset) {
	case PINION_REG_ID:		return PINION_ID;
	case PINION_REG_CONTRACT:	return CARD_CONTRACT;
	case PINION_REG_CAPS_LO:	return lo(card_caps(card));
	case PINION_REG_CAPS_HI:	return hi(card_caps(card));
	case PINION_REG_CORES:		return c->cores;
	case PINION_REG_QUEUES:		return PINION_MAX_QUEUES;
	case PINION_REG_VMS:		return PINION_MAX_VMS;
	case PINION_REG_SCRATCHPAD:	return c->scratchpad_bytes;
	case PINION_REG_MEMORY_LO:	return lo(c->memory_bytes);
	case PINION_REG_MEMORY_HI:	return hi(c->memory_bytes);
	case PINION_REG_WINDOW_LO:	return lo(c->window_bytes);
	case PINION_REG_WINDOW_HI:	return hi(c->window_bytes);
	case PINION_REG_VECTORS:	return PINION_MSIX_VECTORS;
	case PINION_REG_TIME_FREQ:	return CARD_TIME_FREQ;
	case PINION_REG_SERIAL_LO:	return lo(c->serial);
	case PINION_REG_SERIAL_HI:	return hi(c->serial);
	case PINION_REG_DMA_BITS:	return c->dma_bits;
	case PINION_REG_SAVE_BYTES:	return preempt_save_bytes(card);
	case PINION_REG_SAVE_FORMAT:	return preempt_save_bytes(card) ? PINION_SAVE_FORMAT : 0;
	default:			return 0;
	}
}
/* clang-format on */
