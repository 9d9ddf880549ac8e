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

/* Two runs of rows may interleave, so of 2-D copies only the dense ones are looked at. */
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

static bool copy_valid(const struct pinion_pkt_copy *p)
{
	return p->row_bytes && p->rows && !p->reserved &&
	       copy_side_valid(p->src, p, p->src_pitch) &&
	       copy_side_valid(p->dst, p, p->dst_pitch) && !copy_overlaps(p);
}

static bool fill_valid(const struct pinion_pkt_fill *p)
{
	uint64_t end;

	if (p->width != 1 && p->width != 2 && p->width != 4 && p->width != 8)
		return false;
	if (!p->bytes || p->bytes % p->width || p->dst % p->width || p->reserved)
		return false;
	return !__builtin_add_overflow(p->dst, p->bytes, &end) && end <= 1ull << PINION_VA_BITS;
}

static bool launch_valid(const struct card *card, const struct pinion_pkt_launch *p)
{
	uint64_t blocks = (uint64_t)p->grid[0] * p->grid[1];

	if (!p->grid[0] || !p->grid[1] || !p->grid[2] || blocks > UINT32_MAX ||
	    blocks * p->grid[2] > UINT32_MAX)
		return false;
	if (p->entry % 2 || p->entry >> PINION_VA_BITS)
		return false;
	return p->scratch_bytes <= card->config.scratchpad_bytes - PINION_STACK_MIN;
}

struct packet_form {
	uint16_t bytes; /* 0: multiple of 8 */
	uint8_t flags;
};

static const struct packet_form packet_forms[] = {
	[PINION_PKT_NOP] = { 0, 0 },
	[PINION_PKT_COPY] = { sizeof(struct pinion_pkt_copy), PINION_PKT_F_CONCURRENT },
	[PINION_PKT_FILL] = { sizeof(struct pinion_pkt_fill), PINION_PKT_F_CONCURRENT },
	[PINION_PKT_LAUNCH] = { sizeof(struct pinion_pkt_launch), PINION_PKT_F_CONCURRENT },
	[PINION_PKT_BARRIER] = { sizeof(struct pinion_pkt), PINION_PKT_F_ICACHE },
	[PINION_PKT_WAIT] = { sizeof(struct pinion_pkt_sem), 0 },
	[PINION_PKT_SIGNAL] = { sizeof(struct pinion_pkt_sem), 0 },
	[PINION_PKT_TIMESTAMP] = { sizeof(struct pinion_pkt_sem), 0 },
};

#define PACKET_OPS (sizeof(packet_forms) / sizeof(packet_forms[0]))

static bool head_valid(const struct pinion_pkt *p)
{
	const struct packet_form *form;

	if (p->op >= PACKET_OPS || p->reserved)
		return false;
	form = &packet_forms[p->op];
	if (p->flags & ~form->flags)
		return false;
	return form->bytes ? p->bytes == form->bytes : p->bytes && p->bytes % 8 == 0;
}

bool packet_valid(const struct card *card, const union card_packet *pkt)
{
	if (!head_valid(&pkt->head))
		return false;

	switch (pkt->head.op) {
	case PINION_PKT_COPY:
		return copy_valid(&pkt->copy);
	case PINION_PKT_FILL:
		return fill_valid(&pkt->fill);
	case PINION_PKT_LAUNCH:
		return launch_valid(card, &pkt->launch);
	case PINION_PKT_TIMESTAMP:
		return pkt->sem.va % 8 == 0 && !pkt->sem.value;
	case PINION_PKT_WAIT:
	case PINION_PKT_SIGNAL:
		return pkt->sem.va % 8 == 0;
	default:
		return true;
	}
}

/* Fetch from @offset on, not beyond the page: what lies behind may never be reached. */
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

/* The caller sees to it that @offset + @bytes is inside the command buffer. */
static uint32_t fetch(struct card *card, struct card_queue *q, uint32_t offset, void *to,
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

/**
 * packet_next() - fetch the packet at q->pos, which is before the end of the command buffer
 * Return: PINION_STATUS_OK with q->pkt ready to run
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
	if (!packet_valid(card, pkt))
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

uint32_t sem_reached(struct card *card, uint32_t vm, uint64_t va, uint64_t value, bool *reached,
		     struct pinion_fault_record *f)
{
	uint64_t word;
	uint32_t status = mmu_read(card, vm, va, &word, sizeof(word), f);

	*reached = !status && word >= value;
	return status;
}

/* Semaphores never go back: the word must be readable as well as writable, whatever it is. */
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

static uint32_t timestamp(struct card *card, struct card_queue *q, struct pinion_fault_record *f)
{
	uint64_t now = card_now(card);

	return mmu_write(card, q->vm, q->pkt.sem.va, &now, sizeof(now), f);
}

/**
 * packet_run() - go on with q->pkt, any but LAUNCH, which the cores run
 * @done: out: it is complete; a WAIT that is not must wait
 * @work: in, out: added to
 */
uint32_t packet_run(struct card *card, struct card_queue *q, bool *done, uint64_t *work,
		    struct pinion_fault_record *f)
{
	const struct pinion_pkt_sem *sem = &q->pkt.sem;
	uint64_t moved = 0;
	uint32_t status = PINION_STATUS_OK;

	*done = true;
	switch (q->pkt.head.op) {
	case PINION_PKT_COPY:
		status = dma_copy(card, q, done, &moved, f);
		break;
	case PINION_PKT_FILL:
		status = dma_fill(card, q, done, &moved, f);
		break;
	case PINION_PKT_BARRIER:
		if (q->pkt.head.flags & PINION_PKT_F_ICACHE)
			cores_flush(card, q->vm);
		break;
	case PINION_PKT_WAIT:
		status = sem_reached(card, q->vm, sem->va, sem->value, done, f);
		break;
	case PINION_PKT_SIGNAL:
		status = sem_raise(card, q->vm, sem->va, sem->value, f);
		break;
	case PINION_PKT_TIMESTAMP:
		status = timestamp(card, q, f);
		break;
	}
	*work += moved / 8;
	return status;
}
