// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preemption: blocks that are stopped go on as if they had not been, end as blocks on cores do, and
 * leave nothing for others.
 */
#include "card_groups.h"

#define FMV(f, x)      (0xf2000053u | (x) << 15 | (f) << 7)
#define FSD(b, f, imm) RS(0x27, 3, b, f, imm)
#define CSRW(csr, x)   ((csr) << 20 | (x) << 15 | 0x1073u)
#define CSRR(x, csr)   ((csr) << 20 | (x) << 7 | 0x2073u)
#define BNE_BACK(a, b, bytes)                                                                    \
	((uint32_t)(-(bytes)) >> 12 << 31 | ((uint32_t)(-(bytes)) >> 5 & 63) << 25 | (b) << 20 | \
	 (a) << 15 | 1u << 12 | ((uint32_t)(-(bytes)) >> 1 & 15) << 8 |                          \
	 ((uint32_t)(-(bytes)) >> 11 & 1) << 7 | 0x63u)
#define BLT_BACK(a, b, bytes) (BNE_BACK(a, b, bytes) ^ 5u << 12)
#define KEPT		      1024 /* bytes that a block of the kernel below writes */

struct program {
	uint32_t code[400];
	uint32_t n;
};

static void emit(struct program *p, uint32_t insn)
{
	if (p->n == sizeof(p->code) / sizeof(p->code[0]))
		tap_bail("the program is too long");
	p->code[p->n++] = insn;
}

/* Put values that depend on the block into all registers but a0, sp and ra, and into fcsr. */
static void emit_values(struct program *p)
{
	uint32_t x;

	emit(p, ADDI(T0, A1, 21));
	emit(p, CSRW(3, T0));
	for (x = 3; x < 32; x++) {
		if (x == A0 || x == A1)
			continue;
		emit(p, ADDI(x, A1, 3 * x));
		emit(p, FMV(x, x));
	}
}

/* Change registers, the word at t0 + 56 and the word at sp + 8, 20 times. */
static void emit_loop(struct program *p)
{
	uint32_t x, loop;

	emit(p, ADDI(T1, ZERO, 20));
	loop = p->n;
	for (x = 7; x < 32; x++)
		if (x != A0 && x != A1)
			emit(p, ADDI(x, x, x));
	emit(p, LD(T2, T0, 56));
	emit(p, ADD(T2, T2, T1));
	emit(p, SD(T0, T2, 56));
	emit(p, LD(T2, SP, 8));
	emit(p, ADD(T2, T2, T1));
	emit(p, SD(SP, T2, 8));
	emit(p, ADDI(T1, T1, -1));
	emit(p, BNE_BACK(T1, ZERO, (p->n - loop) * 4));
}

/* Write all registers, fcsr, the counters and the two words to a0. */
static void emit_result(struct program *p)
{
	static const uint32_t csrs[] = { 0x003, 0xc00, 0xc02 };
	uint32_t x;

	for (x = 1; x < 32; x++) {
		emit(p, SD(A0, x, 8 * x));
		emit(p, FSD(A0, x, 256 + 8 * x));
	}
	for (x = 0; x < 3; x++) {
		emit(p, CSRR(T1, csrs[x]));
		emit(p, SD(A0, T1, 512 + 8 * x));
	}
	emit(p, LD(T1, T0, 56));
	emit(p, SD(A0, T1, 536));
	emit(p, LD(T1, SP, 8));
	emit(p, SD(A0, T1, 544));
	emit(p, RET);
}

/* A kernel whose block i works with all that it has, and writes it to a0 + KEPT * i. */
static struct program make_keeper(void)
{
	struct program p = { .n = 0 };

	emit(&p, SLLI(T0, A1, 10));
	emit(&p, ADD(A0, A0, T0));
	emit(&p, ADDI(SP, SP, -64));
	emit(&p, SD(SP, A1, 8));
	emit_values(&p);
	emit(&p, ADDI(T0, ZERO, 1));
	emit(&p, SLLI(T0, T0, 48));
	emit(&p, SD(T0, A1, 56));
	emit_loop(&p);
	emit_result(&p);
	return p;
}

/* Preempted after any number of cycles, a kernel computes the same. */
static void test_every_point(void)
{
	const uint32_t blocks = 3 * CORES, bytes = blocks * KEPT;
	struct program p = make_keeper();
	struct fixture *fx = start();
	uint8_t *want = malloc(bytes);
	uint32_t every, wrong = 0, stopped = 0;

	fx->card->config.debug = true;
	for (every = 0; every < 400; every++) {
		uint32_t before = preemptions(fx, 1);

		fx_wr(fx, PINION_REG_DEBUG_PREEMPT_EVERY, every);
		memset(fx_dev(fx, OUT), 0, bytes);
		fx_queue(fx, 1, 1, 4, 1);
		launch(fx, 1, p.code, p.n * 4, blocks);
		wrong += !fx_run(fx) || !done(fx, 1, PINION_STATUS_OK);
		if (!every)
			memcpy(want, fx_dev(fx, OUT), bytes);
		wrong += memcmp(want, fx_dev(fx, OUT), bytes) != 0;
		stopped += preemptions(fx, 1) - before;
	}
	tap_ok(!wrong && stopped > 10000, "stopped at %u points, a kernel computes the same",
	       stopped);
	tap_ok(((uint64_t *)want)[KEPT / 8 + 64] == 22 && ((uint64_t *)want)[KEPT / 8 + 67] == 211,
	       "which is what it should");
	free(want);
	fx_free(fx);
}

/* Copies the scratchpad and the registers that it did not get to a0 + 64 KiB * core. */
static const uint32_t spy[] = {
	SLLI(T0, A4, 17),
	ADD(T0, T0, A0), /* t0: to */
	ADDI(T1, ZERO, 1),
	SLLI(T1, T1, 48), /* t1: from */
	SD(T0, A4 + 1, 0),
	SD(T0, 31, 8),
	FSD(T0, 0, 16),
	FSD(T0, 31, 24),
	ADDI(T0, T0, 64),
	LD(T2, T1, 0),
	SD(T0, T2, 0),
	ADDI(T0, T0, 8),
	ADDI(T1, T1, 8),
	BNE_BACK(T1, SP, 16),
	RET,
};

/* A block that was stopped leaves nothing on its core. */
static void test_no_leak(void)
{
	const uint32_t secret[] = {
		ADDI(T0, ZERO, 1),  SLLI(T0, T0, 48),	 ADDI(T1, ZERO, -1), ADDI(15, ZERO, -1),
		ADDI(31, ZERO, -1), FMV(0, 31),		 FMV(31, 31),	     SD(T0, T1, 0),
		ADDI(T0, T0, 8),    BNE_BACK(T0, SP, 8), LOOP_FOREVER,
	};
	struct fixture *fx = start();
	uint32_t i, dirty = 0, bytes = CORES << 17;
	uint8_t *out = fx_dev(fx, OUT);

	fx_queue(fx, 1, 1, 4, 1);
	fx_queue(fx, 2, 2, 4, 1);
	launch(fx, 1, secret, sizeof(secret), CORES);
	while (cycles_of(fx, 1) < 200000)
		steps(fx, 1);
	memset(out, 0, bytes);
	launch(fx, 2, spy, sizeof(spy), 4 * CORES);
	while (!fx->card->s.queues[2].cq_index)
		steps(fx, 1);
	for (i = 0; i < bytes; i++)
		dirty += out[i] != 0;
	tap_ok(!dirty && done(fx, 2, 0) && preemptions(fx, 1),
	       "a block that was stopped leaves nothing on its core");
	fx_free(fx);
}

/*
 * Block i of two counts its word at a0 + 8 * i to 200, and after each step waits until the word of
 * the other block is not less: a block that ran alone would wait for ever.
 */
static const uint32_t pair[] = {
	SLLI(T0, A1, 3),	ADD(T0, T0, A0),		      /* t0: my word */
	RI(0x13, 4, T1, A1, 1), SLLI(T1, T1, 3),     ADD(T1, T1, A0), /* t1: the other word */
	ADDI(T2, ZERO, 0),	ADDI(15, ZERO, 200), ADDI(T2, T2, 1),	   SD(T0, T2, 0),
	LD(16, T1, 0),		BLT_BACK(16, T2, 4), BNE_BACK(T2, 15, 16), RET,
};

/* Blocks that wait for each other stop and go on together. */
static void test_gang(void)
{
	struct fixture *fx = start();

	fx_queue(fx, 1, 1, 4, 1);
	fx_queue(fx, 2, 2, 4, 1);
	memset(fx_dev(fx, OUT), 0, 64);
	launch_endless(fx, 2, CORES);
	steps(fx, 1);
	launch(fx, 1, pair, sizeof(pair), 2);
	while (!fx->card->s.queues[1].cq_index && preemptions(fx, 2) < 10000)
		steps(fx, 1);
	tap_ok(done(fx, 1, 0) && preemptions(fx, 1) && ((uint64_t *)fx_dev(fx, OUT))[1] == 200,
	       "two blocks that wait for each other end, stopped %u times", preemptions(fx, 1));
	fx_free(fx);
}

/* Step until the blocks of queue @q are saved. */
static void until_saved(struct fixture *fx, uint32_t q)
{
	while (!fx->card->s.queues[q].saved)
		card_step(fx->card, 100, &fx->wakeup);
}

static struct fixture *start_saved(void)
{
	struct fixture *fx = start();

	fx_queue(fx, 1, 1, 4, 1);
	fx_queue(fx, 2, 2, 4, 1);
	launch_endless(fx, 1, CORES);
	launch_endless(fx, 2, CORES);
	until_saved(fx, 1);
	return fx;
}

/* Blocks that are saved end as blocks on cores do. */
static void test_ends(void)
{
	const struct pinion_desc nop = { .opcode = PINION_DESC_NOP };
	struct fixture *fx = start_saved();
	struct card_queue *q = &fx->card->s.queues[1];

	card_doorbell_write(fx->card, PINION_DOORBELL_STRIDE + PINION_DOORBELL_ABORT,
			    1 | PINION_ABORT_VALID);
	tap_ok(done(fx, 1, PINION_STATUS_ABORTED) && !q->saved && !fx->card->vm_saved[1],
	       "a job whose blocks are saved is aborted");
	fx_desc(fx, 1, &nop);
	fx_doorbell(fx, 1);
	steps(fx, 2);
	tap_ok(q->cq_index == 2 && q->state == PINION_Q_IDLE, "the queue goes on");
	fx_free(fx);

	fx = start_saved();
	queue_stop(fx->card, &fx->card->s.queues[1]);
	queue_stop(fx->card, &fx->card->s.queues[2]);
	tap_ok(fx_run(fx) && !fx->card->vm_saved[1] && !fx->card->busy, "a queue is stopped");
	fx_free(fx);

	fx = start_saved();
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_ENGINE);
	tap_ok(fx_run(fx) && !fx->card->vm_saved[1] &&
		       rd(fx, area_reg(1, PINION_MGMT_SAVE_LO)) == SAVE(1) && cycles_of(fx, 1),
	       "an engine reset ends the blocks, and leaves areas and counters");
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_FIRMWARE);
	tap_ok(fx_run(fx) && !rd(fx, area_reg(1, PINION_MGMT_SAVE_LO)) && !cycles_of(fx, 1) &&
		       rd(fx, PINION_MGMT_SYS_BASE + PINION_MGMT_SLICE) == PINION_SLICE_DEFAULT,
	       "a firmware reset leaves nothing");
	fx_free(fx);
}

/* While blocks are saved, code goes away and the address space gets another root. */
static void test_changes(void)
{
	struct fixture *fx = start_saved();
	uint32_t core;

	*fx_pte(fx, 1, FX_DEV_VA, 1) = 0;
	mmu_invalidate(fx->card, 1);
	while (fx->card->s.queues[1].state == PINION_Q_RUNNING)
		steps(fx, 1);
	tap_ok(done(fx, 1, PINION_STATUS_PAGE_FAULT) &&
		       fx->card->s.faults[1].access == PINION_ACCESS_EXEC,
	       "code that was unmapped meanwhile is not executed");
	fx_free(fx);

	fx = start_saved();
	core = (uint32_t)__builtin_ctzll(fx->card->s.queues[1].saved);
	mmu_set_root(fx->card, 1, fx->card->s.vms[1].root);
	queue_stop(fx->card, &fx->card->s.queues[2]);
	while (fx->card->s.queues[1].saved)
		steps(fx, 1);
	tap_ok(fx->card->s.cores[core].stale,
	       "after a new root, the scratchpad is cleared at its end");
	fx_free(fx);
}

/* A fault of one block ends the saved blocks of its queue, and of no other queue. */
static void test_fault(void)
{
	const uint32_t code[] = { ADDI(T1, ZERO, 2000), ADDI(T1, T1, -1), BNE_BACK(T1, ZERO, 4),
				  EBREAK };
	struct fixture *fx = start();

	fx_queue(fx, 1, 1, 4, 1);
	fx_queue(fx, 2, 2, 4, 1);
	launch_endless(fx, 2, CORES);
	steps(fx, 1);
	launch(fx, 1, code, sizeof(code), CORES);
	while (fx->card->s.queues[1].state == PINION_Q_RUNNING)
		steps(fx, 1);
	tap_ok(done(fx, 1, PINION_STATUS_TRAP) && preemptions(fx, 1) && !fx->card->vm_saved[1] &&
		       fx->card->s.faults[1].block < CORES &&
		       fx->card->s.faults[1].pc == code_at(1) + 12,
	       "a block that was stopped %u times faults", preemptions(fx, 1));
	steps(fx, 5);
	tap_ok(fx->card->s.queues[2].state == PINION_Q_RUNNING && fx->card->on_cores[2] == 15,
	       "the blocks of another queue run on");
	fx_free(fx);
}

/* A card is saved and loaded again and again while kernels are preempted. */
static void test_moves(void)
{
	const uint32_t blocks = 3 * CORES, bytes = blocks * KEPT;
	struct program p = make_keeper();
	struct fixture *fx = start();
	size_t size = card_save_bytes(fx->card);
	uint8_t *want = malloc(bytes), *state = malloc(size);
	uint32_t moves = 0, saved = 0;

	for (uint32_t turn = 0; turn < 2; turn++) {
		memset(fx_dev(fx, OUT), 0, bytes);
		fx_queue(fx, 1, 1, 4, 1);
		launch(fx, 1, p.code, p.n * 4, blocks);
		if (turn) {
			fx_queue(fx, 2, 2, 4, 1);
			launch_endless(fx, 2, CORES);
		}
		while (!fx->card->s.queues[1].cq_index) {
			card_step(fx->card, 300, &fx->wakeup);
			saved += fx->card->s.queues[1].saved != 0;
			card_save(fx->card, state);
			card_reset(fx->card);
			moves += !card_load(fx->card, state, size);
		}
		if (!turn)
			memcpy(want, fx_dev(fx, OUT), bytes);
	}
	tap_ok(!memcmp(want, fx_dev(fx, OUT), bytes) && saved > 10,
	       "moved %u times, %u times with saved blocks, a kernel computes the same", moves,
	       saved);
	free(want);
	free(state);
	fx_free(fx);
}

/* A saved state in which blocks are saved where they cannot be. */
static bool lie_refused(unsigned int which)
{
	struct fixture *fx = start_saved();
	size_t size = card_save_bytes(fx->card);
	struct card_state *s = &fx->card->s;
	uint8_t *state = malloc(size);
	bool good;

	if (which == 0)
		s->queues[1].saved |= 1ull << CORES;
	else if (which == 1)
		s->vms[1].save = 0;
	else if (which == 2)
		s->queues[1].stage = STAGE_PACKET;
	else if (which == 3)
		s->queues[1].saved &= s->queues[1].saved - 1;
	else if (which == 4)
		s->queues[17] = s->queues[1];
	card_save(fx->card, state);
	fx_free(fx);
	fx = start();
	good = card_load(fx->card, state, size) == (which < 5 ? -1 : 0);
	if (which == 5)
		good &= fx->card->s.queues[1].saved && fx->card->vm_saved[1];
	steps(fx, 3);
	free(state);
	fx_free(fx);
	return good;
}

static void test_lies(void)
{
	unsigned int i, good = 0;

	for (i = 0; i < 6; i++)
		good += lie_refused(i);
	tap_ok(good == 6,
	       "5 states with blocks saved in the wrong place are refused, the true one loads");
}

int main(void)
{
	tap_plan(15);
	test_every_point();
	test_no_leak();
	test_gang();
	test_ends();
	test_changes();
	test_fault();
	test_moves();
	test_lies();
	return tap_result();
}
