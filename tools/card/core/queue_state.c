// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of queues: configuration, doorbells, completion records, and the sets that say which
 * queue can do what. queue.c runs the jobs.
 */
#include "card_sched.h"

static const uint64_t dma_end = 1ull << PINION_DMA_BITS;

bool queue_in_launch(const struct card_queue *q)
{
	return q->state == PINION_Q_RUNNING && q->stage == STAGE_BUSY &&
	       q->pkt.head.op == PINION_PKT_LAUNCH;
}

static enum card_resource waits_for(const struct card_queue *q)
{
	if (q->state != PINION_Q_RUNNING)
		return CARD_NO_RESOURCE;
	if (!queue_in_launch(q))
		return CARD_ENGINE;
	return q->saved || q->next_block < q->blocks ? CARD_CORES : CARD_NO_RESOURCE;
}

/* Let a queue wait for what its stage needs. A new state, or saved blocks, need queue_place(). */
void queue_line_up(struct card *card, const struct card_queue *q)
{
	sched_place(card, q, waits_for(q));
}

/* Put a queue into the sets of struct card that its state calls for, and into no other set. */
void queue_place(struct card *card, const struct card_queue *q)
{
	uint32_t index = queue_index(card, q);

	qset_put(&card->running, index, q->state == PINION_Q_RUNNING);
	qset_put(&card->waiting, index, q->state == PINION_Q_WAITING);
	qset_put(&card->faulted, index, q->state == PINION_Q_FAULTED);
	qset_put(&card->holding, index, q->held);
	qset_put(&card->saved, index, q->saved);
	queue_line_up(card, q);
}

void queue_set_state(struct card *card, struct card_queue *q, uint32_t state)
{
	q->state = state;
	queue_place(card, q);
}

void queues_rebuild(struct card *card)
{
	uint32_t i;

	memset(card->turns, 0, sizeof(card->turns));
	memset(card->waits, CARD_NO_RESOURCE, sizeof(card->waits));
	for (i = 0; i < PINION_MAX_QUEUES; i++)
		queue_place(card, &card->s.queues[i]);
}

/* From now on @group pays for what the queue does. */
void queue_pay(struct card *card, struct card_queue *q, uint32_t group)
{
	if (q->group == group)
		return;
	sched_place(card, q, CARD_NO_RESOURCE);
	q->group = group;
	queue_line_up(card, q);
}

/* A descriptor is done. Until the next one the group of the address space pays. */
void queue_between_jobs(struct card *card, struct card_queue *q)
{
	q->stage = STAGE_FETCH;
	queue_pay(card, q, card->s.vms[q->vm].group);
}

/* A bad tail is noted only; stage_fetch() faults for it, after the jobs already announced. */
void queue_take_tail(const struct card *card, struct card_queue *q, uint32_t tail)
{
	uint32_t index = queue_index(card, q);

	if ((int32_t)(tail - q->tail) < 0) {
		/* With a shadow, the card may have read a later tail before the doorbell. */
		if (!q->shadow)
			card_log(card, 0, "tail of queue %u goes back from %u to %u", index,
				 q->tail, tail);
	} else if (tail - q->head > q->entries) {
		card_log(card, 0, "tail of queue %u: %u, but its head is %u of %u entries", index,
			 tail, q->head, q->entries);
		q->bad_tail = 1;
	} else {
		q->tail = tail;
	}
}

void queue_doorbell(struct card *card, uint32_t index, uint32_t tail)
{
	struct card_queue *q = &card->s.queues[index];

	if (q->state == PINION_Q_DISABLED) {
		card_log(card, 0, "doorbell of queue %u ignored: the queue is disabled", index);
		return;
	}
	if (q->state == PINION_Q_FAULTED)
		return;
	queue_take_tail(card, q, tail);
	if (q->state == PINION_Q_IDLE)
		queue_set_state(card, q, PINION_Q_RUNNING);
	card_kick(card);
}

static bool ring_valid(uint64_t addr, uint64_t bytes)
{
	return addr % 64 == 0 && addr < dma_end && bytes <= dma_end - addr;
}

bool queue_config_valid(const struct card *card, const struct card_queue *q)
{
	uint32_t flags = card_caps(card) & PINION_CAP_PREEMPT ? PINION_QUEUE_F_ALL : 0;
	uint32_t n = q->entries;

	if (n < PINION_RING_MIN || n > PINION_RING_MAX || n & (n - 1))
		return false;
	if (!q->vm || q->vm >= PINION_MAX_VMS || !q->vector || q->vector >= PINION_MSIX_VECTORS ||
	    q->priority >= CARD_PRIORITIES || q->flags & ~flags)
		return false;
	if (q->shadow % 8 || q->shadow > dma_end - sizeof(struct pinion_shadow))
		return false;
	return ring_valid(q->ring, n * sizeof(struct pinion_desc)) &&
	       ring_valid(q->cq, n * sizeof(struct pinion_cqe));
}

/* Reset all of a queue but its configuration. */
static void queue_clear(struct card_queue *q)
{
	*q = (struct card_queue){
		.ring = q->ring,
		.cq = q->cq,
		.shadow = q->shadow,
		.entries = q->entries,
		.vm = q->vm,
		.vector = q->vector,
		.priority = q->priority,
		.flags = q->flags,
		.group = q->group,
	};
}

void queue_enable(struct card *card, struct card_queue *q)
{
	if (q->state != PINION_Q_DISABLED)
		return;
	if (!queue_config_valid(card, q)) {
		card_log(card, 0,
			 "queue %u is not enabled: a field of its configuration is out of range",
			 queue_index(card, q));
		return;
	}
	queue_clear(q);
	q->group = card->s.vms[q->vm].group;
	queue_set_state(card, q, PINION_Q_IDLE);
}

/* A queue has nothing in flight between two steps, so it can be stopped at once. */
void queue_stop(struct card *card, struct card_queue *q)
{
	uint32_t index = queue_index(card, q);

	cores_abort(card, index);
	queue_clear(q);
	memset(&card->s.faults[index], 0, sizeof(card->s.faults[index]));
	queue_set_state(card, q, PINION_Q_DISABLED);
}

/* The next completion record's address in host memory. */
static uint64_t record_addr(const struct card_queue *q)
{
	return q->cq + pinion_ring_slot(q->cq_index, q->entries) * sizeof(struct pinion_cqe);
}

/* Write the status word last, so that a host which sees the new phase sees the whole record. */
static int write_record(struct card *card, const struct card_queue *q, const struct pinion_cqe *cqe)
{
	const size_t first = offsetof(struct pinion_cqe, status);
	uint64_t addr = record_addr(q);

	if (card_dma_write(card, addr, cqe, first))
		return -1;
	return card_dma_write(card, addr + first, &cqe->status, sizeof(cqe->status));
}

/*
 * A descriptor is done; unless it is a part of a job that goes on, write the completion record.
 * Return: 0, or -1 if the host refused the record.
 */
int queue_complete(struct card *card, struct card_queue *q, uint32_t status)
{
	const uint64_t now = card_now(card);
	struct pinion_cqe cqe = {
		.cookie = q->desc.cookie,
		.start = q->start,
		.end = now ^ (uint64_t)card->s.knobs.record_end << 32,
		.sq_head = q->head,
		.status = status | pinion_ring_phase(q->cq_index, q->entries),
	};

	queue_between_jobs(card, q);
	if (!status && q->desc.flags & PINION_DESC_F_MORE) {
		q->part++;
		return 0;
	}
	q->part = 0;
	CARD_ASSERT(!(cqe.status & PINION_CQE_RESERVED));
	card->s.knobs.record_end = 0;
	if (write_record(card, q, &cqe))
		return -1;
	q->cq_index++;
	if (status || !(q->desc.flags & PINION_DESC_F_NO_IRQ))
		moderation_add(card, q, now, status);
	return 0;
}

void queue_packet_done(struct card *card, struct card_queue *q)
{
	q->pos += q->pkt.head.bytes;
	q->packet++;
	q->stage = STAGE_PACKET;
	queue_line_up(card, q);
}

/*
 * End a job that is complete, or that was aborted. Return: PINION_STATUS_OK, or
 * PINION_STATUS_BAD_RING if the host refused the completion record.
 */
uint32_t queue_end_job(struct card *card, struct card_queue *q, uint32_t status,
		       struct pinion_fault_record *f)
{
	if (!queue_complete(card, q, status))
		return PINION_STATUS_OK;
	return mmu_fault(f, PINION_STATUS_BAD_RING, record_addr(q), PINION_ACCESS_WRITE);
}
