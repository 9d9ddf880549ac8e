// SPDX-License-Identifier: GPL-2.0-or-later
/* A queue whose job goes wrong stops, with a fault record; the rest of the card goes on. */
#include "card_int.h"

/* Whether a job of the queue has begun, so that it must end with a completion record. */
static bool has_job(const struct card_queue *q)
{
	return q->stage != STAGE_FETCH;
}

/**
 * fault_queue() - stop a queue because its job failed
 * @card: the card
 * @q: queue to stop
 * @f: record with status, va and access filled in, and with pc, core, insn and block if a
 *	core caused the fault
 */
void fault_queue(struct card *card, struct card_queue *q, const struct pinion_fault_record *f)
{
	uint32_t index = queue_index(card, q);
	struct pinion_fault_record *record = &card->s.faults[index];

	cores_abort(card, index);
	*record = *f;
	record->packet = has_job(q) ? q->packet : 0;
	record->cookie = has_job(q) ? q->desc.cookie : 0;
	record->timestamp = card_now(card);
	record->part = has_job(q) ? q->part : 0;
	record->reserved = 0;

	card_log(card, 1, "queue %u: status %u, packet %u, va 0x%llx, pc 0x%llx, core %d", index,
		 f->status, record->packet, (unsigned long long)f->va, (unsigned long long)f->pc,
		 (int)f->core);
	queue_set_state(card, q, PINION_Q_FAULTED);
	if (has_job(q))
		queue_complete(card, q, f->status);
	mgmt_irq(card, PINION_MGMT_IRQ_FAULT);
	card_raise(card, PINION_INT_FAULT);
}

uint32_t fault_record_read(const struct card *card, uint32_t offset)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)card->s.faults + offset, sizeof(value));
	return value;
}

/* One word of the register array FAULT_QUEUES, which has a bit for each queue. */
uint32_t fault_word(const struct card *card, uint32_t word)
{
	return (uint32_t)(card->faulted.w[word / 2] >> (word % 2 * 32));
}
