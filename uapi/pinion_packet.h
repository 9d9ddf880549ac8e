/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* clang-format off */
/*
 * Pinion hardware contract, part two: what a job contains. A command buffer is
 * a sequence of packets in the job's own address space; compute kernels are RISC-V
 * code that the packets launch.
 *
 * A packet starts with struct pinion_pkt, is 8-byte aligned and as long as its
 * op says. Packets run in order: a packet starts when the packet before it is
 * complete and everything that packet wrote is visible. A packet with
 * PINION_PKT_F_CONCURRENT may run at the same time as the packets before it, back to the
 * last BARRIER (or packet without the flag). Reserved fields and flags must be zero;
 * anything else stops the queue with PINION_STATUS_BAD_PACKET.
 */
#ifndef PINION_PACKET_H
#define PINION_PACKET_H

#include "pinion_regs.h"

/**
 * struct pinion_pkt - header of every packet
 * @op: PINION_PKT_*
 * @flags: PINION_PKT_F_*
 * @bytes: length of the whole packet
 * @reserved: zero
 */
struct pinion_pkt {
	__u8 op;
	__u8 flags;
	__u16 bytes;
	__u32 reserved;
};
PINION_ASSERT_SIZE(struct pinion_pkt, 8);

#define PINION_PKT_NOP			0	/* skipped: head, up to @bytes (a multiple of 8) */
#define PINION_PKT_COPY			1
#define PINION_PKT_FILL			2
#define PINION_PKT_LAUNCH		3
#define PINION_PKT_BARRIER		4
#define PINION_PKT_WAIT			5
#define PINION_PKT_SIGNAL		6
#define PINION_PKT_TIMESTAMP		7

#define PINION_PKT_F_CONCURRENT		(1u << 0)	/* COPY, FILL, LAUNCH */
#define PINION_PKT_F_ICACHE		(1u << 1)	/* BARRIER: drop decoded instructions too */

/**
 * struct pinion_pkt_copy - copy @rows rows of @row_bytes bytes
 * @pkt: header of the packet
 * @src: virtual address of the first source row
 * @dst: virtual address of the first destination row; source and destination must not overlap
 * @row_bytes: length of a row in bytes, >= 1
 * @rows: number of rows, >= 1; 1 is a linear copy
 * @src_pitch: bytes from one source row to the next, >= @row_bytes if @rows > 1
 * @dst_pitch: bytes from one destination row to the next, >= @row_bytes if @rows > 1
 * @reserved: zero
 */
struct pinion_pkt_copy {
	struct pinion_pkt pkt;
	__u64 src;
	__u64 dst;
	__u64 row_bytes;
	__u64 rows;
	__u64 src_pitch;
	__u64 dst_pitch;
	__u64 reserved;
};
PINION_ASSERT_SIZE(struct pinion_pkt_copy, 64);

/**
 * struct pinion_pkt_fill - fill memory with a repeated pattern
 * @pkt: header of the packet
 * @dst: virtual address of the first byte, a multiple of @width
 * @bytes: length in bytes, >= 1, a multiple of @width
 * @pattern: the pattern, in the low @width bytes
 * @width: size of the pattern in bytes: 1, 2, 4 or 8
 * @reserved: zero
 */
struct pinion_pkt_fill {
	struct pinion_pkt pkt;
	__u64 dst;
	__u64 bytes;
	__u64 pattern;
	__u32 width;
	__u32 reserved;
};
PINION_ASSERT_SIZE(struct pinion_pkt_fill, 40);

/**
 * struct pinion_pkt_launch - run a grid of blocks
 * @pkt: header of the packet
 * @entry: virtual address of the kernel's first instruction, 2-byte aligned
 * @args: virtual address of the kernel's argument struct, passed in a0
 * @grid: number of blocks in x, y and z; each >= 1, product < 2^32
 * @scratch_bytes: scratchpad that the kernel uses from its start, without the
 *	stack; <= SCRATCHPAD - PINION_STACK_MIN
 *
 * A block is one call of the function at @entry on one core with a0 = @args,
 * a1, a2, a3 = its x, y, z, a4 = its core's number, sp = end of the
 * scratchpad, ra = PINION_BLOCK_RETURN, frm = RNE, all other registers zero.
 * The block ends when it jumps to ra. Blocks run in any order, on any number of
 * cores. The scratchpad holds zeroes, or what earlier blocks of the same address
 * space left there; never data of another address space.
 */
struct pinion_pkt_launch {
	struct pinion_pkt pkt;
	__u64 entry;
	__u64 args;
	__u32 grid[3];
	__u32 scratch_bytes;
};
PINION_ASSERT_SIZE(struct pinion_pkt_launch, 40);

/**
 * struct pinion_pkt_sem - WAIT, SIGNAL and TIMESTAMP
 * @pkt: header of the packet
 * @va: virtual address of a 64-bit word, 8-byte aligned
 * @value: WAIT: the packet completes when the word is >= @value. SIGNAL: written to the word
 *	unless the word is larger already. TIMESTAMP: must be zero; the device time is
 *	written to the word
 */
struct pinion_pkt_sem {
	struct pinion_pkt pkt;
	__u64 va;
	__u64 value;
};
PINION_ASSERT_SIZE(struct pinion_pkt_sem, 24);

/* ------------------------------------------------------------------------
 * Compute cores: RV64IMFDC, Zicsr (fcsr, cycle, instret), Zifencei. A core
 * sees the job's address space below 2^48 and its own scratchpad here:
 */
#define PINION_SCRATCH_BASE		0x0001000000000000ull
#define PINION_BLOCK_RETURN		0xfffffffffffffff0ull
#define PINION_STACK_MIN		8192

/*
 * custom-0 (opcode 0x0b), R-type, funct7 = 0, rs1 = address in the scratchpad
 * of a descriptor, 8-byte aligned; rd = x0 and rs2 = x0.
 */
#define PINION_INSN_OPCODE		0x0b
#define PINION_INSN_MATMUL		0	/* funct3; struct pinion_matmul */
#define PINION_INSN_TCOPY		1	/* funct3; struct pinion_tcopy */

/**
 * struct pinion_matmul - C (m x n) = A (m x k) * B (k x n) [+ C]
 * @a: byte offset in the scratchpad, 16-byte aligned, of row-major A
 * @b: byte offset in the scratchpad, 16-byte aligned, of row-major B: k rows of n elements;
 *	with TRANS_B, n rows of k
 * @c: byte offset in the scratchpad, 16-byte aligned, of row-major C; must not overlap A or B
 * @m: rows of C, 1..4096
 * @n: columns of C, 1..4096
 * @k: columns of A and rows of B, 1..4096
 * @type: type of the elements: PINION_MATMUL_FP32
 * @flags: PINION_MATMUL_F_*
 * @lda: elements from one row of A to the next, >= @k
 * @ldb: elements from one row of B to the next, >= @n; with TRANS_B, >= @k
 * @ldc: elements from one row of C to the next, >= @n
 * @reserved: zero
 *
 * Exact to the bit: each element of C is one chain of fused multiply-adds
 * (round to nearest even) over k in increasing order, from +0 or, with
 * ACCUMULATE, from the old C. A NaN result is any quiet NaN.
 */
struct pinion_matmul {
	__u32 a;
	__u32 b;
	__u32 c;
	__u16 m;
	__u16 n;
	__u16 k;
	__u8 type;
	__u8 flags;
	__u32 lda;
	__u32 ldb;
	__u32 ldc;
	__u32 reserved;
};
PINION_ASSERT_SIZE(struct pinion_matmul, 36);

#define PINION_MATMUL_FP32		0
#define PINION_MATMUL_BF16		1	/* reserved: bf16 in, fp32 out */
#define PINION_MATMUL_INT8		2	/* reserved: int8 in, int32 out */
#define PINION_MATMUL_F_ACCUMULATE	(1u << 0)
#define PINION_MATMUL_F_TRANS_B		(1u << 1)

/**
 * struct pinion_tcopy - copy a tile between any two places the core may reach
 * @src: virtual or scratchpad address
 * @dst: virtual or scratchpad address; must not overlap the source
 * @rows: number of rows, >= 1
 * @row_bytes: length of a row in bytes, >= 1; @rows * @row_bytes <= PINION_TCOPY_MAX
 * @src_pitch: bytes from one source row to the next, any value; 0 repeats one row
 * @dst_pitch: bytes from one destination row to the next, >= @row_bytes if @rows > 1
 */
struct pinion_tcopy {
	__u64 src;
	__u64 dst;
	__u32 rows;
	__u32 row_bytes;
	__u64 src_pitch;
	__u64 dst_pitch;
};
PINION_ASSERT_SIZE(struct pinion_tcopy, 40);

#define PINION_TCOPY_MAX		(1u << 20)	/* bytes; more is an illegal instruction */

/* ------------------------------------------------------------------------
 * Kernel-image note: one per kernel in section .note.pinion (PT_NOTE), owner
 * name "PINION", type PINION_NOTE_KERNEL.
 */
#define PINION_NOTE_NAME		"PINION"
#define PINION_NOTE_KERNEL		1
#define PINION_NOTE_VERSION		1

/**
 * struct pinion_kernel_arg - one member of a kernel's argument struct
 * @name: name of the member, zero-terminated
 * @offset: bytes from the start of the struct
 * @bytes: size of the member
 * @kind: PINION_ARG_*
 * @reserved: zero
 */
struct pinion_kernel_arg {
	__u8 name[24];
	__u16 offset;
	__u16 bytes;
	__u8 kind;
	__u8 reserved[3];
};
PINION_ASSERT_SIZE(struct pinion_kernel_arg, 32);

#define PINION_ARG_VALUE		0
#define PINION_ARG_IN			1	/* address of memory that the kernel reads */
#define PINION_ARG_OUT			2	/* address of memory that the kernel writes */
#define PINION_ARG_INOUT		3

/**
 * struct pinion_kernel_note - what the runtime must know to launch a kernel
 * @version: PINION_NOTE_VERSION
 * @args_bytes: size of the argument struct, <= 4096
 * @scratch_bytes: as in struct pinion_pkt_launch
 * @nargs: number of struct pinion_kernel_arg that follow
 * @name: symbol of the kernel, zero-terminated
 */
struct pinion_kernel_note {
	__u32 version;
	__u32 args_bytes;
	__u32 scratch_bytes;
	__u32 nargs;
	__u8 name[32];
};
PINION_ASSERT_SIZE(struct pinion_kernel_note, 48);

/*
 * Checks of the rows of pinion_caps.h, here because a row may announce what any
 * of these headers defines. C++98 is spared: it has no 64-bit constants.
 */
#ifndef __cplusplus
#define PINION_CAPS_CHECK(name, bit, minor, announces, text) \
	_Static_assert(PINION_CAP_##name == 1ull << (bit), #name " has another bit in its row"); \
	_Static_assert(sizeof(announces) && (minor) <= PINION_CONTRACT_MINOR, \
		       #name " needs a higher PINION_CONTRACT_MINOR");
#define PINION_CAPS_CHECK_BASIC(name, bit, minor, announces, text) \
	_Static_assert(!(minor), #name " is new: a card may lack it");
#define PINION_CAPS_CHECK_LATER(name, bit, minor, announces, text) \
	_Static_assert(minor, #name " is in every card since contract 1.0");
#define PINION_CAPS_ADD(name, bit, minor, announces, text)	+ PINION_CAP_##name
#define PINION_CAPS_ADD_RESERVED(name, bit)		+ PINION_CAP_##name
#define PINION_CAPS_OR_RESERVED(name, bit)		| PINION_CAP_##name
PINION_EACH_CAP(PINION_CAPS_CHECK)
PINION_EACH_BASIC_CAP(PINION_CAPS_CHECK_BASIC)
PINION_EACH_REQUIRED_CAP(PINION_CAPS_CHECK_LATER)
PINION_EACH_OPTIONAL_CAP(PINION_CAPS_CHECK_LATER)
_Static_assert((0 PINION_EACH_CAP(PINION_CAPS_ADD)
		PINION_EACH_RESERVED_CAP(PINION_CAPS_ADD_RESERVED)) ==
	       (PINION_CAPS_ALL PINION_EACH_RESERVED_CAP(PINION_CAPS_OR_RESERVED)),
	       "two capabilities with one bit");
#undef PINION_CAPS_OR_RESERVED
#undef PINION_CAPS_ADD_RESERVED
#undef PINION_CAPS_ADD
#undef PINION_CAPS_CHECK_LATER
#undef PINION_CAPS_CHECK_BASIC
#undef PINION_CAPS_CHECK
#endif

#endif /* PINION_PACKET_H */
