// SPDX-License-Identifier: GPL-2.0-or-later
/* Fault knobs: registers of a card made for tests, with which a test makes the card misbehave. */
#include "card_int.h"

struct knob {
	uint32_t offset; /* PINION_REG_DEBUG_* */
	size_t member;	 /* offset in struct card_knobs */
	uint32_t bits;	 /* bits of the register that a write sets */
};

#define KNOB(NAME, MEMBER, BITS) \
	{ PINION_REG_DEBUG_##NAME, offsetof(struct card_knobs, MEMBER), BITS }

static const struct knob knobs[] = {
	KNOB(DMA_STRAY, dma_stray, UINT32_MAX),
	KNOB(DEAF, deaf, 1),
	KNOB(FW_CRASH, fw_crash, 1),
};

#define KNOBS (sizeof(knobs) / sizeof(knobs[0]))
_Static_assert(sizeof(struct card_knobs) == KNOBS * sizeof(uint32_t), "a knob without a row");

static const struct knob *find_knob(const struct card *card, uint32_t offset)
{
	for (size_t i = 0; i < KNOBS && card->config.debug; i++)
		if (knobs[i].offset == offset)
			return &knobs[i];
	return NULL;
}

static uint32_t *value_of(struct card *card, const struct knob *knob)
{
	return (uint32_t *)((char *)&card->s.knobs + knob->member);
}

/* Return: what the host reads at @offset of the knobs' block; 0 if nothing is there. */
uint32_t knobs_read(struct card *card, uint32_t offset)
{
	const struct knob *knob = find_knob(card, offset);

	if (offset == PINION_REG_DEBUG_ID)
		return card->config.debug ? PINION_DEBUG_ID : 0;
	return knob ? *value_of(card, knob) : 0;
}

/* Return: false if the card has no knob at @offset. */
bool knobs_write(struct card *card, uint32_t offset, uint32_t value)
{
	const struct knob *knob = find_knob(card, offset);

	if (knob)
		*value_of(card, knob) = value & knob->bits;
	return knob;
}
