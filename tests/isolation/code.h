/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compute kernels of a few RV64 instructions, which macros encode, and their launch. */
#ifndef PINION_ISOLATION_CODE_H
#define PINION_ISOLATION_CODE_H

#include "rig.h"

enum { ZERO, RA, SP, T0 = 5, T1, T2, A0 = 10, A1, A2, A3, A4, A5, T3 = 28 };

#define INSN_I(op, f3, rd, rs1, imm) \
	((uint32_t)(imm) << 20 | (uint32_t)(rs1) << 15 | (f3) << 12 | (uint32_t)(rd) << 7 | (op))
#define INSN_S(op, f3, rs1, rs2, imm)                                                         \
	(((uint32_t)(imm) >> 5 & 127) << 25 | (uint32_t)(rs2) << 20 | (uint32_t)(rs1) << 15 | \
	 (f3) << 12 | ((uint32_t)(imm) & 31) << 7 | (op))
#define INSN_R(op, f3, f7, rd, rs1, rs2)                                                     \
	((uint32_t)(f7) << 25 | (uint32_t)(rs2) << 20 | (uint32_t)(rs1) << 15 | (f3) << 12 | \
	 (uint32_t)(rd) << 7 | (op))
#define ADDI(rd, rs, imm) INSN_I(0x13, 0, rd, rs, imm)
#define SLLI(rd, rs, n)	  INSN_I(0x13, 1, rd, rs, n)
#define LD(rd, rs, imm)	  INSN_I(0x03, 3, rd, rs, imm)
#define SD(base, rs, imm) INSN_S(0x23, 3, base, rs, imm)
#define ADD(rd, a, b)	  INSN_R(0x33, 0, 0, rd, a, b)
#define OR(rd, a, b)	  INSN_R(0x33, 6, 0, rd, a, b)
#define LUI(rd, imm)	  ((uint32_t)(imm) << 12 | (rd) << 7 | 0x37u)
#define FMV_X_D(rd, fs)	  INSN_R(0x53, 0, 0x71, rd, fs, 0)
#define FMV_D_X(fd, rs)	  INSN_R(0x53, 0, 0x79, fd, rs, 0)
#define READ_FCSR(rd)	  INSN_I(0x73, 2, rd, 0, 3)
#define WRITE_FCSR(rs)	  INSN_I(0x73, 1, 0, rs, 3)
#define JR(rs)		  INSN_I(0x67, 0, 0, rs, 0)
#define RET		  JR(RA)
/* Branch and jump to the instruction @n places before. */
#define BNE_BACK(a, b, n)                                                                       \
	(1u << 31 | ((-4 * (n)) >> 5 & 63u) << 25 | (uint32_t)(b) << 20 | (uint32_t)(a) << 15 | \
	 1 << 12 | ((-4 * (n)) >> 1 & 15u) << 8 | ((-4 * (n)) >> 11 & 1u) << 7 | 0x63u)
#define JUMP_BACK(n)                                                                  \
	(1u << 31 | ((-4 * (n)) >> 1 & 1023u) << 21 | ((-4 * (n)) >> 11 & 1u) << 20 | \
	 ((-4 * (n)) >> 12 & 255u) << 12 | 0x6fu)
#define MATRIX(insn, rs) ((insn) << 12 | (uint32_t)(rs) << 15 | PINION_INSN_OPCODE)

/* Append a LAUNCH of @blocks blocks to the command buffer. */
static inline void code_launch(struct rig *rig, uint64_t entry, uint64_t args, uint32_t blocks)
{
	struct pinion_pkt_launch *launch = rig_packet(rig, PINION_PKT_LAUNCH, sizeof(*launch));

	launch->entry = entry;
	launch->args = args;
	launch->grid[0] = blocks;
	launch->grid[1] = 1;
	launch->grid[2] = 1;
}

#endif
