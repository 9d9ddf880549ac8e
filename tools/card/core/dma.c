// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DMA engine: COPY and FILL between all kinds of mappings, in chunks, so that a large packet
 * does not keep other queues waiting. packet_valid() has checked that no sum of the packet's fields
 * overflows.
 */
#include "card_int.h"

/**
 * go_astray() - change the address of a host access if the fault knob dma_stray chose it
 * @card: the card
 * @run: place in memory that the access goes to; changed
 *
 * The bit that changes is above all memory of a machine, but within the 48 bits that an IOMMU
 * translates, so that the IOMMU sees the access and finds no mapping.
 */
static void go_astray(struct card *card, struct mmu_run *run)
{
	unsigned int bit = card->config.dma_bits > 46 ? 46 : card->config.dma_bits - 1;

	if (!run->host || run->addr & MMU_NOWHERE || !card->s.knobs.dma_stray ||
	    --card->s.knobs.dma_stray)
		return;
	card_log(card, 1, "a host access to 0x%llx goes astray", (unsigned long long)run->addr);
	run->addr ^= 1ull << bit;
}

/* Move one contiguous piece; from host to host it goes through the bounce buffer. */
static uint32_t move(struct card *card, const struct mmu_run *dst, const struct mmu_run *src,
		     uint64_t bytes, uint32_t *access)
{
	uint8_t *memory = card->config.memory;

	*access = PINION_ACCESS_READ;
	if (!src->host && !dst->host) {
		memmove(memory + dst->addr, memory + src->addr, bytes);
		return PINION_STATUS_OK;
	}
	if (!dst->host)
		return mmu_host_read(card, src->addr, memory + dst->addr, bytes)
			       ? PINION_STATUS_HOST_DMA
			       : PINION_STATUS_OK;
	if (src->host && mmu_host_read(card, src->addr, card->bounce, bytes))
		return PINION_STATUS_HOST_DMA;
	*access = PINION_ACCESS_WRITE;
	return mmu_host_write(card, dst->addr, src->host ? card->bounce : memory + src->addr, bytes)
		       ? PINION_STATUS_HOST_DMA
		       : PINION_STATUS_OK;
}

/* Bytes from the run's address to the end of its 4 KiB page, if the run is in host memory. */
static uint64_t host_page_left(const struct mmu_run *run)
{
	return run->host ? RV_PAGE_SIZE - run->addr % RV_PAGE_SIZE : UINT64_MAX;
}

/* Copy what is contiguous on both sides. *@bytes: in, the bytes wanted; out, the bytes moved. */
static uint32_t copy_piece(struct card *card, uint32_t vm, uint64_t dst_va, uint64_t src_va,
			   uint64_t *bytes, struct pinion_fault_record *f)
{
	struct mmu_run src, dst;
	uint32_t status, access;
	uint64_t page;

	if (!mmu_span(card, vm, src_va, *bytes, PINION_ACCESS_READ, &src))
		return mmu_fault(f, PINION_STATUS_PAGE_FAULT, src_va, PINION_ACCESS_READ);
	if (!mmu_span(card, vm, dst_va, src.bytes, PINION_ACCESS_WRITE, &dst))
		return mmu_fault(f, PINION_STATUS_PAGE_FAULT, dst_va, PINION_ACCESS_WRITE);

	*bytes = dst.bytes;
	if (src.host && dst.host && *bytes > CARD_BOUNCE)
		*bytes = CARD_BOUNCE;
	go_astray(card, &src);
	go_astray(card, &dst);
	status = move(card, &dst, &src, *bytes, &access);

	/* The host refused one of several pages: go on by single pages to find out which. */
	page = host_page_left(&src) < host_page_left(&dst) ? host_page_left(&src)
							   : host_page_left(&dst);
	if (status && *bytes > page) {
		*bytes = page;
		status = move(card, &dst, &src, *bytes, &access);
	}
	if (status)
		return mmu_fault(f, status, access == PINION_ACCESS_READ ? src_va : dst_va, access);
	return PINION_STATUS_OK;
}

uint32_t dma_copy(struct packet_turn *t)
{
	struct card_queue *q = t->q;
	const struct pinion_pkt_copy *p = &q->pkt.copy;
	uint64_t src_pitch = p->rows > 1 ? p->src_pitch : 0;
	uint64_t dst_pitch = p->rows > 1 ? p->dst_pitch : 0;
	uint64_t budget = CARD_CHUNK;

	while (q->row < p->rows && budget >= 64) {
		uint64_t bytes = p->row_bytes - q->done;
		uint32_t status;

		if (bytes > budget)
			bytes = budget;
		status = copy_piece(t->card, q->vm, p->dst + q->row * dst_pitch + q->done,
				    p->src + q->row * src_pitch + q->done, &bytes, t->f);
		if (status)
			return status;
		q->done += bytes;
		if (q->done == p->row_bytes) {
			q->done = 0;
			q->row++;
		}
		/* Even a short piece has a cost, which 64 bytes stand for. */
		budget -= bytes + 64 < budget ? bytes + 64 : budget;
	}
	t->moved = CARD_CHUNK - budget;
	t->done = q->row == p->rows;
	return PINION_STATUS_OK;
}

static void pattern_fill(uint8_t *to, uint64_t bytes, uint64_t pattern, uint32_t width)
{
	uint64_t filled = width;

	if (width == 1) {
		memset(to, (int)pattern, bytes);
		return;
	}
	/* Double what is filled; address and length are multiples of the width. */
	memcpy(to, &pattern, width);
	while (filled < bytes) {
		uint64_t n = filled < bytes - filled ? filled : bytes - filled;

		if (n > CARD_BOUNCE)
			n = CARD_BOUNCE;
		memcpy(to + filled, to, n);
		filled += n;
	}
}

/* Write the bounce buffer to the host; if the host refuses, write its first page alone. */
static int host_write(struct card *card, struct mmu_run *dst)
{
	if (!mmu_host_write(card, dst->addr, card->bounce, dst->bytes))
		return 0;
	if (dst->bytes <= host_page_left(dst))
		return -1;
	dst->bytes = host_page_left(dst);
	return mmu_host_write(card, dst->addr, card->bounce, dst->bytes);
}

uint32_t dma_fill(struct packet_turn *t)
{
	struct card *card = t->card;
	struct card_queue *q = t->q;
	const struct pinion_pkt_fill *p = &q->pkt.fill;
	uint64_t budget = CARD_CHUNK;

	while (q->done < p->bytes && budget) {
		uint64_t bytes = p->bytes - q->done, va = p->dst + q->done;
		struct mmu_run dst;

		if (bytes > budget)
			bytes = budget;
		if (!mmu_span(card, q->vm, va, bytes, PINION_ACCESS_WRITE, &dst))
			return mmu_fault(t->f, PINION_STATUS_PAGE_FAULT, va, PINION_ACCESS_WRITE);
		if (dst.host && dst.bytes > CARD_BOUNCE)
			dst.bytes = CARD_BOUNCE;
		pattern_fill(dst.host ? card->bounce : card->config.memory + dst.addr, dst.bytes,
			     p->pattern, p->width);
		if (dst.host && host_write(card, &dst))
			return mmu_fault(t->f, PINION_STATUS_HOST_DMA, va, PINION_ACCESS_WRITE);
		q->done += dst.bytes;
		budget -= dst.bytes;
	}
	t->moved = CARD_CHUNK - budget;
	t->done = q->done == p->bytes;
	return PINION_STATUS_OK;
}
