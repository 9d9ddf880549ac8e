// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "rv-gen.h"
#include "rv_int.h"

uint64_t gen_random(struct gen *g)
{
	uint64_t z = g->rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static uint32_t below(struct gen *g, uint32_t n)
{
	return (uint32_t)((gen_random(g) >> 32) * n >> 32);
}

static uint64_t random_single(struct gen *g)
{
	static const uint32_t edges[] = {
		0,	    0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
		0x7fc00000, 0x7f800001, 0xffc12345, 0x00000001, 0x807fffff, 0x00800000,
		0x7f7fffff, 0x4effffff, 0x4f000000, 0xcf000000, 0x5f000000, 0x3f000000,
		0x3fc00000, 0x4b000001, 0x33800000, 0x33ffffff, 0x40200000,
	};
	uint32_t bits = (uint32_t)gen_random(g);

	switch (below(g, 4)) {
	case 0:
		return edges[below(g, sizeof(edges) / sizeof(edges[0]))];
	case 1: /* of moderate size, where sums and products neither vanish nor overflow */
		return (bits & 0x83ffffff) | 0x3c000000;
	case 2: /* few digits: exact results and ties */
		return (bits & 0x83fc0000) | 0x3c000000;
	default:
		return bits;
	}
}

/* clang-format off */
static uint64_t random_double(struct gen *g)
{
	static const uint64_t edges[] = {
		0, 1ull << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000,
		0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0x1,
		0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x41dfffffffc00000,
		0x41e0000000000000, 0xc1e0000000000000, 0x43e0000000000000, 0x43f0000000000000,
		0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000, 0x36a0000000000000,
		0x3690000000000000, 0x380fffffe0000000, 0x3fe0000000000000, 0x4004000000000000,
	};
	uint64_t bits = gen_random(g);

	switch (below(g, 5)) {
	case 0:
		return edges[below(g, sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return (bits & 0x807fffffffffffff) | 0x3f80000000000000;
	case 2:
		return (bits & 0x807f800000000000) | 0x3f80000000000000;
	case 3:	/* close to the range of singles */
		return (bits & 0x9fffffffffffffff) |
		       (bits & 1 ? 0x3000000000000000 : 0x4000000000000000);
	default:
		return bits;
	}
}
/* clang-format on */

uint64_t gen_interesting(struct gen *g)
{
	switch (below(g, 4)) {
	case 0:
		return (uint64_t)((int64_t)gen_random(g) >> below(g, 64));
	case 1:
		return (1ull << below(g, 64)) - below(g, 2);
	case 2:
		return random_double(g);
	default:
		return random_single(g) << 32 | random_single(g);
	}
}

bool gen_holds_single(uint32_t reg)
{
	return reg < 8 || reg >= 24;
}

static uint32_t single(struct gen *g)
{
	return (below(g, 16) + 24) & 31;
}

static uint32_t doubl(struct gen *g)
{
	return below(g, 16) + 8;
}

static uint32_t source(struct gen *g)
{
	return below(g, 32);
}

static bool reserved(uint32_t reg)
{
	return reg == GEN_SP || reg == GEN_PTR || reg == GEN_FCSR || reg == GEN_LOOP;
}

static uint32_t target(struct gen *g)
{
	uint32_t reg;

	do
		reg = below(g, 32);
	while (reserved(reg));
	return reg;
}

static void emit16(struct gen *g, uint16_t insn)
{
	memcpy(g->code + g->size, &insn, 2);
	g->size += 2;
	g->count++;
}

static void emit(struct gen *g, uint32_t insn)
{
	memcpy(g->code + g->size, &insn, 4);
	g->size += 4;
	g->count++;
}

static uint32_t r_type(uint32_t opcode, uint32_t f7, uint32_t f3, uint32_t rd, uint32_t rs1,
		       uint32_t rs2)
{
	return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static uint32_t i_type(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static uint32_t scatter_branch(uint32_t off)
{
	return (off >> 12 & 1) << 31 | (off >> 5 & 63) << 25 | (off >> 1 & 15) << 8 |
	       (off >> 11 & 1) << 7;
}

static uint32_t scatter_jal(uint32_t off)
{
	return (off >> 20 & 1) << 31 | (off >> 1 & 1023) << 21 | (off >> 11 & 1) << 20 |
	       (off >> 12 & 255) << 12;
}

static uint16_t scatter_cb(uint32_t off)
{
	return (uint16_t)((off >> 8 & 1) << 12 | (off >> 3 & 3) << 10 | (off >> 6 & 3) << 5 |
			  (off >> 1 & 3) << 3 | (off >> 5 & 1) << 2);
}

static uint16_t scatter_cj(uint32_t off)
{
	return (uint16_t)((off >> 11 & 1) << 12 | (off >> 4 & 1) << 11 | (off >> 8 & 3) << 9 |
			  (off >> 10 & 1) << 8 | (off >> 6 & 1) << 7 | (off >> 7 & 1) << 6 |
			  (off >> 1 & 7) << 3 | (off >> 5 & 1) << 2);
}

/* Make the jump at @at, relative to @base, go to where the code ends now. */
static void resolve(struct gen *g, uint32_t at, uint32_t base)
{
	uint32_t insn = 0, off = g->size - base;
	uint16_t low;

	memcpy(&low, g->code + at, 2);
	if ((low & 3) == 1) {
		low |= low >> 13 == 5 || low >> 13 == 1 ? scatter_cj(off) : scatter_cb(off);
		memcpy(g->code + at, &low, 2);
		return;
	}
	memcpy(&insn, g->code + at, 4);
	switch (insn & 0x7f) {
	case RV_BRANCH:
		insn |= scatter_branch(off);
		break;
	case RV_JAL:
		insn |= scatter_jal(off);
		break;
	default:
		insn |= off << 20;
	}
	memcpy(g->code + at, &insn, 4);
}

static void resolve_due(struct gen *g, bool all)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->nr_fixups; i++) {
		if (all || g->fixups[i][0] <= g->count)
			resolve(g, g->fixups[i][1], g->fixups[i][2]);
		else
			memcpy(g->fixups[kept++], g->fixups[i], sizeof(g->fixups[i]));
	}
	g->nr_fixups = kept;
}

/* The instruction about to be emitted jumps over a few others. */
static void jump_ahead(struct gen *g, uint32_t base)
{
	g->fixups[g->nr_fixups][0] = g->count + 2 + below(g, 8);
	g->fixups[g->nr_fixups][1] = g->size;
	g->fixups[g->nr_fixups++][2] = base;
}

static void gen_jump(struct gen *g)
{
	static const uint8_t conditions[] = { 0, 1, 4, 5, 6, 7 };
	uint32_t reg, base = g->size;

	if (g->nr_fixups == 64)
		return;
	switch (below(g, 8)) {
	case 0:
		jump_ahead(g, base);
		emit(g, target(g) << 7 | RV_JAL);
		break;
	case 1:
		do
			reg = target(g);
		while (!reg);
		emit(g, reg << 7 | RV_AUIPC);
		jump_ahead(g, base);
		emit(g, i_type(RV_JALR, 0, target(g), reg, below(g, 2)));
		break;
	case 2:
		jump_ahead(g, base);
		emit16(g, (uint16_t)(0xc001 | below(g, 2) << 13 | below(g, 8) << 7));
		break;
	case 3:
		jump_ahead(g, base);
		emit16(g, g->rv64 || below(g, 2) ? 0xa001 : 0x2001);
		break;
	default:
		jump_ahead(g, base);
		emit(g, r_type(RV_BRANCH, 0, conditions[below(g, 6)], 0, source(g), source(g)));
	}
}

static void gen_alu(struct gen *g)
{
	bool word = g->rv64 && !below(g, 3);
	uint32_t f3 = below(g, 8), f7 = 0;

	if (word)
		f3 = f3 & 4 ? 5 : f3 & 1;
	if (below(g, 2)) {
		if (f3 == 0 || f3 == 5)
			f7 = below(g, 2) * 0x20;
		emit(g, r_type(word ? RV_OP_32 : RV_OP, f7, f3, target(g), source(g), source(g)));
		return;
	}
	f7 = (uint32_t)gen_random(g) & 0xfff;
	if ((f3 & 3) == 1)
		f7 = below(g, g->rv64 && !word ? 64 : 32) | (f3 == 5 ? below(g, 2) << 10 : 0);
	emit(g, i_type(word ? RV_OP_IMM_32 : RV_OP_IMM, f3, target(g), source(g), f7));
}

static void gen_muldiv(struct gen *g)
{
	uint32_t f3 = below(g, 8);

	if (g->rv64 && below(g, 2))
		emit(g, r_type(RV_OP_32, 1, f3 ? f3 | 4 : 0, target(g), source(g), source(g)));
	else
		emit(g, r_type(RV_OP, 1, f3, target(g), source(g), source(g)));
}

static void gen_upper(struct gen *g)
{
	emit(g, ((uint32_t)gen_random(g) & 0xfffff000) | target(g) << 7 |
			(below(g, 2) ? RV_LUI : RV_AUIPC));
}

static uint32_t pointer(struct gen *g)
{
	if (!below(g, 500))
		return source(g);
	return below(g, 2) ? GEN_SP : GEN_PTR;
}

static void gen_memory(struct gen *g)
{
	uint32_t imm = (uint32_t)gen_random(g) & 0xfff, base = pointer(g);

	if (below(g, 2)) {
		static const uint8_t loads[] = { 0, 1, 2, 4, 5, 3, 6 };

		emit(g, i_type(RV_LOAD, loads[below(g, g->rv64 ? 7 : 5)], target(g), base, imm));
	} else {
		emit(g, r_type(RV_STORE, imm >> 5, below(g, g->rv64 ? 4 : 3), imm & 31, base,
			       source(g)));
	}
}

static void gen_float_memory(struct gen *g)
{
	uint32_t imm = (uint32_t)gen_random(g) & 0xfff & (below(g, 4) ? ~7u : ~0u);
	uint32_t d = below(g, 2), reg = d ? doubl(g) : single(g), base = pointer(g);

	if (below(g, 4))
		emit(g, i_type(RV_LOAD_FP, 2 + d, reg, base, imm));
	else
		emit(g, r_type(RV_STORE_FP, imm >> 5, 2 + d, imm & 31, base, reg));
}

static uint32_t rounding(struct gen *g)
{
	if (below(g, 3))
		return RV_DYN;
	return below(g, 200) ? below(g, 5) : 5 + below(g, 2);
}

/* The operands of a minimum are made anew, since the oracle is wrong about signalling NaN there. */
static void gen_min_max(struct gen *g, uint32_t d)
{
	uint32_t a = d ? doubl(g) : single(g), b = d ? doubl(g) : single(g);

	emit(g, r_type(RV_OP_FP, d, RV_DYN, a, a, b));
	emit(g, r_type(RV_OP_FP, d, RV_DYN, b, b, a));
	emit(g, r_type(RV_OP_FP, 0x14 | d, below(g, 2), d ? doubl(g) : single(g), a, b));
}

static void gen_convert(struct gen *g, uint32_t d, uint32_t rd, uint32_t rs1)
{
	switch (below(g, 4)) {
	case 0:
		emit(g, r_type(RV_OP_FP, 0x60 | d, rounding(g), target(g), rs1, below(g, 4)));
		break;
	case 1:
		emit(g, r_type(RV_OP_FP, 0x68 | d, rounding(g), rd, source(g), below(g, 4)));
		break;
	case 2:
		emit(g, r_type(RV_OP_FP, 0x20, rounding(g), single(g), doubl(g), 1));
		break;
	default:
		emit(g, r_type(RV_OP_FP, 0x21, rounding(g), doubl(g), single(g), 0));
	}
}

static void gen_float_misc(struct gen *g, uint32_t d, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	switch (below(g, 5)) {
	case 0:
		emit(g, r_type(RV_OP_FP, 0x10 | d, below(g, 3), rd, rs1, rs2));
		break;
	case 1:
		emit(g, r_type(RV_OP_FP, 0x50 | d, below(g, 3), target(g), rs1, rs2));
		break;
	case 2:
		emit(g, r_type(RV_OP_FP, 0x70 | d, below(g, 2), target(g), rs1, 0));
		break;
	case 3:
		emit(g, r_type(RV_OP_FP, 0x78 | d, 0, rd, source(g), 0));
		break;
	default:
		gen_min_max(g, d);
	}
}

static void gen_float(struct gen *g)
{
	uint32_t d = below(g, 2), f5 = below(g, 5);
	uint32_t rd = d ? doubl(g) : single(g), rs1 = d ? doubl(g) : single(g);
	uint32_t rs2 = d ? doubl(g) : single(g), rs3 = d ? doubl(g) : single(g);

	switch (below(g, 5)) {
	case 0:
		gen_convert(g, d, rd, rs1);
		break;
	case 1:
		emit(g,
		     rs3 << 27 | r_type(RV_MADD | below(g, 4) << 2, d, rounding(g), rd, rs1, rs2));
		break;
	case 2:
		gen_float_misc(g, d, rd, rs1, rs2);
		break;
	default:
		if (f5 == 4)
			emit(g, r_type(RV_OP_FP, 0x2c | d, rounding(g), rd, rs1, 0));
		else
			emit(g, r_type(RV_OP_FP, f5 << 2 | d, rounding(g), rd, rs1, rs2));
	}
}

static void gen_csr(struct gen *g)
{
	uint32_t which = below(g, 20), how = 1 + below(g, 3);

	if (which < 10) /* a rounding mode, valid but for one in a hundred */
		emit(g, i_type(RV_SYSTEM, 5, target(g), below(g, 50) ? below(g, 5) : 6, 2));
	else if (which < 14)
		emit(g, i_type(RV_SYSTEM, how | below(g, 2) << 2, target(g), source(g), 1));
	else if (which < 18)
		emit(g, i_type(RV_SYSTEM, 6, target(g), 0, 1 + below(g, 3)));
	else
		emit(g, i_type(RV_MISC_MEM, below(g, 2), 0, 0, 0));
}

/* Anything of 16 bits that neither jumps nor writes a reserved register. */
static void gen_compressed(struct gen *g)
{
	uint32_t c, insn, rd, opcode, rs2;

	do {
		do
			c = (uint32_t)gen_random(g) & 0xffff;
		while ((c & 3) == 3);
		insn = rv_expand((uint16_t)c, g->rv64);
		opcode = insn & 0x7f;
		rd = insn >> 7 & 31;
		rs2 = insn >> 20 & 31;
	} while (!insn || opcode == RV_JAL || opcode == RV_JALR || opcode == RV_BRANCH ||
		 opcode == RV_SYSTEM || (opcode == RV_LOAD_FP && gen_holds_single(rd)) ||
		 (opcode == RV_STORE_FP && gen_holds_single(rs2)) ||
		 ((opcode == RV_LOAD || opcode == RV_STORE || opcode == RV_LOAD_FP ||
		   opcode == RV_STORE_FP) &&
		  !reserved(insn >> 15 & 31) && below(g, 50)) ||
		 (opcode != RV_STORE && opcode != RV_STORE_FP && opcode != RV_LOAD_FP &&
		  reserved(rd)));
	emit16(g, (uint16_t)c);
}

/* Any 32 bits that are not a jump, an access, floating point or of an extension we lack. */
static void gen_any(struct gen *g)
{
	static const uint8_t opcodes[] = {
		RV_OP_IMM, RV_OP, RV_OP_32, RV_OP_IMM_32, RV_MISC_MEM, 0x57, 0x5f, 0x6b, 0x77, 0x7f,
	};
	uint32_t insn = (uint32_t)gen_random(g) & ~0xfffu;

	insn |= opcodes[below(g, g->rv64 ? 10 : 2)] | target(g) << 7;
	emit(g, insn);
}

static void gen_one(struct gen *g)
{
	uint32_t kind = below(g, 1000);

	if (kind < 200)
		gen_alu(g);
	else if (kind < 280)
		gen_muldiv(g);
	else if (kind < 300)
		gen_upper(g);
	else if (kind < 400)
		gen_memory(g);
	else if (kind < 480)
		gen_jump(g);
	else if (kind < 650 || (!g->rv64 && kind < 998))
		gen_compressed(g);
	else if (kind < 750)
		gen_float_memory(g);
	else if (kind < 980)
		gen_float(g);
	else if (kind < 998)
		gen_csr(g);
	else
		gen_any(g);
}

void gen_program(struct gen *g, uint32_t n)
{
	uint32_t back;

	g->size = 0;
	g->count = 0;
	g->nr_fixups = 0;
	while (g->count < n) {
		gen_one(g);
		resolve_due(g, false);
	}
	resolve_due(g, true);
	emit(g, i_type(RV_OP_IMM, 0, GEN_LOOP, GEN_LOOP, 0xfff));
	back = 0u - g->size;
	emit(g, r_type(RV_BRANCH, 0, 1, 0, GEN_LOOP, 0) | scatter_branch(back));
	if (g->rv64)
		emit(g, i_type(RV_SYSTEM, 2, GEN_FCSR, 0, 3));
}
