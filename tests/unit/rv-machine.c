// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The processors as machines: memory and its edges, traps and interrupts, code that changes,
 * saving, and any encoding at all.
 */
#include "rv-known.h"

static struct known known;

#define LD(rd, rs1, imm)    enc_i(RV_LOAD, 3, rd, rs1, imm)
#define SD(rs2, rs1, imm)   enc_s(RV_STORE, 3, rs1, rs2, imm)
#define ADDI(rd, rs1, imm)  enc_i(RV_OP_IMM, 0, rd, rs1, imm)
#define CSRRW(rd, csr, rs1) enc_i(RV_SYSTEM, 1, rd, rs1, csr)
#define CSRRS(rd, csr, rs1) enc_i(RV_SYSTEM, 2, rd, rs1, csr)
#define FENCE_I		    enc_i(RV_MISC_MEM, 1, 0, 0, 0)
#define LOOP		    0x0000006fu /* JAL to itself */

static void test_memory(void)
{
	struct known *t = &known;
	uint64_t value = 0x1122334455667788;

	known_start(t, RV_ISA_COMPUTE);
	memcpy(t->data + RV_PAGE_SIZE - 3, &value, 8);
	t->hart.s.x[5] = DATA_VA + RV_PAGE_SIZE;
	run1(t, LD(7, 5, -3));
	tap_ok(t->hart.s.x[7] == value, "a load across two pages");
	t->hart.s.x[6] = ~value;
	run1(t, SD(6, 5, -5));
	tap_ok(!memcmp(t->data + RV_PAGE_SIZE - 5, &t->hart.s.x[6], 8), "a store across two pages");

	t->hart.s.x[5] = DATA_VA + 2 * RV_PAGE_SIZE;
	run1(t, LD(7, 5, -4));
	tap_ok(trapped(t, RV_CAUSE_LOAD_PAGE, t->hart.s.x[5], CODE_VA) && t->hart.s.x[7] == value,
	       "a load into nothing: tval is the first byte that is not there");
	memset(t->data + 2 * RV_PAGE_SIZE - 4, 0x55, 4);
	run1(t, SD(6, 5, -4));
	tap_ok(trapped(t, RV_CAUSE_STORE_PAGE, t->hart.s.x[5], CODE_VA) &&
		       t->data[2 * RV_PAGE_SIZE - 1] == 0x55,
	       "a store into nothing writes nothing before it");
	t->hart.s.x[5] = ~7ull;
	run1(t, LD(7, 5, 16));
	tap_ok(trapped(t, RV_CAUSE_LOAD_PAGE, 8, CODE_VA), "addresses wrap");
	t->hart.window = (struct rv_window){ 1ull << 48, RV_PAGE_SIZE, t->data };
	t->hart.s.x[5] = 1ull << 48;
	run1(t, LD(7, 5, 0));
	tap_ok(!memcmp(&t->hart.s.x[7], t->data, 8), "the window");
}

static void test_device(void)
{
	struct known *t = &known;

	known_start(t, RV_ISA_COMPUTE);
	t->device = 0x80;
	t->hart.s.x[5] = DEVICE_VA;
	run1(t, enc_i(RV_LOAD, 0, 7, 5, 0));
	tap_ok(t->hart.s.x[7] == (uint64_t)-128 && t->accesses == 1, "LB from a device");
	t->hart.s.x[6] = 0x1234;
	run1(t, enc_s(RV_STORE, 1, 5, 6, 0));
	tap_ok(t->device == 0x1234 && t->accesses == 2, "SH to a device");

	known_start(t, RV_ISA_COMPUTE);
	t->flush_in_mmio = true;
	t->hart.s.x[5] = DEVICE_VA;
	for (int i = 0; i < 10; i++) {
		put(t, ADDI(7, 7, 1));
		put(t, LD(6, 5, 0));
	}
	run_all(t, 1000);
	tap_ok(t->stop.reason == RV_STOP_RETURN && t->hart.s.x[7] == 10 && t->executed == 20 &&
		       t->hart.s.minstret == 20,
	       "a flush in the middle of a block");

	known_start(t, RV_ISA_COMPUTE);
	t->flush_in_page = true;
	t->hart.s.x[5] = DATA_VA;
	for (int i = 0; i < 10; i++) {
		put(t, ADDI(7, 7, 1));
		put(t, enc_r(RV_BRANCH, 0, 1, 4, 0, 0)); /* BNE, never taken */
		put(t, SD(7, 5, 8 * i));
	}
	run_all(t, 1000);
	tap_ok(t->stop.reason == RV_STOP_RETURN && t->hart.s.x[7] == 10 && t->executed == 30 &&
		       t->data[72] == 10,
	       "a flush whenever a page is asked for");
}

static void test_fetch(void)
{
	struct known *t = &known;
	uint32_t wide = ADDI(7, 0, 5);

	known_start(t, RV_ISA_COMPUTE);
	memcpy(t->code + RV_PAGE_SIZE - 2, &wide, 2);
	t->hart.s.pc = CODE_VA + RV_PAGE_SIZE - 2;
	run_all(t, 10);
	tap_ok(trapped(t, RV_CAUSE_FETCH_PAGE, CODE_VA + RV_PAGE_SIZE, CODE_VA + RV_PAGE_SIZE - 2),
	       "an instruction whose second half is not there");
	known_start(t, RV_ISA_COMPUTE);
	t->hart.s.x[5] = 0x7000001;
	put(t, enc_i(RV_JALR, 0, 1, 5, 0));
	t->hart.ret_pc = RV_NO_RETURN;
	run_all(t, 10);
	tap_ok(trapped(t, RV_CAUSE_FETCH_PAGE, 0x7000000, 0x7000000) && t->executed == 1 &&
		       t->hart.s.x[1] == CODE_VA + 4,
	       "a jump to nowhere arrives before it faults");
	run1(t, RV_INSN_ECALL);
	tap_ok(trapped(t, RV_CAUSE_ECALL_USER, 0, CODE_VA), "ECALL stops a core");
	run1(t, 0x9002);
	tap_ok(trapped(t, RV_CAUSE_BREAKPOINT, CODE_VA, CODE_VA), "C.EBREAK stops a core");
}

static void test_code_changes(void)
{
	struct known *t = &known;
	uint32_t two = ADDI(7, 7, 2);

	known_start(t, RV_ISA_COMPUTE);
	t->hart.s.x[5] = CODE_VA;
	t->hart.s.x[6] = two;
	put(t, ADDI(7, 7, 1));
	put(t, enc_s(RV_STORE, 2, 5, 6, 0));
	put(t, FENCE_I);
	put(t, enc_r(RV_BRANCH, 0, 4, 20 | 0x1, 7, 9) | 0xfe000000); /* BLT x7, x9, -12 */
	t->hart.s.x[9] = 4;
	run_all(t, 100);
	tap_ok(t->stop.reason == RV_STOP_RETURN && t->hart.s.x[7] == 5,
	       "FENCE.I shows what was stored");
}

/* Blocks from every address on, none dropped in between: more than the cache holds. */
static void test_full_cache(void)
{
	struct known *t = &known;
	uint64_t pc = CODE_VA;

	known_start(t, RV_ISA_COMPUTE);
	for (uint32_t i = 0; i < RV_PAGE_SIZE / 2; i++)
		put(t, 0x0385); /* C.ADDI x7, 1 */
	for (; pc < CODE_VA + RV_PAGE_SIZE; pc += 2) {
		t->hart.s.pc = pc;
		t->hart.s.x[7] = 0;
		run_all(t, 10000);
		if (t->stop.reason != RV_STOP_RETURN || t->executed != t->hart.s.x[7] ||
		    t->executed != (CODE_VA + RV_PAGE_SIZE - pc) / 2)
			break;
	}
	tap_ok(pc == CODE_VA + RV_PAGE_SIZE, "more code than the cache holds");
}

static void test_budget(void)
{
	struct known *t = &known;
	struct rv_state saved;
	uint64_t total = 0;

	known_start(t, RV_ISA_COMPUTE);
	put(t, ADDI(7, 7, 1));
	put(t, ADDI(8, 8, 3));
	put(t, enc_r(RV_BRANCH, 0, 4, 24 | 0x1, 7, 9) | 0xfe000000); /* BLT x7, x9, -8 */
	t->hart.s.x[9] = 1000;
	while (run_all(t, 7) == RV_STOP_BUDGET) {
		total += t->executed;
		saved = t->hart.s;
		rv_reset(&t->hart);
		t->hart.s = saved;
		rv_flush(&t->hart);
	}
	total += t->executed;
	tap_ok(t->stop.reason == RV_STOP_RETURN && total == 3000 && t->hart.s.x[8] == 3000 &&
		       t->hart.s.minstret == 3000,
	       "stopped, saved and loaded every few instructions");
	run1(t, CSRRS(7, (int32_t)0xc02, 0));
	tap_ok(t->hart.s.x[7] == 3000, "INSTRET");
	run1(t, ADDI(0, 0, 5));
	tap_ok(!t->hart.s.x[0], "x0 stays zero");
	t->code_size = 0;
	put(t, LOOP);
	t->hart.s.pc = CODE_VA;
	rv_flush(&t->hart);
	run_all(t, 12345);
	tap_ok(t->stop.reason == RV_STOP_BUDGET && t->executed == 12345, "an endless loop ends");
}

/* Management processor with a handler at CODE_VA + 0x100. */
static void start_mgmt(struct known *t)
{
	known_start(t, RV_ISA_MGMT);
	t->hart.s.mtvec = CODE_VA + 0x100;
}

static void put_handler(struct known *t, uint32_t at, uint32_t insn)
{
	memcpy(t->code + 0x100 + at, &insn, 4);
}

static void test_traps(void)
{
	struct known *t = &known;

	start_mgmt(t);
	put_handler(t, 0, CSRRS(10, 0x341, 0)); /* mepc */
	put_handler(t, 4, ADDI(10, 10, 4));
	put_handler(t, 8, CSRRW(0, 0x341, 10));
	put_handler(t, 12, RV_INSN_MRET);
	put(t, RV_INSN_ECALL);
	put(t, ADDI(7, 7, 1));
	run_all(t, 100);
	tap_ok(t->stop.reason == RV_STOP_RETURN && t->hart.s.x[7] == 1 && t->executed == 5 &&
		       t->hart.s.mcause == RV_CAUSE_ECALL_MACHINE,
	       "ECALL and back");
	t->hart.s.mtvec = 0;
	run1(t, 0xffffffff);
	tap_ok(trapped(t, RV_CAUSE_ILLEGAL, 0xffffffff, CODE_VA), "no handler: the hart stops");
	start_mgmt(t);
	put_handler(t, 0, 0xffffffff);
	put(t, RV_INSN_EBREAK);
	run_all(t, 100);
	tap_ok(trapped(t, RV_CAUSE_DOUBLE_FAULT, 0xffffffff, CODE_VA + 0x100),
	       "an exception in the handler stops the hart");
	start_mgmt(t);
	t->hart.s.x[5] = 0xffffffff90000000;
	put_handler(t, 0, LOOP);
	put(t, enc_i(RV_LOAD, 2, 7, 5, 4));
	run_all(t, 100);
	tap_ok(t->stop.reason == RV_STOP_BUDGET && t->hart.s.mtval == 0x90000004 &&
		       t->hart.s.mepc == CODE_VA && t->hart.s.pc == CODE_VA + 0x100,
	       "MTVAL has 32 bits");
}

static void test_interrupts(void)
{
	struct known *t = &known;

	start_mgmt(t);
	t->hart.s.mtvec |= 1;
	put_handler(t, 4 * 11, ADDI(8, 8, 1));
	put_handler(t, 4 * 11 + 4, RV_INSN_MRET);
	put(t, RV_INSN_WFI);
	put(t, ADDI(7, 7, 1));
	tap_ok(run_all(t, 100) == RV_STOP_WFI && t->hart.s.pc == CODE_VA + 4, "WFI stops");
	t->hart.s.mie = RV_IRQ_ALL;
	rv_set_irq(&t->hart, RV_IRQ_EXTERNAL | RV_IRQ_TIMER, true);
	t->hart.s.pc = CODE_VA;
	tap_ok(run_all(t, 100) == RV_STOP_RETURN && t->hart.s.x[7] == 1 && !t->hart.s.x[8],
	       "WFI goes on when one is pending, though disabled");
	t->hart.s.pc = CODE_VA + 4;
	t->hart.s.mstatus = 8;
	run_all(t, 2);
	tap_ok(t->hart.s.x[8] == 1 && t->hart.s.mcause == (1u << 31 | 11) &&
		       t->hart.s.mepc == CODE_VA + 4,
	       "the external one first, at its vector");
	rv_set_irq(&t->hart, RV_IRQ_EXTERNAL | RV_IRQ_TIMER, false);
	t->hart.s.mstatus = 0;
	t->hart.s.pc = CODE_VA;
	t->code_size = 0;
	put(t, enc_i(RV_SYSTEM, 6, 0, 8, 0x300)); /* CSRSI mstatus, MIE */
	put(t, ADDI(7, 7, 1));
	rv_flush(&t->hart);
	rv_set_irq(&t->hart, RV_IRQ_EXTERNAL, true);
	run_all(t, 1);
	tap_ok(t->hart.s.pc == CODE_VA + 0x100 + 4 * 11 && t->hart.s.mepc == CODE_VA + 4,
	       "enabling takes what is pending at once");
}

static void csr(uint32_t number, uint32_t write, uint32_t want, const char *name)
{
	struct known *t = &known;

	known_start(t, RV_ISA_MGMT);
	t->hart.s.x[5] = write;
	put(t, CSRRW(0, (int32_t)number, 5));
	put(t, CSRRS(7, (int32_t)number, 0));
	run_all(t, 10);
	if (!tap_ok(t->stop.reason == RV_STOP_RETURN && (uint32_t)t->hart.s.x[7] == want, "%s",
		    name))
		printf("# %lx\n", t->hart.s.x[7]);
}

static void test_csrs(void)
{
	csr(0x300, 0xffffffff, 0x1888, "MSTATUS");
	csr(0x301, 0, 0x40001104, "MISA is read-only");
	csr(0x304, 0xffffffff, 0x888, "MIE");
	csr(0x305, 0xffffffff, 0xfffffffd, "MTVEC");
	csr(0x340, 0x80000001, 0x80000001, "MSCRATCH");
	csr(0x341, 0xffffffff, 0xfffffffe, "MEPC");
	csr(0x344, 0xffffffff, 0, "MIP is driven from outside");
	csr(0xb02, 77, 77, "MINSTRET");
	csr(0xb00, 0, 0, "MCYCLE");
	csr(0xb82, 5, 5, "MINSTRETH");
}

/* Run one encoding from a state of random registers, which must not bring the test down. */
static bool survives(struct known *t, uint32_t insn, uint64_t *rng)
{
	struct rv_state *s = &t->hart.s;

	for (uint32_t i = 1; i < 32; i++) {
		*rng = *rng * 6364136223846793005u + 1442695040888963407u;
		s->x[i] = *rng >> 40 & 1 ? DATA_VA + (*rng >> 48) % 8000 : *rng;
		if (t->hart.isa == RV_ISA_MGMT)
			s->x[i] = (uint64_t)(int32_t)s->x[i];
		s->f[i] = *rng;
	}
	s->frm = *rng >> 50 & 7;
	s->mstatus = 0;
	memcpy(t->code, &insn, 4);
	s->pc = CODE_VA;
	rv_flush(&t->hart);
	run_all(t, 1);
	if (s->x[0] || t->executed > 64)
		return false;
	for (uint32_t i = 1; t->hart.isa == RV_ISA_MGMT && i < 32; i++)
		if (s->x[i] != (uint64_t)(int32_t)s->x[i])
			return false;
	return t->hart.isa == RV_ISA_COMPUTE || s->pc <= UINT32_MAX;
}

static bool any_encoding(enum rv_isa isa, uint32_t from, uint32_t n, bool random)
{
	struct known *t = &known;
	uint64_t rng = 1, pick = 99;

	known_start(t, isa);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t insn = from + i;

		if (random) {
			pick = pick * 6364136223846793005u + 1442695040888963407u;
			insn = (uint32_t)(pick >> 32) | 3;
		}
		if (survives(t, insn, &rng))
			continue;
		printf("# %08x\n", insn);
		return false;
	}
	return true;
}

int main(void)
{
	uint32_t n = getenv("PINION_SOAK") ? 20000000 : 200000;

	tap_plan(6 + 4 + 4 + 2 + 4 + 4 + 4 + 10 + 4);
	test_memory();
	test_device();
	test_fetch();
	test_code_changes();
	test_full_cache();
	test_budget();
	test_traps();
	test_interrupts();
	test_csrs();
	tap_ok(any_encoding(RV_ISA_COMPUTE, 0, 65536, false), "RV64: any 16 bits");
	tap_ok(any_encoding(RV_ISA_MGMT, 0, 65536, false), "RV32: any 16 bits");
	tap_ok(any_encoding(RV_ISA_COMPUTE, 0, n, true), "RV64: %u of any 32 bits", n);
	tap_ok(any_encoding(RV_ISA_MGMT, 0, n, true), "RV32: %u of any 32 bits", n);
	return tap_result();
}
