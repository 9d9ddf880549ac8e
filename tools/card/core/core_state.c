// SPDX-License-Identifier: GPL-2.0-or-later
/* What the compute cores hold: blocks of a queue, an address space's code and data. */
#include "card_int.h"

/* Between two steps a block is nothing but its core's state: forgetting it ends it. */
void cores_abort(struct card *card, uint32_t queue)
{
	uint32_t i;

	for (i = 0; i < card->config.cores; i++)
		if (card->s.cores[i].queue == queue)
			card->s.cores[i].queue = CARD_NO_QUEUE;
}

void cores_flush(struct card *card, uint32_t vm)
{
	uint32_t i;

	for (i = 0; i < card->config.cores; i++)
		if (!vm || card->s.cores[i].vm == vm)
			rv_flush(&card->cores[i].hart);
}

/* The next block on a core that held data of @vm finds the scratchpad cleared. */
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
