// SPDX-License-Identifier: GPL-2.0-or-later
/* Shadow doorbells: the tail in host memory, looked at before a queue goes to rest. */
#include <stddef.h>

#include "card_int.h"

static int take_tail(struct card *card, struct card_queue *q)
{
	uint32_t tail;

	if (card_dma_read(card, q->shadow + offsetof(struct pinion_shadow, tail), &tail,
			  sizeof(tail)))
		return -1;
	queue_take_tail(card, q, tail);
	return 0;
}

/* The host writes the tail, then looks at what is asked for here; so one of the two sees the other.
 */
static int ask_for_doorbell(struct card *card, const struct card_queue *q)
{
	if (card_dma_write(card, q->shadow + offsetof(struct pinion_shadow, wake), &q->tail,
			   sizeof(q->tail)))
		return -1;
	/* the wake before the tail; pairs with the host's barrier between the two */
	card->config.ops->barrier(card->config.opaque);
	return 0;
}

int shadow_look(struct card *card, struct card_queue *q)
{
	if (!q->shadow)
		return 0;
	if (take_tail(card, q))
		return -1;
	if (q->head != q->tail || q->bad_tail)
		return 0;
	return ask_for_doorbell(card, q) || take_tail(card, q) ? -1 : 0;
}
