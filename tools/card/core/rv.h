/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card's RISC-V processors: an interpreter of pre-decoded blocks.
 *
 * Two machines come from one source. The management processor is RV32IMC with machine mode and
 * machine-mode traps. A compute core is RV64IMFDC without privilege modes: anything that goes wrong
 * stops it and is reported with the state as it was before the failing instruction.
 *
 * A hart has no thread, clock or allocation of its own. Its owner provides the memory of the cache,
 * the callbacks, and calls rv_run() for as long as it likes.
 */
#ifndef PINION_CARD_RV_H
#define PINION_CARD_RV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RV_PAGE_SHIFT 12
#define RV_PAGE_SIZE  (1u << RV_PAGE_SHIFT)

enum rv_isa {
	RV_ISA_MGMT,	/* RV32IMC_Zicsr_Zifencei, machine mode */
	RV_ISA_COMPUTE, /* RV64IMFDC_Zicsr_Zifencei and custom-0, no privilege modes */
};

enum rv_access {
	RV_READ,
	RV_WRITE,
	RV_FETCH,
};

/* Causes of the RISC-V privileged specification; causes from 24 on are the card's own. */
enum rv_cause {
	RV_CAUSE_FETCH_ACCESS = 1,
	RV_CAUSE_ILLEGAL = 2,
	RV_CAUSE_BREAKPOINT = 3,
	RV_CAUSE_LOAD_ACCESS = 5,
	RV_CAUSE_STORE_ACCESS = 7,
	RV_CAUSE_ECALL_USER = 8,     /* ECALL on a compute core */
	RV_CAUSE_ECALL_MACHINE = 11, /* ECALL on the management processor */
	RV_CAUSE_FETCH_PAGE = 12,
	RV_CAUSE_LOAD_PAGE = 13,
	RV_CAUSE_STORE_PAGE = 15,
	RV_CAUSE_SCRATCHPAD_LOAD = 24, /* read beyond the scratchpad; also by the matrix engine */
	RV_CAUSE_DOUBLE_FAULT = 25,    /* management processor: exception inside a trap handler */
	RV_CAUSE_SCRATCHPAD_STORE = 26,
};

/* Bits of mie and mip that exist. */
#define RV_IRQ_SOFTWARE (1u << 3)
#define RV_IRQ_TIMER	(1u << 7)
#define RV_IRQ_EXTERNAL (1u << 11)
#define RV_IRQ_ALL	(RV_IRQ_SOFTWARE | RV_IRQ_TIMER | RV_IRQ_EXTERNAL)

/*
 * All state that software on the hart can see. A hart is saved by copying this struct, and loaded
 * by copying it back and calling rv_flush(). On the management processor, registers are kept
 * sign-extended to 64 bits, and pc zero-extended.
 */
struct rv_state {
	uint64_t x[33]; /* x[32] swallows the writes to x0; its value means nothing */
	uint64_t f[32]; /* a single is NaN-boxed */
	uint64_t pc;
	uint64_t mcycle; /* a cycle per instruction, so that runs can be repeated exactly */
	uint64_t minstret;
	uint32_t fflags;
	uint32_t frm;

	/* The machine-mode registers; zero and unused on a compute core. */
	uint32_t mstatus;
	uint32_t mie;
	uint32_t mip; /* driven by rv_set_irq(), read-only to software */
	uint32_t mtvec;
	uint32_t mepc;
	uint32_t mcause;
	uint32_t mtval;
	uint32_t mscratch;
	uint32_t in_trap; /* a trap was taken, and no MRET has followed yet */
	uint32_t hartid;
};

struct rv_hart;

/*
 * Callbacks of the hart's owner. On the management processor, @va is below 2^32.
 *
 * Callbacks run with the host's floating point in its default state, and may call rv_flush() and
 * rv_set_irq() on the hart that called them; an interrupt raised in a callback is taken at the next
 * CSR write, MRET, WFI or rv_run().
 */
struct rv_bus {
	void *opaque;

	/*
	 * Return: the host address of the 4 KiB page that holds @va, if the page is memory and
	 * @access is allowed; NULL otherwise. The hart caches the result until rv_flush().
	 */
	void *(*page)(void *opaque, uint64_t va, enum rv_access access);

	/*
	 * An access to a page for which page() gave NULL: device registers, memory of the host, or
	 * nothing at all. @len is 1 to 8 bytes, up to a page from TCOPY, and stays within one page;
	 * a fetch is 2 bytes.
	 * Return: 0, or the cause (enum rv_cause) with which the instruction faults.
	 */
	int (*mmio)(void *opaque, uint64_t va, void *buf, unsigned int len, enum rv_access access);

	/*
	 * Execute a custom-0 instruction (opcode 0x0b). hart->s is up to date except for the
	 * counters, and hart->s.pc is the address of @insn. If this is NULL, custom-0 is illegal.
	 * Return: 0, or the cause with which the instruction faults; *@tval is @insn unless
	 * changed.
	 */
	int (*custom)(void *opaque, struct rv_hart *hart, uint32_t insn, uint64_t *tval);
};

/* A range of addresses that is always mapped to host memory; there is none if size is 0. */
struct rv_window {
	uint64_t base; /* multiple of RV_PAGE_SIZE */
	uint64_t size; /* bytes, multiple of RV_PAGE_SIZE */
	void *host;
};

#define RV_TLB_ENTRIES 256u
#define RV_CODE_OPS    16384u
#define RV_CODE_BLOCKS 2048u
#define RV_CODE_HASH   2048u

struct rv_tlb_entry {
	uint64_t tag;	  /* address of the page, or 1: matches nothing */
	uintptr_t addend; /* host address = addend + address */
};

/* One decoded instruction. */
struct rv_op {
	union {
		uintptr_t code; /* enum rv_code, until the block is linked */
		const void *handler;
	};
	uint8_t rd, rs1, rs2;
	uint8_t off; /* halfwords from the start of the block */
	int32_t imm;
};

/* A run of instructions that is entered only at its start and left only by its last op. */
struct rv_block {
	uint64_t pc;
	uint64_t next_pc;		/* address of what follows the last instruction */
	uint64_t target_pc;		/* where a direct jump or a taken branch goes */
	struct rv_block *next, *target; /* NULL until first used */
	struct rv_block *same_hash;
	struct rv_op *ops;
	uint32_t count;	 /* instructions */
	uint32_t nr_ops; /* @count, plus 1 if an op is needed to leave the block */
};

/* What was derived from memory; about 450 KiB. The owner provides it, and never saves it. */
struct rv_cache {
	struct rv_tlb_entry tlb[3][RV_TLB_ENTRIES]; /* by enum rv_access */
	struct rv_block *hash[RV_CODE_HASH];
	struct rv_block blocks[RV_CODE_BLOCKS];
	struct rv_op ops[RV_CODE_OPS];
	uint32_t nr_blocks, nr_ops;
	uint32_t generation; /* counts flushes */
	uint64_t ret_pc;     /* value of the hart's ret_pc when the code was decoded */
	bool slow_rounding;  /* the code was decoded for a value of frm that the host's FPU lacks */
	bool host_fma;
};

struct rv_hart {
	struct rv_state s;
	enum rv_isa isa;
	uint64_t ret_pc; /* reaching it stops with RV_STOP_RETURN; RV_NO_RETURN: never */
	struct rv_bus bus;
	struct rv_window window;
	struct rv_cache *cache;
};

#define RV_NO_RETURN UINT64_MAX

enum rv_stop_reason {
	RV_STOP_BUDGET, /* call again to go on */
	RV_STOP_WFI,	/* no enabled interrupt pending; call again after rv_set_irq() */
	RV_STOP_RETURN, /* pc == ret_pc; a0 is in s.x[10] */
	RV_STOP_TRAP,	/* see cause, tval, pc; the state is as before the instruction */
};

struct rv_stop {
	enum rv_stop_reason reason;
	uint32_t cause; /* RV_STOP_TRAP: enum rv_cause */
	uint64_t tval;	/* the address that faulted, the illegal instruction, or 0 */
	uint64_t pc;	/* where the hart is */
};

/**
 * rv_init() - bind a hart to its cache and reset it
 * @hart: hart whose owner then fills in bus, window and ret_pc
 * @cache: memory of the owner, may be uninitialised
 * @isa: RV_ISA_MGMT or RV_ISA_COMPUTE
 * @hartid: what software reads as mhartid
 */
void rv_init(struct rv_hart *hart, struct rv_cache *cache, enum rv_isa isa, uint32_t hartid);

/**
 * rv_reset() - set all registers to zero and drop the caches
 * @hart: hart to reset; bus, window, ret_pc and isa do not change
 *
 * The owner sets s.pc, and on a compute core the argument registers and the stack pointer.
 */
void rv_reset(struct rv_hart *hart);

/**
 * rv_flush() - drop the cached page addresses and the decoded code
 * @hart: any hart; may be called from its callbacks
 *
 * The owner calls this whenever the result of page() changes for some address, when code in memory
 * has changed, and after loading a saved state. Until this call, the hart may use the old mapping
 * and the old code; FENCE.I makes it use new code, too.
 */
void rv_flush(struct rv_hart *hart);

/**
 * rv_copy() - copy memory as the hart sees it
 * @hart: hart that rv_init() has initialised
 * @dst: destination in the hart's address space
 * @src: source in the hart's address space; must not overlap the destination
 * @len: number of bytes to copy
 * @tval: set to the address that faulted
 *
 * Return: 0, or enum rv_cause after perhaps copying some of the bytes
 */
int rv_copy(struct rv_hart *hart, uint64_t dst, uint64_t src, uint64_t len, uint64_t *tval);

/**
 * rv_set_irq() - drive an interrupt line of the management processor
 * @hart: the management processor
 * @irq: RV_IRQ_SOFTWARE, RV_IRQ_TIMER or RV_IRQ_EXTERNAL
 * @level: true while the device asks for it
 */
void rv_set_irq(struct rv_hart *hart, uint32_t irq, bool level);

/**
 * rv_run() - execute instructions
 * @hart: hart that rv_init() has initialised
 * @budget: number of instructions, at least 1; checked at the end of each block only
 * @out: why the hart stopped
 *
 * The host's floating-point modes and flags are on return as they were at the call.
 *
 * Return: number of instructions executed; may exceed @budget by a block, at most 64 instructions
 */
uint64_t rv_run(struct rv_hart *hart, uint64_t budget, struct rv_stop *out);

#endif
