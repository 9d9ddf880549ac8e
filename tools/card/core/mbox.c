// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mailbox: head and tail of two message rings, and the SRAM that holds both rings and the
 * firmware's log. The host may write the ring of its own messages; only the firmware writes the
 * rest of the SRAM.
 */
#include "card_int.h"

#define H2F_BYTES   (PINION_MBOX_SLOTS * sizeof(struct pinion_msg))
#define RINGS_BYTES (PINION_SRAM_F2H + PINION_MBOX_SLOTS * sizeof(struct pinion_msg))

uint32_t mbox_host_read(const struct card *card, uint32_t offset)
{
	const struct card_mbox *m = &card->s.mbox;

	switch (offset) {
	case PINION_REG_H2F_TAIL:
		return m->h2f_tail;
	case PINION_REG_H2F_HEAD:
		return m->h2f_head;
	case PINION_REG_F2H_TAIL:
		return m->f2h_tail;
	case PINION_REG_F2H_HEAD:
		return m->f2h_head;
	case PINION_REG_LOG_TAIL:
		return m->log_tail;
	default:
		return 0;
	}
}

/* Indices run freely through 32 bits, so a difference is right even when they wrap around. */
static bool tail_valid(struct card *card, const char *name, uint32_t tail, uint32_t head)
{
	if (tail - head <= PINION_MBOX_SLOTS)
		return true;
	card_log(card, 0, "mailbox: %s ignored, %u is more than %u ahead of head %u", name, tail,
		 PINION_MBOX_SLOTS, head);
	return false;
}

/* A head must move forward and must not pass its tail. */
static bool head_valid(struct card *card, const char *name, uint32_t head, uint32_t old,
		       uint32_t tail)
{
	if (head - old <= tail - old)
		return true;
	card_log(card, 0, "mailbox: %s ignored, %u is not from %u to %u", name, head, old, tail);
	return false;
}

void mbox_host_write(struct card *card, uint32_t offset, uint32_t value)
{
	struct card_mbox *m = &card->s.mbox;

	switch (offset) {
	case PINION_REG_H2F_TAIL:
		if (!tail_valid(card, "H2F_TAIL", value, m->h2f_head))
			return;
		m->h2f_tail = value;
		mgmt_irq(card, PINION_MGMT_IRQ_MBOX);
		card_kick(card);
		break;
	case PINION_REG_F2H_HEAD:
		if (head_valid(card, "F2H_HEAD", value, m->f2h_head, m->f2h_tail))
			m->f2h_head = value;
		break;
	}
}

/* Return: H2F_TAIL as the firmware sees it, which a fault knob may keep from seeing messages. */
uint32_t mbox_heard(const struct card *card)
{
	const struct card_mbox *m = &card->s.mbox;

	return card->s.knobs.firmware & PINION_DEBUG_FW_DEAF ? m->h2f_head : m->h2f_tail;
}

void mbox_mgmt_write(struct card *card, uint32_t reg, uint32_t value)
{
	struct card_mbox *m = &card->s.mbox;

	switch (reg) {
	case PINION_MGMT_H2F_HEAD:
		if (head_valid(card, "the firmware's H2F_HEAD", value, m->h2f_head, m->h2f_tail))
			m->h2f_head = value;
		break;
	case PINION_MGMT_F2H_TAIL:
		if (tail_valid(card, "the firmware's F2H_TAIL", value, m->f2h_head))
			m->f2h_tail = value;
		break;
	case PINION_MGMT_LOG_TAIL:
		m->log_tail = value;
		break;
	}
}

/* Both rings start again, empty. */
void mbox_restart(struct card *card)
{
	struct card_mbox *m = &card->s.mbox;

	m->h2f_tail = m->h2f_head = 0;
	m->f2h_tail = m->f2h_head = 0;
	memset(m->sram, 0, RINGS_BYTES);
}

uint32_t mbox_sram_read(const struct card *card, uint32_t offset)
{
	uint32_t value;

	memcpy(&value, card->s.mbox.sram + offset, sizeof(value));
	return value;
}

void mbox_sram_write(struct card *card, uint32_t offset, uint32_t value)
{
	if (offset >= PINION_SRAM_H2F + H2F_BYTES) {
		card_log(card, 0,
			 "write to 0x%x of the SRAM ignored: only the firmware may write there",
			 offset);
		return;
	}
	memcpy(card->s.mbox.sram + offset, &value, sizeof(value));
}
