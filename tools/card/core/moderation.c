// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt moderation: while a queue runs, its interrupt is held back until the wanted number of
 * completions has come together, or the first completion has waited for the longest time allowed.
 */
#include "card_int.h"

/* The number of completions that the host wants in one interrupt. */
static uint32_t wanted(const struct card_queue *q)
{
	return q->moderation & PINION_MODERATION_COUNT;
}

/* How long a completion may wait for its interrupt; 0: not at all. */
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
 * moderation_add() - account for a completion record that asks for an interrupt
 * @card: the card
 * @q: queue that wrote the record
 * @now: current time, as card_ops.now gives it
 * @urgent: send the interrupt at once
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

/*
 * The host wrote PINION_DOORBELL_MODERATION. An interrupt held back under the old value is sent at
 * once and not judged by the new one.
 */
void moderation_write(struct card *card, uint32_t index, uint32_t value)
{
	struct card_queue *q = &card->s.queues[index];

	if (q->state == PINION_Q_DISABLED) {
		card_log(card, 0, "moderation of queue %u ignored: the queue is disabled", index);
		return;
	}
	q->moderation = value;
	if (q->held)
		send(card, q);
	card_kick(card);
}

/*
 * Called at the end of a round. A queue that no longer runs will not complete more jobs soon, so
 * its interrupt is sent without waiting.
 */
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
		if (q->send_by > now + patience_ns(q)) /* the saved state had another clock */
			q->send_by = now + patience_ns(q);
		if (q->state != PINION_Q_RUNNING || now >= q->send_by)
			send(card, q);
	}
}

/* Return: the time when the next interrupt is due; UINT64_MAX if none is held back. */
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
