// SPDX-License-Identifier: GPL-2.0-or-later
/* The command processor: fetches packets through the job's address space, checks and runs them. */
#include "card_int.h"

static bool copy_side_valid(uint64_t va, const struct pinion_pkt_copy *p, uint64_t pitch)
{
	uint64_t end = p->row_bytes, rest;

	if (p->rows > 1 && pitch < p->row_bytes)
		return false;
	if (p->rows > 1 && (__builtin_mul_overflow(p->rows - 1, pitch, &rest) ||
			    __builtin_add_overflow(end, rest, &end)))
		return false;
	return !__builtin_add_overflow(end, va, &end) && end <= 1ull << PINION_VA_BITS;
}

/* Rows with gaps may interleave, so a 2-D copy is checked only if both sides have no gaps. */
static bool copy_overlaps(const struct pinion_pkt_copy *p)
{
	uint64_t bytes = p->row_bytes;

	if (p->rows > 1) {
		if (p->src_pitch != p->row_bytes || p->dst_pitch != p->row_bytes)
			return false;
		bytes *= p->rows;
	}
	return p->src < p->dst ? p->dst - p->src < bytes : p->src - p->dst < bytes;
}

static bool copy_valid(CARD_UNUSED const struct card *card, const union card_packet *pkt)
{
	const struct pinion_pkt_copy *p = &pkt->copy;

	return p->row_bytes && p->rows && !p->reserved &&
	       copy_side_valid(p->src, p, p->src_pitch) &&
	       copy_side_valid(p->dst, p, p->dst_pitch) && !copy_overlaps(p);
}

static bool fill_valid(CARD_UNUSED const struct card *card, const union card_packet *pkt)
{
	const struct pinion_pkt_fill *p = &pkt->fill;
	uint64_t end;

	if (p->width != 1 && p->width != 2 && p->width != 4 && p->width != 8)
		return false;
	if (!p->bytes || p->bytes % p->width || p->dst % p->width || p->reserved)
		return false;
	return !__builtin_add_overflow(p->dst, p->bytes, &end) && end <= 1ull << PINION_VA_BITS;
}

static bool launch_valid(const struct card *card, const union card_packet *pkt)
{
	const struct pinion_pkt_launch *p = &pkt->launch;
	uint64_t blocks = (uint64_t)p->grid[0] * p->grid[1];

	if (!p->grid[0] || !p->grid[1] || !p->grid[2] || blocks > UINT32_MAX ||
	    blocks * p->grid[2] > UINT32_MAX)
		return false;
	if (p->entry % 2 || p->entry >> PINION_VA_BITS)
		return false;
	return p->scratch_bytes <= card->config.scratchpad_bytes - PINION_STACK_MIN;
}

static bool sem_valid(CARD_UNUSED const struct card *card, const union card_packet *pkt)
{
	return pkt->sem.va % 8 == 0;
}

static bool timestamp_valid(const struct card *card, const union card_packet *pkt)
{
	return sem_valid(card, pkt) && !pkt->sem.value;
}

/* For packets that are only a head, which head_valid() has checked. */
static bool head_only(CARD_UNUSED const struct card *card, CARD_UNUSED const union card_packet *pkt)
{
	return true;
}

static bool copy_loads(const struct card_queue *q)
{
	return q->row < q->pkt.copy.rows && q->done < q->pkt.copy.row_bytes;
}

static bool fill_loads(const struct card_queue *q)
{
	return q->done < q->pkt.fill.bytes && q->done % q->pkt.fill.width == 0;
}

/* card_load() also compares the blocks in flight with those that the cores run. */
static bool launch_loads(const struct card_queue *q)
{
	const uint32_t *grid = q->pkt.launch.grid;

	return q->state == PINION_Q_RUNNING && q->blocks == (uint64_t)grid[0] * grid[1] * grid[2] &&
	       q->next_block <= q->blocks && q->ended_blocks <= q->next_block &&
	       q->ended_blocks < q->blocks;
}

/* For packets that one turn completes, or repeats from the beginning. */
static bool always(CARD_UNUSED const struct card_queue *q)
{
	return true;
}

uint32_t sem_reached(struct card *card, uint32_t vm, uint64_t va, uint64_t value, bool *reached,
		     struct pinion_fault_record *f)
{
	uint64_t word;
	uint32_t status = mmu_read(card, vm, va, &word, sizeof(word), f);

	*reached = !status && word >= value;
	return status;
}

/*
 * Raise a semaphore to @value; a semaphore never goes back. The page must be readable and writable
 * even if the semaphore has reached @value already, so that a job fails always or never.
 */
uint32_t sem_raise(struct card *card, uint32_t vm, uint64_t va, uint64_t value,
		   struct pinion_fault_record *f)
{
	uint32_t status;
	struct mmu_run run;
	uint64_t word;

	status = mmu_read(card, vm, va, &word, sizeof(word), f);
	if (status)
		return status;
	if (!mmu_translate(card, vm, va, PINION_ACCESS_WRITE, &run))
		return mmu_fault(f, PINION_STATUS_PAGE_FAULT, va, PINION_ACCESS_WRITE);
	if (word >= value)
		return PINION_STATUS_OK;
	card->s.signalled = 1;
	return mmu_write(card, vm, va, &value, sizeof(value), f);
}

static uint32_t nop_run(struct packet_turn *t)
{
	t->done = true;
	return PINION_STATUS_OK;
}

/* The cores run the blocks and end the packet: the queue's turn has nothing to do. */
static uint32_t launch_run(struct packet_turn *t)
{
	t->done = false;
	return PINION_STATUS_OK;
}

static uint32_t barrier_run(struct packet_turn *t)
{
	if (t->q->pkt.head.flags & PINION_PKT_F_ICACHE)
		cores_flush(t->card, t->q->vm);
	t->done = true;
	return PINION_STATUS_OK;
}

static uint32_t wait_run(struct packet_turn *t)
{
	const struct pinion_pkt_sem *p = &t->q->pkt.sem;

	return sem_reached(t->card, t->q->vm, p->va, p->value, &t->done, t->f);
}

static uint32_t signal_run(struct packet_turn *t)
{
	const struct pinion_pkt_sem *p = &t->q->pkt.sem;

	t->done = true;
	return sem_raise(t->card, t->q->vm, p->va, p->value, t->f);
}

static uint32_t timestamp_run(struct packet_turn *t)
{
	uint64_t now = card_now(t->card);

	t->done = true;
	return mmu_write(t->card, t->q->vm, t->q->pkt.sem.va, &now, sizeof(now), t->f);
}

/*
 * A row of packet_ops. An opcode does not compile without each column: the functions have an
 * address, which NULL has not, and the packet has a place in union card_packet. Only a NOP may have
 * any length, as nobody fetches what is behind its head.
 */
#define PACKET(NAME, BYTES, FLAGS, VALID, RUN, LOADS)                                              \
	[PINION_PKT_##NAME] = { (BYTES) + ROW_HOLDS((BYTES) <= sizeof(union card_packet) &&        \
							    ((BYTES) ||                            \
							     PINION_PKT_##NAME == PINION_PKT_NOP), \
						    #NAME " has a wrong length"),                  \
				FLAGS, &VALID, &RUN, &LOADS }

/* clang-format off */
const struct packet_op packet_ops[] = {
	PACKET(NOP, 0, 0, head_only, nop_run, always),
	PACKET(COPY, sizeof(struct pinion_pkt_copy), PINION_PKT_F_CONCURRENT, copy_valid, dma_copy,
	       copy_loads),
	PACKET(FILL, sizeof(struct pinion_pkt_fill), PINION_PKT_F_CONCURRENT, fill_valid, dma_fill,
	       fill_loads),
	PACKET(LAUNCH, sizeof(struct pinion_pkt_launch), PINION_PKT_F_CONCURRENT, launch_valid,
	       launch_run, launch_loads),
	PACKET(BARRIER, sizeof(struct pinion_pkt), PINION_PKT_F_ICACHE, head_only, barrier_run,
	       always),
	PACKET(WAIT, sizeof(struct pinion_pkt_sem), 0, sem_valid, wait_run, always),
	PACKET(SIGNAL, sizeof(struct pinion_pkt_sem), 0, sem_valid, signal_run, always),
	PACKET(TIMESTAMP, sizeof(struct pinion_pkt_sem), 0, timestamp_valid, timestamp_run, always),
};
/* clang-format on */

#define PACKET_OPS (sizeof(packet_ops) / sizeof(packet_ops[0]))

const uint32_t nr_packet_ops = PACKET_OPS;

static bool head_valid(const struct pinion_pkt *p)
{
	const struct packet_op *op;

	if (p->op >= PACKET_OPS || p->reserved)
		return false;
	op = &packet_ops[p->op];
	if (!op->run || p->flags & ~op->flags)
		return false;
	return op->bytes ? p->bytes == op->bytes : p->bytes && p->bytes % 8 == 0;
}

bool packet_valid(const struct card *card, const union card_packet *pkt)
{
	return head_valid(&pkt->head) && packet_ops[pkt->head.op].valid(card, pkt);
}

/* Fetch from @offset up to the end of the page: the next page may be unmapped and not needed. */
static uint32_t refill(struct card *card, struct card_queue *q, uint32_t offset,
		       struct pinion_fault_record *f)
{
	uint64_t va = q->desc.cmd_va + offset;
	uint64_t bytes = RV_PAGE_SIZE - va % RV_PAGE_SIZE;
	uint32_t status;

	if (bytes > CARD_FETCH_BYTES)
		bytes = CARD_FETCH_BYTES;
	if (bytes > q->desc.bytes - offset)
		bytes = q->desc.bytes - offset;
	q->fetch_bytes = 0;
	status = mmu_read(card, q->vm, va, q->fetch, bytes, f);
	if (status)
		return status;
	q->fetch_pos = offset;
	q->fetch_bytes = (uint32_t)bytes;
	return PINION_STATUS_OK;
}

static uint32_t fetch_parts(struct card *card, struct card_queue *q, uint32_t offset, void *to,
			    uint32_t bytes, struct pinion_fault_record *f)
{
	while (bytes) {
		uint32_t at = offset - q->fetch_pos, n, status;

		if (at >= q->fetch_bytes) {
			status = refill(card, q, offset, f);
			if (status)
				return status;
			at = 0;
		}
		n = q->fetch_bytes - at < bytes ? q->fetch_bytes - at : bytes;
		memcpy(to, q->fetch + at, n);
		to = (uint8_t *)to + n;
		offset += n;
		bytes -= n;
	}
	return PINION_STATUS_OK;
}

/* Copy a part of the command buffer, in which the caller has checked @offset and @bytes to be. */
static inline uint32_t fetch(struct card *card, struct card_queue *q, uint32_t offset, void *to,
			     uint32_t bytes, struct pinion_fault_record *f)
{
	uint32_t at = offset - q->fetch_pos;

	if (at >= q->fetch_bytes || q->fetch_bytes - at < bytes)
		return fetch_parts(card, q, offset, to, bytes, f);
	memcpy(to, q->fetch + at, bytes);
	return PINION_STATUS_OK;
}

/**
 * packet_next() - fetch and check the packet at q->pos
 * @card: the card
 * @q: queue; q->pos is before the end of its command buffer
 * @f: filled in if there is no valid packet
 *
 * Return: PINION_STATUS_OK with q->pkt ready to run, or the status with which the queue stops
 */
uint32_t packet_next(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	const uint32_t head = sizeof(struct pinion_pkt);
	union card_packet *pkt = &q->pkt;
	uint32_t left = q->desc.bytes - q->pos, status;

	memset(pkt, 0, sizeof(*pkt));
	status = fetch(card, q, q->pos, pkt, head, f);
	if (status)
		return status;
	if (!head_valid(&pkt->head) || pkt->head.bytes > left)
		goto bad;
	if (pkt->head.op != PINION_PKT_NOP) {
		status = fetch(card, q, q->pos + head, &pkt->head + 1, pkt->head.bytes - head, f);
		if (status)
			return status;
	}
	if (!packet_ops[pkt->head.op].valid(card, pkt))
		goto bad;

	q->row = 0;
	q->done = 0;
	if (pkt->head.op == PINION_PKT_LAUNCH) {
		const uint32_t *grid = pkt->launch.grid;

		q->blocks = (uint64_t)grid[0] * grid[1] * grid[2];
		q->next_block = 0;
		q->ended_blocks = 0;
	}
	return PINION_STATUS_OK;
bad:
	return mmu_fault(f, PINION_STATUS_BAD_PACKET, q->desc.cmd_va + q->pos, 0);
}

/**
 * packet_run() - go on with q->pkt, which packet_next() has checked
 * @card: the card
 * @q: the queue
 * @done: out: the packet is complete; a WAIT that is not must wait
 * @work: in, out: the cost of the data moved is added
 * @f: filled in if the packet fails
 *
 * Return: PINION_STATUS_OK, or the status with which the queue stops
 */
uint32_t packet_run(struct card *card, struct card_queue *q, bool *done, uint64_t *work,
		    struct pinion_fault_record *f)
{
	struct packet_turn turn = { .card = card, .q = q, .f = f };
	uint32_t status = packet_ops[q->pkt.head.op].run(&turn);

	*done = turn.done;
	*work += turn.moved / 8;
	return status;
}
