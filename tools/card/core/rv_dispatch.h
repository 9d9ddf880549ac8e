/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
/*
 * interpret(), which has a handler for each op. This is a part of rv_exec.c, in a file of its own
 * because of its length; it is one function because the handlers are labels.
 */
#define R1	(x[op->rs1])
#define R2	(x[op->rs2])
#define IMM	((uint64_t)(int64_t)op->imm)
#define F1	(f[op->rs1])
#define F2	(f[op->rs2])
#define F3	(f[(uint32_t)op->imm >> 27])

#define DISPATCH()	goto *op->handler
#define NEXT()		do { op++; DISPATCH(); } while (0)

#define ALU(name, expr)						\
do_##name:							\
	x[op->rd] = (expr);					\
	NEXT();

#define FPU(name, expr)						\
do_##name:							\
	f[op->rd] = (expr);					\
	NEXT();

#define F1_S	float_bits(a)
#define F2_S	float_bits(b)
#define SIGN_S	((uint32_t)1 << 31)
#define SIGN_D	((uint64_t)1 << 63)

#define PAGE_MASK	(~(uint64_t)(RV_PAGE_SIZE - 1))

/* An access across two pages never matches: the tag of its last byte belongs to another entry. */
#define TLB_HIT(e, va, type)	likely((e)->tag == (((va) + sizeof(type) - 1) & PAGE_MASK))

#define LOAD(name, type, file, expr)					\
do_##name: {								\
	uint64_t va = R1 + IMM;						\
	struct rv_tlb_entry *e = rv_tlb_entry(c, va, RV_READ);		\
									\
	if (TLB_HIT(e, va, type)) {					\
		type v;							\
									\
		memcpy(&v, (const void *)(e->addend + va), sizeof(v));	\
		file[op->rd] = expr;					\
		NEXT();							\
	} else {							\
		type v = 0;						\
									\
		cause = (uint32_t)rv_load(h, va, &v, sizeof(v), &tval);	\
		if (cause)						\
			goto trap;					\
		file[op->rd] = expr;					\
		goto after_callback;					\
	}								\
}

#define STORE(name, type, value)					\
do_##name: {								\
	uint64_t va = R1 + IMM;						\
	struct rv_tlb_entry *e = rv_tlb_entry(c, va, RV_WRITE);		\
									\
	if (TLB_HIT(e, va, type)) {					\
		type v = (type)(value);					\
									\
		memcpy((void *)(e->addend + va), &v, sizeof(v));	\
		NEXT();							\
	} else {							\
		type v = (type)(value);					\
									\
		cause = (uint32_t)rv_store(h, va, &v, sizeof(v), &tval);	\
		if (cause)						\
			goto trap;					\
		goto after_callback;					\
	}								\
}

/* Leave the block for its successor @which, which is next or target. */
#define LEAVE(which)							\
do {									\
	left -= blk->count;						\
	if (unlikely(left <= 0 || !blk->which))				\
		goto resolve_##which;					\
	blk = blk->which;						\
	op = blk->ops;							\
	DISPATCH();							\
} while (0)

#define BRANCH(name, condition)						\
do_##name:								\
	if (condition)							\
		LEAVE(target);						\
	LEAVE(next);

#define JUMP(name, mask)						\
do_##name:								\
	pc = (R1 + IMM) & ~(uint64_t)1 & (mask);			\
	x[op->rd] = (mask) == UINT32_MAX ? sext32(blk->next_pc) : blk->next_pc;	\
	left -= blk->count;						\
	slot = &unlinked;						\
	goto enter;

#define FP2_S(name, expr)						\
do_##name:								\
	if (likely(boxed(F1) && boxed(F2))) {				\
		float a = as_float((uint32_t)F1), b = as_float((uint32_t)F2);	\
									\
		expr;							\
		NEXT();							\
	}								\
	goto do_FP;

/* For operands that may not be NaN-boxed; they are rare, so unbox() need not be fast. */
#define FP2_ANY_S(name, expr)						\
do_##name: {								\
	float a = unbox(F1), b = unbox(F2);				\
									\
	expr;								\
	NEXT();								\
}

#define FP2_D(name, expr)						\
do_##name: {								\
	double a = as_double(F1), b = as_double(F2);			\
									\
	expr;								\
	NEXT();								\
}

#define FMA_S(name, sa, sc)						\
do_##name:								\
	if (likely(boxed(F1) && boxed(F2) && boxed(F3))) {		\
		float a = sa as_float((uint32_t)F1), b = as_float((uint32_t)F2);	\
		float r = host_fma_s(a, b, sc as_float((uint32_t)F3));	\
									\
		if (unlikely(r != r))					\
			fma_invalid(&h->s, a, b);			\
		f[op->rd] = result_s(r);				\
		NEXT();							\
	}								\
	goto do_FP;

#define FMA_D(name, sa, sc)						\
do_##name: {								\
	double a = sa as_double(F1), b = as_double(F2);			\
	double r = host_fma_d(a, b, sc as_double(F3));			\
									\
	if (unlikely(r != r))						\
		fma_invalid(&h->s, a, b);				\
	f[op->rd] = result_d(r);					\
	NEXT();								\
}

#define FCVT_INT(name, condition, value, low, high, type)		\
do_##name:								\
	if (likely((condition) && (value) > (low) && (value) < (high))) {	\
		x[op->rd] = (uint64_t)(type)(value);			\
		NEXT();							\
	}								\
	goto do_FP;

static void interpret(struct run *run)
{
	static const void *const labels[RV_NR_CODES] = {
#define X(name) &&do_##name,
		RV_CODES(X)
#undef X
	};
	struct rv_hart *const h = run->hart;
	struct rv_cache *const c = h->cache;
	uint64_t *const x = h->s.x, *const f = h->s.f;
	const uint64_t pc_mask = h->isa == RV_ISA_COMPUTE ? UINT64_MAX : UINT32_MAX;
	struct rv_block *blk = NULL, *unlinked, **slot = &unlinked;
	const struct rv_op *op;
	int64_t left = run->left;
	uint32_t generation = c->generation, before, cause;	/* generation: that of blk */
	uint64_t pc = h->s.pc, tval = 0;

enter:
	if (left <= 0) {
		h->s.pc = pc;
		run->left = left;
		return;
	}
	before = c->generation;
	blk = c->hash[rv_hash(pc)];
	while (blk && unlikely(blk->pc != pc))
		blk = blk->same_hash;
	if (unlikely(!blk)) {
		if (pc == h->ret_pc) {
			h->s.pc = pc;
			run->left = left;
			run->out->reason = RV_STOP_RETURN;
			return;
		}
		blk = rv_decode_block(h, pc);
		for (uint32_t i = 0; i < blk->nr_ops; i++)
			blk->ops[i].handler = labels[blk->ops[i].code];
	}
	if (c->generation == generation)	/* no flush since: slot is still valid */
		*slot = blk;
	generation = before;
	op = blk->ops;
	DISPATCH();

resolve_next:
	pc = blk->next_pc;
	slot = &blk->next;
	goto enter;

resolve_target:
	pc = blk->target_pc;
	slot = &blk->target;
	goto enter;

/* The op called a function of the owner, which may have flushed the block that the op is in. */
after_callback:
	if (likely(c->generation == generation))
		NEXT();
	op++;
	left -= op - blk->ops;
	pc = (blk->pc + 2 * op->off) & pc_mask;
	slot = &unlinked;
	goto enter;

trap:
	left -= op - blk->ops;
	h->s.pc = (blk->pc + 2 * op->off) & pc_mask;
	run->left = left;
	if (!enter_handler(run, cause, tval))
		return;
	left = run->left;
	pc = h->s.pc;
	slot = &unlinked;
	goto enter;

do_ILLEGAL:
illegal:
	cause = RV_CAUSE_ILLEGAL;
	tval = (uint32_t)op->imm;
	goto trap;
do_FETCH_FAULT:
	cause = (uint32_t)op->imm;
	tval = (blk->pc + 2 * op->off + op->rs1) & pc_mask;
	goto trap;
do_ECALL:
	cause = h->isa == RV_ISA_COMPUTE ? RV_CAUSE_ECALL_USER : RV_CAUSE_ECALL_MACHINE;
	tval = 0;
	goto trap;
do_EBREAK:
	cause = RV_CAUSE_BREAKPOINT;
	tval = (blk->pc + 2 * op->off) & pc_mask;
	goto trap;

do_CSR:
	run->left = left - (op - blk->ops);
	sync_counters(run);
	rv_fp_sync(h);
	cause = (uint32_t)rv_csr(h, (uint32_t)op->imm);
	rv_fp_sync(h);
	if (cause)
		goto illegal;
	h->s.pc = blk->next_pc;
	goto after_system;
do_MRET:
	rv_mret(h);
	goto after_system;
do_WFI:
	h->s.pc = blk->next_pc;
	if (h->s.mip & h->s.mie)
		goto after_system;
	run->left = left - blk->count;
	run->out->reason = RV_STOP_WFI;
	return;
after_system:
	rv_take_interrupt(h);
	pc = h->s.pc;
	left -= blk->count;
	slot = &unlinked;
	goto enter;

do_FENCE_I:
	rv_flush(h);
	left -= blk->count;
	pc = blk->next_pc;
	slot = &unlinked;
	goto enter;

do_CUSTOM:
	cause = (uint32_t)run_custom(h, blk->pc + 2 * op->off, (uint32_t)op->imm, &tval);
	if (cause)
		goto trap;
	goto after_callback;

do_NEXT:
	LEAVE(next);
do_JAL:
	x[op->rd] = pc_mask == UINT64_MAX ? blk->next_pc : sext32(blk->next_pc);
	LEAVE(target);
	JUMP(JALR, UINT64_MAX)
	JUMP(JALR_32, UINT32_MAX)

	BRANCH(BEQ, R1 == R2)
	BRANCH(BNE, R1 != R2)
	BRANCH(BLT, (int64_t)R1 < (int64_t)R2)
	BRANCH(BGE, (int64_t)R1 >= (int64_t)R2)
	BRANCH(BLTU, R1 < R2)
	BRANCH(BGEU, R1 >= R2)

do_NOP:
	NEXT();
	ALU(LI, IMM)
	ALU(MV, R1)
do_AUIPC: {
	uint64_t value = blk->pc + 2 * op->off + IMM;

	x[op->rd] = pc_mask == UINT64_MAX ? value : sext32(value);
	NEXT();
}
	ALU(ADDI, R1 + IMM)
	ALU(SLTI, (int64_t)R1 < (int64_t)IMM)
	ALU(SLTIU, R1 < IMM)
	ALU(XORI, R1 ^ IMM)
	ALU(ORI, R1 | IMM)
	ALU(ANDI, R1 & IMM)
	ALU(SLLI, R1 << (op->imm & 63))
	ALU(SRLI, R1 >> (op->imm & 63))
	ALU(SRAI, (uint64_t)((int64_t)R1 >> (op->imm & 63)))
	ALU(ADDIW, sext32(R1 + IMM))
	ALU(SLLIW, sext32(R1 << (op->imm & 31)))
	ALU(SRLIW, sext32((uint32_t)R1 >> (op->imm & 31)))
	ALU(SRAIW, (uint64_t)(int64_t)((int32_t)R1 >> (op->imm & 31)))
	ALU(ADD, R1 + R2)
	ALU(SUB, R1 - R2)
	ALU(SLL, R1 << (R2 & 63))
	ALU(SLT, (int64_t)R1 < (int64_t)R2)
	ALU(SLTU, R1 < R2)
	ALU(XOR, R1 ^ R2)
	ALU(SRL, R1 >> (R2 & 63))
	ALU(SRA, (uint64_t)((int64_t)R1 >> (R2 & 63)))
	ALU(OR, R1 | R2)
	ALU(AND, R1 & R2)
	ALU(ADDW, sext32(R1 + R2))
	ALU(SUBW, sext32(R1 - R2))
	ALU(SLLW, sext32(R1 << (R2 & 31)))
	ALU(SRLW, sext32((uint32_t)R1 >> (R2 & 31)))
	ALU(SRAW, (uint64_t)(int64_t)((int32_t)R1 >> (R2 & 31)))

	ALU(MUL, R1 * R2)
	ALU(MULH, (uint64_t)(((__int128)(int64_t)R1 * (int64_t)R2) >> 64))
	ALU(MULHSU, mulhsu(R1, R2))
	ALU(MULHU, (uint64_t)(((unsigned __int128)R1 * R2) >> 64))
	ALU(DIV, div_signed((int64_t)R1, (int64_t)R2))
	ALU(DIVU, R2 ? R1 / R2 : UINT64_MAX)
	ALU(REM, rem_signed((int64_t)R1, (int64_t)R2))
	ALU(REMU, R2 ? R1 % R2 : R1)
	ALU(MULW, sext32(R1 * R2))
	ALU(DIVW, sext32(div_signed((int32_t)R1, (int32_t)R2)))
	ALU(DIVUW, (uint32_t)R2 ? sext32((uint32_t)R1 / (uint32_t)R2) : UINT64_MAX)
	ALU(REMW, sext32(rem_signed((int32_t)R1, (int32_t)R2)))
	ALU(REMUW, sext32((uint32_t)R2 ? (uint32_t)R1 % (uint32_t)R2 : R1))
	ALU(MULH_32, (uint64_t)((int64_t)(R1 * R2) >> 32))
	ALU(MULHSU_32, (uint64_t)(((int64_t)R1 * (int64_t)(uint32_t)R2) >> 32))
	ALU(MULHU_32, sext32(((uint64_t)(uint32_t)R1 * (uint32_t)R2) >> 32))

	LOAD(LB, int8_t, x, (uint64_t)v)
	LOAD(LH, int16_t, x, (uint64_t)v)
	LOAD(LW, int32_t, x, (uint64_t)v)
	LOAD(LD, uint64_t, x, v)
	LOAD(LBU, uint8_t, x, v)
	LOAD(LHU, uint16_t, x, v)
	LOAD(LWU, uint32_t, x, v)
	LOAD(FLW, uint32_t, f, box_bits(v))
	LOAD(FLD, uint64_t, f, v)
	STORE(SB, uint8_t, R2)
	STORE(SH, uint16_t, R2)
	STORE(SW, uint32_t, R2)
	STORE(SD, uint64_t, R2)
	STORE(FSW, uint32_t, F2)
	STORE(FSD, uint64_t, F2)

do_FP:
	if (rv_fp(h, (uint32_t)op->imm))
		goto illegal;
	NEXT();
	FP2_S(FADD_S, f[op->rd] = result_s(a + b))
	FP2_S(FSUB_S, f[op->rd] = result_s(a - b))
	FP2_S(FMUL_S, f[op->rd] = result_s(a * b))
	FP2_S(FDIV_S, f[op->rd] = result_s(a / b))
	FP2_D(FADD_D, f[op->rd] = result_d(a + b))
	FP2_D(FSUB_D, f[op->rd] = result_d(a - b))
	FP2_D(FMUL_D, f[op->rd] = result_d(a * b))
	FP2_D(FDIV_D, f[op->rd] = result_d(a / b))
	FMA_S(FMADD_S, , )
	FMA_S(FMSUB_S, , -)
	FMA_S(FNMSUB_S, -, )
	FMA_S(FNMADD_S, -, -)
	FMA_D(FMADD_D, , )
	FMA_D(FMSUB_D, , -)
	FMA_D(FNMSUB_D, -, )
	FMA_D(FNMADD_D, -, -)

	FP2_ANY_S(FSGNJ_S, f[op->rd] = box_bits((F1_S & ~SIGN_S) | (F2_S & SIGN_S)))
	FP2_ANY_S(FSGNJN_S, f[op->rd] = box_bits((F1_S & ~SIGN_S) | (~F2_S & SIGN_S)))
	FP2_ANY_S(FSGNJX_S, f[op->rd] = box_bits(F1_S ^ (F2_S & SIGN_S)))
	FPU(FSGNJ_D, (F1 & ~SIGN_D) | (F2 & SIGN_D))
	FPU(FSGNJN_D, (F1 & ~SIGN_D) | (~F2 & SIGN_D))
	FPU(FSGNJX_D, F1 ^ (F2 & SIGN_D))
	FP2_ANY_S(FMIN_S, f[op->rd] = min_max_s(&h->s, a, b, false))
	FP2_ANY_S(FMAX_S, f[op->rd] = min_max_s(&h->s, a, b, true))
	FP2_D(FMIN_D, f[op->rd] = min_max_d(&h->s, a, b, false))
	FP2_D(FMAX_D, f[op->rd] = min_max_d(&h->s, a, b, true))
	FP2_ANY_S(FEQ_S, x[op->rd] = a == b)
	FP2_ANY_S(FLT_S, x[op->rd] = less_s(a, b))
	FP2_ANY_S(FLE_S, x[op->rd] = less_eq_s(a, b))
	FP2_D(FEQ_D, x[op->rd] = a == b)
	FP2_D(FLT_D, x[op->rd] = less_d(a, b))
	FP2_D(FLE_D, x[op->rd] = less_eq_d(a, b))

	ALU(FMV_X_W, sext32(F1))
	ALU(FMV_X_D, F1)
	FPU(FMV_W_X, box_bits((uint32_t)R1))
	FPU(FMV_D_X, R1)
	FCVT_INT(FCVT_W_S, boxed(F1), as_float((uint32_t)F1), -0x1p31f, 0x1p31f, int32_t)
	FCVT_INT(FCVT_L_S, boxed(F1), as_float((uint32_t)F1), -0x1p63f, 0x1p63f, int64_t)
	FCVT_INT(FCVT_W_D, true, as_double(F1), -0x1p31, 0x1p31, int32_t)
	FCVT_INT(FCVT_L_D, true, as_double(F1), -0x1p63, 0x1p63, int64_t)
	FPU(FCVT_S_W, box_bits(float_bits((float)(int32_t)R1)))
	FPU(FCVT_S_L, box_bits(float_bits((float)(int64_t)R1)))
	FPU(FCVT_D_W, double_bits((double)(int32_t)R1))
	FPU(FCVT_D_L, double_bits((double)(int64_t)R1))
	FPU(FCVT_S_D, result_s((float)as_double(F1)))
do_FCVT_D_S:
	if (unlikely(!boxed(F1)))
		goto do_FP;
	f[op->rd] = result_d(as_float((uint32_t)F1));
	NEXT();
}
