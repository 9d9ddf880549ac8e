/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hart with two pages of memory and a device, and encoders: for tests with known answers. */
#ifndef PINION_TESTS_RV_KNOWN_H
#define PINION_TESTS_RV_KNOWN_H

#include <string.h>

#include "rv.h"
#include "rv_int.h"
#include "tap.h"

#define CODE_VA	  0x10000u /* one page, executable and writable */
#define DATA_VA	  0x20000u /* two pages, nothing after them */
#define DEVICE_VA 0x30000u /* accesses go to mmio() */

struct known {
	struct rv_hart hart;
	struct rv_cache cache;
	struct rv_stop stop;
	uint8_t code[RV_PAGE_SIZE], data[2 * RV_PAGE_SIZE];
	uint64_t executed;
	uint64_t device; /* the one register */
	uint32_t accesses, code_size;
	bool flush_in_mmio, flush_in_page;
};

static inline void *known_page(void *opaque, uint64_t va, enum rv_access access)
{
	struct known *t = opaque;

	if (t->flush_in_page)
		rv_flush(&t->hart);
	if (va - CODE_VA < RV_PAGE_SIZE)
		return t->code;
	if (va - DATA_VA < sizeof(t->data) && access != RV_FETCH)
		return t->data + (va - DATA_VA);
	return NULL;
}

static inline int known_mmio(void *opaque, uint64_t va, void *buf, unsigned int len,
			     enum rv_access access)
{
	static const int page[] = { RV_CAUSE_LOAD_PAGE, RV_CAUSE_STORE_PAGE, RV_CAUSE_FETCH_PAGE };
	struct known *t = opaque;

	if (va - DEVICE_VA >= 8 || access == RV_FETCH)
		return page[access];
	t->accesses++;
	if (access == RV_READ)
		memcpy(buf, &t->device, len);
	else
		memcpy(&t->device, buf, len);
	if (t->flush_in_mmio)
		rv_flush(&t->hart);
	return 0;
}

static inline void known_start(struct known *t, enum rv_isa isa)
{
	memset(t, 0, sizeof(*t));
	rv_init(&t->hart, &t->cache, isa, 3);
	t->hart.bus = (struct rv_bus){ .opaque = t, .page = known_page, .mmio = known_mmio };
	t->hart.s.pc = CODE_VA;
}

static inline void put(struct known *t, uint32_t insn)
{
	uint32_t size = (insn & 3) == 3 ? 4 : 2;

	memcpy(t->code + t->code_size, &insn, size);
	t->code_size += size;
	t->hart.ret_pc = CODE_VA + t->code_size;
}

/* Put one instruction alone, reset pc and flags, run it. Return: why it stopped. */
static inline enum rv_stop_reason run1(struct known *t, uint32_t insn)
{
	t->code_size = 0;
	put(t, insn);
	t->hart.s.pc = CODE_VA;
	t->hart.s.fflags = 0;
	rv_flush(&t->hart);
	t->executed = rv_run(&t->hart, 100, &t->stop);
	return t->stop.reason;
}

static inline enum rv_stop_reason run_all(struct known *t, uint64_t budget)
{
	t->executed = rv_run(&t->hart, budget, &t->stop);
	return t->stop.reason;
}

static inline bool trapped(const struct known *t, uint32_t cause, uint64_t tval, uint64_t pc)
{
	if (t->stop.reason == RV_STOP_TRAP && t->stop.cause == cause && t->stop.tval == tval &&
	    t->stop.pc == pc && t->hart.s.pc == pc)
		return true;
	printf("# reason %d cause %u tval %lx pc %lx\n", t->stop.reason, t->stop.cause,
	       t->stop.tval, t->stop.pc);
	return false;
}

static inline uint32_t enc_r(uint32_t opcode, uint32_t f7, uint32_t f3, uint32_t rd, uint32_t rs1,
			     uint32_t rs2)
{
	return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static inline uint32_t enc_i(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, int32_t imm)
{
	return (uint32_t)imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static inline uint32_t enc_s(uint32_t opcode, uint32_t f3, uint32_t rs1, uint32_t rs2, int32_t imm)
{
	return ((uint32_t)imm >> 5) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
	       ((uint32_t)imm & 31) << 7 | opcode;
}

#endif
