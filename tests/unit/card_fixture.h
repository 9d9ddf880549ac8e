/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card on a bench: host memory, a clock that stands still unless moved, and counted interrupts.
 * Queues are set up behind the management processor's back, so that no firmware is needed.
 */
#ifndef CARD_FIXTURE_H
#define CARD_FIXTURE_H

#include "card_int.h"
#include "tests/tap.h"

#define FX_MEMORY     (32ull << 20)
#define FX_HOST_BYTES (4u << 20)
/* DMA address of host[0]: the last that there are, so that all 57 bits are used. */
#define FX_HOST_BASE  ((1ull << PINION_DMA_BITS) - FX_HOST_BYTES)
#define FX_SCRATCH    (64u << 10)

/*
 * Every address space made by fx_vm() sees, readable, writable and executable, FX_DEV_BYTES of
 * device memory from FX_DEV_AT on in 2 MiB pages at FX_DEV_VA, and FX_HOST_MAPPED of host memory
 * from its middle on in 4 KiB pages at FX_HOST_VA.
 */
#define FX_DEV_VA      0x40000000ull
#define FX_DEV_AT      (16u << 20)
#define FX_DEV_BYTES   (8u << 20)
#define FX_HOST_VA     0x80000000ull
#define FX_HOST_AT     (2u << 20)
#define FX_HOST_MAPPED (1u << 20)

struct fixture {
	struct card *card;
	uint8_t *memory;
	uint8_t *host;
	uint64_t now;
	uint64_t wakeup;
	uint32_t table_next; /* device address of the next free page for tables */
	unsigned int msi[PINION_MSIX_VECTORS];
	unsigned int bus_errors[PINION_DEBUG_AER_FATAL + 1]; /* by severity */
	unsigned int kicks;
	unsigned int complaints;     /* log lines of level 0: somebody broke the contract */
	uint64_t deny_from, deny_to; /* DMA addresses that the host refuses */
	uint8_t *flash;		     /* CARD_FLASH_BYTES, erased at first */
	unsigned int flash_writes;   /* so far */
	unsigned int cut_at;	     /* number of the write at which the power fails; 0: none */
	uint64_t cut_random;
	uint32_t tail[PINION_MAX_QUEUES];
};

#define RWX (PINION_PTE_READ | PINION_PTE_WRITE | PINION_PTE_EXEC)

struct fixture *fx_new(unsigned int cores, const uint8_t *public_key);
void fx_free(struct fixture *fx);

/* Step until idle. Return: false if it did not come to rest. */
bool fx_run(struct fixture *fx);

/* Take the power away and give it back: all but the flash is as in a new card. */
void fx_power_cycle(struct fixture *fx);

/* Map one page of level @level (0 or 1); @flags are PTE bits without VALID. */
void fx_map(struct fixture *fx, uint32_t vm, uint64_t va, uint64_t addr, unsigned int level,
	    uint64_t flags);
uint64_t *fx_pte(struct fixture *fx, uint32_t vm, uint64_t va, unsigned int level);
void fx_vm(struct fixture *fx, uint32_t vm);

/* Queue @q: rings in the low host memory, vector @q % 62 + 1. */
void fx_queue(struct fixture *fx, uint32_t q, uint32_t vm, uint32_t entries, uint32_t priority);
uint64_t fx_ring(uint32_t q);
void fx_desc(struct fixture *fx, uint32_t q, const struct pinion_desc *desc);
void fx_doorbell(struct fixture *fx, uint32_t q);

/* Put an EXEC of @bytes bytes at @cmd_va into the ring; doorbell; cookie as given. */
void fx_exec(struct fixture *fx, uint32_t q, uint64_t cmd_va, uint32_t bytes, uint64_t cookie);
struct pinion_cqe fx_cqe(struct fixture *fx, uint32_t q, uint32_t index);

/* Where a device or host address of the standard address space lies. */
void *fx_dev(struct fixture *fx, uint64_t va);
void *fx_hostmem(struct fixture *fx, uint64_t va);

static inline uint32_t fx_rd(struct fixture *fx, uint32_t offset)
{
	return card_reg_read(fx->card, offset);
}

static inline void fx_wr(struct fixture *fx, uint32_t offset, uint32_t value)
{
	card_reg_write(fx->card, offset, value);
}

/* Packets, for initialisers. */
#define FX_COPY(s, d, n)                                                    \
	{ .pkt = { PINION_PKT_COPY, 0, sizeof(struct pinion_pkt_copy), 0 }, \
	  .src = (s),                                                       \
	  .dst = (d),                                                       \
	  .row_bytes = (n),                                                 \
	  .rows = 1 }
#define FX_FILL(d, n, p, w)                                                 \
	{ .pkt = { PINION_PKT_FILL, 0, sizeof(struct pinion_pkt_fill), 0 }, \
	  .dst = (d),                                                       \
	  .bytes = (n),                                                     \
	  .pattern = (p),                                                   \
	  .width = (w) }
#define FX_SEM(op, a, v) \
	{ .pkt = { op, 0, sizeof(struct pinion_pkt_sem), 0 }, .va = (a), .value = (v) }
#define FX_LAUNCH(e, a, x, y, z)                                                      \
	{                                                                             \
		.pkt = { PINION_PKT_LAUNCH, 0, sizeof(struct pinion_pkt_launch), 0 }, \
		.entry = (e), .args = (a), .grid = {                                  \
			(x),                                                          \
			(y),                                                          \
			(z)                                                           \
		}                                                                     \
	}

/* xorshift: the same numbers on every machine. */
static inline uint64_t fx_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* RISC-V encodings, enough for a few lines of code. */
#define RI(op, f3, rd, rs1, imm) \
	((uint32_t)(imm) << 20 | (rs1) << 15 | (f3) << 12 | (rd) << 7 | (op))
#define RS(op, f3, rs1, rs2, imm)                                                      \
	(((uint32_t)(imm) >> 5 & 127) << 25 | (rs2) << 20 | (rs1) << 15 | (f3) << 12 | \
	 ((uint32_t)(imm) & 31) << 7 | (op))
#define ADDI(rd, rs, imm) RI(0x13, 0, rd, rs, imm)
#define SLLI(rd, rs, n)	  RI(0x13, 1, rd, rs, n)
#define LW(rd, rs, imm)	  RI(0x03, 2, rd, rs, imm)
#define LD(rd, rs, imm)	  RI(0x03, 3, rd, rs, imm)
#define SW(base, rs, imm) RS(0x23, 2, base, rs, imm)
#define SD(base, rs, imm) RS(0x23, 3, base, rs, imm)
#define ADD(rd, a, b)	  ((b) << 20 | (a) << 15 | (rd) << 7 | 0x33u)
#define LUI(rd, imm)	  ((uint32_t)(imm) << 12 | (rd) << 7 | 0x37u)
#define RET		  RI(0x67, 0, 0, 1, 0)
#define LOOP_FOREVER	  0x0000006fu
#define WFI		  0x10500073u
#define EBREAK		  0x00100073u

enum { ZERO, RA, SP, T0 = 5, T1, T2, A0 = 10, A1, A2, A3, A4 };

#endif
