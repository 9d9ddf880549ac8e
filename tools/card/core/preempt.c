// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preemption: all blocks of a queue stop, are saved in device memory, and later resume together,
 * each on its own core. The save area of an address space and core holds one block, so no other
 * block of the address space starts on a core whose area is in use.
 *
 * Anybody may have written a save area. A register may hold any value; what indexes a table is in
 * struct card_queue.
 */
#include "card_int.h"

#define PAGE_MASK   (RV_PAGE_SIZE - 1)
#define STACK_ALIGN 16u
#define COPY_BYTES  16u /* bytes that a core saves in a cycle */

_Static_assert(sizeof(struct pinion_save) <= PINION_SAVE_SCRATCHPAD, "no room for registers");

/* Bytes of a save area for one core; 0 if the card cannot preempt. */
uint32_t preempt_save_bytes(const struct card *card)
{
	if (!(card_caps(card) & PINION_CAP_PREEMPT))
		return 0;
	return PINION_SAVE_SCRATCHPAD + card->config.scratchpad_bytes;
}

/* Whether @save can be the address of an address space's save area. */
bool preempt_area_valid(const struct card *card, uint64_t save)
{
	uint64_t bytes = (uint64_t)preempt_save_bytes(card) * card->config.cores;
	uint64_t memory = card->config.memory_bytes;

	return bytes && !(save & PAGE_MASK) && save <= memory && bytes <= memory - save;
}

/* Whether save area and group may not change, because jobs may run or blocks are saved. */
static bool is_fixed(const struct card *card, uint32_t vm)
{
	return card->s.vms[vm].root & PINION_PTE_VALID || card->vm_saved[vm];
}

void preempt_set_area(struct card *card, uint32_t vm, uint64_t save)
{
	if (is_fixed(card, vm))
		return;
	if (save && !preempt_area_valid(card, save)) {
		card_log(card, 0, "save area of address space %u ignored: 0x%llx is out of range",
			 vm, (unsigned long long)save);
		save = 0;
	}
	card->s.vms[vm].save = save;
}

void preempt_set_group(struct card *card, uint32_t vm, uint32_t group)
{
	if (!is_fixed(card, vm) && group < PINION_MAX_GROUPS)
		card->s.vms[vm].group = group;
}

/*
 * Whether @running gives its cores to @q at the end of a slice, now or when the group of @running
 * has used more.
 */
static bool yields(const struct card *card, const struct card_queue *running,
		   const struct card_queue *q)
{
	return card->s.vms[running->vm].save && running->vm != q->vm &&
	       (running->group != q->group || running->priority <= q->priority);
}

/* Whether all cores that the saved blocks of @q need are free or will be. */
static bool can_resume(const struct card *card, const struct card_queue *q)
{
	uint64_t left = q->saved & card->busy;

	for (; left; left &= left - 1) {
		uint32_t running = card->s.cores[__builtin_ctzll(left)].queue;

		if (!yields(card, &card->s.queues[running], q))
			return false;
	}
	return true;
}

/*
 * Whether a core may start a block of @q, which waits for cores, or must be free so that the saved
 * blocks of @q can resume.
 */
bool preempt_block_fits(const struct card *card, const struct card_queue *q, uint32_t core)
{
	if (q->saved)
		return q->saved >> core & 1 && can_resume(card, q);
	return !(card->vm_saved[q->vm] >> core & 1);
}

/* Whether queue @running stops at the end of its slice, so that @q gets a core that it can use. */
static bool takes_over(const struct card *card, const struct card_queue *q, uint32_t running)
{
	const struct card_queue *r = &card->s.queues[running];
	uint64_t cores = card->on_cores[running];

	if (!yields(card, r, q))
		return false;
	if (r->group != q->group && !sched_before(card, CARD_CORES, q->group, r->group))
		return false;
	if (q->saved)
		return q->saved & cores && can_resume(card, q);
	return cores & ~card->vm_saved[q->vm];
}

static uint8_t *area_of(const struct card_core *core, const struct card_queue *q)
{
	const struct card *card = core->card;

	return card->config.memory + card->s.vms[q->vm].save +
	       (uint64_t)core->index * preempt_save_bytes(card);
}

/* The parts of the scratchpad that belong to a block: the kernel's own, and the stack above @sp. */
static void find_parts(const struct card *card, const struct card_queue *q, uint64_t sp,
		       uint32_t *low, uint32_t *high)
{
	uint32_t size = card->config.scratchpad_bytes;
	uint64_t stack = (sp - PINION_SCRATCH_BASE) & ~(uint64_t)(STACK_ALIGN - 1);

	*low = q->pkt.launch.scratch_bytes;
	*high = stack >= *low && stack <= size ? size - (uint32_t)stack : size - *low;
}

static void block_save(const struct card_core *core, const struct card_queue *q)
{
	const struct rv_state *s = &core->hart.s;
	uint8_t *area = area_of(core, q), *scratch = area + PINION_SAVE_SCRATCHPAD;
	uint32_t size = core->card->config.scratchpad_bytes;
	struct pinion_save save = {
		.format = PINION_SAVE_FORMAT,
		.queue = core->st->queue,
		.block = core->st->block,
		.fcsr = s->frm << 5 | s->fflags,
		.pc = s->pc,
		.cycle = s->mcycle,
		.instret = s->minstret,
	};

	memcpy(save.x, s->x, sizeof(save.x));
	memcpy(save.f, s->f, sizeof(save.f));
	find_parts(core->card, q, s->x[2], &save.low_bytes, &save.high_bytes);
	memcpy(area, &save, sizeof(save));
	memcpy(scratch, core->scratch, save.low_bytes);
	memcpy(scratch + size - save.high_bytes, core->scratch + size - save.high_bytes,
	       save.high_bytes);
}

static void block_load(struct card_core *core, const struct card_queue *q)
{
	const uint8_t *area = area_of(core, q), *scratch = area + PINION_SAVE_SCRATCHPAD;
	uint32_t size = core->card->config.scratchpad_bytes, low, high;
	struct rv_state *s = &core->hart.s;
	struct pinion_save save;

	memcpy(&save, area, sizeof(save));
	*s = (struct rv_state){
		.pc = save.pc,
		.mcycle = save.cycle,
		.minstret = save.instret,
		.fflags = save.fcsr & 31,
		.frm = save.fcsr >> 5 & 7,
		.hartid = core->index,
	};
	memcpy(s->x, save.x, sizeof(save.x));
	memcpy(s->f, save.f, sizeof(save.f));
	find_parts(core->card, q, s->x[2], &low, &high);
	memcpy(core->scratch, scratch, low);
	memcpy(core->scratch + size - high, scratch + size - high, high);
	core->st->block = save.block;
}

/**
 * preempt_resume() - let the saved blocks of a queue go on
 * @card: the card
 * @q: queue with saved blocks, the first in turn for one of its cores
 *
 * Return: false if the blocks must wait, because one of their cores has a block, or is to be
 * given to another queue
 */
bool preempt_resume(struct card *card, struct card_queue *q)
{
	uint64_t left;

	if (q->saved & card->busy)
		return false;
	for (left = q->saved; left; left &= left - 1)
		if (sched_find(card, CARD_CORES, preempt_block_fits,
			       (uint32_t)__builtin_ctzll(left)) != q)
			return false;

	for (left = q->saved; left; left &= left - 1) {
		struct card_core *core = &card->cores[__builtin_ctzll(left)];

		core_enter_vm(core, q->vm);
		block_load(core, q);
		core_give(core, queue_index(card, q));
		core->st->last_queue = queue_index(card, q);
		core->st->quantum = 0;
		/* The address space may have got a new root while the block was saved. */
		core->st->stale = 1;
	}
	card->vm_saved[q->vm] &= ~q->saved;
	q->saved = 0;
	queue_place(card, q);
	return true;
}

static void stop_blocks(struct card *card, struct card_queue *q)
{
	uint64_t left = card->on_cores[queue_index(card, q)];

	q->saved = left;
	card->vm_saved[q->vm] |= left;
	for (; left; left &= left - 1) {
		struct card_core *core = &card->cores[__builtin_ctzll(left)];

		block_save(core, q);
		core->st->stale = 1;
		core_release(core);
	}
	card->s.groups[q->group].preemptions++;
	queue_place(card, q);
}

/**
 * preempt_slice_over() - stop the blocks of a queue if another queue is to have its cores
 * @card: the card
 * @q: queue with a block on a core, whose slice is over
 *
 * Return: the work that saving the blocks was; 0 if they go on
 */
uint64_t preempt_slice_over(struct card *card, struct card_queue *q)
{
	if (!card->s.vms[q->vm].save)
		return 0;
	if (!card->s.knobs.preempt_every &&
	    !sched_find(card, CARD_CORES, takes_over, queue_index(card, q)))
		return 0;
	stop_blocks(card, q);
	return (uint64_t)__builtin_popcountll(q->saved) * preempt_save_bytes(card) / COPY_BYTES;
}
