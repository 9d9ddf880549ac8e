// SPDX-License-Identifier: GPL-2.0-or-later
/* Launches: what a block is given, faults that stay where they arose, nothing left for others. */
#include "card_fixture.h"

#define CMD  FX_DEV_VA
#define CODE (FX_DEV_VA + 0x10000)
#define OUT  (FX_DEV_VA + 0x100000)

static void put_code(struct fixture *fx, uint64_t va, const uint32_t *code, size_t bytes)
{
	memcpy(fx_dev(fx, va), code, bytes);
	mmu_invalidate(fx->card, 0);
}

static void launch(struct fixture *fx, uint32_t q, uint64_t entry, uint64_t args, uint32_t blocks)
{
	struct pinion_pkt_launch p = FX_LAUNCH(entry, args, blocks, 1, 1);
	uint64_t cmd = CMD + q * 256;

	memcpy(fx_dev(fx, cmd), &p, sizeof(p));
	fx_exec(fx, q, cmd, sizeof(p), q);
}

static uint32_t status_of(struct fixture *fx, uint32_t q, uint32_t index)
{
	return fx_cqe(fx, q, index).status & PINION_CQE_STATUS;
}

/* Stores a0..a4, sp and ra of its block at OUT + 64 * linear index (a grid of 4 x 3 x 2). */
static void test_registers(struct fixture *fx)
{
	const uint32_t code[] = {
		SLLI(T0, A3, 1), ADD(T0, T0, A3), /* z * 3 */
		ADD(T0, T0, A2), SLLI(T0, T0, 2),   ADD(T0, T0, A1),
		SLLI(T0, T0, 6), ADD(T0, T0, A0),   SD(T0, A0, 0),
		SD(T0, A1, 8),	 SD(T0, A2, 16),    SD(T0, A3, 24),
		SD(T0, A4, 32),	 SD(T0, SP, 40),    SD(T0, RA, 48),
		SD(T0, T2, 56),	 ADDI(T2, ZERO, 5), RET,
	};
	struct pinion_pkt_launch p = FX_LAUNCH(CODE, OUT, 4, 3, 2);
	unsigned int i, wrong = 0, cores = 0;

	put_code(fx, CODE, code, sizeof(code));
	memset(fx_dev(fx, OUT), 0xff, 4096);
	fx_queue(fx, 0, 1, 4, 1);
	memcpy(fx_dev(fx, CMD), &p, sizeof(p));
	fx_exec(fx, 0, CMD, sizeof(p), 0);
	fx_run(fx);
	for (i = 0; i < 24; i++) {
		const uint64_t *r = fx_dev(fx, OUT + 64 * i);

		wrong += r[0] != OUT || r[1] != i % 4 || r[2] != i / 4 % 3 || r[3] != i / 12 ||
			 r[4] >= 4 || r[5] != PINION_SCRATCH_BASE + FX_SCRATCH ||
			 r[6] != PINION_BLOCK_RETURN || r[7] != 0;
		cores |= 1u << r[4];
	}
	tap_ok(!wrong && !status_of(fx, 0, 0), "24 blocks get the registers of the contract");
	tap_ok(cores != 1, "on more than one core");
}

struct fault_case {
	const char *name;
	uint32_t code[4];
	uint32_t status;
	uint32_t access;
	uint64_t va;
	uint32_t pc; /* offset of the failing instruction */
	uint32_t insn;
};

#define A0_TO_T0 ADDI(T0, A0, 0)

/* clang-format off */
static void test_faults(struct fixture *fx)
{
	static const struct fault_case cases[] = {
		{ "illegal instruction", { ADDI(T0, T0, 1), 0xffffffff },
		  PINION_STATUS_ILLEGAL_INSN, 0, 0, 4, 0xffffffff },
		{ "load of nothing", { LD(T0, A0, 8), RET }, PINION_STATUS_PAGE_FAULT,
		  PINION_ACCESS_READ, 0x5008, 0, 0 },
		{ "store to nothing", { ADDI(T1, T1, 1), SD(A0, T1, 16), RET },
		  PINION_STATUS_PAGE_FAULT, PINION_ACCESS_WRITE, 0x5010, 4, 0 },
		{ "jump to nothing", { RI(0x67, 0, 0, A0, 0) }, PINION_STATUS_PAGE_FAULT,
		  PINION_ACCESS_EXEC, 0x5000, 0, 0 },
		{ "ebreak", { EBREAK }, PINION_STATUS_TRAP, 0, 0, 0, RV_CAUSE_BREAKPOINT },
		{ "above the scratchpad", { SD(SP, T0, 0), RET }, PINION_STATUS_SCRATCHPAD,
		  PINION_ACCESS_WRITE, PINION_SCRATCH_BASE + FX_SCRATCH, 0, 0 },
		{ "load from above it", { ADDI(T1, T1, 1), LD(T0, SP, 8), RET },
		  PINION_STATUS_SCRATCHPAD, PINION_ACCESS_READ,
		  PINION_SCRATCH_BASE + FX_SCRATCH + 8, 4, 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fault_case *c = &cases[i];
		const struct pinion_fault_record *r = &fx->card->s.faults[1];
		uint64_t pc = c->access == PINION_ACCESS_EXEC ? 0x5000 : CODE + c->pc;

		put_code(fx, CODE, c->code, sizeof(c->code));
		fx_queue(fx, 1, 1, 4, 1);
		launch(fx, 1, CODE, 0x5000, 100);
		fx_run(fx);
		tap_ok(status_of(fx, 1, 0) == c->status && r->status == c->status &&
		       r->va == c->va && r->access == c->access && r->pc == pc &&
		       r->insn == c->insn && r->core < 4 && r->block < 100 && r->cookie == 1,
		       "%s: status %u va 0x%llx pc 0x%llx", c->name, r->status,
		       (unsigned long long)r->va, (unsigned long long)r->pc);
	}
}
/* clang-format on */

/* One queue's kernel never ends, one faults; the others' launches are not disturbed. */
static void test_isolation(struct fixture *fx)
{
	const uint32_t forever[] = { LOOP_FOREVER }, illegal[] = { 0 };
	const uint32_t count[] = {
		SLLI(T0, A1, 3), ADD(T0, T0, A0), ADDI(T1, A1, 1), SD(T0, T1, 0), RET,
	};
	uint64_t *out = fx_dev(fx, OUT), wakeup;
	unsigned int i, wrong = 0;

	put_code(fx, CODE, forever, sizeof(forever));
	put_code(fx, CODE + 64, illegal, sizeof(illegal));
	put_code(fx, CODE + 128, count, sizeof(count));
	for (i = 2; i < 5; i++)
		fx_queue(fx, i, i - 1, 4, 1);
	memset(out, 0, 8000);
	launch(fx, 2, CODE, OUT, 3);
	launch(fx, 3, CODE + 64, OUT, 1000000);
	launch(fx, 4, CODE + 128, OUT, 1000);
	for (i = 0; i < 2000 && !fx_cqe(fx, 4, 0).status; i++)
		card_step(fx->card, 100000, &wakeup);
	for (i = 0; i < 1000; i++)
		wrong += out[i] != i + 1;
	tap_ok(!wrong && fx_cqe(fx, 4, 0).status == PINION_CQE_PHASE,
	       "a launch completes beside one that hangs and one that faults");
	tap_ok(status_of(fx, 3, 0) == PINION_STATUS_ILLEGAL_INSN &&
		       fx->card->s.queues[3].state == PINION_Q_FAULTED,
	       "the faulting one is told apart");
	tap_ok(fx->card->s.queues[2].state == PINION_Q_RUNNING && !fx_cqe(fx, 2, 0).status,
	       "the hanging one hangs");
	queue_stop(fx->card, &fx->card->s.queues[2]);
	tap_ok(fx_run(fx), "and is gone when stopped");
}

static void test_fairness(struct fixture *fx)
{
	const uint32_t ret[] = { RET };
	uint64_t wakeup;
	unsigned int i;

	put_code(fx, CODE, ret, sizeof(ret));
	fx_queue(fx, 5, 1, 4, 1);
	fx_queue(fx, 6, 2, 4, 1);
	launch(fx, 5, CODE, 0, 10000000);
	card_step(fx->card, 1, &wakeup);
	launch(fx, 6, CODE, 0, 100);
	for (i = 0; i < 100 && !fx_cqe(fx, 6, 0).status; i++)
		card_step(fx->card, 100000, &wakeup);
	tap_ok(fx_cqe(fx, 6, 0).status == PINION_CQE_PHASE && !fx_cqe(fx, 5, 0).status,
	       "100 blocks do not wait for another queue's 10 million");
	queue_stop(fx->card, &fx->card->s.queues[5]);
	fx_run(fx);
}

/* Writes its mark to the whole scratchpad above 0 and tells what it found there. */
static void test_secrets(struct fixture *fx)
{
	const uint32_t code[] = {
		LUI(T0, 0x10),	SLLI(T0, T0, 32), /* 2^48 */
		LD(T1, T0, 64), SD(A0, T1, 0),	  ADDI(T1, ZERO, 0x77), SD(T0, T1, 64), RET,
	};
	uint64_t *out = fx_dev(fx, OUT);
	unsigned int i;

	put_code(fx, CODE, code, sizeof(code));
	for (i = 1; i <= 2; i++)
		fx_queue(fx, 6 + i, i, 4, 1);
	launch(fx, 7, CODE, OUT, 8);
	fx_run(fx);
	*out = 1;
	launch(fx, 7, CODE, OUT, 1);
	fx_run(fx);
	tap_ok(*out == 0x77 || *out == 0, "the same address space may find its own words");
	*out = 1;
	launch(fx, 8, CODE, OUT, 8);
	fx_run(fx);
	tap_ok(*out == 0x77 || *out == 0, "another runs");
	for (i = 0; i < 4; i++) {
		fx->card->s.cores[i].vm = 2;
		memset(fx->card->cores[i].scratch, 0x11, FX_SCRATCH);
	}
	*out = 1;
	launch(fx, 7, CODE, OUT, 1);
	fx_run(fx);
	tap_ok(*out == 0, "and finds zeroes where the other's words were");
	mmu_set_root(fx->card, 1, fx->card->s.vms[1].root);
	*out = 1;
	launch(fx, 7, CODE, OUT, 1);
	fx_run(fx);
	tap_ok(*out == 0, "as after its address space got a new root");
}

static void test_host_access(struct fixture *fx)
{
	const uint32_t code[] = { LD(T0, A0, 0), ADDI(T0, T0, 1), SD(A0, T0, 8), RET };
	uint64_t *word = fx_hostmem(fx, FX_HOST_VA + 0x100);

	put_code(fx, CODE, code, sizeof(code));
	fx_queue(fx, 9, 1, 4, 1);
	word[0] = 41;
	launch(fx, 9, CODE, FX_HOST_VA + 0x100, 1);
	fx_run(fx);
	tap_ok(!status_of(fx, 9, 0) && word[1] == 42, "a core reads and writes host memory");
	fx->deny_from = FX_HOST_BASE + FX_HOST_AT;
	fx->deny_to = fx->deny_from + 4096;
	launch(fx, 9, CODE, FX_HOST_VA + 0x100, 1);
	fx_run(fx);
	tap_ok(status_of(fx, 9, 1) == PINION_STATUS_HOST_DMA &&
		       fx->card->s.faults[9].va == FX_HOST_VA + 0x100 &&
		       fx->card->s.faults[9].access == PINION_ACCESS_READ,
	       "refused by the host: HOST_DMA");
	fx->deny_from = fx->deny_to = 0;
}

static void test_icache(struct fixture *fx)
{
	const uint32_t one[] = { ADDI(T0, ZERO, 1), SD(A0, T0, 0), RET };
	const uint32_t two = ADDI(T0, ZERO, 2);
	struct {
		struct pinion_pkt_launch first;
		struct pinion_pkt_fill patch;
		struct pinion_pkt barrier;
		struct pinion_pkt_launch second;
	} cmd = {
		FX_LAUNCH(CODE, OUT, 1, 1, 1),
		FX_FILL(CODE, 4, two, 4),
		{ PINION_PKT_BARRIER, PINION_PKT_F_ICACHE, 8, 0 },
		FX_LAUNCH(CODE, OUT + 8, 1, 1, 1),
	};
	uint64_t *out = fx_dev(fx, OUT);

	put_code(fx, CODE, one, sizeof(one));
	fx_queue(fx, 10, 1, 4, 1);
	memcpy(fx_dev(fx, CMD), &cmd, sizeof(cmd));
	fx_exec(fx, 10, CMD, sizeof(cmd), 0);
	fx_run(fx);
	tap_ok(out[0] == 1 && out[1] == 2, "BARRIER with ICACHE: new code is seen");
}

/* Copies 256 bytes at a0 into the scratchpad, then runs the MATMUL that the bytes describe. */
static const uint32_t matrix_code[] = {
	LUI(T0, 0x10),
	SLLI(T0, T0, 32),
	SD(T0, A0, 0),
	ADDI(T1, T0, 256),
	SD(T0, T1, 8),
	ADDI(T1, ZERO, 1),
	SW(T0, T1, 16),
	ADDI(T1, ZERO, 256),
	SW(T0, T1, 20),
	PINION_INSN_TCOPY << 12 | T0 << 15 | PINION_INSN_OPCODE,
	ADDI(T0, T0, 256),
	PINION_INSN_MATMUL << 12 | T0 << 15 | PINION_INSN_OPCODE,
	RET,
};

static const struct pinion_matmul matrix_good = {
	.a = 512,
	.b = 1024,
	.c = 2048,
	.m = 4,
	.n = 4,
	.k = 4,
	.lda = 4,
	.ldb = 4,
	.ldc = 4,
};

/* Status of record @record of queue 11, after matrix_code has run with @m. */
static uint32_t matrix_status(struct fixture *fx, struct pinion_matmul m, unsigned int record)
{
	if (!record)
		fx_queue(fx, 11, 1, 4, 1);
	memcpy(fx_dev(fx, OUT), &m, sizeof(m));
	launch(fx, 11, CODE, OUT, 1);
	fx_run(fx);
	return status_of(fx, 11, record);
}

static void test_matrix(struct fixture *fx)
{
	const struct pinion_fault_record *r = &fx->card->s.faults[11];
	struct pinion_matmul m = matrix_good;

	put_code(fx, CODE, matrix_code, sizeof(matrix_code));
	tap_ok(!matrix_status(fx, m, 0), "TCOPY and MATMUL run");
	m.type = PINION_MATMUL_INT8;
	tap_ok(matrix_status(fx, m, 1) == PINION_STATUS_MATRIX &&
		       r->va == PINION_SCRATCH_BASE + 256 && r->pc == CODE + 44 &&
		       r->insn == matrix_code[11],
	       "a type that is not supported: MATRIX, with the descriptor's address");
	m = matrix_good;
	m.c = FX_SCRATCH - 32;
	tap_ok(matrix_status(fx, m, 0) == PINION_STATUS_SCRATCHPAD &&
		       r->access == PINION_ACCESS_WRITE && r->va == PINION_SCRATCH_BASE + m.c,
	       "a product that ends outside: SCRATCHPAD, a write");
	m = matrix_good;
	m.b = FX_SCRATCH - 32;
	tap_ok(matrix_status(fx, m, 0) == PINION_STATUS_SCRATCHPAD &&
		       r->access == PINION_ACCESS_READ && r->va == PINION_SCRATCH_BASE + m.b,
	       "an operand outside: SCRATCHPAD, a read");
	fx_queue(fx, 11, 1, 4, 1);
	launch(fx, 11, CODE, 0x5000, 1);
	fx_run(fx);
	tap_ok(status_of(fx, 11, 0) == PINION_STATUS_PAGE_FAULT && r->va == 0x5000 &&
		       r->access == PINION_ACCESS_READ && r->pc == CODE + 36,
	       "a TCOPY from nowhere: PAGE_FAULT with its address");
}

int main(void)
{
	struct fixture *fx = fx_new(4, NULL);
	uint32_t vm;

	tap_plan(26);
	for (vm = 1; vm <= 3; vm++)
		fx_vm(fx, vm);
	test_registers(fx);
	test_faults(fx);
	test_isolation(fx);
	test_fairness(fx);
	test_secrets(fx);
	test_host_access(fx);
	test_icache(fx);
	test_matrix(fx);
	fx_free(fx);
	return tap_result();
}
