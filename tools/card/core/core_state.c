// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of the compute cores as queues and address spaces change it; core.c runs the cores.
 */
#include "card_int.h"

/* No instruction is in flight between two steps, so a core that forgets its block has ended it. */
void cores_abort(struct card *card, uint32_t queue)
{
	uint32_t i;

	for (i = 0; i < card->config.cores; i++)
		if (card->s.cores[i].queue == queue)
			card->s.cores[i].queue = CARD_NO_QUEUE;
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
