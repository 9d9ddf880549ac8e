/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations that only the files of the interpreter need. */
#ifndef PINION_CARD_RV_INT_H
#define PINION_CARD_RV_INT_H

#include "rv.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Major opcodes, with the two low bits that mark a 32-bit instruction. */
enum {
	RV_LOAD = 0x03,
	RV_LOAD_FP = 0x07,
	RV_CUSTOM0 = 0x0b,
	RV_MISC_MEM = 0x0f,
	RV_OP_IMM = 0x13,
	RV_AUIPC = 0x17,
	RV_OP_IMM_32 = 0x1b,
	RV_STORE = 0x23,
	RV_STORE_FP = 0x27,
	RV_OP = 0x33,
	RV_LUI = 0x37,
	RV_OP_32 = 0x3b,
	RV_MADD = 0x43,
	RV_MSUB = 0x47,
	RV_NMSUB = 0x4b,
	RV_NMADD = 0x4f,
	RV_OP_FP = 0x53,
	RV_BRANCH = 0x63,
	RV_JALR = 0x67,
	RV_JAL = 0x6f,
	RV_SYSTEM = 0x73,
};

#define RV_INSN_ECALL  0x00000073u
#define RV_INSN_EBREAK 0x00100073u
#define RV_INSN_MRET   0x30200073u
#define RV_INSN_WFI    0x10500073u

/* Rounding modes as encoded in an instruction; RV_DYN stands for the mode in frm. */
enum { RV_RNE, RV_RTZ, RV_RDN, RV_RUP, RV_RMM, RV_DYN = 7 };

enum { RV_NX = 1, RV_UF = 2, RV_OF = 4, RV_DZ = 8, RV_NV = 16 };

/* The ops. rv_dispatch.h has what each one does with rd, rs1, rs2 and imm. */
/* clang-format off */
#define RV_CODES(X) \
	X(NEXT) X(ILLEGAL) X(FETCH_FAULT) X(NOP) \
	X(LI) X(AUIPC) X(MV) \
	X(ADDI) X(SLTI) X(SLTIU) X(XORI) X(ORI) X(ANDI) X(SLLI) X(SRLI) X(SRAI) \
	X(ADDIW) X(SLLIW) X(SRLIW) X(SRAIW) \
	X(ADD) X(SUB) X(SLL) X(SLT) X(SLTU) X(XOR) X(SRL) X(SRA) X(OR) X(AND) \
	X(ADDW) X(SUBW) X(SLLW) X(SRLW) X(SRAW) \
	X(MUL) X(MULH) X(MULHSU) X(MULHU) X(DIV) X(DIVU) X(REM) X(REMU) \
	X(MULW) X(DIVW) X(DIVUW) X(REMW) X(REMUW) X(MULH_32) X(MULHSU_32) X(MULHU_32) \
	X(LB) X(LH) X(LW) X(LD) X(LBU) X(LHU) X(LWU) X(FLW) X(FLD) \
	X(SB) X(SH) X(SW) X(SD) X(FSW) X(FSD) \
	X(BEQ) X(BNE) X(BLT) X(BGE) X(BLTU) X(BGEU) X(JAL) X(JALR) X(JALR_32) \
	X(FENCE_I) X(CSR) X(ECALL) X(EBREAK) X(MRET) X(WFI) X(CUSTOM) \
	X(FP) \
	X(FADD_S) X(FSUB_S) X(FMUL_S) X(FDIV_S) X(FADD_D) X(FSUB_D) X(FMUL_D) X(FDIV_D) \
	X(FMADD_S) X(FMSUB_S) X(FNMSUB_S) X(FNMADD_S) \
	X(FMADD_D) X(FMSUB_D) X(FNMSUB_D) X(FNMADD_D) \
	X(FSGNJ_S) X(FSGNJN_S) X(FSGNJX_S) X(FSGNJ_D) X(FSGNJN_D) X(FSGNJX_D) \
	X(FMIN_S) X(FMAX_S) X(FMIN_D) X(FMAX_D) \
	X(FLE_S) X(FLT_S) X(FEQ_S) X(FLE_D) X(FLT_D) X(FEQ_D) \
	X(FMV_X_W) X(FMV_W_X) X(FMV_X_D) X(FMV_D_X) \
	X(FCVT_W_S) X(FCVT_L_S) X(FCVT_W_D) X(FCVT_L_D) \
	X(FCVT_S_W) X(FCVT_S_L) X(FCVT_D_W) X(FCVT_D_L) X(FCVT_S_D) X(FCVT_D_S)
/* clang-format on */

enum rv_code {
#define X(name) RV_DO_##name,
	RV_CODES(X)
#undef X
		RV_NR_CODES,
};

static inline uint32_t rv_hash(uint64_t pc)
{
	return (uint32_t)(pc >> 1) & (RV_CODE_HASH - 1);
}

static inline struct rv_tlb_entry *rv_tlb_entry(struct rv_cache *c, uint64_t va,
						enum rv_access access)
{
	return &c->tlb[access][(va >> RV_PAGE_SHIFT) & (RV_TLB_ENTRIES - 1)];
}

/* rv_rvc.c: expand compressed instruction @c to its 32-bit form. Return: 0 if @c is illegal. */
uint32_t rv_expand(uint32_t c, bool rv64);

/* rv_decode.c: decode the block at @pc; its ops have codes. Flushes first if the cache is full. */
struct rv_block *rv_decode_block(struct rv_hart *hart, uint64_t pc);

/* rv_decode.c: decode @insn into @op, except for off. Return: true if it ends a block. */
bool rv_decode(const struct rv_hart *hart, uint32_t insn, struct rv_op *op);

/* rv_mem.c: accesses that were not found in the TLB. Return: 0, or a cause with *@tval set. */
int rv_load(struct rv_hart *hart, uint64_t va, void *buf, unsigned int len, uint64_t *tval);
int rv_store(struct rv_hart *hart, uint64_t va, const void *buf, unsigned int len, uint64_t *tval);
int rv_fetch(struct rv_hart *hart, uint64_t va, uint16_t *parcel);

/* rv_csr.c: execute a CSR instruction. Return: 0 or RV_CAUSE_ILLEGAL. */
int rv_csr(struct rv_hart *hart, uint32_t insn);

/* rv_csr.c: enter the trap handler. Return: false if there is none and the hart must stop. */
bool rv_take_trap(struct rv_hart *hart, uint32_t *cause, uint64_t tval);
void rv_take_interrupt(struct rv_hart *hart);
void rv_mret(struct rv_hart *hart);

/*
 * rv_fp.c: execute FCLASS, or an instruction with a rounding mode, for any mode and operands. Any
 * other instruction of OP-FP is illegal. Return: 0 or RV_CAUSE_ILLEGAL.
 */
int rv_fp(struct rv_hart *hart, uint32_t insn);

/*
 * rv_fp.c: switch the host's FPU to the hart's rounding mode, and back. The hart's flags accumulate
 * in the host's FPU until rv_fp_sync() or rv_fp_leave() moves them to the hart.
 */
uint32_t rv_fp_enter(const struct rv_hart *hart);
void rv_fp_sync(struct rv_hart *hart);
void rv_fp_leave(struct rv_hart *hart, uint32_t saved);

#endif
