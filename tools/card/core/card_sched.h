/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sharing the card: the order in which queues are served, and the preemption of their blocks. */
#ifndef PINION_CARD_SCHED_H
#define PINION_CARD_SCHED_H

#include "card_int.h"

/* A group has used @work of a resource. */
static inline void sched_charge(struct card *card, enum card_resource what, uint32_t group,
				uint64_t work)
{
	struct card_group *g = &card->s.groups[group];

	g->vtime[what] += work * g->cost;
}

/* A core gets a block of a queue. */
static inline void core_give(struct card_core *core, uint32_t index)
{
	struct card *card = core->card;

	core->st->queue = index;
	card->busy |= 1ull << core->index;
	card->on_cores[index] |= 1ull << core->index;
}

/* A core has a block no longer. */
static inline void core_release(struct card_core *core)
{
	struct card *card = core->card;

	card->busy &= ~(1ull << core->index);
	card->on_cores[core->st->queue] &= ~(1ull << core->index);
	core->st->queue = CARD_NO_QUEUE;
}

/* Whether a queue waits, and no queue of its group with a higher priority does. */
static inline bool sched_leads_group(const struct card *card, enum card_resource what,
				     uint32_t index)
{
	const struct card_queue *q = &card->s.queues[index];

	return card->waits[index] == what &&
	       card->turns[what].lines[q->group].prios >> q->priority == 1;
}

/* sched.c */
typedef bool sched_fits(const struct card *card, const struct card_queue *q, uint32_t arg);
void sched_reset(struct card *card);
void sched_place(struct card *card, const struct card_queue *q, enum card_resource what);
uint32_t sched_leaders(const struct card *card, enum card_resource what);
void sched_set_weight(struct card_group *group, uint32_t weight);
uint32_t sched_cost(uint32_t weight);
struct card_queue *sched_find(struct card *card, enum card_resource what, sched_fits *fits,
			      uint32_t arg);
bool sched_vtime_loads(uint64_t vtime);
bool sched_before(const struct card *card, enum card_resource what, uint32_t a, uint32_t b);
void sched_serve(struct card *card, enum card_resource what, const struct card_queue *q);

/* preempt.c */
uint32_t preempt_save_bytes(const struct card *card);
bool preempt_area_valid(const struct card *card, uint64_t save);
void preempt_set_area(struct card *card, uint32_t vm, uint64_t save);
void preempt_set_group(struct card *card, uint32_t vm, uint32_t group);
bool preempt_block_fits(const struct card *card, const struct card_queue *q, uint32_t core);
bool preempt_resume(struct card *card, struct card_queue *q);
uint64_t preempt_slice_over(struct card *card, struct card_queue *q);

/* mgmt_sched.c: those of the registers that belong to PINION_CAP_PREEMPT */
uint32_t mgmt_sched_read(const struct card *card, uint32_t va);
void mgmt_sched_write(struct card *card, uint32_t va, uint32_t value);

#endif /* PINION_CARD_SCHED_H */
