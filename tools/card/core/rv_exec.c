// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interpreter. Each op ends with an indirect jump to the next one's handler, so that the host's
 * branch predictor sees every pair of neighbours as a branch of its own. Blocks are linked directly
 * to their successors; instructions are counted where a block is left.
 */
#include "rv_fp.h"

void rv_flush(struct rv_hart *hart)
{
	struct rv_cache *c = hart->cache;
	struct rv_tlb_entry *e = &c->tlb[0][0];

	for (size_t i = 0; i < sizeof(c->tlb) / sizeof(*e); i++)
		e[i].tag = 1;
	memset(c->hash, 0, sizeof(c->hash));
	c->nr_blocks = 0;
	c->nr_ops = 0;
	c->generation++;
	c->ret_pc = hart->ret_pc;
	c->slow_rounding = hart->s.frm >= RV_RMM;
}

void rv_reset(struct rv_hart *hart)
{
	uint32_t hartid = hart->s.hartid;

	memset(&hart->s, 0, sizeof(hart->s));
	hart->s.hartid = hartid;
	rv_flush(hart);
}

void rv_init(struct rv_hart *hart, struct rv_cache *cache, enum rv_isa isa, uint32_t hartid)
{
	memset(hart, 0, sizeof(*hart));
	hart->cache = cache;
	hart->isa = isa;
	hart->ret_pc = RV_NO_RETURN;
	hart->s.hartid = hartid;
	cache->generation = 0;
	cache->host_fma = __builtin_cpu_supports("fma");
	rv_reset(hart);
}

void rv_set_irq(struct rv_hart *hart, uint32_t irq, bool level)
{
	if (level)
		hart->s.mip |= irq & RV_IRQ_ALL;
	else
		hart->s.mip &= ~irq;
}

static uint64_t mulhsu(uint64_t a, uint64_t b)
{
	return (uint64_t)(((__int128)(int64_t)a * (unsigned __int128)b) >> 64);
}

static uint64_t div_signed(int64_t a, int64_t b)
{
	if (!b)
		return UINT64_MAX;
	return b == -1 ? -(uint64_t)a : (uint64_t)(a / b);
}

static uint64_t rem_signed(int64_t a, int64_t b)
{
	if (!b)
		return (uint64_t)a;
	return b == -1 ? 0 : (uint64_t)(a % b);
}

static uint64_t sext32(uint64_t value)
{
	return (uint64_t)(int32_t)value;
}

/* Execute a custom-0 instruction with the host's FPU in the state that its owner expects. */
static int run_custom(struct rv_hart *h, uint64_t pc, uint32_t insn, uint64_t *tval)
{
	uint32_t mxcsr;
	int cause;

	*tval = insn;
	if (!h->bus.custom)
		return RV_CAUSE_ILLEGAL;
	h->s.pc = pc;
	rv_fp_sync(h);
	mxcsr = rv_fp_lend();
	cause = h->bus.custom(h->bus.opaque, h, insn, tval);
	rv_fp_reclaim(mxcsr);
	h->s.x[0] = 0;
	return cause;
}

struct run {
	struct rv_hart *hart;
	struct rv_stop *out;
	int64_t left;	 /* rest of the budget at the start of the current block */
	int64_t counted; /* value of left when the counters were last brought up to date */
	uint64_t executed;
};

static void sync_counters(struct run *run)
{
	uint64_t n = (uint64_t)(run->counted - run->left);

	run->hart->s.minstret += n;
	run->hart->s.mcycle += n;
	run->executed += n;
	run->counted = run->left;
}

/* A trap is no instruction, but costs 1 of the budget, so that a loop of traps ends. */
static bool enter_handler(struct run *run, uint32_t cause, uint64_t tval)
{
	struct rv_hart *h = run->hart;
	uint64_t pc = h->s.pc;

	sync_counters(run);
	if (rv_take_trap(h, &cause, tval)) {
		run->left--;
		run->counted--;
		return true;
	}
	*run->out = (struct rv_stop){ RV_STOP_TRAP, cause, tval, pc };
	return false;
}

#include "rv_dispatch.h"

uint64_t rv_run(struct rv_hart *hart, uint64_t budget, struct rv_stop *out)
{
	int64_t left = budget > INT64_MAX ? INT64_MAX : (int64_t)budget;
	struct run run = { hart, out, left, left, 0 };
	uint32_t saved;

	if (hart->cache->ret_pc != hart->ret_pc ||
	    hart->cache->slow_rounding != (hart->s.frm >= RV_RMM))
		rv_flush(hart);
	hart->s.x[0] = 0;
	*out = (struct rv_stop){ .reason = RV_STOP_BUDGET };
	rv_take_interrupt(hart);
	saved = rv_fp_enter(hart);
	interpret(&run);
	rv_fp_leave(hart, saved);
	sync_counters(&run);
	if (out->reason != RV_STOP_TRAP)
		out->pc = hart->s.pc;
	return run.executed;
}
