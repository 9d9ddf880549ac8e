/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* clang-format off */
/*
 * The capabilities of a card: what it can do beyond the least that every card
 * can. This is the only list. The card's model announces every capability of
 * the list, the driver tells the firmware that it knows them, and tests of
 * cards that lack some go through the list.
 *
 * The columns of a row:
 * name: the capability is PINION_CAP_<name>, which is defined below and has the same bit
 * bit: number of the bit in PINION_REG_CAPS_LO and, from 32 on, in _HI
 * minor: the capability belongs to the contract since version 1.<minor>
 * announces: a register, bit or struct that has a meaning only with the capability
 * text: what the card has; it follows "the card has no"
 *
 * pinion_packet.h does not compile if a row's capability is not defined or has
 * another bit, if what it announces is not defined, if its minor version is to
 * come, or if a card may lack a capability of contract 1.0.
 * tests/unit/card-caps.c does not compile without a function for each required
 * or optional capability, nor tests/lacking/lacking.c without one for each
 * optional capability. tests/unit/half-added.sh finds a definition without a row.
 */
#ifndef PINION_CAPS_H
#define PINION_CAPS_H

/* Cards have had these since contract version 1.0. */
#define PINION_EACH_BASIC_CAP(row) \
	row(COMPUTE, 0, 0, PINION_PKT_LAUNCH, "LAUNCH packets") \
	row(MATRIX_FP32, 1, 0, PINION_INSN_MATMUL, "matrix engine for fp32")

/*
 * The driver refuses a card without one of these. Without CHAIN a job would
 * need a completion record for each of its descriptors.
 */
#define PINION_EACH_REQUIRED_CAP(row) \
	row(CHAIN, 6, 1, PINION_DESC_F_MORE, "jobs of several descriptors")

/* Driver and library work without these, and refuse the requests that need one. */
#define PINION_EACH_OPTIONAL_CAP(row) \
	row(SPARSE, 4, 1, PINION_PTE_SPARSE, "sparse pages") \
	row(MODERATION, 5, 1, PINION_DOORBELL_MODERATION, "interrupt moderation") \
	row(ABORT, 7, 1, PINION_DOORBELL_ABORT, "abort of a single job") \
	row(PROGRESS, 11, 1, PINION_DOORBELL_RECORDS, "progress registers of queues") \
	row(SHADOW, 12, 1, struct pinion_shadow, "shadow doorbells") \
	row(PREEMPT, 13, 2, PINION_REG_SAVE_BYTES, "preemption of blocks") \
	row(WARM, 14, 2, PINION_RESET_WARM, "restart of firmware alone") \
	row(FLASH, 15, 2, PINION_REG_FLASH_CTRL, "flash with firmware")

#define PINION_EACH_CAP(row) \
	PINION_EACH_BASIC_CAP(row) \
	PINION_EACH_REQUIRED_CAP(row) \
	PINION_EACH_OPTIONAL_CAP(row)

/* Bits that have a name and no meaning yet; they read zero. A row is row(name, bit). */
#define PINION_EACH_RESERVED_CAP(row) \
	row(MATRIX_BF16, 2) \
	row(MATRIX_INT8, 3) \
	row(SRIOV, 8) \
	row(ATS_PASID, 9) \
	row(RESIZABLE_BAR, 10)

#define PINION_CAP_COMPUTE		(1ull << 0)
#define PINION_CAP_MATRIX_FP32		(1ull << 1)
#define PINION_CAP_MATRIX_BF16		(1ull << 2)
#define PINION_CAP_MATRIX_INT8		(1ull << 3)
#define PINION_CAP_SPARSE		(1ull << 4)
#define PINION_CAP_MODERATION		(1ull << 5)
#define PINION_CAP_CHAIN		(1ull << 6)
#define PINION_CAP_ABORT		(1ull << 7)
#define PINION_CAP_SRIOV		(1ull << 8)
#define PINION_CAP_ATS_PASID		(1ull << 9)
#define PINION_CAP_RESIZABLE_BAR	(1ull << 10)
#define PINION_CAP_PROGRESS		(1ull << 11)
#define PINION_CAP_SHADOW		(1ull << 12)
#define PINION_CAP_PREEMPT		(1ull << 13)
#define PINION_CAP_WARM			(1ull << 14)
#define PINION_CAP_FLASH		(1ull << 15)

/* The capabilities of a list as a mask. */
#define PINION_CAPS_OR(name, bit, minor, announces, text)	| PINION_CAP_##name
#define PINION_CAPS_OPTIONAL		(0ull PINION_EACH_OPTIONAL_CAP(PINION_CAPS_OR))
#define PINION_CAPS_ALL			(0ull PINION_EACH_CAP(PINION_CAPS_OR))

#endif /* PINION_CAPS_H */
