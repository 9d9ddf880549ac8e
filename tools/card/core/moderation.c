// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt moderation: a queue's interrupts are held back while it runs, until there are enough
 * completions for one, or the first has waited long enough.
 */
#include "card_int.h"

static uint32_t wanted(const struct card_queue *q)
{
	return q->moderation & PINION_MODERATION_COUNT;
}

static uint64_t patience_ns(const struct card_queue *q)
{
	return (q->moderation >> 16) * 1000ull;
}

static void send(struct card *card, struct card_queue *q)
{
	card->s.msi_pending |= 1ull << q->vector;
	q->held = 0;
	qset_del(&card->holding, queue_index(card, q));
}

/**
 * moderation_add() - a completion record was written that asks for an interrupt
 * @now: time
 * @urgent: it is not to be held back
 */
void moderation_add(struct card *card, struct card_queue *q, uint64_t now, bool urgent)
{
	uint64_t patience = patience_ns(q);

	if (!q->held++)
		q->send_by = now + patience;
	if (urgent || !patience || q->held >= wanted(q))
		send(card, q);
	else
		qset_add(&card->holding, queue_index(card, q));
}

/* The register was written. What is held back goes at once: it may have waited for the old value.
 */
void moderation_write(struct card *card, uint32_t index, uint32_t value)
{
	struct card_queue *q = &card->s.queues[index];

	if (q->state == PINION_Q_DISABLED) {
		card_log(card, 0, "moderation of queue %u, which is disabled", index);
		return;
	}
	q->moderation = value;
	if (q->held)
		send(card, q);
	card_kick(card);
}

/* The end of a round: a queue that has stopped running has nothing to wait for. */
void moderation_step(struct card *card)
{
	uint64_t now;
	uint32_t i;

	if (qset_empty(&card->holding))
		return;
	now = card_now(card);
	for (i = 0; i < PINION_MAX_QUEUES; i++) {
		struct card_queue *q = &card->s.queues[i];

		if (!qset_has(&card->holding, i))
			continue;
		if (q->send_by > now + patience_ns(q)) /* saved under another clock */
			q->send_by = now + patience_ns(q);
		if (q->state != PINION_Q_RUNNING || now >= q->send_by)
			send(card, q);
	}
}

/* Return: when the next interrupt is due; UINT64_MAX if none is held back. */
uint64_t moderation_wakeup(const struct card *card)
{
	uint64_t wakeup = UINT64_MAX;
	uint32_t i;

	if (qset_empty(&card->holding))
		return wakeup;
	for (i = 0; i < PINION_MAX_QUEUES; i++)
		if (qset_has(&card->holding, i) && card->s.queues[i].send_by < wakeup)
			wakeup = card->s.queues[i].send_by;
	return wakeup;
}
