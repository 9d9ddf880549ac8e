// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interpreter against Unicorn: random programs run on both, then all registers, the flags, the
 * memory and how the program ended are compared.
 *
 *	rv-diff [SEED [INSTRUCTIONS]]
 *
 * Unicorn 2.0.1 is wrong or silent here, and the programs keep away from it: it does not box or
 * unbox singles (upper halves of singles are not compared, a double is never read as single); a
 * minimum with a signalling NaN gives NaN; its pc is not that of the instruction that trapped;
 * infinity times zero plus a quiet NaN raises no flag (tolerated when it comes up).
 */
#include <string.h>
#include <time.h>
#include <unicorn/unicorn.h>

#include "rv-gen.h"
#include "rv.h"
#include "tap.h"

#define CODE_BASE    0x100000u
#define CODE_SIZE    0x400000u
#define DATA_BASE    0x1000000u
#define DATA_SIZE    0x4000u
#define PROGRAM_SIZE 300u /* instructions */
#define ROUNDS	     20u  /* how often a program runs its body */

/* Both machines, with memory of their own. */
struct pair {
	struct gen gen;
	uc_engine *uc;
	struct rv_hart hart;
	struct rv_cache cache;
	uint8_t code[CODE_SIZE];
	uint8_t data[2][DATA_SIZE]; /* ours, Unicorn's */
	struct rv_state start;	    /* what the program begins with */
	uint8_t start_data[DATA_SIZE];
	uint32_t code_used;
	uint64_t total;
	uint32_t programs, traps;
	bool excused; /* the last difference is an error of Unicorn's */
};

static void *page(void *opaque, uint64_t va, enum rv_access access)
{
	struct pair *p = opaque;

	if (va - DATA_BASE < DATA_SIZE && access != RV_FETCH)
		return p->data[0] + (va - DATA_BASE);
	if (va - CODE_BASE < CODE_SIZE && access != RV_WRITE)
		return p->code + (va - CODE_BASE);
	return NULL;
}

static int no_device(void *opaque, uint64_t va, void *buf, unsigned int len, enum rv_access access)
{
	static const int causes[] = { RV_CAUSE_LOAD_PAGE, RV_CAUSE_STORE_PAGE,
				      RV_CAUSE_FETCH_PAGE };

	(void)opaque;
	(void)va;
	(void)buf;
	(void)len;
	return causes[access];
}

static void uc_must(uc_err err, const char *what)
{
	if (err)
		tap_bail("Unicorn: %s: %s", what, uc_strerror(err));
}

/* A fresh engine: programs are placed one after the other, so that no translation goes stale. */
static void open_unicorn(struct pair *p)
{
	uint64_t fs_dirty = 3 << 13;

	if (p->uc)
		uc_close(p->uc);
	uc_must(uc_open(UC_ARCH_RISCV, p->gen.rv64 ? UC_MODE_RISCV64 : UC_MODE_RISCV32, &p->uc),
		"open");
	uc_must(uc_mem_map_ptr(p->uc, CODE_BASE, CODE_SIZE, UC_PROT_READ | UC_PROT_EXEC, p->code),
		"map code");
	uc_must(uc_mem_map_ptr(p->uc, DATA_BASE, DATA_SIZE, UC_PROT_READ | UC_PROT_WRITE,
			       p->data[1]),
		"map data");
	uc_must(uc_reg_write(p->uc, UC_RISCV_REG_MSTATUS, &fs_dirty), "mstatus");
	p->code_used = 0;
}

static void make_registers(struct pair *p)
{
	struct rv_state *s = &p->start;

	memset(s, 0, sizeof(*s));
	for (uint32_t i = 1; i < 32; i++) {
		s->x[i] = gen_interesting(&p->gen);
		if (i == GEN_SP || i == GEN_PTR)
			s->x[i] = DATA_BASE + 2048 + gen_random(&p->gen) % (DATA_SIZE - 4096);
		if (i == GEN_SP) /* where accesses that cross pages are likely */
			s->x[i] = DATA_BASE + 0x2000 - 0x40;
		if (i == GEN_LOOP)
			s->x[i] = ROUNDS;
		if (!p->gen.rv64)
			s->x[i] = (uint64_t)(int32_t)s->x[i];
	}
	for (uint32_t i = 0; p->gen.rv64 && i < 32; i++) {
		s->f[i] = gen_interesting(&p->gen);
		if (gen_holds_single(i))
			s->f[i] |= 0xffffffff00000000;
	}
}

static void make_memory(struct pair *p)
{
	uint64_t value;

	for (uint32_t i = 0; i < DATA_SIZE; i += 8) {
		value = gen_interesting(&p->gen);
		memcpy(p->start_data + i, &value, 8);
	}
}

static void load_start(struct pair *p, uint64_t pc)
{
	uint64_t zero = 0;

	p->hart.s = p->start;
	p->hart.s.pc = pc;
	for (int i = 0; i < 32; i++) {
		uc_reg_write(p->uc, UC_RISCV_REG_X0 + i, &p->start.x[i]);
		if (p->gen.rv64)
			uc_reg_write(p->uc, UC_RISCV_REG_F0 + i, &p->start.f[i]);
	}
	if (p->gen.rv64)
		uc_reg_write(p->uc, UC_RISCV_REG_FCSR, &zero);
	memcpy(p->data[0], p->start_data, DATA_SIZE);
	memcpy(p->data[1], p->start_data, DATA_SIZE);
}

static bool same_error(uc_err err, uint32_t cause)
{
	switch (cause) {
	case RV_CAUSE_LOAD_PAGE:
		return err == UC_ERR_READ_UNMAPPED || err == UC_ERR_READ_PROT;
	case RV_CAUSE_STORE_PAGE:
		return err == UC_ERR_WRITE_UNMAPPED || err == UC_ERR_WRITE_PROT;
	case RV_CAUSE_FETCH_PAGE:
		return err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT;
	default:
		return err == UC_ERR_EXCEPTION || err == UC_ERR_INSN_INVALID;
	}
}

static uint64_t visible(const struct pair *p, uint64_t value)
{
	return p->gen.rv64 ? value : (uint32_t)value;
}

static bool compare_registers(struct pair *p, bool verbose)
{
	const struct rv_state *s = &p->hart.s;
	bool same = true;
	uint64_t theirs;

	for (uint32_t i = 0; i < 32; i++) {
		theirs = 0;
		uc_reg_read(p->uc, UC_RISCV_REG_X0 + (int)i, &theirs);
		if (visible(p, theirs) == visible(p, s->x[i]))
			continue;
		if (verbose)
			printf("# x%u %016lx Unicorn %016lx\n", i, s->x[i], theirs);
		same = false;
	}
	for (uint32_t i = 0; p->gen.rv64 && i < 32; i++) {
		uc_reg_read(p->uc, UC_RISCV_REG_F0 + (int)i, &theirs);
		if (theirs == s->f[i])
			continue;
		if (gen_holds_single(i) && (uint32_t)theirs == (uint32_t)s->f[i] &&
		    s->f[i] >> 32 == UINT32_MAX)
			continue;
		if (verbose)
			printf("# f%u %016lx Unicorn %016lx\n", i, s->f[i], theirs);
		same = false;
	}
	return same;
}

static bool compare_flags(struct pair *p)
{
	uint64_t theirs = 0;

	uc_reg_read(p->uc, UC_RISCV_REG_FFLAGS, &theirs);
	if (p->hart.s.fflags == theirs)
		return true;
	printf("# fflags %x Unicorn %lx\n", p->hart.s.fflags, theirs);
	return false;
}

static bool compare_memory(const struct pair *p, bool verbose)
{
	for (uint32_t i = 0; i < DATA_SIZE; i++) {
		if (p->data[0][i] == p->data[1][i])
			continue;
		if (verbose)
			printf("# memory %x: %02x Unicorn %02x\n", DATA_BASE + i, p->data[0][i],
			       p->data[1][i]);
		return false;
	}
	return true;
}

static bool compare(struct pair *p, const struct rv_stop *stop, uc_err err, bool verbose)
{
	bool same;

	if (stop->reason == RV_STOP_TRAP) {
		same = same_error(err, stop->cause);
		p->traps++;
	} else {
		same = stop->reason == RV_STOP_RETURN && !err;
	}
	if (!same && verbose)
		printf("# stop %d cause %u tval %lx pc %lx, Unicorn %s\n", stop->reason,
		       stop->cause, stop->tval, stop->pc, uc_strerror(err));
	return compare_registers(p, verbose) & compare_memory(p, verbose) & same;
}

/* Run on both from the start of the program until @end is reached, and compare. */
static bool run_until(struct pair *p, uint64_t start, uint64_t end, bool verbose)
{
	struct rv_stop stop;
	uc_err err;

	load_start(p, start);
	p->hart.ret_pc = end;
	rv_flush(&p->hart);
	p->total += rv_run(&p->hart, 1000000, &stop);
	err = uc_emu_start(p->uc, start, end, 0, 0);
	return compare(p, &stop, err, verbose);
}

/* Infinity times zero plus a quiet NaN is invalid; Unicorn says that it is not. */
static bool forgets_invalid(const struct rv_state *s, uint32_t insn)
{
	bool is_double = insn >> 25 & 1;
	uint64_t size = is_double ? 0 : 0xffffffff00000000,
		 sign = is_double ? 1ull << 63 : 1u << 31;
	uint64_t inf = size | (is_double ? 0x7ff0000000000000 : 0x7f800000);
	uint64_t a = s->f[insn >> 15 & 31] & ~sign, b = s->f[insn >> 20 & 31] & ~sign;

	if ((insn & 0x73) != 0x43 || (s->f[insn >> 27] & ~sign) <= inf)
		return false;
	return (a == inf && b == size) || (b == inf && a == size);
}

/* Before Unicorn executes the instruction at @at: let ours get there, and compare. */
static void lockstep(uc_engine *uc, uint64_t at, uint32_t size, void *opaque)
{
	struct pair *p = opaque;
	uint64_t before = p->hart.s.pc;
	struct rv_state was = p->hart.s;
	struct rv_stop stop;
	uint32_t insn;

	(void)size;
	memcpy(&insn, p->code + before - CODE_BASE, sizeof(insn));
	p->hart.ret_pc = at;
	rv_flush(&p->hart);
	rv_run(&p->hart, 2, &stop);
	if (stop.reason == RV_STOP_RETURN && compare_registers(p, false) && compare_flags(p))
		return;
	p->excused = forgets_invalid(&was, insn);
	printf("# differs after %lx: .word 0x%08x, stop %d cause %u pc %lx fflags %x%s\n", before,
	       insn, stop.reason, stop.cause, stop.pc, p->hart.s.fflags,
	       p->excused ? " (Unicorn is wrong)" : "");
	compare_registers(p, true);
	uc_emu_stop(uc);
}

/* The program gave different results: find the instruction. */
static void narrow_down(struct pair *p, uint64_t start)
{
	uc_hook hook;

	open_unicorn(p);
	load_start(p, start);
	uc_must(uc_hook_add(p->uc, &hook, UC_HOOK_CODE, (void *)lockstep, p, 1, 0), "hook");
	uc_emu_start(p->uc, start, start + p->gen.size, 0, 0);
	open_unicorn(p);
}

static bool run_one(struct pair *p, uint32_t size)
{
	uint64_t start;

	if (!p->uc || p->code_used + GEN_CODE_MAX > CODE_SIZE)
		open_unicorn(p);
	gen_program(&p->gen, size);
	memcpy(p->code + p->code_used, p->gen.code, p->gen.size);
	start = CODE_BASE + p->code_used;
	p->code_used += p->gen.size;
	make_registers(p);
	make_memory(p);
	p->programs++;
	if (run_until(p, start, start + p->gen.size, true))
		return true;
	p->excused = false;
	narrow_down(p, start);
	return p->excused;
}

static bool run_all(struct pair *p, enum rv_isa isa, uint64_t seed, uint64_t instructions)
{
	struct rv_bus bus = { .opaque = p, .page = page, .mmio = no_device };
	uint32_t differ = 0;

	memset(p, 0, sizeof(*p));
	rv_init(&p->hart, &p->cache, isa, 0);
	p->hart.bus = bus;
	p->gen.rng = seed;
	p->gen.rv64 = isa == RV_ISA_COMPUTE;
	while (p->total < instructions && differ < 3) {
		uint64_t again = p->gen.rng;

		if (!run_one(p, PROGRAM_SIZE)) {
			printf("# differs; again with: rv-diff %lu 1\n", again);
			differ++;
		}
	}
	if (p->uc)
		uc_close(p->uc);
	printf("# %lu instructions in %u programs, %u ended in a trap\n", p->total, p->programs,
	       p->traps);
	return !differ;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 20261122;
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 0) : 10000000;
	struct pair *p = malloc(sizeof(*p));

	if (!p)
		tap_bail("out of memory");
	if (getenv("PINION_SOAK")) {
		n *= 100;
		if (argc < 2)
			seed = (uint64_t)time(NULL);
	}
	tap_plan(2);
	printf("# seed %lu\n", seed);
	tap_ok(run_all(p, RV_ISA_COMPUTE, seed, n), "RV64IMFDC as Unicorn does it");
	tap_ok(run_all(p, RV_ISA_MGMT, seed, n), "RV32IMC as Unicorn does it");
	free(p);
	return tap_result();
}
