// SPDX-License-Identifier: GPL-2.0-or-later
/* The processors: cases with answers from the RISC-V specification, where random ones seldom go. */
#include <immintrin.h>

#include "rv-known.h"

static struct known known;

/* Integer: rd = op(a, b). */
static void integer(enum rv_isa isa, uint32_t opcode, uint32_t f7, uint32_t f3, uint64_t a,
		    uint64_t b, uint64_t want, const char *name)
{
	struct known *t = &known;

	known_start(t, isa);
	t->hart.s.x[5] = a;
	t->hart.s.x[6] = b;
	run1(t, enc_r(opcode, f7, f3, 7, 5, 6));
	if (!tap_ok(t->stop.reason == RV_STOP_RETURN && t->hart.s.x[7] == want, "%s", name))
		printf("# %lx\n", t->hart.s.x[7]);
}

static void test_integer(void)
{
	const uint64_t min64 = 1ull << 63, min32 = (uint64_t)INT32_MIN, ones = UINT64_MAX;

	integer(RV_ISA_COMPUTE, RV_OP, 1, 4, 7, 0, ones, "DIV by zero");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 5, 7, 0, ones, "DIVU by zero");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 6, 7, 0, 7, "REM by zero");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 7, 7, 0, 7, "REMU by zero");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 4, min64, ones, min64, "DIV overflows");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 6, min64, ones, 0, "REM overflows");
	integer(RV_ISA_COMPUTE, RV_OP_32, 1, 4, min32, ones, min32, "DIVW overflows");
	integer(RV_ISA_COMPUTE, RV_OP_32, 1, 5, 0xfffffffff0000000, 0x100000001, 0xfffffffff0000000,
		"DIVUW looks at low halves and extends the sign");
	integer(RV_ISA_COMPUTE, RV_OP_32, 1, 7, 0x80000000, 0, min32, "REMUW by zero");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 1, min64, min64, 1ull << 62, "MULH");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 2, ones, ones, ones, "MULHSU");
	integer(RV_ISA_COMPUTE, RV_OP, 1, 3, ones, ones, ones - 1, "MULHU");
	integer(RV_ISA_MGMT, RV_OP, 1, 4, min32, ones, min32, "RV32 DIV overflows");
	integer(RV_ISA_MGMT, RV_OP, 1, 1, min32, min32, 1u << 30, "RV32 MULH");
	integer(RV_ISA_MGMT, RV_OP, 1, 2, ones, ones, ones, "RV32 MULHSU");
	integer(RV_ISA_MGMT, RV_OP, 1, 3, ones, ones, ones - 1, "RV32 MULHU");
	integer(RV_ISA_MGMT, RV_OP, 0, 0, 0x7fffffff, 1, min32, "RV32 ADD wraps");
	integer(RV_ISA_COMPUTE, RV_OP, 0x20, 5, min64, 64 + 63, ones, "SRA takes six bits");
	integer(RV_ISA_COMPUTE, RV_OP_32, 0, 5, ones, 32 + 1, 0x7fffffff, "SRLW takes five bits");
}

#define BOX	0xffffffff00000000ull
#define NAN_S	(BOX | 0x7fc00000)
#define SNAN_S	(BOX | 0x7f800001)
#define INF_S	(BOX | 0x7f800000)
#define ONE_S	(BOX | 0x3f800000)
#define ZERO_S	BOX
#define MINUS_S (BOX | 0x80000000) /* -0 */
#define NAN_D	0x7ff8000000000000ull
#define SNAN_D	0x7ff0000000000001ull
#define MAX_D	0x7fefffffffffffffull

/* Floating point: f5, f6 (and f8) or x5 to f7 or x7; then the flags. */
static void floating(uint32_t insn, uint64_t a, uint64_t b, uint64_t want, uint32_t flags,
		     const char *name)
{
	struct known *t = &known;
	uint64_t got;

	known_start(t, RV_ISA_COMPUTE);
	t->hart.s.f[5] = t->hart.s.x[5] = a;
	t->hart.s.f[6] = b;
	t->hart.s.f[8] = NAN_S;
	t->hart.s.f[7] = t->hart.s.x[7] = 0x5555;
	run1(t, insn);
	got = t->hart.s.x[7] != 0x5555 ? t->hart.s.x[7] : t->hart.s.f[7];
	if (!tap_ok(t->stop.reason == RV_STOP_RETURN && got == want && t->hart.s.fflags == flags,
		    "%s", name))
		printf("# %lx flags %x\n", got, t->hart.s.fflags);
}

/* OP-FP on f5, f6 to register 7. */
static uint32_t fp(uint32_t funct7, uint32_t funct3, uint32_t rs2)
{
	return enc_r(RV_OP_FP, funct7, funct3, 7, 5, rs2);
}

static void test_boxing(void)
{
	floating(fp(0x00, 7, 6), 0x3f800000, ONE_S, NAN_S, 0,
		 "FADD.S reads what is not boxed as NaN");
	floating(fp(0x10, 0, 6), 0x3f800000, ONE_S, NAN_S, 0, "FSGNJ.S, too");
	floating(fp(0x70, 1, 0), 0x3f800000, 0, 1u << 9, 0, "FCLASS.S, too");
	floating(fp(0x21, 0, 0), 0x3f800000, 0, NAN_D, 0, "FCVT.D.S, too");
	floating(fp(0x60, 1, 0), 0x3f800000, 0, INT32_MAX, RV_NV, "FCVT.W.S, too");
	floating(fp(0x14, 0, 6), 0x3f800000, ONE_S, ONE_S, 0, "FMIN.S, too");
	floating(fp(0x50, 1, 6), 0x3f800000, ONE_S, 0, RV_NV, "FLT.S, too");
	floating(fp(0x70, 0, 0), 0x80000000, 0, (uint64_t)INT32_MIN, 0, "FMV.X.W does not look");
	floating(fp(0x78, 0, 0), 0x123456789abcdef0, 0, BOX | 0x9abcdef0, 0, "FMV.W.X boxes");
	floating(fp(0x00, 7, 6), SNAN_S, ONE_S, NAN_S, RV_NV, "FADD.S of a signalling NaN");
	floating(fp(0x01, 7, 6), 0xfff8123400000000, NAN_D, NAN_D, 0, "a NaN result is canonical");
}

static void test_min_max(void)
{
	floating(fp(0x14, 0, 6), ZERO_S, MINUS_S, MINUS_S, 0, "FMIN.S: -0 is below +0");
	floating(fp(0x14, 1, 6), MINUS_S, ZERO_S, ZERO_S, 0, "FMAX.S: +0 is above -0");
	floating(fp(0x14, 0, 6), SNAN_S, ONE_S, ONE_S, RV_NV, "FMIN.S: a number wins, invalid");
	floating(fp(0x14, 1, 6), ONE_S, NAN_S, ONE_S, 0, "FMAX.S: a number wins");
	floating(fp(0x15, 0, 6), 0xfff8000000000001, NAN_D, NAN_D, 0,
		 "FMIN.D of NaNs is canonical");
	floating(fp(0x15, 1, 6), 1ull << 63, 0, 0, 0, "FMAX.D: +0 is above -0");
	floating(fp(0x50, 2, 6), NAN_S, NAN_S, 0, 0, "FEQ.S is quiet");
	floating(fp(0x50, 2, 6), SNAN_S, ONE_S, 0, RV_NV, "FEQ.S of a signalling NaN");
	floating(fp(0x50, 1, 6), NAN_S, ONE_S, 0, RV_NV, "FLT.S signals");
	floating(fp(0x51, 0, 6), NAN_D, NAN_D, 0, RV_NV, "FLE.D signals");
	floating(fp(0x51, 0, 6), 0, 1ull << 63, 1, 0, "FLE.D: the zeroes are equal");
	floating(fp(0x70, 1, 0), SNAN_S, 0, 1u << 8, 0, "FCLASS.S raises nothing");
	floating(fp(0x71, 1, 0), 0x800fffffffffffff, 0, 1u << 2, 0, "FCLASS.D: negative subnormal");
	floating(fp(0x70, 1, 0), INF_S, 0, 1u << 7, 0, "FCLASS.S: infinity");
}

static void test_convert(void)
{
	floating(fp(0x60, 1, 0), NAN_S, 0, INT32_MAX, RV_NV, "FCVT.W.S of NaN");
	floating(fp(0x60, 1, 0), BOX | 0xff800000, 0, (uint64_t)INT32_MIN, RV_NV,
		 "FCVT.W.S of -inf");
	floating(fp(0x60, 1, 1), BOX | 0xbf800000, 0, 0, RV_NV, "FCVT.WU.S of -1");
	floating(fp(0x60, 1, 1), BOX | 0xbf000000, 0, 0, RV_NX, "FCVT.WU.S of -0.5, towards zero");
	floating(fp(0x61, 1, 1), 0x41e0000000000000, 0, (uint64_t)INT32_MIN, 0,
		 "FCVT.WU.D of 2^31 extends the sign");
	floating(fp(0x61, 1, 0), 0x41dfffffffe00000, 0, INT32_MAX, RV_NX, "FCVT.W.D of 2^31 - 0.5");
	floating(fp(0x61, 0, 0), 0x41dfffffffe00000, 0, INT32_MAX, RV_NV, "... to nearest");
	floating(fp(0x61, 1, 2), 0x43e0000000000000, 0, INT64_MAX, RV_NV, "FCVT.L.D of 2^63");
	floating(fp(0x61, 1, 3), 0x43e0000000000000, 0, 1ull << 63, 0, "FCVT.LU.D of 2^63");
	floating(fp(0x61, 1, 3), 0x43f0000000000000, 0, UINT64_MAX, RV_NV, "FCVT.LU.D of 2^64");
	floating(fp(0x61, 4, 0), 0x4004000000000000, 0, 3, RV_NX, "FCVT.W.D of 2.5, ties away");
	floating(fp(0x61, 0, 0), 0x4004000000000000, 0, 2, RV_NX, "FCVT.W.D of 2.5, ties to even");
	floating(fp(0x68, 7, 3), UINT64_MAX, 0, BOX | 0x5f800000, RV_NX,
		 "FCVT.S.LU rounds up to 2^64");
	floating(fp(0x68, 1, 3), UINT64_MAX, 0, BOX | 0x5f7fffff, RV_NX,
		 "... towards zero does not");
	floating(fp(0x68, 4, 2), 0x1000001, 0, BOX | 0x4b800001, RV_NX, "FCVT.S.L, ties away");
	floating(fp(0x20, 7, 1), MAX_D, 0, INF_S, RV_OF | RV_NX, "FCVT.S.D overflows");
	floating(fp(0x20, 4, 1), 0x36a8000000000000, 0, BOX | 2, RV_UF | RV_NX,
		 "FCVT.S.D, subnormal tie away");
	floating(fp(0x20, 7, 1), SNAN_D, 0, NAN_S, RV_NV, "FCVT.S.D of a signalling NaN");
	floating(fp(0x69, 0, 1), 0xffffffff, 0, 0x41efffffffe00000, 0, "FCVT.D.WU");
}

static void test_arithmetic(void)
{
	floating(fp(0x0c, 7, 6), ONE_S, MINUS_S, BOX | 0xff800000, RV_DZ, "1 / -0");
	floating(fp(0x0c, 7, 6), ZERO_S, MINUS_S, NAN_S, RV_NV, "0 / -0");
	floating(fp(0x2c, 7, 0), BOX | 0xbf800000, 0, NAN_S, RV_NV, "the root of -1");
	floating(fp(0x2d, 7, 0), 1ull << 63, 0, 1ull << 63, 0, "the root of -0");
	floating(fp(0x00, 2, 6), ONE_S, BOX | 0xbf800000, MINUS_S, 0, "1 - 1 is -0 rounding down");
	floating(fp(0x00, 4, 6), ONE_S, BOX | 0xbf800000, ZERO_S, 0, "1 - 1 is +0, ties away");
	floating(fp(0x00, 4, 6), ONE_S, BOX | 0x33800000, BOX | 0x3f800001, RV_NX,
		 "1 + 2^-24, ties away");
	floating(fp(0x00, 7, 6), ONE_S, BOX | 0x33800000, ONE_S, RV_NX, "1 + 2^-24, ties to even");
	floating(fp(0x01, 4, 6), MAX_D, MAX_D, 0x7ff0000000000000, RV_OF | RV_NX,
		 "overflow, ties away");
	floating(fp(0x01, 1, 6), MAX_D, MAX_D, MAX_D, RV_OF | RV_NX, "overflow towards zero");
	floating(fp(0x08, 7, 6), BOX | 0x00800000, BOX | 0x3f7fffff, BOX | 0x00800000,
		 RV_UF | RV_NX, "tiny before rounding and after");
	floating(fp(0x08, 4, 6), BOX | 0x00800000, BOX | 0x3f7fffff, BOX | 0x00800000,
		 RV_UF | RV_NX, "the same, ties away");
	floating(8u << 27 | enc_r(RV_MADD, 0, 7, 7, 5, 6), INF_S, ZERO_S, NAN_S, RV_NV,
		 "inf * 0 + NaN is invalid");
	floating(8u << 27 | enc_r(RV_MADD, 0, 4, 7, 5, 6), INF_S, ZERO_S, NAN_S, RV_NV,
		 "the same, ties away");
	floating(6u << 27 | enc_r(RV_NMADD, 0, 7, 7, 5, 6), ONE_S, ONE_S, BOX | 0xc0000000, 0,
		 "FNMADD.S");
	floating(6u << 27 | enc_r(RV_NMSUB, 0, 4, 7, 5, 6), ONE_S, ONE_S, ZERO_S, 0,
		 "FNMSUB.S, ties away");
}

/* A single instruction that must be illegal, with itself as tval. */
static void illegal(enum rv_isa isa, uint32_t insn, const char *name)
{
	struct known *t = &known;

	known_start(t, isa);
	run1(t, insn);
	tap_ok(trapped(t, RV_CAUSE_ILLEGAL, insn, CODE_VA) && !t->executed, "%s: %s is illegal",
	       isa == RV_ISA_MGMT ? "RV32" : "RV64", name);
}

/* clang-format off */
static void test_illegal(void)
{
	const struct {
		uint32_t insn;
		const char *name;
	} both[] = {
		{ 0x00000000, "zero" }, { 0xffffffff, "all ones" }, { 0x8000, "C reserved" },
		{ 0x0004, "C.ADDI4SPN 0" }, { 0x6081, "C.LUI 0" }, { 0x6101, "C.ADDI16SP 0" },
		{ 0x4002, "C.LWSP x0" }, { 0x8002, "C.JR x0" },
		{ 0x0000100b | 1u << 25, "custom-0" }, { 0x1005252f, "LR.W" },
		{ 0x0ff0000f | 2 << 12, "MISC-MEM 2" },
		{ enc_r(RV_OP, 2, 0, 1, 1, 1), "OP with funct7 2" },
		{ enc_i(RV_LOAD, 7, 1, 1, 0), "LOAD 7" }, { enc_i(RV_JALR, 1, 1, 1, 0), "JALR 1" },
		{ enc_r(RV_BRANCH, 0, 2, 0, 1, 1), "BRANCH 2" },
		{ enc_i(RV_SYSTEM, 2, 5, 0, 0x7c0), "an unknown CSR" },
		{ enc_i(RV_SYSTEM, 1, 0, 5, (int32_t)0xc00), "writing CYCLE" },
		{ 0x10200073, "SRET" },
	};

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		illegal(RV_ISA_COMPUTE, both[i].insn, both[i].name);
		illegal(RV_ISA_MGMT, both[i].insn, both[i].name);
	}
}

static void test_illegal_compute(void)
{
	illegal(RV_ISA_COMPUTE, 0x2001, "C.ADDIW x0");
	illegal(RV_ISA_COMPUTE, RV_INSN_MRET, "MRET");
	illegal(RV_ISA_COMPUTE, RV_INSN_WFI, "WFI");
	illegal(RV_ISA_COMPUTE, enc_i(RV_SYSTEM, 2, 5, 0, 0x300), "MSTATUS");
	illegal(RV_ISA_COMPUTE, enc_i(RV_SYSTEM, 2, 5, 0, (int32_t)0xc01), "TIME");
	illegal(RV_ISA_COMPUTE, fp(0x00, 5, 6), "rounding mode 5");
	illegal(RV_ISA_COMPUTE, fp(0x02, 7, 6), "half precision");
	illegal(RV_ISA_COMPUTE, fp(0x2c, 7, 1), "FSQRT with rs2");
	illegal(RV_ISA_COMPUTE, fp(0x20, 7, 0), "FCVT.S.S");
	illegal(RV_ISA_COMPUTE, fp(0x10, 3, 6), "FSGNJ 3");
	illegal(RV_ISA_COMPUTE, fp(0x78, 0, 1), "FMV.W.X with rs2");
	illegal(RV_ISA_COMPUTE, fp(0x71, 1, 1), "FCLASS.D with rs2");
	illegal(RV_ISA_COMPUTE, fp(0x51, 3, 6), "a comparison 3");
}

static void test_illegal_mgmt(void)
{
	illegal(RV_ISA_MGMT, enc_i(RV_LOAD, 3, 1, 1, 0), "LD");
	illegal(RV_ISA_MGMT, enc_i(RV_OP_IMM_32, 0, 1, 1, 0), "ADDIW");
	illegal(RV_ISA_MGMT, enc_i(RV_OP_IMM, 1, 1, 1, 32), "SLLI by 32");
	illegal(RV_ISA_MGMT, 0x1082, "C.SLLI by 32");
	illegal(RV_ISA_MGMT, 0x6000, "C.FLW");
	illegal(RV_ISA_MGMT, 0x9c01, "C.SUBW");
	illegal(RV_ISA_MGMT, fp(0x00, 7, 6), "FADD.S");
}
/* clang-format on */

static void test_rounding_csr(void)
{
	struct known *t = &known;

	known_start(t, RV_ISA_COMPUTE);
	t->hart.s.f[5] = ONE_S;
	t->hart.s.f[6] = BOX | 0x33800000;    /* 2^-24: half a digit of one */
	put(t, enc_i(RV_SYSTEM, 5, 0, 3, 2)); /* up */
	put(t, fp(0x00, 7, 6));
	put(t, enc_i(RV_SYSTEM, 5, 0, 4, 2)); /* ties away: decoded code is another */
	put(t, enc_r(RV_OP_FP, 0, 7, 9, 5, 6));
	put(t, enc_i(RV_SYSTEM, 5, 0, 0, 2));
	put(t, enc_r(RV_OP_FP, 0, 7, 10, 5, 6));
	put(t, enc_i(RV_SYSTEM, 2, 5, 0, 3));
	put(t, enc_i(RV_SYSTEM, 5, 0, 6, 2));
	put(t, fp(0x00, 7, 6));
	run_all(t, 100);
	tap_ok(t->hart.s.f[7] == (BOX | 0x3f800001) && t->hart.s.f[9] == (BOX | 0x3f800001) &&
		       t->hart.s.f[10] == ONE_S && t->hart.s.x[5] == RV_NX,
	       "FRM changes what follows");
	tap_ok(trapped(t, RV_CAUSE_ILLEGAL, fp(0x00, 7, 6), CODE_VA + 32) && t->executed == 8,
	       "a reserved FRM makes arithmetic illegal");
	_mm_setcsr(0x7f80 | 0x21); /* towards zero, two flags */
	known_start(t, RV_ISA_COMPUTE);
	t->hart.s.f[5] = ONE_S;
	t->hart.s.f[6] = BOX | 0x33800000;
	run1(t, fp(0x04, 7, 6));
	tap_ok(t->hart.s.f[7] == (BOX | 0x3f7fffff) || t->hart.s.f[7] == ONE_S, "FSUB.S ran");
	tap_ok(_mm_getcsr() == (0x7f80 | 0x21), "the host's modes and flags are as before");
	_mm_setcsr(0x1f80);
}

int main(void)
{
	tap_plan(19 + 11 + 14 + 19 + 16 + 2 * 18 + 20 + 4);
	test_integer();
	test_boxing();
	test_min_max();
	test_convert();
	test_arithmetic();
	test_illegal();
	test_illegal_compute();
	test_illegal_mgmt();
	test_rounding_csr();
	return tap_result();
}
