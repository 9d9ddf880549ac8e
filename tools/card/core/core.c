// SPDX-License-Identifier: GPL-2.0-or-later
/* Launches: handing out the blocks of a grid to compute cores, and running the cores. */
#include <stdlib.h>

#include "card_sched.h"

#define TURN_WORK   50000u /* work of a core in one turn */
#define SLICE_TURNS 4u	   /* turns of a core in a slice, at least */
#define PART_MAX    8000u  /* instructions in one call of rv_run() */
#define PART_MIN    64u
#define BLOCK_WORK  100u /* cost of starting a block */
#define HOST_WORK   200u /* cost of an access to host memory */
#define SCRATCH_END (PINION_SCRATCH_BASE << 1)

static const uint32_t access_bits[] = {
	[RV_READ] = PINION_ACCESS_READ,
	[RV_WRITE] = PINION_ACCESS_WRITE,
	[RV_FETCH] = PINION_ACCESS_EXEC,
};

static void *core_page(void *opaque, uint64_t va, enum rv_access access)
{
	struct card_core *core = opaque;
	struct card *card = core->card;
	struct mmu_run run;

	va &= ~(uint64_t)(RV_PAGE_SIZE - 1);
	if (!mmu_translate(card, core->st->vm, va, access_bits[access], &run) || run.host)
		return NULL;
	return card->config.memory + run.addr;
}

/*
 * An access to host memory, to a sparse page, or to an address without a mapping, which is a page
 * fault, or in the range of the scratchpad a scratchpad fault.
 */
static int core_mmio(void *opaque, uint64_t va, void *buf, unsigned int len, enum rv_access access)
{
	static const enum rv_cause no_page[] = {
		[RV_READ] = RV_CAUSE_LOAD_PAGE,
		[RV_WRITE] = RV_CAUSE_STORE_PAGE,
		[RV_FETCH] = RV_CAUSE_FETCH_PAGE,
	};
	static const enum rv_cause refused[] = {
		[RV_READ] = RV_CAUSE_LOAD_ACCESS,
		[RV_WRITE] = RV_CAUSE_STORE_ACCESS,
		[RV_FETCH] = RV_CAUSE_FETCH_ACCESS,
	};
	struct card_core *core = opaque;
	struct mmu_run run;
	int err;

	if (va >= PINION_SCRATCH_BASE && va < SCRATCH_END && access != RV_FETCH)
		return access == RV_WRITE ? RV_CAUSE_SCRATCHPAD_STORE : RV_CAUSE_SCRATCHPAD_LOAD;
	if (!mmu_translate(core->card, core->st->vm, va, access_bits[access], &run) || !run.host)
		return no_page[access];
	core->extra += HOST_WORK;
	if (access == RV_WRITE)
		err = mmu_host_write(core->card, run.addr, buf, len);
	else
		err = mmu_host_read(core->card, run.addr, buf, len);
	return err ? (int)refused[access] : 0;
}

static int core_custom(void *opaque, struct rv_hart *hart, uint32_t insn, uint64_t *tval)
{
	struct card_core *core = opaque;

	return matrix_custom(&core->card->matrix, hart, insn, tval, &core->extra);
}

static int core_init(struct card *card, uint32_t index)
{
	struct card_core *core = &card->cores[index];

	core->card = card;
	core->index = index;
	core->st = &card->s.cores[index];
	core->cache = calloc(1, sizeof(*core->cache));
	core->scratch = calloc(1, card->config.scratchpad_bytes);
	if (!core->cache || !core->scratch)
		return -1;

	rv_init(&core->hart, core->cache, RV_ISA_COMPUTE, index);
	core->hart.ret_pc = PINION_BLOCK_RETURN;
	core->hart.bus = (struct rv_bus){
		.opaque = core,
		.page = core_page,
		.mmio = core_mmio,
		.custom = core_custom,
	};
	core->hart.window = (struct rv_window){
		.base = PINION_SCRATCH_BASE,
		.size = card->config.scratchpad_bytes,
		.host = core->scratch,
	};
	return 0;
}

int cores_init(struct card *card)
{
	uint32_t i;

	matrix_init(&card->matrix);
	card->cores = calloc(card->config.cores, sizeof(*card->cores));
	if (!card->cores)
		return -1;
	for (i = 0; i < card->config.cores; i++)
		if (core_init(card, i))
			return -1;
	return 0;
}

void cores_free(struct card *card)
{
	uint32_t i;

	for (i = 0; card->cores && i < card->config.cores; i++) {
		free(card->cores[i].cache);
		free(card->cores[i].scratch);
	}
	free(card->cores);
}

/* Put all cores into their state at power-on: no block, and a scratchpad full of zeroes. */
void cores_reset(struct card *card)
{
	uint32_t i;

	for (i = 0; i < card->config.cores; i++) {
		struct card_core *core = &card->cores[i];

		*core->st = (struct card_core_state){
			.queue = CARD_NO_QUEUE,
			.last_queue = CARD_NO_QUEUE,
			.part = PART_MAX,
		};
		rv_reset(&core->hart);
		memset(core->scratch, 0, card->config.scratchpad_bytes);
	}
	cores_rebuild(card);
}

/* Cycles after which a core looks whether it should serve another queue. */
static uint64_t slice_cycles(const struct card *card)
{
	uint32_t forced = card->s.knobs.preempt_every;

	return forced && forced < card->s.slice ? forced : card->s.slice;
}

/* Whether the queue served last has its slice still, and a block to start on this core. */
static inline bool keeps_queue(const struct card_core *core)
{
	const struct card *card = core->card;
	const struct card_core_state *st = core->st;
	const struct card_queue *q = &card->s.queues[st->last_queue % PINION_MAX_QUEUES];

	return st->last_queue != CARD_NO_QUEUE &&
	       sched_leads_group(card, CARD_CORES, st->last_queue) &&
	       st->quantum < slice_cycles(card) && !q->saved &&
	       !(card->vm_saved[q->vm] >> core->index & 1);
}

static void core_set_registers(struct card_core *core, const struct pinion_pkt_launch *p,
			       uint32_t block)
{
	struct rv_state *s = &core->hart.s;
	uint32_t row = block / p->grid[0];

	*s = (struct rv_state){ .pc = p->entry, .hartid = core->index };
	s->x[1] = PINION_BLOCK_RETURN;
	s->x[2] = PINION_SCRATCH_BASE + core->card->config.scratchpad_bytes;
	s->x[10] = p->args;
	s->x[11] = block % p->grid[0];
	s->x[12] = row % p->grid[1];
	s->x[13] = row / p->grid[1];
	s->x[14] = core->index;
	/* The code was decoded for the rounding mode that the block before had set. */
	if (core->cache->slow_rounding)
		rv_flush(&core->hart);
}

/* A core that has been given to a queue begins the queue's next block. */
static inline void core_next_block(struct card_core *core, struct card_queue *q)
{
	core->st->block = (uint32_t)q->next_block++;
	if (q->next_block == q->blocks)
		sched_place(core->card, q, CARD_NO_RESOURCE);
	core_set_registers(core, &q->pkt.launch, core->st->block);
	core->extra += BLOCK_WORK;
}

/* A core without a block starts the next block of the queue that it serves. */
static void core_start_block(struct card_core *core)
{
	struct card_queue *q = &core->card->s.queues[core->st->last_queue];

	if (core->st->vm != q->vm || core->st->stale)
		core_enter_vm(core, q->vm);
	core_give(core, core->st->last_queue);
	core_next_block(core, q);
}

/* A core begins a slice of a queue. */
static void core_serve(struct card_core *core, const struct card_queue *q)
{
	core->st->last_queue = queue_index(core->card, q);
	core->st->quantum = 0;
}

/*
 * Let all free cores whose turn it is for @q start blocks at once. If they did so one after the
 * other, a queue whose saved blocks wait for all cores would come first on the cores left.
 */
static void start_together(struct card *card, struct card_queue *q)
{
	uint32_t i;

	for (i = 0; i < card->config.cores && q->next_block < q->blocks; i++) {
		struct card_core *core = &card->cores[i];

		if (core->st->queue != CARD_NO_QUEUE ||
		    sched_find(card, CARD_CORES, preempt_block_fits, i) != q)
			continue;
		core_serve(core, q);
		core_start_block(core);
	}
}

/*
 * Get a block for a core: of the queue served last while its slice lasts, because another address
 * space would cost the core its caches; then of the queue whose turn it is. Return: false if no
 * queue waits, or the core must stay free for saved blocks of a queue.
 */
static bool core_take_block(struct card_core *core)
{
	struct card *card = core->card;
	struct card_queue *q;

	if (keeps_queue(core)) {
		core_start_block(core);
		return true;
	}
	q = sched_find(card, CARD_CORES, preempt_block_fits, core->index);
	if (!q || (q->saved && !preempt_resume(card, q)))
		return false;
	sched_serve(card, CARD_CORES, q);
	if (core->st->queue == CARD_NO_QUEUE) {
		core_serve(core, q);
		core_start_block(core);
	}
	if (!qset_empty(&card->saved))
		start_together(card, q);
	return true;
}

/* A block has ended. If the core's turn @goes_on, the queue's next block may follow at once. */
static void core_block_done(struct card_core *core, bool goes_on)
{
	struct card_queue *q = &core->card->s.queues[core->st->queue];

	q->ended_blocks++;
	if (goes_on && !core->st->stale && keeps_queue(core)) {
		core_next_block(core, q);
		return;
	}
	core_release(core);
	if (q->ended_blocks == q->blocks)
		queue_packet_done(core->card, q);
}

static uint32_t cause_status(uint32_t cause)
{
	switch (cause) {
	case RV_CAUSE_ILLEGAL:
		return PINION_STATUS_ILLEGAL_INSN;
	case RV_CAUSE_FETCH_PAGE:
	case RV_CAUSE_LOAD_PAGE:
	case RV_CAUSE_STORE_PAGE:
		return PINION_STATUS_PAGE_FAULT;
	case RV_CAUSE_FETCH_ACCESS:
	case RV_CAUSE_LOAD_ACCESS:
	case RV_CAUSE_STORE_ACCESS:
		return PINION_STATUS_HOST_DMA;
	case RV_CAUSE_SCRATCHPAD_LOAD:
	case RV_CAUSE_SCRATCHPAD_STORE:
		return PINION_STATUS_SCRATCHPAD;
	default:
		return PINION_STATUS_TRAP;
	}
}

static uint32_t cause_access(uint32_t cause)
{
	switch (cause) {
	case RV_CAUSE_FETCH_PAGE:
	case RV_CAUSE_FETCH_ACCESS:
		return PINION_ACCESS_EXEC;
	case RV_CAUSE_LOAD_PAGE:
	case RV_CAUSE_LOAD_ACCESS:
	case RV_CAUSE_SCRATCHPAD_LOAD:
		return PINION_ACCESS_READ;
	case RV_CAUSE_STORE_PAGE:
	case RV_CAUSE_STORE_ACCESS:
	case RV_CAUSE_SCRATCHPAD_STORE:
		return PINION_ACCESS_WRITE;
	default:
		return 0;
	}
}

/* Whether an illegal instruction is MATMUL or TCOPY: then its descriptor in memory is invalid. */
static bool is_matrix(uint32_t insn)
{
	const uint32_t fixed = ~(31u << 15 | 1u << 12); /* all but rs1 and funct3's bit 0 */

	return (insn & fixed) == PINION_INSN_OPCODE;
}

static void core_fault(struct card_core *core, const struct rv_stop *stop)
{
	struct pinion_fault_record f = {
		.status = cause_status(stop->cause),
		.pc = stop->pc,
		.access = cause_access(stop->cause),
		.core = core->index,
		.block = core->st->block,
	};

	if (f.status == PINION_STATUS_ILLEGAL_INSN) {
		f.insn = (uint32_t)stop->tval;
		if (is_matrix(f.insn)) {
			f.status = PINION_STATUS_MATRIX;
			f.va = core->hart.s.x[f.insn >> 15 & 31];
		}
	} else if (f.status == PINION_STATUS_TRAP) {
		f.insn = stop->cause;
	} else {
		f.va = stop->tval;
	}
	fault_queue(core->card, &core->card->s.queues[core->st->queue], &f);
}

/* Whether blocks wait for a core. */
static bool blocks_left(const struct card *card)
{
	return !qset_empty(&card->turns[CARD_CORES].groups);
}

/*
 * A queue has had @cycles of a core. While saved blocks wait, the cores that must stay free for
 * them count as used by the blocks that run.
 */
static void core_charge(const struct card_core *core, uint64_t cycles)
{
	struct card *card = core->card;
	uint32_t group = card->s.queues[core->st->queue].group;

	core->st->quantum += cycles;
	card->s.groups[group].cycles += cycles;
	if (!qset_empty(&card->saved))
		cycles = cycles * card->config.cores / (uint32_t)__builtin_popcountll(card->busy);
	sched_charge(card, CARD_CORES, group, cycles);
}

/*
 * Run a part of a block. A custom instruction does the work of thousands of plain ones, and host
 * memory is slow, so the cost of one part sets the length of the next: turns take about as long
 * whatever the code does. A part ends with the slice of the queue.
 */
static uint64_t core_run(struct card_core *core, uint64_t budget, struct rv_stop *stop)
{
	struct card_core_state *st = core->st;
	uint64_t slice = slice_cycles(core->card),
		 left = slice > st->quantum ? slice - st->quantum : 1;
	uint64_t part = st->part < budget ? st->part : budget ? budget : 1;
	uint64_t work;

	/* Add 1, or a block that had returned at the end of its last part would cost nothing. */
	work = rv_run(&core->hart, part < left ? part : left, stop) + core->extra + 1;
	core->extra = 0;
	core_charge(core, work);
	if (work > 2 * PART_MAX)
		st->part = st->part / 4 > PART_MIN ? st->part / 4 : PART_MIN;
	else if (work < PART_MAX && st->part < PART_MAX)
		st->part *= 2;
	return work;
}

/* Return: the work of saving blocks; 0 if the core goes on with its block. */
static uint64_t core_slice_over(struct card_core *core)
{
	struct card *card = core->card;
	struct card_queue *q = &card->s.queues[core->st->queue];
	uint64_t work = preempt_slice_over(card, q);

	if (!work) {
		sched_serve(card, CARD_CORES, q);
		core->st->quantum = 0;
	}
	return work;
}

/* Return: work done; 0 if there is no block to run. */
static uint64_t core_turn(struct card_core *core, uint64_t budget)
{
	struct rv_stop stop;
	uint64_t work = 0;

	while (work < budget) {
		if (core->st->queue == CARD_NO_QUEUE && !core_take_block(core))
			break;
		work += core_run(core, work < budget ? budget - work : 0, &stop);
		if (stop.reason == RV_STOP_RETURN)
			core_block_done(core, work < budget);
		else if (stop.reason == RV_STOP_TRAP)
			core_fault(core, &stop);
		else if (core->st->quantum >= slice_cycles(core->card))
			work += core_slice_over(core);
	}
	return work;
}

bool cores_have_work(const struct card *card)
{
	return card->busy || blocks_left(card);
}

/* Cores work one after the other, but a slice is of all cores: each gets several turns in it. */
static uint64_t turn_work(const struct card *card, uint64_t budget)
{
	uint64_t turn = slice_cycles(card) / SLICE_TURNS + 1;

	turn = turn < TURN_WORK ? turn : TURN_WORK;
	return budget < turn ? budget : turn;
}

/*
 * One turn of each core. If the budget does not suffice for all cores, the next step goes on with
 * the core that comes next.
 */
uint64_t cores_step(struct card *card, uint64_t budget)
{
	uint64_t work = 0, turn = turn_work(card, budget);
	uint32_t i, n = card->config.cores, cursor = card->s.core_cursor;

	for (i = 0; i < n && cores_have_work(card); i++) {
		struct card_core *core;

		if (++cursor == n)
			cursor = 0;
		core = &card->cores[cursor];
		if (core->st->queue != CARD_NO_QUEUE || blocks_left(card))
			work += core_turn(core, turn);
		if (work >= budget) {
			card->s.core_cursor = cursor;
			break;
		}
	}
	return work;
}
