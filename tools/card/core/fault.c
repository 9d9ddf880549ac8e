// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens when a queue's job goes wrong: the queue stops, the rest of the card goes on. And
 * the knobs that make something go wrong.
 */
#include "card_int.h"

/* Did a descriptor of the queue begin, so that a completion record is owed? */
static bool has_job(const struct card_queue *q)
{
	return q->stage != STAGE_FETCH;
}

/**
 * fault_queue() - stop a queue
 * @f: status, va, access, and pc, core, insn, block if a core was involved
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

/* Word @word of FAULT_QUEUES. */
uint32_t fault_word(const struct card *card, uint32_t word)
{
	return (uint32_t)(card->faulted.w[word / 2] >> (word % 2 * 32));
}

void card_set_dma_stray(struct card *card, uint32_t count)
{
	card->s.dma_stray = count;
}

uint32_t card_dma_stray(const struct card *card)
{
	return card->s.dma_stray;
}

/**
 * fault_stray() - let a host access of a COPY go astray if it is its turn
 * @run: where it goes
 *
 * The bit is one that no memory of a machine has, but that an IOMMU of 48 bits looks at: it must
 * find no mapping there.
 */
void fault_stray(struct card *card, struct mmu_run *run)
{
	unsigned int bit = card->config.dma_bits > 46 ? 46 : card->config.dma_bits - 1;

	if (!run->host || run->addr & MMU_NOWHERE || !card->s.dma_stray || --card->s.dma_stray)
		return;
	card_log(card, 1, "a host access to 0x%llx goes astray", (unsigned long long)run->addr);
	run->addr ^= 1ull << bit;
}
