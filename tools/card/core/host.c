// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Services of the host, reached through struct card_ops: log, DMA, interrupts. This file calls no
 * other file of the model, so that every file may call it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "card_int.h"

void card_log(const struct card *card, int level, const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	card->config.ops->log(card->config.opaque, level, line);
}

static bool dma_in_range(const struct card *card, uint64_t addr, uint64_t bytes)
{
	uint64_t end = 1ull << card->config.dma_bits;

	return addr < end && bytes <= end - addr;
}

int card_dma_read(const struct card *card, uint64_t addr, void *buf, uint64_t bytes)
{
	if (!dma_in_range(card, addr, bytes))
		return -1;
	return card->config.ops->dma_read(card->config.opaque, addr, buf, bytes);
}

int card_dma_write(const struct card *card, uint64_t addr, const void *buf, uint64_t bytes)
{
	if (!dma_in_range(card, addr, bytes))
		return -1;
	return card->config.ops->dma_write(card->config.opaque, addr, buf, bytes);
}

/* Send an MSI-X message, unless a fault knob says that it gets lost. */
void card_msi(struct card *card, unsigned int vector)
{
	if (card->s.knobs.msi_lost)
		card->s.knobs.msi_lost--;
	else
		card->config.ops->msi(card->config.opaque, vector);
}

/* Send an interrupt if an enabled cause becomes set; a cause that is set already sends none. */
void card_raise(struct card *card, uint32_t causes)
{
	uint32_t fresh = causes & ~card->s.int_status;

	card->s.int_status |= causes;
	if (fresh & card->s.int_enable)
		card_msi(card, 0);
}

/* The host learns by an interrupt that a boot has ended or that the firmware has crashed. */
void boot_set_state(struct card *card, uint32_t state)
{
	card->s.boot.state = state;
	if (state == PINION_BOOT_READY || state == PINION_BOOT_FAILED ||
	    state == PINION_BOOT_CRASHED)
		card_raise(card, PINION_INT_BOOT);
}
