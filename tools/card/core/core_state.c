// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of the compute cores as queues and address spaces change it; core.c runs the cores.
 */
#include "card_int.h"

/* Leave no data of one address space to another: clear the scratchpad and the decoded code. */
void core_enter_vm(struct card_core *core, uint32_t vm)
{
	struct card_core_state *st = core->st;

	if (st->vm == vm && !st->stale)
		return;
	memset(core->scratch, 0, core->card->config.scratchpad_bytes);
	rv_flush(&core->hart);
	st->vm = vm;
	st->stale = 0;
}

/* Derive the sets of cores from the blocks that cores run and queues have saved. */
void cores_rebuild(struct card *card)
{
	uint32_t i;

	card->busy = 0;
	memset(card->on_cores, 0, sizeof(card->on_cores));
	memset(card->vm_saved, 0, sizeof(card->vm_saved));
	for (i = 0; i < card->config.cores; i++)
		if (card->s.cores[i].queue != CARD_NO_QUEUE)
			core_give(&card->cores[i], card->s.cores[i].queue);
	for (i = 0; i < PINION_MAX_QUEUES; i++)
		if (card->s.queues[i].saved)
			card->vm_saved[card->s.queues[i].vm] |= card->s.queues[i].saved;
}

/*
 * End all blocks of a queue, those on cores and those saved. No instruction is in flight between
 * two steps, so a core that forgets its block has ended it.
 */
void cores_abort(struct card *card, uint32_t queue)
{
	struct card_queue *q = &card->s.queues[queue];
	uint64_t left = card->on_cores[queue];

	for (; left; left &= left - 1)
		core_release(&card->cores[__builtin_ctzll(left)]);
	if (q->saved)
		card->vm_saved[q->vm] &= ~q->saved;
	q->saved = 0;
}

/* Drop decoded code and cached translations of address space @vm; 0: of all address spaces. */
void cores_flush(struct card *card, uint32_t vm)
{
	uint32_t i;

	for (i = 0; i < card->config.cores; i++)
		if (!vm || card->s.cores[i].vm == vm)
			rv_flush(&card->cores[i].hart);
}

/* Let each core that holds data of @vm clear its scratchpad before it runs another block. */
void cores_forget_vm(struct card *card, uint32_t vm)
{
	uint32_t i;

	for (i = 0; i < card->config.cores; i++) {
		struct card_core_state *st = &card->s.cores[i];

		if (st->vm == vm && st->queue == CARD_NO_QUEUE)
			st->vm = 0;
		else if (st->vm == vm)
			st->stale = 1;
	}
}
