// SPDX-License-Identifier: GPL-2.0-or-later
/* The queue engine: descriptors, the stages of a job, and the turns of queues. */
#include "card_sched.h"

#define TURN_STAGES 64u /* stages a queue may go through in one turn */
#define STAGE_WORK  60u /* cost of a stage, without the data it moves */

/* Fetch several descriptors by one access of host memory, which is slow. */
static int fetch_batch(struct card *card, struct card_queue *q)
{
	uint32_t slot = pinion_ring_slot(q->head, q->entries), n = q->tail - q->head;

	if (n > CARD_BATCH)
		n = CARD_BATCH;
	if (n > q->entries - slot)
		n = q->entries - slot;
	q->batch_count = 0;
	if (card_dma_read(card, q->ring + slot * sizeof(q->desc), q->batch, n * sizeof(q->desc)))
		return -1;
	q->batch_first = q->head;
	q->batch_count = n;
	return 0;
}

/*
 * A WAITING queue is checked when the card raises any semaphore, and every CARD_POLL_NS because the
 * host may raise one.
 */
static void queue_wait(struct card *card, struct card_queue *q)
{
	if (qset_empty(&card->waiting))
		card->s.next_poll = card_now(card) + CARD_POLL_NS;
	queue_set_state(card, q, PINION_Q_WAITING);
}

static uint32_t stage_wait(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	bool reached = true;
	uint32_t status = PINION_STATUS_OK;

	if (q->desc.wait_va)
		status = sem_reached(card, q->vm, q->desc.wait_va, q->desc.wait_value, &reached, f);
	if (status)
		return status;
	if (reached) {
		if (q->desc.wait_va)
			q->start = card_now(card);
		q->stage = STAGE_PACKET;
	} else {
		queue_wait(card, q);
	}
	return PINION_STATUS_OK;
}

static bool nop_valid(const struct pinion_desc *d)
{
	return !d->bytes && !d->cmd_va;
}

static uint32_t nop_run(CARD_UNUSED struct card *card, struct card_queue *q,
			CARD_UNUSED struct pinion_fault_record *f)
{
	q->stage = STAGE_SIGNAL;
	return PINION_STATUS_OK;
}

static bool exec_valid(const struct pinion_desc *d)
{
	return d->bytes % 8 == 0 && d->cmd_va % 8 == 0 && d->bytes <= PINION_MAX_CMD_BYTES;
}

static uint32_t exec_run(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	uint32_t status;

	if (q->pos == q->desc.bytes) {
		q->stage = STAGE_SIGNAL;
		return PINION_STATUS_OK;
	}
	status = packet_next(card, q, f);
	if (status)
		return status;
	q->stage = STAGE_BUSY;
	queue_line_up(card, q);
	return PINION_STATUS_OK;
}

/*
 * A descriptor's opcode: whether the fields are as the contract says, and what STAGE_PACKET does. A
 * row does not compile without both functions.
 */
struct desc_op {
	bool (*valid)(const struct pinion_desc *d);
	uint32_t (*run)(struct card *card, struct card_queue *q, struct pinion_fault_record *f);
};

#define DESC(NAME, VALID, RUN) [PINION_DESC_##NAME] = { &VALID, &RUN }

static const struct desc_op desc_ops[] = {
	DESC(NOP, nop_valid, nop_run),
	DESC(EXEC, exec_valid, exec_run),
};

#define DESC_OPS (sizeof(desc_ops) / sizeof(desc_ops[0]))

const uint32_t nr_desc_ops = DESC_OPS;

/* Whether the queue's descriptor is as the contract says. */
bool desc_valid(const struct card *card, const struct card_queue *q)
{
	const struct pinion_desc *d = &q->desc;
	uint32_t groups = q->flags & PINION_QUEUE_F_CHARGE ? PINION_MAX_GROUPS : 1;
	uint32_t flags = card_caps(card) & PINION_CAP_CHAIN ? PINION_DESC_F_ALL
							    : PINION_DESC_F_NO_IRQ;

	if (d->flags & ~flags || d->group >= groups || d->reserved2 || d->wait_va % 8 ||
	    d->signal_va % 8)
		return false;
	return d->opcode < DESC_OPS && desc_ops[d->opcode].run && desc_ops[d->opcode].valid(d);
}

static uint32_t stage_fetch(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	if (q->head == q->tail && shadow_look(card, q))
		return mmu_fault(f, PINION_STATUS_BAD_RING, q->shadow,
				 PINION_ACCESS_READ | PINION_ACCESS_WRITE);
	if (q->head == q->tail) {
		if (q->bad_tail)
			return mmu_fault(f, PINION_STATUS_BAD_RING, 0, 0);
		queue_set_state(card, q, PINION_Q_IDLE);
		return PINION_STATUS_OK;
	}
	if (q->head - q->batch_first >= q->batch_count && fetch_batch(card, q))
		return mmu_fault(f, PINION_STATUS_BAD_RING,
				 q->ring + pinion_ring_slot(q->head, q->entries) * sizeof(q->desc),
				 PINION_ACCESS_READ);

	q->desc = q->batch[q->head - q->batch_first];
	q->head++;
	if (!q->part)
		q->start = card_now(card);
	q->packet = 0;
	q->pos = 0;
	q->fetch_bytes = 0;
	q->stage = STAGE_WAIT;
	if (abort_begins(q))
		return abort_job(card, q, f);
	if (q->flags & PINION_QUEUE_F_CHARGE && q->desc.group < PINION_MAX_GROUPS)
		queue_pay(card, q, q->desc.group);
	return desc_valid(card, q) ? PINION_STATUS_OK
				   : mmu_fault(f, PINION_STATUS_BAD_DESC, q->desc.cmd_va, 0);
}

static uint32_t stage_busy(struct card *card, struct card_queue *q, uint64_t *work,
			   struct pinion_fault_record *f)
{
	bool done;
	uint32_t status = packet_run(card, q, &done, work, f);

	if (status)
		return status;
	if (done)
		queue_packet_done(card, q);
	else if (q->pkt.head.op == PINION_PKT_WAIT)
		queue_wait(card, q);
	return PINION_STATUS_OK;
}

static uint32_t stage_signal(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	const struct pinion_desc *d = &q->desc;
	uint32_t status;

	if (d->signal_va) {
		status = sem_raise(card, q->vm, d->signal_va, d->signal_value, f);
		if (status)
			return status;
	}
	return queue_end_job(card, q, PINION_STATUS_OK, f);
}

static uint32_t queue_advance(struct card *card, struct card_queue *q, uint64_t *work,
			      struct pinion_fault_record *f)
{
	switch (q->stage) {
	case STAGE_FETCH:
		return stage_fetch(card, q, f);
	case STAGE_WAIT:
		return stage_wait(card, q, f);
	case STAGE_PACKET:
		return desc_ops[q->desc.opcode].run(card, q, f);
	case STAGE_BUSY:
		return stage_busy(card, q, work, f);
	default:
		return stage_signal(card, q, f);
	}
}

/*
 * One queue's turn. It ends when the queue must wait, has moved CARD_CHUNK, used its stages, or
 * begins to work for another group.
 */
static uint64_t queue_turn(struct card *card, struct card_queue *q)
{
	struct pinion_fault_record f = { .core = UINT32_MAX };
	uint32_t i, group = q->group;
	uint64_t work = 0;

	for (i = 0; i < TURN_STAGES && work < CARD_CHUNK / 16; i++) {
		work += STAGE_WORK;
		if (queue_advance(card, q, &work, &f)) {
			fault_queue(card, q, &f);
			break;
		}
		if (q->state != PINION_Q_RUNNING || queue_in_launch(q) || q->group != group)
			break;
	}
	sched_charge(card, CARD_ENGINE, group, work);
	return work;
}

static void queues_poll(struct card *card, uint64_t now)
{
	uint32_t i;

	if (qset_empty(&card->waiting))
		return;
	if (card->s.next_poll > now + CARD_POLL_NS) /* the saved state had another clock */
		card->s.next_poll = now + CARD_POLL_NS;
	if (!card->s.signalled && now < card->s.next_poll)
		return;

	card->s.signalled = 0;
	for (i = 0; i < PINION_MAX_QUEUES; i++)
		if (qset_has(&card->waiting, i))
			queue_set_state(card, &card->s.queues[i], PINION_Q_RUNNING);
}

/* Whether no queue has anything to do until the host writes or a timer expires. */
bool queues_idle(const struct card *card)
{
	return qset_empty(&card->running) && (qset_empty(&card->waiting) || !card->s.signalled);
}

bool queues_runnable(const struct card *card)
{
	return !qset_empty(&card->turns[CARD_ENGINE].groups);
}

static bool any_queue(CARD_UNUSED const struct card *card, CARD_UNUSED const struct card_queue *q,
		      CARD_UNUSED uint32_t arg)
{
	return true;
}

/* A round: as many turns as there are runnable queues of the highest priority of their group. */
uint64_t queues_step(struct card *card, uint64_t now)
{
	uint64_t work = 0;
	uint32_t turns;

	queues_poll(card, now);
	for (turns = sched_leaders(card, CARD_ENGINE); turns; turns--) {
		struct card_queue *q = sched_find(card, CARD_ENGINE, any_queue, 0);

		if (!q)
			break;
		sched_serve(card, CARD_ENGINE, q);
		work += queue_turn(card, q);
	}
	return work;
}
