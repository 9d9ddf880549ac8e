// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compressed instructions: each is expanded to the 32-bit instruction that it abbreviates. Zero,
 * which is no instruction, stands for "illegal".
 */
#include "rv_int.h"

/* Take @n bits of @c from bit @from and put them at bit @to. */
static uint32_t bits(uint32_t c, unsigned int from, unsigned int n, unsigned int to)
{
	return ((c >> from) & ((1u << n) - 1)) << to;
}

static int32_t sext(uint32_t value, unsigned int width)
{
	return (int32_t)(value << (32 - width)) >> (32 - width);
}

static uint32_t enc_i(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1, int32_t imm)
{
	return (uint32_t)imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

static uint32_t enc_r(uint32_t opcode, uint32_t funct7, uint32_t funct3, uint32_t rd, uint32_t rs2)
{
	return funct7 << 25 | rs2 << 20 | rd << 15 | funct3 << 12 | rd << 7 | opcode;
}

static uint32_t enc_s(uint32_t opcode, uint32_t funct3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return (imm >> 5) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 31) << 7 | opcode;
}

static uint32_t enc_j(uint32_t rd, int32_t imm)
{
	uint32_t i = (uint32_t)imm;

	return bits(i, 20, 1, 31) | bits(i, 1, 10, 21) | bits(i, 11, 1, 20) | bits(i, 12, 8, 12) |
	       rd << 7 | RV_JAL;
}

static uint32_t enc_b(uint32_t funct3, uint32_t rs1, int32_t imm)
{
	uint32_t i = (uint32_t)imm;

	return bits(i, 12, 1, 31) | bits(i, 5, 6, 25) | rs1 << 15 | funct3 << 12 |
	       bits(i, 1, 4, 8) | bits(i, 11, 1, 7) | RV_BRANCH;
}

/* Offsets of loads and stores, scaled by 4 or 8. */
static uint32_t off_w(uint32_t c)
{
	return bits(c, 6, 1, 2) | bits(c, 10, 3, 3) | bits(c, 5, 1, 6);
}

static uint32_t off_d(uint32_t c)
{
	return bits(c, 10, 3, 3) | bits(c, 5, 2, 6);
}

static uint32_t quadrant0(uint32_t c, bool rv64)
{
	uint32_t rd = bits(c, 2, 3, 0) + 8, rs1 = bits(c, 7, 3, 0) + 8, imm;

	switch (c >> 13) {
	case 0:
		imm = bits(c, 6, 1, 2) | bits(c, 5, 1, 3) | bits(c, 11, 2, 4) | bits(c, 7, 4, 6);
		return imm ? enc_i(RV_OP_IMM, 0, rd, 2, (int32_t)imm) : 0;
	case 1:
		return rv64 ? enc_i(RV_LOAD_FP, 3, rd, rs1, (int32_t)off_d(c)) : 0;
	case 2:
		return enc_i(RV_LOAD, 2, rd, rs1, (int32_t)off_w(c));
	case 3:
		return rv64 ? enc_i(RV_LOAD, 3, rd, rs1, (int32_t)off_d(c)) : 0;
	case 5:
		return rv64 ? enc_s(RV_STORE_FP, 3, rs1, rd, off_d(c)) : 0;
	case 6:
		return enc_s(RV_STORE, 2, rs1, rd, off_w(c));
	case 7:
		return rv64 ? enc_s(RV_STORE, 3, rs1, rd, off_d(c)) : 0;
	default:
		return 0;
	}
}

static uint32_t misc_alu(uint32_t c, bool rv64)
{
	static const uint8_t funct3[4] = { 0, 4, 6, 7 }; /* SUB XOR OR AND */
	uint32_t rd = bits(c, 7, 3, 0) + 8, rs2 = bits(c, 2, 3, 0) + 8, op = bits(c, 5, 2, 0);
	uint32_t imm = bits(c, 2, 5, 0) | bits(c, 12, 1, 5);

	switch (bits(c, 10, 2, 0)) {
	case 0:
	case 1:
		if (imm >= 32 && !rv64)
			return 0;
		imm |= bits(c, 10, 1, 10);
		return enc_i(RV_OP_IMM, 5, rd, rd, (int32_t)imm);
	case 2:
		return enc_i(RV_OP_IMM, 7, rd, rd, sext(imm, 6));
	}
	if (!bits(c, 12, 1, 0))
		return enc_r(RV_OP, op ? 0 : 0x20, funct3[op], rd, rs2);
	if (!rv64 || op > 1)
		return 0;
	return enc_r(RV_OP_32, op ? 0 : 0x20, 0, rd, rs2);
}

static int32_t off_jump(uint32_t c)
{
	return sext(bits(c, 3, 3, 1) | bits(c, 11, 1, 4) | bits(c, 2, 1, 5) | bits(c, 7, 1, 6) |
			    bits(c, 6, 1, 7) | bits(c, 9, 2, 8) | bits(c, 8, 1, 10) |
			    bits(c, 12, 1, 11),
		    12);
}

static int32_t off_branch(uint32_t c)
{
	return sext(bits(c, 3, 2, 1) | bits(c, 10, 2, 3) | bits(c, 2, 1, 5) | bits(c, 5, 2, 6) |
			    bits(c, 12, 1, 8),
		    9);
}

static uint32_t lui_or_addi16sp(uint32_t c)
{
	uint32_t rd = bits(c, 7, 5, 0);
	int32_t imm = sext(bits(c, 2, 5, 0) | bits(c, 12, 1, 5), 6);

	if (!imm)
		return 0;
	if (rd != 2)
		return (uint32_t)imm << 12 | rd << 7 | RV_LUI;
	imm = sext(bits(c, 6, 1, 4) | bits(c, 2, 1, 5) | bits(c, 5, 1, 6) | bits(c, 3, 2, 7) |
			   bits(c, 12, 1, 9),
		   10);
	return enc_i(RV_OP_IMM, 0, 2, 2, imm);
}

static uint32_t quadrant1(uint32_t c, bool rv64)
{
	uint32_t rd = bits(c, 7, 5, 0), rs1 = bits(c, 7, 3, 0) + 8;
	int32_t imm = sext(bits(c, 2, 5, 0) | bits(c, 12, 1, 5), 6);

	switch (c >> 13) {
	case 0:
		return enc_i(RV_OP_IMM, 0, rd, rd, imm);
	case 1:
		if (!rv64)
			return enc_j(1, off_jump(c));
		return rd ? enc_i(RV_OP_IMM_32, 0, rd, rd, imm) : 0;
	case 2:
		return enc_i(RV_OP_IMM, 0, rd, 0, imm);
	case 3:
		return lui_or_addi16sp(c);
	case 4:
		return misc_alu(c, rv64);
	case 5:
		return enc_j(0, off_jump(c));
	default:
		return enc_b(bits(c, 13, 1, 0), rs1, off_branch(c));
	}
}

static uint32_t jump_or_move(uint32_t c)
{
	uint32_t rd = bits(c, 7, 5, 0), rs2 = bits(c, 2, 5, 0);

	if (rs2)
		return enc_r(RV_OP, 0, 0, rd, rs2) & (bits(c, 12, 1, 0) ? ~0u : ~(31u << 15));
	if (rd)
		return enc_i(RV_JALR, 0, bits(c, 12, 1, 0), rd, 0);
	return bits(c, 12, 1, 0) ? RV_INSN_EBREAK : 0;
}

static uint32_t quadrant2(uint32_t c, bool rv64)
{
	uint32_t rd = bits(c, 7, 5, 0), rs2 = bits(c, 2, 5, 0);
	uint32_t shamt = rs2 | bits(c, 12, 1, 5);
	uint32_t load_w = bits(c, 4, 3, 2) | bits(c, 12, 1, 5) | bits(c, 2, 2, 6);
	uint32_t load_d = bits(c, 5, 2, 3) | bits(c, 12, 1, 5) | bits(c, 2, 3, 6);
	uint32_t store_w = bits(c, 9, 4, 2) | bits(c, 7, 2, 6);
	uint32_t store_d = bits(c, 10, 3, 3) | bits(c, 7, 3, 6);

	switch (c >> 13) {
	case 0:
		return shamt < 32 || rv64 ? enc_i(RV_OP_IMM, 1, rd, rd, (int32_t)shamt) : 0;
	case 1:
		return rv64 ? enc_i(RV_LOAD_FP, 3, rd, 2, (int32_t)load_d) : 0;
	case 2:
		return rd ? enc_i(RV_LOAD, 2, rd, 2, (int32_t)load_w) : 0;
	case 3:
		return rv64 && rd ? enc_i(RV_LOAD, 3, rd, 2, (int32_t)load_d) : 0;
	case 4:
		return jump_or_move(c);
	case 5:
		return rv64 ? enc_s(RV_STORE_FP, 3, 2, rs2, store_d) : 0;
	case 6:
		return enc_s(RV_STORE, 2, 2, rs2, store_w);
	default:
		return rv64 ? enc_s(RV_STORE, 3, 2, rs2, store_d) : 0;
	}
}

uint32_t rv_expand(uint32_t c, bool rv64)
{
	switch (c & 3) {
	case 0:
		return quadrant0(c, rv64);
	case 1:
		return quadrant1(c, rv64);
	default:
		return quadrant2(c, rv64);
	}
}
