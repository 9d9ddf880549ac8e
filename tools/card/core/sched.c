// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order in which queues are served. Groups share the queue engine and the cores by their
 * weights: each group has a virtual time, which is what it has used of a resource divided by its
 * weight, and the group with the least virtual time is served first. Priorities order the queues of
 * one group; queues of one priority take turns.
 */
#include "card_int.h"

#define VTIME_SHIFT \
	10 /* fraction bits of virtual time, so that small work of heavy groups counts */

uint32_t qset_next(const struct qset *set, uint32_t q)
{
	uint32_t i, word = (q + 1) / 64 % 4;
	uint64_t bits = set->w[word] & ~0ull << (q + 1) % 64;

	for (i = 0; i <= 4; i++) {
		if (bits)
			return word * 64 + (uint32_t)__builtin_ctzll(bits);
		word = (word + 1) % 4;
		bits = set->w[word];
	}
	return CARD_NO_QUEUE;
}

/* Whether virtual time @a is before @b; both wrap around. */
static bool earlier(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

/* Weights, slice and counters as after power-on; no queue waits for anything. */
void sched_reset(struct card *card)
{
	uint32_t i;

	memset(card->s.groups, 0, sizeof(card->s.groups));
	for (i = 0; i < PINION_MAX_GROUPS; i++)
		card->s.groups[i].weight = PINION_WEIGHT_DEFAULT;
	memset(card->s.vtime, 0, sizeof(card->s.vtime));
	card->s.slice = PINION_SLICE_DEFAULT;
}

/*
 * Let a queue wait for its turn. A group that comes back has no claim to the time that others used
 * in its absence.
 */
void sched_add(struct card *card, enum card_resource what, const struct card_queue *q)
{
	struct card_turns *turns = &card->turns[what];
	uint64_t *vtime = &card->s.groups[q->group].vtime[what];

	if (!qset_has(&turns->groups, q->group) && earlier(*vtime, card->s.vtime[what]))
		*vtime = card->s.vtime[what];
	qset_add(&turns->groups, q->group);
	qset_add(&turns->queues[q->group][q->priority], queue_index(card, q));
}

/* Take a queue out of those that wait; it may be none of them. */
void sched_del(struct card *card, enum card_resource what, const struct card_queue *q)
{
	struct card_turns *turns = &card->turns[what];
	struct qset *sets = turns->queues[q->group];

	qset_del(&sets[q->priority % CARD_PRIORITIES], queue_index(card, q));
	if (highest_priority(sets) < 0)
		qset_del(&turns->groups, q->group);
}

/* Number of queues that wait, each with the highest priority in its group. */
uint32_t sched_leaders(const struct card *card, enum card_resource what)
{
	const struct card_turns *turns = &card->turns[what];
	uint32_t first, g, i, n = 0;

	first = g = qset_next(&turns->groups, PINION_MAX_GROUPS - 1);
	while (g != CARD_NO_QUEUE) {
		const struct qset *sets = turns->queues[g];
		const struct qset *leaders = &sets[highest_priority(sets)];

		for (i = 0; i < sizeof(leaders->w) / sizeof(leaders->w[0]); i++)
			n += (uint32_t)__builtin_popcountll(leaders->w[i]);
		g = qset_next(&turns->groups, g);
		if (g == first)
			break;
	}
	return n;
}

/* Whether @q waits, and no queue of its group with a higher priority does. */
bool sched_leads_group(const struct card *card, enum card_resource what, const struct card_queue *q)
{
	const struct qset *sets = card->turns[what].queues[q->group];

	return qset_has(&sets[q->priority], queue_index(card, q)) &&
	       highest_priority(sets) == (int)q->priority;
}

/* The first queue of a group in the order of turns that @fits takes; NULL if there is none. */
static struct card_queue *find_in_group(struct card *card, enum card_resource what, uint32_t group,
					sched_fits *fits, uint32_t arg)
{
	const struct qset *sets = card->turns[what].queues[group];
	const uint32_t *cursor = card->s.groups[group].cursor[what];
	uint32_t first, q;
	int prio;

	for (prio = CARD_PRIORITIES - 1; prio >= 0; prio--) {
		first = q = qset_next(&sets[prio], cursor[prio]);
		while (q != CARD_NO_QUEUE) {
			if (fits(card, &card->s.queues[q], arg))
				return &card->s.queues[q];
			q = qset_next(&sets[prio], q);
			if (q == first)
				break;
		}
	}
	return NULL;
}

/**
 * sched_find() - find the queue whose turn it is
 * @card: the card
 * @what: resource for which queues wait
 * @fits: whether a queue can be served now
 * @arg: argument of @fits
 *
 * Return: the first queue that @fits takes, in the order of virtual times of groups, priorities and
 * turns; NULL if @fits takes none
 */
struct card_queue *sched_find(struct card *card, enum card_resource what, sched_fits *fits,
			      uint32_t arg)
{
	const struct qset *groups = &card->turns[what].groups;
	struct card_queue *best = NULL, *q;
	uint32_t first, g;

	first = g = qset_next(groups, PINION_MAX_GROUPS - 1);
	while (g != CARD_NO_QUEUE) {
		if (!best || sched_before(card, what, g, best->group)) {
			q = find_in_group(card, what, g, fits, arg);
			best = q ? q : best;
		}
		g = qset_next(groups, g);
		if (g == first)
			break;
	}
	return best;
}

/* Whether group @a is to be served before group @b. */
bool sched_before(const struct card *card, enum card_resource what, uint32_t a, uint32_t b)
{
	return earlier(card->s.groups[a].vtime[what], card->s.groups[b].vtime[what]);
}

/*
 * A queue is served, or goes on being served: its virtual time, or an earlier one of a group that
 * waits, is what groups that come back begin with.
 */
void sched_serve(struct card *card, enum card_resource what, const struct card_queue *q)
{
	const struct qset *groups = &card->turns[what].groups;
	struct card_group *group = &card->s.groups[q->group];
	uint64_t least = group->vtime[what];
	uint32_t first, g;

	first = g = qset_next(groups, PINION_MAX_GROUPS - 1);
	while (g != CARD_NO_QUEUE) {
		if (earlier(card->s.groups[g].vtime[what], least))
			least = card->s.groups[g].vtime[what];
		g = qset_next(groups, g);
		if (g == first)
			break;
	}
	if (earlier(card->s.vtime[what], least))
		card->s.vtime[what] = least;
	group->cursor[what][q->priority] = queue_index(card, q);
}

/* A group has used @work of a resource. */
void sched_charge(struct card *card, enum card_resource what, uint32_t group, uint64_t work)
{
	struct card_group *g = &card->s.groups[group];

	g->vtime[what] += (work << VTIME_SHIFT) / g->weight;
}
