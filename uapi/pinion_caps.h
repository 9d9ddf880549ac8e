/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* clang-format off */
/*
 * The capabilities of a card: what it can do beyond the least that every card
 * can. This is the only list. The card's model announces every capability of
 * the list, the driver tells the firmware that it knows them, and tests of
 * cards that lack some go through the list.
 *
 * The columns of a row:
 * name: the capability is PINION_CAP_<name>, which is defined below
 * bit: number of the bit in PINION_REG_CAPS_LO and, from 32 on, in _HI
 * minor: the capability belongs to the contract since version 1.<minor>
 * announces: a register, bit or struct that has a meaning only with the capability
 * text: what the card has; it follows "the card has no"
 *
 * pinion_packet.h does not compile if a row's capability is not defined, if
 * what it announces is not, or if its minor version is to come. Beyond contract
 * 1.0, tests/unit/card-caps.c does not compile without a function for each row,
 * nor tests/lacking/lacking.c without one for each optional capability.
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
	row(SHADOW, 12, 1, struct pinion_shadow, "shadow doorbells")

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

/* A capability without a row in one of the lists has no number. */
#define PINION_CAPS_BIT(name, bit, minor, announces, text)	PINION_CAP_BIT_##name = bit,
#define PINION_CAPS_RESERVED_BIT(name, bit)		PINION_CAP_BIT_##name = bit,
enum {
	PINION_EACH_CAP(PINION_CAPS_BIT)
	PINION_EACH_RESERVED_CAP(PINION_CAPS_RESERVED_BIT)
	PINION_CAP_BITS = 64
};
#undef PINION_CAPS_RESERVED_BIT
#undef PINION_CAPS_BIT

#define PINION_CAP_COMPUTE		(1ull << PINION_CAP_BIT_COMPUTE)
#define PINION_CAP_MATRIX_FP32		(1ull << PINION_CAP_BIT_MATRIX_FP32)
#define PINION_CAP_MATRIX_BF16		(1ull << PINION_CAP_BIT_MATRIX_BF16)
#define PINION_CAP_MATRIX_INT8		(1ull << PINION_CAP_BIT_MATRIX_INT8)
#define PINION_CAP_SPARSE		(1ull << PINION_CAP_BIT_SPARSE)
#define PINION_CAP_MODERATION		(1ull << PINION_CAP_BIT_MODERATION)
#define PINION_CAP_CHAIN		(1ull << PINION_CAP_BIT_CHAIN)
#define PINION_CAP_ABORT		(1ull << PINION_CAP_BIT_ABORT)
#define PINION_CAP_SRIOV		(1ull << PINION_CAP_BIT_SRIOV)
#define PINION_CAP_ATS_PASID		(1ull << PINION_CAP_BIT_ATS_PASID)
#define PINION_CAP_RESIZABLE_BAR	(1ull << PINION_CAP_BIT_RESIZABLE_BAR)
#define PINION_CAP_PROGRESS		(1ull << PINION_CAP_BIT_PROGRESS)
#define PINION_CAP_SHADOW		(1ull << PINION_CAP_BIT_SHADOW)

/* The capabilities of a list as a mask. */
#define PINION_CAPS_OR(name, bit, minor, announces, text)	| PINION_CAP_##name
#define PINION_CAPS_OPTIONAL		(0ull PINION_EACH_OPTIONAL_CAP(PINION_CAPS_OR))
#define PINION_CAPS_ALL			(0ull PINION_EACH_CAP(PINION_CAPS_OR))

#endif /* PINION_CAPS_H */
