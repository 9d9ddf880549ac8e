// SPDX-License-Identifier: GPL-2.0-or-later
/* Aborting one job of a queue: it ends with a record, and the queue goes on with the next one. */
#include "card_int.h"

static bool is_named(const struct card_queue *q)
{
	return q->abort & PINION_ABORT_VALID &&
	       (q->desc.cookie & PINION_ABORT_COOKIE) == (q->abort & PINION_ABORT_COOKIE);
}

/* Whether the descriptor that was fetched is to be left out. */
bool abort_begins(const struct card_queue *q)
{
	return q->aborting || is_named(q);
}

/**
 * abort_job() - leave out what remains of a descriptor, and those of the job behind it
 *
 * Nothing of it is in flight between two steps. The record is written with the last descriptor.
 */
uint32_t abort_job(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	uint32_t status = PINION_STATUS_OK;

	cores_abort(card, queue_index(card, q));
	q->aborting = q->desc.flags & PINION_DESC_F_MORE;
	if (q->aborting) {
		q->part++;
		q->stage = STAGE_FETCH;
	} else {
		status = queue_end_job(card, q, PINION_STATUS_ABORTED, f);
	}
	queue_set_state(card, q, PINION_Q_RUNNING);
	return status;
}

/* The register was written. It holds for a job that begins later, too. */
void abort_write(struct card *card, uint32_t index, uint32_t value)
{
	struct pinion_fault_record f = { .core = UINT32_MAX };
	struct card_queue *q = &card->s.queues[index];

	if (q->state == PINION_Q_DISABLED) {
		card_log(card, 0, "abort on queue %u, which is disabled", index);
		return;
	}
	if (q->state == PINION_Q_FAULTED || card->s.deaf)
		return;
	q->abort = value;
	if (!is_named(q))
		return;
	if (q->stage != STAGE_FETCH) {
		if (abort_job(card, q, &f))
			fault_queue(card, q, &f);
	} else if (q->part) {
		q->aborting = 1; /* between two descriptors of it */
	}
	card_kick(card);
}
