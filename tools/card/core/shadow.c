// SPDX-License-Identifier: GPL-2.0-or-later
/* Shadow doorbells: the tail in host memory, which the card reads before a queue becomes IDLE. */
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

/*
 * Ask the host to ring the doorbell for the next descriptor. The host writes the tail and then
 * reads the wake word; the card writes the wake word and then reads the tail. So at least one side
 * sees the other side's write, and no descriptor is left behind.
 */
static int ask_for_doorbell(struct card *card, const struct card_queue *q)
{
	uint32_t wake = q->tail;

	if (card->s.knobs.wake_wrong) {
		card->s.knobs.wake_wrong--;
		wake--; /* for which the host rings no doorbell, whatever it submits */
	}
	if (card_dma_write(card, q->shadow + offsetof(struct pinion_shadow, wake), &wake,
			   sizeof(wake)))
		return -1;
	/* Orders the wake word before the tail; pairs with the host's barrier between the two. */
	card->config.ops->barrier(card->config.opaque);
	return 0;
}

/*
 * Take over the tail from host memory; if there is no new descriptor, ask for a doorbell. Return:
 * 0, or -1 if the host refused the access.
 */
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
