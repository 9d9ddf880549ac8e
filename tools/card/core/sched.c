// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order in which queues are served. Groups share the queue engine and the cores by their
 * weights: each group has a virtual time, which is what it has used of a resource divided by its
 * weight, and the group with the least virtual time is served first. Priorities order the queues of
 * one group; queues of one priority take turns.
 */
#include "card_sched.h"

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

/*
 * Virtual times are all set back by VTIME_SPAN before they can overflow, so that comparing two of
 * them is always right, also after a group has been idle for long.
 */
#define VTIME_SPAN (1ull << 62)

#define VTIME_UNIT (1u << 20) /* virtual time of a unit of work of a group with weight 1 */

/* Virtual time of a unit of work. */
uint32_t sched_cost(uint32_t weight)
{
	return VTIME_UNIT / weight;
}

/* Each work that is charged would divide by the weight: divide once. */
void sched_set_weight(struct card_group *group, uint32_t weight)
{
	group->weight = weight;
	group->cost = sched_cost(weight);
}

/* Weights, slice and counters as after power-on; no queue waits for anything. */
void sched_reset(struct card *card)
{
	uint32_t i;

	memset(card->s.groups, 0, sizeof(card->s.groups));
	for (i = 0; i < PINION_MAX_GROUPS; i++)
		sched_set_weight(&card->s.groups[i], PINION_WEIGHT_DEFAULT);
	memset(card->s.vtime, 0, sizeof(card->s.vtime));
	card->s.slice = PINION_SLICE_DEFAULT;
}

/* A group that comes back has no claim to the time that others used in its absence. */
static void add(struct card *card, enum card_resource what, uint32_t index)
{
	const struct card_queue *q = &card->s.queues[index];
	struct card_turns *turns = &card->turns[what];
	uint32_t group = q->group, prio = q->priority;
	struct card_line *line = &turns->lines[group];
	uint64_t *vtime = &card->s.groups[group].vtime[what];

	turns->count++;
	turns->sum += index;
	if (!line->prios) {
		qset_add(&turns->groups, group);
		if (*vtime < card->s.vtime[what])
			*vtime = card->s.vtime[what];
	}
	line->prios |= 1u << prio;
	line->count[prio]++;
	qset_add(&line->queues[prio], index);
}

static void del(struct card *card, enum card_resource what, uint32_t index)
{
	const struct card_queue *q = &card->s.queues[index];
	struct card_turns *turns = &card->turns[what];
	uint32_t group = q->group, prio = q->priority;
	struct card_line *line = &turns->lines[group];

	turns->count--;
	turns->sum -= index;
	qset_del(&line->queues[prio], index);
	if (--line->count[prio])
		return;
	line->prios &= ~(1u << prio);
	if (!line->prios)
		qset_del(&turns->groups, group);
}

/* Let a queue wait for its turn at @what, and for nothing else. */
void sched_place(struct card *card, const struct card_queue *q, enum card_resource what)
{
	uint32_t index = queue_index(card, q);
	enum card_resource waits = card->waits[index];

	if (waits == what)
		return;
	card->waits[index] = what;
	if (waits != CARD_NO_RESOURCE)
		del(card, waits, index);
	if (what != CARD_NO_RESOURCE)
		add(card, what, index);
}

/* The highest of a set of priorities, which is not empty. */
static uint32_t highest(uint32_t prios)
{
	return 31 - (uint32_t)__builtin_clz(prios);
}

/* Number of queues that wait, each with the highest priority in its group. */
uint32_t sched_leaders(const struct card *card, enum card_resource what)
{
	const struct card_turns *turns = &card->turns[what];
	uint32_t i, n = 0;
	uint64_t bits;

	if (turns->count <= 1)
		return turns->count;
	for (i = 0; i < QSET_WORDS; i++)
		for (bits = turns->groups.w[i]; bits; bits &= bits - 1) {
			uint32_t group = 64 * i + (uint32_t)__builtin_ctzll(bits);

			n += turns->lines[group].count[highest(turns->lines[group].prios)];
		}
	return n;
}

/* The first queue of a group in the order of turns that @fits takes; NULL if there is none. */
static struct card_queue *find_in_group(struct card *card, enum card_resource what, uint32_t group,
					sched_fits *fits, uint32_t arg)
{
	const struct card_line *line = &card->turns[what].lines[group];
	const uint32_t *cursor = card->s.groups[group].cursor[what];
	uint32_t prios, prio;

	for (prios = line->prios; prios; prios &= ~(1u << prio)) {
		const struct qset *set = &line->queues[prio = highest(prios)];
		uint32_t left = line->count[prio], q = cursor[prio];

		while (left--) {
			q = qset_next(set, q);
			if (fits(card, &card->s.queues[q], arg))
				return &card->s.queues[q];
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
	const struct card_turns *turns = &card->turns[what];
	struct card_queue *best = NULL, *q;
	uint64_t bits;
	uint32_t i;

	if (turns->count == 1) {
		q = &card->s.queues[turns->sum];
		return fits(card, q, arg) ? q : NULL;
	}
	for (i = 0; i < QSET_WORDS; i++)
		for (bits = turns->groups.w[i]; bits; bits &= bits - 1) {
			uint32_t group = 64 * i + (uint32_t)__builtin_ctzll(bits);

			if (best && !sched_before(card, what, group, best->group))
				continue;
			q = find_in_group(card, what, group, fits, arg);
			best = q ? q : best;
		}
	return best;
}

/* Whether group @a is to be served before group @b. */
bool sched_before(const struct card *card, enum card_resource what, uint32_t a, uint32_t b)
{
	return card->s.groups[a].vtime[what] < card->s.groups[b].vtime[what];
}

static void set_back(struct card *card, enum card_resource what)
{
	uint32_t i;

	card->s.vtime[what] -= VTIME_SPAN;
	for (i = 0; i < PINION_MAX_GROUPS; i++) {
		uint64_t *vtime = &card->s.groups[i].vtime[what];

		*vtime = *vtime > VTIME_SPAN ? *vtime - VTIME_SPAN : 0;
	}
}

/* Whether a saved virtual time can be that of a working card. */
bool sched_vtime_loads(uint64_t vtime)
{
	return vtime < 2 * VTIME_SPAN;
}

/*
 * A queue is served, or goes on being served: its virtual time, or an earlier one of a group that
 * waits, is what groups that come back begin with.
 */
void sched_serve(struct card *card, enum card_resource what, const struct card_queue *q)
{
	const struct qset *groups = &card->turns[what].groups;
	struct card_group *group = &card->s.groups[q->group];
	uint64_t least = group->vtime[what], bits;
	uint32_t i;

	for (i = 0; i < QSET_WORDS; i++)
		for (bits = groups->w[i]; bits; bits &= bits - 1) {
			uint32_t g = 64 * i + (uint32_t)__builtin_ctzll(bits);

			if (card->s.groups[g].vtime[what] < least)
				least = card->s.groups[g].vtime[what];
		}
	if (card->s.vtime[what] < least)
		card->s.vtime[what] = least;
	if (card->s.vtime[what] >= VTIME_SPAN)
		set_back(card, what);
	group->cursor[what][q->priority] = queue_index(card, q);
}
