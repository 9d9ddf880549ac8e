// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decoder: turns instructions into blocks of ops. What can be decided once is decided here:
 * which of the two machines it is, compressed or not, writes to x0, rounding modes. Instructions of
 * RV32 become the 32-bit ops of RV64 on sign-extended registers.
 */
#include "rv_int.h"

#define BLOCK_MAX 64u /* instructions; rv_op.off counts halfwords in 8 bits */

static uint32_t field(uint32_t insn, unsigned int from, unsigned int n)
{
	return (insn >> from) & ((1u << n) - 1);
}

static int32_t imm_i(uint32_t insn)
{
	return (int32_t)insn >> 20;
}

static int32_t imm_s(uint32_t insn)
{
	return ((int32_t)insn >> 25) * 32 | (int32_t)field(insn, 7, 5);
}

static int32_t imm_b(uint32_t insn)
{
	return ((int32_t)insn >> 31) * 4096 |
	       (int32_t)(field(insn, 7, 1) << 11 | field(insn, 25, 6) << 5 |
			 field(insn, 8, 4) << 1);
}

static int32_t imm_j(uint32_t insn)
{
	return ((int32_t)insn >> 31) * (1 << 20) |
	       (int32_t)(field(insn, 12, 8) << 12 | field(insn, 20, 1) << 11 |
			 field(insn, 21, 10) << 1);
}

static int32_t imm_u(uint32_t insn)
{
	return (int32_t)(insn & 0xfffff000u);
}

static uint32_t dest(uint32_t insn)
{
	uint32_t rd = field(insn, 7, 5);

	return rd ? rd : 32;
}

/* An operation of RV32 on whole registers is the 32-bit operation (-W) of RV64. */
/* clang-format off */
static enum rv_code narrow(enum rv_code code)
{
	switch (code) {
	case RV_DO_ADDI: return RV_DO_ADDIW;
	case RV_DO_SLLI: return RV_DO_SLLIW;
	case RV_DO_SRLI: return RV_DO_SRLIW;
	case RV_DO_SRAI: return RV_DO_SRAIW;
	case RV_DO_ADD: return RV_DO_ADDW;
	case RV_DO_SUB: return RV_DO_SUBW;
	case RV_DO_SLL: return RV_DO_SLLW;
	case RV_DO_SRL: return RV_DO_SRLW;
	case RV_DO_SRA: return RV_DO_SRAW;
	case RV_DO_MUL: return RV_DO_MULW;
	case RV_DO_DIV: return RV_DO_DIVW;
	case RV_DO_DIVU: return RV_DO_DIVUW;
	case RV_DO_REM: return RV_DO_REMW;
	case RV_DO_REMU: return RV_DO_REMUW;
	case RV_DO_MULH: return RV_DO_MULH_32;
	case RV_DO_MULHSU: return RV_DO_MULHSU_32;
	case RV_DO_MULHU: return RV_DO_MULHU_32;
	case RV_DO_LWU:
	case RV_DO_LD:
	case RV_DO_SD: return RV_DO_ILLEGAL;
	case RV_DO_JALR: return RV_DO_JALR_32;
	default: return code;
	}
}
/* clang-format on */

static enum rv_code op_imm(uint32_t insn, bool rv64, int32_t *imm)
{
	static const uint8_t codes[8] = {
		RV_DO_ADDI, RV_DO_SLLI, RV_DO_SLTI, RV_DO_SLTIU,
		RV_DO_XORI, RV_DO_SRLI, RV_DO_ORI,  RV_DO_ANDI,
	};
	uint32_t funct3 = field(insn, 12, 3), high = field(insn, 26, 6);

	*imm = imm_i(insn);
	if ((funct3 & 3) != 1)
		return codes[funct3];
	*imm = (int32_t)field(insn, 20, rv64 ? 6 : 5);
	if (!rv64 && field(insn, 25, 1))
		return RV_DO_ILLEGAL;
	if (funct3 == 5 && high == 0x10)
		return RV_DO_SRAI;
	return high ? RV_DO_ILLEGAL : codes[funct3];
}

static enum rv_code op_imm_32(uint32_t insn, int32_t *imm)
{
	uint32_t high = field(insn, 25, 7);

	*imm = imm_i(insn);
	switch (field(insn, 12, 3)) {
	case 0:
		return RV_DO_ADDIW;
	case 1:
		*imm &= 31;
		return high ? RV_DO_ILLEGAL : RV_DO_SLLIW;
	case 5:
		*imm &= 31;
		return high == 0x20 ? RV_DO_SRAIW : high ? RV_DO_ILLEGAL : RV_DO_SRLIW;
	default:
		return RV_DO_ILLEGAL;
	}
}

static enum rv_code op_reg(uint32_t insn)
{
	static const uint8_t base[8] = {
		RV_DO_ADD, RV_DO_SLL, RV_DO_SLT, RV_DO_SLTU,
		RV_DO_XOR, RV_DO_SRL, RV_DO_OR,	 RV_DO_AND,
	};
	static const uint8_t muldiv[8] = {
		RV_DO_MUL, RV_DO_MULH, RV_DO_MULHSU, RV_DO_MULHU,
		RV_DO_DIV, RV_DO_DIVU, RV_DO_REM,    RV_DO_REMU,
	};
	uint32_t funct3 = field(insn, 12, 3);

	switch (field(insn, 25, 7)) {
	case 0x00:
		return base[funct3];
	case 0x01:
		return muldiv[funct3];
	case 0x20:
		return funct3 == 0 ? RV_DO_SUB : funct3 == 5 ? RV_DO_SRA : RV_DO_ILLEGAL;
	default:
		return RV_DO_ILLEGAL;
	}
}

static enum rv_code op_reg_32(uint32_t insn)
{
	static const uint8_t muldiv[8] = {
		RV_DO_MULW, RV_DO_ILLEGAL, RV_DO_ILLEGAL, RV_DO_ILLEGAL,
		RV_DO_DIVW, RV_DO_DIVUW,   RV_DO_REMW,	  RV_DO_REMUW,
	};

	switch (field(insn, 25, 7) << 3 | field(insn, 12, 3)) {
	case 0x00 << 3 | 0:
		return RV_DO_ADDW;
	case 0x00 << 3 | 1:
		return RV_DO_SLLW;
	case 0x00 << 3 | 5:
		return RV_DO_SRLW;
	case 0x20 << 3 | 0:
		return RV_DO_SUBW;
	case 0x20 << 3 | 5:
		return RV_DO_SRAW;
	}
	return field(insn, 25, 7) == 1 ? (enum rv_code)muldiv[field(insn, 12, 3)] : RV_DO_ILLEGAL;
}

static enum rv_code load(uint32_t insn)
{
	static const uint8_t codes[8] = {
		RV_DO_LB,  RV_DO_LH,  RV_DO_LW,	 RV_DO_LD,
		RV_DO_LBU, RV_DO_LHU, RV_DO_LWU, RV_DO_ILLEGAL,
	};

	return codes[field(insn, 12, 3)];
}

static enum rv_code store(uint32_t insn)
{
	uint32_t funct3 = field(insn, 12, 3);

	return funct3 < 4 ? RV_DO_SB + funct3 : RV_DO_ILLEGAL;
}

static enum rv_code branch(uint32_t insn)
{
	static const uint8_t codes[8] = {
		RV_DO_BEQ, RV_DO_BNE, RV_DO_ILLEGAL, RV_DO_ILLEGAL,
		RV_DO_BLT, RV_DO_BGE, RV_DO_BLTU,    RV_DO_BGEU,
	};

	return codes[field(insn, 12, 3)];
}

static enum rv_code misc_mem(uint32_t insn)
{
	switch (field(insn, 12, 3)) {
	case 0:
		return RV_DO_NOP; /* one hart, in order: memory is always consistent */
	case 1:
		return RV_DO_FENCE_I;
	default:
		return RV_DO_ILLEGAL;
	}
}

static enum rv_code system_op(uint32_t insn, bool mgmt)
{
	if (field(insn, 12, 2))
		return RV_DO_CSR;
	switch (insn) {
	case RV_INSN_ECALL:
		return RV_DO_ECALL;
	case RV_INSN_EBREAK:
		return RV_DO_EBREAK;
	case RV_INSN_MRET:
		return mgmt ? RV_DO_MRET : RV_DO_ILLEGAL;
	case RV_INSN_WFI:
		return mgmt ? RV_DO_WFI : RV_DO_ILLEGAL;
	default:
		return RV_DO_ILLEGAL;
	}
}

static enum rv_code fp_by_funct3(uint32_t funct3, enum rv_code first, unsigned int n)
{
	return funct3 < n ? first + funct3 : RV_DO_ILLEGAL;
}

/* Common instructions of OP-FP with a rounding mode; @dyn: the host's FPU is in that mode. */
/* clang-format off */
static enum rv_code fp_rounded(uint32_t key, uint32_t rm, bool dyn)
{
	if (dyn) {
		switch (key) {
		case 0x00 << 5: return RV_DO_FADD_S;
		case 0x04 << 5: return RV_DO_FSUB_S;
		case 0x08 << 5: return RV_DO_FMUL_S;
		case 0x0c << 5: return RV_DO_FDIV_S;
		case 0x01 << 5: return RV_DO_FADD_D;
		case 0x05 << 5: return RV_DO_FSUB_D;
		case 0x09 << 5: return RV_DO_FMUL_D;
		case 0x0d << 5: return RV_DO_FDIV_D;
		case 0x20 << 5 | 1: return RV_DO_FCVT_S_D;
		case 0x68 << 5 | 0: return RV_DO_FCVT_S_W;
		case 0x68 << 5 | 2: return RV_DO_FCVT_S_L;
		case 0x69 << 5 | 2: return RV_DO_FCVT_D_L;
		}
	}
	if (rm == RV_RTZ) {
		switch (key) {
		case 0x60 << 5 | 0: return RV_DO_FCVT_W_S;
		case 0x60 << 5 | 2: return RV_DO_FCVT_L_S;
		case 0x61 << 5 | 0: return RV_DO_FCVT_W_D;
		case 0x61 << 5 | 2: return RV_DO_FCVT_L_D;
		}
	}
	if (dyn || rm <= RV_RMM) {
		switch (key) {	/* exact instructions, which do not round */
		case 0x69 << 5 | 0: return RV_DO_FCVT_D_W;
		case 0x21 << 5 | 0: return RV_DO_FCVT_D_S;
		}
	}
	return RV_DO_FP;
}
/* clang-format on */

static enum rv_code op_fp(uint32_t insn, bool dyn)
{
	uint32_t funct7 = field(insn, 25, 7), rs2 = field(insn, 20, 5), rm = field(insn, 12, 3);
	uint32_t key = funct7 << 5 | (funct7 >= 0x20 ? rs2 : 0);

	switch (funct7) {
	case 0x10:
		return fp_by_funct3(rm, RV_DO_FSGNJ_S, 3);
	case 0x11:
		return fp_by_funct3(rm, RV_DO_FSGNJ_D, 3);
	case 0x14:
		return fp_by_funct3(rm, RV_DO_FMIN_S, 2);
	case 0x15:
		return fp_by_funct3(rm, RV_DO_FMIN_D, 2);
	case 0x50:
		return fp_by_funct3(rm, RV_DO_FLE_S, 3);
	case 0x51:
		return fp_by_funct3(rm, RV_DO_FLE_D, 3);
	case 0x70:
		return rm || rs2 ? RV_DO_FP : RV_DO_FMV_X_W;
	case 0x71:
		return rm || rs2 ? RV_DO_FP : RV_DO_FMV_X_D;
	case 0x78:
		return rm || rs2 ? RV_DO_ILLEGAL : RV_DO_FMV_W_X;
	case 0x79:
		return rm || rs2 ? RV_DO_ILLEGAL : RV_DO_FMV_D_X;
	}
	return fp_rounded(key, rm, dyn && rm == RV_DYN);
}

static enum rv_code fused(uint32_t insn, bool fast)
{
	uint32_t fmt = field(insn, 25, 2), which = field(insn, 2, 2);

	if (fmt > 1 || !fast || field(insn, 12, 3) != RV_DYN)
		return RV_DO_FP;
	return (fmt ? RV_DO_FMADD_D : RV_DO_FMADD_S) + which;
}

/* Loads, stores and arithmetic of the F and D extensions, which only compute cores have. */
static enum rv_code float_op(const struct rv_hart *hart, uint32_t insn, struct rv_op *op)
{
	bool dyn = !hart->cache->slow_rounding;
	uint32_t width = field(insn, 12, 3);
	enum rv_code code;

	op->rd = (uint8_t)field(insn, 7, 5);
	op->imm = (int32_t)insn;
	switch (insn & 0x7f) {
	case RV_LOAD_FP:
		op->imm = imm_i(insn);
		return width == 2 ? RV_DO_FLW : width == 3 ? RV_DO_FLD : RV_DO_ILLEGAL;
	case RV_STORE_FP:
		op->imm = imm_s(insn);
		return width == 2 ? RV_DO_FSW : width == 3 ? RV_DO_FSD : RV_DO_ILLEGAL;
	case RV_OP_FP:
		code = op_fp(insn, dyn);
		if ((code >= RV_DO_FLE_S && code <= RV_DO_FEQ_D) ||
		    (code >= RV_DO_FCVT_W_S && code <= RV_DO_FCVT_L_D) || code == RV_DO_FMV_X_W ||
		    code == RV_DO_FMV_X_D)
			op->rd = (uint8_t)dest(insn);
		return code;
	default:
		return fused(insn, dyn && hart->cache->host_fma);
	}
}

static enum rv_code integer_op(uint32_t insn, bool rv64, struct rv_op *op)
{
	switch (insn & 0x7f) {
	case RV_LUI:
		op->imm = imm_u(insn);
		return RV_DO_LI;
	case RV_AUIPC:
		op->imm = imm_u(insn);
		return RV_DO_AUIPC;
	case RV_LOAD:
		op->imm = imm_i(insn);
		return load(insn);
	case RV_STORE:
		op->imm = imm_s(insn);
		return store(insn);
	case RV_OP_IMM:
		return op_imm(insn, rv64, &op->imm);
	case RV_OP_IMM_32:
		return rv64 ? op_imm_32(insn, &op->imm) : RV_DO_ILLEGAL;
	case RV_OP:
		return op_reg(insn);
	case RV_OP_32:
		return rv64 ? op_reg_32(insn) : RV_DO_ILLEGAL;
	case RV_MISC_MEM:
		return misc_mem(insn);
	default:
		return RV_DO_ILLEGAL;
	}
}

static enum rv_code control_op(uint32_t insn, bool rv64, struct rv_op *op)
{
	switch (insn & 0x7f) {
	case RV_JAL:
		op->imm = imm_j(insn);
		return RV_DO_JAL;
	case RV_JALR:
		op->imm = imm_i(insn);
		return field(insn, 12, 3) ? RV_DO_ILLEGAL : RV_DO_JALR;
	case RV_BRANCH:
		op->imm = imm_b(insn);
		return branch(insn);
	case RV_SYSTEM:
		op->imm = (int32_t)insn;
		return system_op(insn, !rv64);
	case RV_CUSTOM0:
		op->imm = (int32_t)insn;
		return rv64 ? RV_DO_CUSTOM : RV_DO_ILLEGAL;
	default:
		return integer_op(insn, rv64, op);
	}
}

static bool is_float(uint32_t insn)
{
	switch (insn & 0x7f) {
	case RV_LOAD_FP:
	case RV_STORE_FP:
	case RV_OP_FP:
	case RV_MADD:
	case RV_MSUB:
	case RV_NMSUB:
	case RV_NMADD:
		return true;
	default:
		return false;
	}
}

static bool ends_block(enum rv_code code)
{
	return code == RV_DO_ILLEGAL || (code >= RV_DO_BEQ && code <= RV_DO_WFI);
}

bool rv_decode(const struct rv_hart *hart, uint32_t insn, struct rv_op *op)
{
	bool rv64 = hart->isa == RV_ISA_COMPUTE;
	enum rv_code code;

	op->rd = (uint8_t)dest(insn);
	op->rs1 = (uint8_t)field(insn, 15, 5);
	op->rs2 = (uint8_t)field(insn, 20, 5);
	op->imm = 0;
	if (is_float(insn))
		code = rv64 ? float_op(hart, insn, op) : RV_DO_ILLEGAL;
	else
		code = control_op(insn, rv64, op);
	if (code == RV_DO_ADDI && !op->rs1)
		code = RV_DO_LI;
	else if (code == RV_DO_ADDI && !op->imm)
		code = RV_DO_MV;
	if (!rv64)
		code = narrow(code);
	if (code == RV_DO_ILLEGAL)
		op->imm = (int32_t)insn;
	op->code = code;
	return ends_block(code);
}

/* Fetch and decode the instruction at @pc. Return: true if it ends the block. */
static bool decode_at(struct rv_hart *hart, uint64_t pc, struct rv_op *op, uint64_t *next)
{
	bool rv64 = hart->isa == RV_ISA_COMPUTE;
	uint32_t insn;
	uint16_t low, high = 0;
	int cause;

	op->rs1 = 0;
	cause = rv_fetch(hart, pc, &low);
	*next = pc + 2;
	if (!cause && (low & 3) == 3) {
		op->rs1 = 2;
		cause = rv_fetch(hart, pc + 2, &high);
		*next = pc + 4;
	}
	if (cause) {
		op->code = RV_DO_FETCH_FAULT;
		op->imm = cause;
		return true;
	}
	insn = (low & 3) == 3 ? (uint32_t)high << 16 | low : rv_expand(low, rv64);
	if (insn)
		return rv_decode(hart, insn, op);
	op->code = RV_DO_ILLEGAL;
	op->imm = low;
	return true;
}

static struct rv_block *new_block(struct rv_hart *hart, uint64_t pc)
{
	struct rv_cache *c = hart->cache;
	struct rv_block *blk;

	if (c->nr_blocks == RV_CODE_BLOCKS || c->nr_ops + BLOCK_MAX + 1 > RV_CODE_OPS)
		rv_flush(hart);
	blk = &c->blocks[c->nr_blocks++];
	*blk = (struct rv_block){
		.pc = pc,
		.ops = &c->ops[c->nr_ops],
		.same_hash = c->hash[rv_hash(pc)],
	};
	c->hash[rv_hash(pc)] = blk;
	return blk;
}

struct rv_block *rv_decode_block(struct rv_hart *hart, uint64_t pc)
{
	struct rv_block *blk = new_block(hart, pc);
	uint64_t mask = hart->isa == RV_ISA_COMPUTE ? UINT64_MAX : UINT32_MAX;
	uint64_t at = pc, next = pc;
	struct rv_op *op;
	bool end = false;

	while (!end && blk->count < BLOCK_MAX && next != hart->ret_pc) {
		at = next;
		op = &blk->ops[blk->count++];
		end = decode_at(hart, at, op, &next);
		op->off = (uint8_t)((at - pc) / 2);
		next &= mask;
	}
	blk->next_pc = next;
	op = &blk->ops[blk->count];
	if (end)
		blk->target_pc = (at + (uint64_t)(int64_t)op[-1].imm) & mask;
	else
		*op++ = (struct rv_op){ .code = RV_DO_NEXT, .off = (uint8_t)((next - pc) / 2) };
	blk->nr_ops = (uint32_t)(op - blk->ops);
	hart->cache->nr_ops += blk->nr_ops;
	return blk;
}
