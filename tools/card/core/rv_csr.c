// SPDX-License-Identifier: GPL-2.0-or-later
/* Control and status registers, and the traps of the management processor. */
#include "rv_int.h"

enum {
	CSR_FFLAGS = 0x001,
	CSR_FRM = 0x002,
	CSR_FCSR = 0x003,
	CSR_MSTATUS = 0x300,
	CSR_MISA = 0x301,
	CSR_MIE = 0x304,
	CSR_MTVEC = 0x305,
	CSR_MSTATUSH = 0x310,
	CSR_MSCRATCH = 0x340,
	CSR_MEPC = 0x341,
	CSR_MCAUSE = 0x342,
	CSR_MTVAL = 0x343,
	CSR_MIP = 0x344,
	CSR_MCYCLE = 0xb00,
	CSR_MINSTRET = 0xb02,
	CSR_MCYCLEH = 0xb80,
	CSR_MINSTRETH = 0xb82,
	CSR_CYCLE = 0xc00,
	CSR_INSTRET = 0xc02,
	CSR_CYCLEH = 0xc80,
	CSR_INSTRETH = 0xc82,
	CSR_MVENDORID = 0xf11,
	CSR_MARCHID = 0xf12,
	CSR_MIMPID = 0xf13,
	CSR_MHARTID = 0xf14,
	CSR_MCONFIGPTR = 0xf15,
};

#define MSTATUS_MIE  (1u << 3)
#define MSTATUS_MPIE (1u << 7)
#define MSTATUS_MPP  (3u << 11) /* machine mode, the only one */
#define MISA_RV32IMC (1u << 30 | 1u << 8 | 1u << 12 | 1u << 2)
#define MCAUSE_IRQ   (1u << 31)

static bool read_float(const struct rv_state *s, uint32_t csr, uint64_t *value)
{
	switch (csr) {
	case CSR_FFLAGS:
		*value = s->fflags;
		return true;
	case CSR_FRM:
		*value = s->frm;
		return true;
	case CSR_FCSR:
		*value = s->frm << 5 | s->fflags;
		return true;
	case CSR_CYCLE:
		*value = s->mcycle;
		return true;
	case CSR_INSTRET:
		*value = s->minstret;
		return true;
	default:
		return false;
	}
}

/* clang-format off */
static bool read_machine(const struct rv_state *s, uint32_t csr, uint64_t *value)
{
	switch (csr) {
	case CSR_MSTATUS: *value = s->mstatus | MSTATUS_MPP; return true;
	case CSR_MISA: *value = MISA_RV32IMC; return true;
	case CSR_MIE: *value = s->mie; return true;
	case CSR_MTVEC: *value = s->mtvec; return true;
	case CSR_MSCRATCH: *value = s->mscratch; return true;
	case CSR_MEPC: *value = s->mepc; return true;
	case CSR_MCAUSE: *value = s->mcause; return true;
	case CSR_MTVAL: *value = s->mtval; return true;
	case CSR_MIP: *value = s->mip; return true;
	case CSR_MCYCLE: case CSR_CYCLE: *value = (uint32_t)s->mcycle; return true;
	case CSR_MINSTRET: case CSR_INSTRET: *value = (uint32_t)s->minstret; return true;
	case CSR_MCYCLEH: case CSR_CYCLEH: *value = s->mcycle >> 32; return true;
	case CSR_MINSTRETH: case CSR_INSTRETH: *value = s->minstret >> 32; return true;
	case CSR_MHARTID: *value = s->hartid; return true;
	case CSR_MSTATUSH: case CSR_MVENDORID: case CSR_MARCHID: case CSR_MIMPID:
	case CSR_MCONFIGPTR: *value = 0; return true;
	default: return false;
	}
}
/* clang-format on */

/* Set the rounding mode. Decoded code is only valid for the kind of mode that it was decoded for.
 */
static void set_frm(struct rv_hart *hart, uint32_t frm)
{
	hart->s.frm = frm & 7;
	if ((hart->s.frm >= RV_RMM) != hart->cache->slow_rounding)
		rv_flush(hart);
}

static void write_float(struct rv_hart *hart, uint32_t csr, uint32_t value)
{
	switch (csr) {
	case CSR_FFLAGS:
		hart->s.fflags = value & 31;
		break;
	case CSR_FRM:
		set_frm(hart, value);
		break;
	case CSR_FCSR:
		hart->s.fflags = value & 31;
		set_frm(hart, value >> 5);
		break;
	}
}

/* Subtract 1, as the writing instruction is counted later: the next one must read @value. */
static uint64_t low_half(uint64_t counter, uint32_t value)
{
	return ((counter >> 32 << 32) | value) - 1;
}

static uint64_t high_half(uint64_t counter, uint32_t value)
{
	return (uint64_t)value << 32 | (uint32_t)counter;
}

static void write_machine(struct rv_state *s, uint32_t csr, uint32_t value)
{
	switch (csr) {
	case CSR_MSTATUS:
		s->mstatus = value & (MSTATUS_MIE | MSTATUS_MPIE);
		break;
	case CSR_MIE:
		s->mie = value & RV_IRQ_ALL;
		break;
	case CSR_MTVEC:
		s->mtvec = value & ~2u;
		break;
	case CSR_MSCRATCH:
		s->mscratch = value;
		break;
	case CSR_MEPC:
		s->mepc = value & ~1u;
		break;
	case CSR_MCAUSE:
		s->mcause = value;
		break;
	case CSR_MTVAL:
		s->mtval = value;
		break;
	case CSR_MCYCLE:
		s->mcycle = low_half(s->mcycle, value);
		break;
	case CSR_MINSTRET:
		s->minstret = low_half(s->minstret, value);
		break;
	case CSR_MCYCLEH:
		s->mcycle = high_half(s->mcycle, value);
		break;
	case CSR_MINSTRETH:
		s->minstret = high_half(s->minstret, value);
		break;
	}
}

int rv_csr(struct rv_hart *hart, uint32_t insn)
{
	uint32_t csr = insn >> 20, rs1 = (insn >> 15) & 31, rd = (insn >> 7) & 31;
	uint64_t old, operand = insn & (4u << 12) ? rs1 : hart->s.x[rs1];
	bool mgmt = hart->isa == RV_ISA_MGMT, write = true;

	if (!(mgmt ? read_machine(&hart->s, csr, &old) : read_float(&hart->s, csr, &old)))
		return RV_CAUSE_ILLEGAL;
	switch ((insn >> 12) & 3) {
	case 2:
		operand |= old;
		write = rs1 != 0;
		break;
	case 3:
		operand = old & ~operand;
		write = rs1 != 0;
		break;
	}
	if (write && csr >> 10 == 3)
		return RV_CAUSE_ILLEGAL;
	if (write && mgmt)
		write_machine(&hart->s, csr, (uint32_t)operand);
	else if (write)
		write_float(hart, csr, (uint32_t)operand);
	hart->s.x[rd ? rd : 32] = mgmt ? (uint64_t)(int32_t)old : old;
	return 0;
}

static void enter_trap(struct rv_state *s, uint32_t cause, uint32_t tval)
{
	s->mepc = (uint32_t)s->pc;
	s->mcause = cause;
	s->mtval = tval;
	s->mstatus = s->mstatus & MSTATUS_MIE ? MSTATUS_MPIE : 0;
	s->in_trap = 1;
	s->pc = s->mtvec & ~3u;
	if (s->mtvec & 1 && cause & MCAUSE_IRQ)
		s->pc = (uint32_t)(s->pc + 4 * (cause & ~MCAUSE_IRQ));
}

bool rv_take_trap(struct rv_hart *hart, uint32_t *cause, uint64_t tval)
{
	struct rv_state *s = &hart->s;

	if (hart->isa != RV_ISA_MGMT || !s->mtvec)
		return false;
	if (s->in_trap) {
		*cause = RV_CAUSE_DOUBLE_FAULT;
		return false;
	}
	enter_trap(s, *cause, (uint32_t)tval);
	return true;
}

void rv_take_interrupt(struct rv_hart *hart)
{
	static const uint8_t by_priority[] = { 11, 3, 7 };
	struct rv_state *s = &hart->s;
	uint32_t pending = s->mip & s->mie;

	if (hart->isa != RV_ISA_MGMT || !(s->mstatus & MSTATUS_MIE))
		return;
	for (unsigned int i = 0; i < 3; i++) {
		if (pending & (1u << by_priority[i])) {
			enter_trap(s, MCAUSE_IRQ | by_priority[i], 0);
			return;
		}
	}
}

void rv_mret(struct rv_hart *hart)
{
	struct rv_state *s = &hart->s;

	s->pc = s->mepc;
	s->mstatus = MSTATUS_MPIE | (s->mstatus & MSTATUS_MPIE ? MSTATUS_MIE : 0);
	s->in_trap = 0;
}
