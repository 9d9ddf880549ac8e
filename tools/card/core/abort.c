// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aborting one job of a queue: the job ends with a completion record, and the queue goes on with
 * its next job.
 */
#include "card_int.h"

/* Whether the abort register holds the cookie of the queue's current descriptor. */
static bool is_named(const struct card_queue *q)
{
	return q->abort & PINION_ABORT_VALID &&
	       (q->desc.cookie & PINION_ABORT_COOKIE) == (q->abort & PINION_ABORT_COOKIE);
}

/* Whether the descriptor just fetched belongs to an aborted job and must be skipped. */
bool abort_begins(const struct card_queue *q)
{
	return q->aborting || is_named(q);
}

/**
 * abort_job() - skip the rest of a descriptor, and all further descriptors of its job
 * @card: the card
 * @q: queue with the job
 * @f: filled in if the host refuses the completion record
 *
 * The job has nothing in flight between two steps. Its completion record is written when the last
 * descriptor is skipped.
 *
 * Return: PINION_STATUS_OK, or PINION_STATUS_BAD_RING if the host refuses the record
 */
uint32_t abort_job(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	uint32_t status = PINION_STATUS_OK;

	cores_abort(card, queue_index(card, q));
	q->aborting = q->desc.flags & PINION_DESC_F_MORE;
	if (q->aborting) {
		q->part++;
		queue_between_jobs(card, q);
	} else {
		status = queue_end_job(card, q, PINION_STATUS_ABORTED, f);
	}
	queue_set_state(card, q, PINION_Q_RUNNING);
	return status;
}

/*
 * The host wrote a cookie to PINION_DOORBELL_ABORT. The register keeps it, so that a job which
 * begins later is aborted, too.
 */
void abort_write(struct card *card, uint32_t index, uint32_t value)
{
	struct pinion_fault_record f = { .core = UINT32_MAX };
	struct card_queue *q = &card->s.queues[index];

	if (q->state == PINION_Q_DISABLED) {
		card_log(card, 0, "abort on queue %u ignored: the queue is disabled", index);
		return;
	}
	if (q->state == PINION_Q_FAULTED || card->s.knobs.deaf)
		return;
	q->abort = value;
	if (!is_named(q))
		return;
	if (q->stage != STAGE_FETCH) {
		if (abort_job(card, q, &f))
			fault_queue(card, q, &f);
	} else if (q->part) {
		q->aborting = 1; /* the job is between two of its descriptors */
	}
	card_kick(card);
}
