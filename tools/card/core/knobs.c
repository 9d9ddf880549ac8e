// SPDX-License-Identifier: GPL-2.0-or-later
/* Fault knobs: registers of a card made for tests, with which a test makes the card misbehave. */
#include "card_int.h"

/* More than a shell's budget, so that the messages of each round are sent before the next one. */
#define STORM_WORK (1u << 30)

/**
 * struct knob - a fault knob
 * @name: name of the member of struct card_knobs
 * @text: what a value other than 0 does, in words
 * @offset: register, PINION_REG_DEBUG_*
 * @member: offset of the value in struct card_knobs
 * @bits: bits of the register that a write sets
 * @written: what else a write does, when the value is stored; may be NULL
 */
struct knob {
	const char *name;
	const char *text;
	uint32_t offset;
	size_t member;
	uint32_t bits;
	void (*written)(struct card *card);
};

/* The error is reported once, so nothing is left in the register. */
static void report_error(struct card *card)
{
	uint32_t severity = card->s.knobs.aer;

	card->s.knobs.aer = 0;
	if (severity && card->config.ops->bus_error)
		card->config.ops->bus_error(card->config.opaque, severity);
}

/* A processor that was deaf hears of the messages that came meanwhile. */
static void wake_firmware(struct card *card)
{
	mgmt_irq(card, PINION_MGMT_IRQ_MBOX);
	card_kick(card);
}

static void wake_card(struct card *card)
{
	card_kick(card);
}

/* KNOB_DO() is for a knob with a function that each write calls. */
#define KNOB_DO(NAME, MEMBER, BITS, WRITTEN, TEXT)             \
	{                                                      \
		.name = #MEMBER,                               \
		.text = TEXT,                                  \
		.offset = PINION_REG_DEBUG_##NAME,             \
		.member = offsetof(struct card_knobs, MEMBER), \
		.bits = BITS,                                  \
		.written = WRITTEN,                            \
	}
#define KNOB(NAME, MEMBER, BITS, TEXT) KNOB_DO(NAME, MEMBER, BITS, NULL, TEXT)

static const struct knob knobs[] = {
	KNOB(DMA_STRAY, dma_stray, UINT32_MAX,
	     "accesses of COPY packets to host memory, the last of which goes astray"),
	KNOB(DEAF, deaf, 1, "1: aborts have no effect"),
	KNOB_DO(AER, aer, 3, report_error,
		"error of the bus to report: 1 is correctable, 2 not fatal, 3 fatal"),
	KNOB_DO(FIRMWARE, firmware, PINION_DEBUG_FW_HANGS | PINION_DEBUG_FW_DEAF, wake_firmware,
		"1: the management processor executes nothing, 2: it sees no message, 3: both"),
	KNOB(WAKE_WRONG, wake_wrong, UINT32_MAX, "wake words to come that ask for no doorbell"),
	KNOB(MSI_LOST, msi_lost, UINT32_MAX, "MSI-X messages to come that are not sent"),
	KNOB_DO(MSI_STORM, msi_storm, UINT32_MAX, wake_card,
		"times that all vectors are sent without a cause"),
	KNOB_DO(RESET_BUSY, reset_busy, UINT32_MAX, wake_card,
		"times that the host finds a reset not finished"),
	KNOB(ALL_ONES, all_ones, 1,
	     "1: BAR0 and BAR2 read all ones, like those of a card that is gone"),
	KNOB(BELL_LOST, bell_lost, UINT32_MAX, "doorbells to come that the card does not see"),
	KNOB(RECORD_END, record_end, UINT32_MAX,
	     "bits 63:32 that are inverted in the end of the next completion record"),
	KNOB(FW_CRASH, fw_crash, 1, "1: the firmware's next access to a register fails"),
	KNOB(PREEMPT_EVERY, preempt_every, UINT32_MAX,
	     "cycles after which blocks are preempted although nobody waits"),
};

#define KNOBS (sizeof(knobs) / sizeof(knobs[0]))
_Static_assert(sizeof(struct card_knobs) == KNOBS * sizeof(uint32_t), "a knob without a row");
_Static_assert(KNOBS <= CARD_KNOBS_MAX, "shells have no place for so many knobs");

static uint32_t *value_of(struct card *card, const struct knob *knob)
{
	return (uint32_t *)((char *)&card->s.knobs + knob->member);
}

static void set(struct card *card, const struct knob *knob, uint32_t value)
{
	*value_of(card, knob) = value & knob->bits;
	if (knob->written)
		knob->written(card);
}

const char *card_knob_name(unsigned int index)
{
	return index < KNOBS ? knobs[index].name : NULL;
}

const char *card_knob_text(unsigned int index)
{
	return knobs[index].text;
}

uint32_t card_knob(struct card *card, unsigned int index)
{
	return *value_of(card, &knobs[index]);
}

void card_set_knob(struct card *card, unsigned int index, uint32_t value)
{
	set(card, &knobs[index], value);
}

static const struct knob *find_knob(const struct card *card, uint32_t offset)
{
	for (size_t i = 0; i < KNOBS && card->config.debug; i++)
		if (knobs[i].offset == offset)
			return &knobs[i];
	return NULL;
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
		set(card, knob, value);
	return knob;
}

/* Called in each round: a storm of interrupts without a cause. Return: the work done. */
uint64_t knobs_step(struct card *card)
{
	if (!card->s.knobs.msi_storm)
		return 0;
	card->s.knobs.msi_storm--;
	card->s.msi_pending = UINT64_MAX >> (64 - PINION_MSIX_VECTORS);
	return STORM_WORK;
}
