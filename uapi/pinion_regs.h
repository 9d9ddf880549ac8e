/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* clang-format off */
/*
 * Pinion hardware contract, part one: what the host and the management
 * processor see of the card. Part two, what a job contains, is
 * pinion_packet.h. The prose is in Documentation/hardware/.
 *
 * Everything is little-endian. Registers are 32 bits wide, naturally aligned,
 * and accessed with 32-bit accesses only; a 64-bit quantity is a LO/HI pair
 * (LO at the lower offset). An access of another width or alignment, or to a
 * reserved offset, reads zero and writes nothing. Reserved bits read zero;
 * software writes them as zero.
 *
 * How it grows: the minor contract version rises when a reserved register, bit
 * or message gets a meaning that old software may ignore; a capability bit
 * announces it. The major version rises when old software would be wrong.
 */
#ifndef PINION_REGS_H
#define PINION_REGS_H

#if defined(__KERNEL__) || defined(__linux__)
#include <linux/types.h>
#else
#include <stdint.h>
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
#endif

#include "pinion_caps.h"

#if defined(__cplusplus) && __cplusplus < 201103L
#define PINION_ASSERT_SIZE(type, bytes) \
	typedef char pinion_wrong_size[sizeof(type) == (bytes) ? 1 : -1]
#elif defined(__cplusplus)
#define PINION_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define PINION_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif

/* PCI identity. The vendor id is QEMU's range for devices without silicon. */
#define PINION_PCI_VENDOR		0x1b36
#define PINION_PCI_DEVICE		0x5049
#define PINION_PCI_CLASS		0x120000
#define PINION_PCI_REVISION		0x01

#define PINION_CONTRACT_MAJOR		1
#define PINION_CONTRACT_MINOR		2
#define PINION_CONTRACT_SKEW		2	/* host and firmware may differ by this in minor */

/*
 * BARs. All three are 64-bit memory BARs. BAR4 is prefetchable; it shows the
 * first PINION_REG_WINDOW bytes of device memory.
 */
#define PINION_BAR_REGS			0
#define PINION_BAR_DOORBELLS		2
#define PINION_BAR_MEMORY		4
#define PINION_BAR_REGS_SIZE		0x20000

/* Limits of contract version 1. */
#define PINION_MAX_QUEUES		256
#define PINION_MAX_VMS			256	/* address space 0 is never used */
#define PINION_MAX_CORES		64
#define PINION_MAX_GROUPS		256	/* scheduling groups, PINION_CAP_PREEMPT */
#define PINION_MSIX_VECTORS		64
#define PINION_VA_BITS			48
#define PINION_DMA_BITS			57	/* at most, see REG_DMA_BITS */

/* ------------------------------------------------------------------------
 * BAR0: identity (all read-only)
 */
#define PINION_REG_ID			0x0000	/* PINION_ID */
#define PINION_REG_CONTRACT		0x0004	/* 31:16 major, 15:0 minor */
#define PINION_REG_CAPS_LO		0x0008	/* PINION_CAP_*: pinion_caps.h */
#define PINION_REG_CAPS_HI		0x000c
#define PINION_REG_CORES		0x0010	/* compute cores, 1..64 */
#define PINION_REG_QUEUES		0x0014	/* queues, 1..256 */
#define PINION_REG_VMS			0x0018	/* address spaces, ids 1..VMS-1 */
#define PINION_REG_SCRATCHPAD		0x001c	/* bytes per core */
#define PINION_REG_MEMORY_LO		0x0020	/* device memory in bytes */
#define PINION_REG_MEMORY_HI		0x0024
#define PINION_REG_WINDOW_LO		0x0028	/* bytes of it that BAR4 shows */
#define PINION_REG_WINDOW_HI		0x002c
#define PINION_REG_VECTORS		0x0030	/* MSI-X vectors */
#define PINION_REG_TIME_FREQ		0x0034	/* timestamp ticks per second */
#define PINION_REG_TIME_LO		0x0038	/* reading LO latches HI */
#define PINION_REG_TIME_HI		0x003c
#define PINION_REG_SERIAL_LO		0x0040	/* serial number of the board */
#define PINION_REG_SERIAL_HI		0x0044
#define PINION_REG_DMA_BITS		0x0048	/* bits of host DMA addresses, from 32 on */
#define PINION_REG_SAVE_BYTES		0x004c	/* save area of one core, a multiple of 4096 */
#define PINION_REG_SAVE_FORMAT		0x0050	/* PINION_SAVE_FORMAT: layout of save areas */

#define PINION_ID			0x4e4e4950	/* "PINN" */

/* ------------------------------------------------------------------------
 * BAR0: boot. The host writes ADDR and SIZE of an image in host memory and
 * then CTRL.START; the boot ROM fetches it by DMA, verifies it and starts the
 * management processor. START is ignored unless STATUS.STATE is IDLE or
 * FAILED; after CRASHED or READY use RESET level WARM or FIRMWARE first. A
 * card with firmware in its flash starts it by itself after power-on, FLR and
 * RESET level CARD.
 */
#define PINION_REG_BOOT_CTRL		0x0100	/* WO */
#define  PINION_BOOT_CTRL_START		(1u << 0)
#define  PINION_BOOT_CTRL_FLASH		(1u << 1)	/* START an image of the flash instead */
#define PINION_REG_BOOT_STATUS		0x0104	/* RO, reset 0 */
#define  PINION_BOOT_STATUS_STATE	0x000000ffu	/* PINION_BOOT_* */
#define  PINION_BOOT_STATUS_ERROR	0x0000ff00u	/* PINION_BOOT_ERR_* */
#define PINION_REG_BOOT_ADDR_LO		0x0108	/* RW, reset 0 */
#define PINION_REG_BOOT_ADDR_HI		0x010c	/* RW, reset 0 */
#define PINION_REG_BOOT_SIZE		0x0110	/* RW, bytes, reset 0 */
#define PINION_REG_FW_VERSION		0x0114	/* RO: 31:24 major, 23:16 minor, 15:0 patch */
#define PINION_REG_FW_HEARTBEAT		0x0118	/* RO: the firmware adds 1 every 100 ms */
#define PINION_REG_FW_PANIC		0x011c	/* RO: mcause or the firmware's own code */
#define PINION_REG_FW_PANIC_PC		0x0120	/* RO */
#define PINION_REG_BOOT_FLAGS		0x0124	/* RO: PINION_FW_F_* of the image that runs */
/* The next two are there with PINION_CAP_FLASH. */
#define PINION_REG_BOOT_SLOT		0x0128	/* RO */
#define  PINION_BOOT_SLOT_RUNNING	0x000000ffu	/* slot whose image runs, or SLOT_NONE */
#define  PINION_BOOT_SLOT_SELECTED	0x0000ff00u	/* slot that is to be started */
#define  PINION_BOOT_SLOT_FAILED	0x00ff0000u	/* failed starts of that slot in a row */
#define  PINION_BOOT_SLOT_NONE		0xff		/* the image is the host's, or none */
#define PINION_REG_BOOT_MINIMUM		0x012c	/* RO: least version that boots; never falls */

#define PINION_BOOT_IDLE		0	/* waiting for START */
#define PINION_BOOT_FETCH		1	/* fetching the image */
#define PINION_BOOT_VERIFY		2	/* checking header and signature */
#define PINION_BOOT_STARTING		3	/* processor runs, firmware not ready */
#define PINION_BOOT_READY		4	/* firmware takes messages */
#define PINION_BOOT_FAILED		5	/* refused, see ERROR; START again */
#define PINION_BOOT_CRASHED		6	/* firmware stopped; reset it */

#define PINION_BOOT_ERR_NONE		0
#define PINION_BOOT_ERR_DMA		1	/* image not readable at ADDR */
#define PINION_BOOT_ERR_SIZE		2	/* SIZE out of range, or not the image's length */
#define PINION_BOOT_ERR_MAGIC		3	/* not a Pinion image */
#define PINION_BOOT_ERR_FORMAT		4	/* header format unknown to this boot ROM */
#define PINION_BOOT_ERR_HEADER		5	/* a header field is out of range or inconsistent */
#define PINION_BOOT_ERR_KEY		6	/* unsigned, or signed with an unknown key */
#define PINION_BOOT_ERR_SIGNATURE	7	/* the image was altered */
#define PINION_BOOT_ERR_TOO_NEW		8	/* needs a newer contract than this card's */
#define PINION_BOOT_ERR_TOO_OLD		9	/* version below PINION_REG_BOOT_MINIMUM */
#define PINION_BOOT_ERR_FLASH		10	/* the flash has no image that boots */

#define PINION_BOOT_TRIES		3	/* failed starts of a slot, then the other slot */

/* ------------------------------------------------------------------------
 * BAR0: reset ladder. Writing a level to RESET starts it; RESET reads
 * PINION_RESET_BUSY until it is finished, then zero. Bound: 100 ms each.
 */
#define PINION_REG_RESET		0x0180	/* RW, reset 0 */
#define  PINION_RESET_BUSY		(1u << 31)
#define  PINION_RESET_ENGINE		1	/* abort queues and blocks; queues are DISABLED */
#define  PINION_RESET_FIRMWARE		2	/* ENGINE, and the processor back to its boot ROM */
#define  PINION_RESET_CARD		3	/* as FLR: reset all registers, keep memory */
/*
 * With PINION_CAP_WARM: the management processor back to its boot ROM, and nothing else. Queues,
 * address spaces, cores and jobs go on; the firmware that boots next adopts them.
 */
#define  PINION_RESET_WARM		4
#define PINION_REG_RESET_RESULT		0x0184	/* RO: 7:0 level last done, 15:8 0 = ok */
#define  PINION_RESET_BAD_LEVEL		1	/* in 15:8: no such level, nothing was done */

/* ------------------------------------------------------------------------
 * BAR0: interrupt causes. The card sends MSI-X vector 0 when a cause becomes both
 * set and enabled. Queues use the vector they were created with.
 */
#define PINION_REG_INT_STATUS		0x0200	/* RW1C, reset 0 */
#define PINION_REG_INT_ENABLE		0x0204	/* RW, reset 0 */
#define  PINION_INT_MBOX		(1u << 0)	/* a message for the host */
#define  PINION_INT_FAULT		(1u << 1)	/* a queue stopped, see FAULT_QUEUES */
#define  PINION_INT_BOOT		(1u << 2)	/* boot ended: READY, FAILED or CRASHED */
#define  PINION_INT_LOG			(1u << 3)	/* the firmware wants its log to be read */
#define  PINION_INT_ALL			0xfu
/* 8 words, a bit per queue that is FAULTED. RO; cleared when the queue is reset. */
#define PINION_REG_FAULT_QUEUES(i)	(0x0220 + 4 * (i))

/* ------------------------------------------------------------------------
 * BAR0: translation caches. Write the address space to INV_VM, then 1 to
 * INV_CTRL. When INV_CTRL reads 0, no access through a translation that was
 * removed before the write is in flight or will happen, and decoded
 * instructions of that address space are dropped. INV_VM = 0: all.
 */
#define PINION_REG_MMU_INV_VM		0x0300	/* RW, reset 0 */
#define PINION_REG_MMU_INV_CTRL		0x0304	/* RW, reset 0 */

/* ------------------------------------------------------------------------
 * BAR0: mailbox. Two rings of 64-byte messages in card SRAM, one each way.
 * Indices count messages, free-running modulo 2^32; the slot is index %
 * PINION_MBOX_SLOTS. The writer of a ring writes the slot, then its TAIL; the
 * reader takes the slot, then writes its HEAD. Writing H2F_TAIL interrupts the
 * management processor. A tail more than SLOTS ahead of its head is ignored,
 * and so is a head that goes back or beyond its tail. The host may write the
 * H2F ring only; the rest of the SRAM is read-only to it.
 */
#define PINION_MBOX_SLOTS		16
#define PINION_REG_H2F_TAIL		0x0400	/* RW by the host, reset 0 */
#define PINION_REG_H2F_HEAD		0x0404	/* RO, written by the firmware */
#define PINION_REG_F2H_TAIL		0x0408	/* RO, written by the firmware */
#define PINION_REG_F2H_HEAD		0x040c	/* RW by the host, reset 0 */
#define PINION_REG_LOG_TAIL		0x0410	/* RO: bytes ever written to the log ring */

/* ------------------------------------------------------------------------
 * BAR0: flash, with PINION_CAP_FLASH. Two slots, each with place for an image.
 * The host writes the arguments of a command and then CTRL; STATUS reads BUSY
 * until the command is finished. The slot whose image runs cannot be written;
 * while no image of the flash runs, the selected slot cannot.
 */
#define PINION_FLASH_SLOTS		2
#define PINION_REG_FLASH_CTRL		0x0500	/* WO: a command; ignored while BUSY */
#define  PINION_FLASH_ERASE		1	/* page OFFSET of SLOT becomes ones */
#define  PINION_FLASH_PROGRAM		2	/* a page from ADDR: clears bits of page OFFSET */
#define  PINION_FLASH_SELECT		3	/* SLOT is to be started, if its image is good */
#define  PINION_FLASH_RAISE		4	/* BOOT_MINIMUM becomes VERSION */
#define PINION_REG_FLASH_STATUS		0x0504	/* RO, reset 0 */
#define  PINION_FLASH_STATUS_BUSY	(1u << 31)
#define  PINION_FLASH_STATUS_ERROR	0x000000ffu	/* PINION_FLASH_* */
#define  PINION_FLASH_STATUS_BOOT	0x0000ff00u	/* with IMAGE: PINION_BOOT_ERR_* */
#define PINION_REG_FLASH_SLOT		0x0508	/* RW, reset 0 */
#define PINION_REG_FLASH_OFFSET		0x050c	/* RW, bytes in the slot, reset 0 */
#define PINION_REG_FLASH_ADDR_LO	0x0510	/* RW, DMA address, reset 0 */
#define PINION_REG_FLASH_ADDR_HI	0x0514	/* RW, reset 0 */
#define PINION_REG_FLASH_VERSION	0x0518	/* RW, as FW_VERSION, reset 0 */
#define PINION_REG_FLASH_PAGE		0x051c	/* RO: bytes of a page */
#define PINION_REG_FLASH_BYTES		0x0520	/* RO: bytes of a slot */

#define PINION_FLASH_OK			0
#define PINION_FLASH_COMMAND		1	/* no such command */
#define PINION_FLASH_RANGE		2	/* SLOT or OFFSET out of range, or not of a page */
#define PINION_FLASH_IN_USE		3	/* the slot must stay as it is, or the card boots */
#define PINION_FLASH_DMA		4	/* page not readable at ADDR */
#define PINION_FLASH_MEDIA		5	/* the flash has not become what was written */
#define PINION_FLASH_IMAGE		6	/* the card would refuse the slot's image */
#define PINION_FLASH_VERSION		7	/* below the minimum, or above what runs */

/* ------------------------------------------------------------------------
 * BAR0: knobs of a model of the card that was made for tests. Silicon and
 * every other model read zero and ignore writes here, for ever.
 */
#define PINION_REG_DEBUG_ID		0x0f00	/* RO: PINION_DEBUG_ID if the block is there */
/*
 * RW: which host access of a COPY, counted from now, goes to a wrong address; 1: the next, 0: none.
 * Reads return the number of accesses left. The card's resets do not change this register.
 */
#define PINION_REG_DEBUG_DMA_STRAY	0x0f04
/* RW: 1: PINION_DOORBELL_ABORT has no effect. The card's resets do not change this register. */
#define PINION_REG_DEBUG_DEAF		0x0f08
/* WO: report an error of the bus, PINION_DEBUG_AER_*, to the host by PCI's AER. */
#define PINION_REG_DEBUG_AER		0x0f10
#define PINION_DEBUG_AER_CORRECTABLE	1
#define PINION_DEBUG_AER_NONFATAL	2
#define PINION_DEBUG_AER_FATAL		3
/* RW: PINION_DEBUG_FW_*: what is wrong with the management processor while the bit is set. */
#define PINION_REG_DEBUG_FIRMWARE	0x0f14
#define PINION_DEBUG_FW_HANGS		(1u << 0) /* executes nothing: the heartbeat stops */
#define PINION_DEBUG_FW_DEAF		(1u << 1) /* does not see messages of the host */
/*
 * RW: each counts down to 0: how many of the wake words that the card writes from now on are such
 * that the host rings no doorbell; how many MSI-X messages are not sent; how many times all vectors
 * are sent without a cause; how many times the host still finds a reset not finished (by
 * PINION_REG_RESET, or by configuration space after a reset of the function or the bus).
 */
#define PINION_REG_DEBUG_WAKE_WRONG	0x0f18
#define PINION_REG_DEBUG_MSI_LOST	0x0f1c
#define PINION_REG_DEBUG_MSI_STORM	0x0f20
#define PINION_REG_DEBUG_RESET_BUSY	0x0f24
/* RW: 1: BAR0 and BAR2 read all ones and take no write but one to this register. */
#define PINION_REG_DEBUG_ALL_ONES	0x0f28
/* RW: how many of the writes to PINION_DOORBELL_TAIL from now on the card does not see. */
#define PINION_REG_DEBUG_BELL_LOST	0x0f2c
/*
 * RW: after how many cycles of a core the blocks of a queue are preempted although nobody waits for
 * the core, so that a test meets every place at which a block can stop; 0: never. The address space
 * must have a save area. The card's resets do not change this register.
 */
#define PINION_REG_DEBUG_PREEMPT_EVERY	0x0f30
/*
 * RW: 1: the firmware's next access to a register of the management processor fails, which is an
 * error of its own to the firmware. Reads return 0 once it has failed.
 */
#define PINION_REG_DEBUG_FW_CRASH	0x0f40
/*
 * RW: bits 63:32 that are inverted in the end of the next completion record; 0: none. Reads 0 once
 * that record is written. The card's resets do not change this register.
 */
#define PINION_REG_DEBUG_RECORD_END	0x0f60
#define PINION_DEBUG_ID			0x47554244	/* "DBUG" */

#define PINION_SRAM_OFFSET		0x1000	/* in BAR0; 32-bit accesses */
#define PINION_SRAM_SIZE		0x3000
#define PINION_SRAM_H2F			0x0000	/* offsets in the SRAM */
#define PINION_SRAM_F2H			0x0400
#define PINION_SRAM_CRASH		0x0800	/* struct pinion_crash */
#define PINION_SRAM_LOG			0x1000	/* byte ring, written by the firmware */
#define PINION_LOG_SIZE			0x2000

#define PINION_CRASH_MAGIC		0x48535243	/* "CRSH" */
#define PINION_CRASH_STACK		64	/* words */

/**
 * struct pinion_crash - what the firmware left in SRAM when it stopped at an error of its own
 * @magic: PINION_CRASH_MAGIC, written last; anything else: there is no record
 * @bytes: length of the record, sizeof(struct pinion_crash)
 * @count: crashes that left a record since the last reset of level FIRMWARE, CARD or FLR
 * @fw_version: version of the firmware that stopped, as PINION_REG_FW_VERSION
 * @time_lo: device time of the crash in ticks, lower half
 * @time_hi: upper half of the time in @time_lo
 * @cause: mcause, the RISC-V cause of the trap
 * @value: mtval, such as the address that was accessed
 * @pc: address of the instruction that trapped
 * @stack_words: number of words in @stack that were read
 * @x: registers x1 to x31
 * @reserved: zero
 * @stack: words of memory from the stack pointer, x2, upwards
 *
 * The record stays through a reset of level WARM, as do the log, PINION_REG_FW_PANIC and
 * PINION_REG_FW_PANIC_PC. The next crash overwrites it.
 */
struct pinion_crash {
	__u32 magic;
	__u32 bytes;
	__u32 count;
	__u32 fw_version;
	__u32 time_lo;
	__u32 time_hi;
	__u32 cause;
	__u32 value;
	__u32 pc;
	__u32 stack_words;
	__u32 x[31];
	__u32 reserved[7];
	__u32 stack[PINION_CRASH_STACK];
};
PINION_ASSERT_SIZE(struct pinion_crash, 448);

#define PINION_MSIX_TABLE_OFFSET	0x8000
#define PINION_MSIX_PBA_OFFSET		0xa000

/*
 * BAR0: fault records, one per queue, valid while the queue is FAULTED. RO.
 */
#define PINION_FAULT_OFFSET		0x10000

/**
 * struct pinion_fault_record - why a queue stopped
 * @status: PINION_STATUS_*; 0 = no fault
 * @packet: index of the packet in the command buffer, from 0
 * @cookie: cookie of the descriptor
 * @va: virtual address of the access; BAD_PACKET: of the packet; MATRIX: of the
 *	matrix descriptor; BAD_RING: host DMA address, 0 if a doorbell was the reason
 * @pc: program counter of the core, 0 if no core was involved
 * @access: PINION_ACCESS_* bits of the access that failed
 * @core: number of the compute core, ~0 if no core was involved
 * @insn: instruction word for ILLEGAL_INSN and MATRIX, RISC-V cause for TRAP
 * @block: linear index of the block in its grid
 * @timestamp: device time of the fault in ticks
 * @part: index of the descriptor in its job
 * @reserved: zero
 */
struct pinion_fault_record {
	__u32 status;
	__u32 packet;
	__u64 cookie;
	__u64 va;
	__u64 pc;
	__u32 access;
	__u32 core;
	__u32 insn;
	__u32 block;
	__u64 timestamp;
	__u32 part;
	__u32 reserved;
};
PINION_ASSERT_SIZE(struct pinion_fault_record, 64);

#define PINION_ACCESS_READ		(1u << 0)
#define PINION_ACCESS_WRITE		(1u << 1)
#define PINION_ACCESS_EXEC		(1u << 2)

/* Completion status: the one namespace of job errors. */
#define PINION_STATUS_OK		0
#define PINION_STATUS_ABORTED		1	/* by PINION_DOORBELL_ABORT; resets: no record */
#define PINION_STATUS_BAD_DESC		2	/* descriptor: opcode, flags, length or alignment */
#define PINION_STATUS_BAD_PACKET	3	/* packet: opcode, flags, size or arguments */
#define PINION_STATUS_PAGE_FAULT	4	/* no mapping, or not with this access */
#define PINION_STATUS_ILLEGAL_INSN	5
#define PINION_STATUS_SCRATCHPAD	6	/* access outside the scratchpad */
#define PINION_STATUS_HOST_DMA		7	/* the host refused the access (IOMMU, no memory) */
#define PINION_STATUS_TRAP		8	/* ebreak, ecall, misaligned jump */
#define PINION_STATUS_MATRIX		9	/* matrix descriptor out of range, or its type */
#define PINION_STATUS_BAD_RING		10	/* bad doorbell, ring not accessible; no record */

/* ------------------------------------------------------------------------
 * BAR2: doorbells. Page q (4 KiB) belongs to queue q. WO and read zero but for
 * PINION_DOORBELL_RECORDS and PINION_DOORBELL_STATE.
 */
#define PINION_DOORBELL_STRIDE		0x1000
#define PINION_DOORBELL_TAIL		0x0	/* descriptors put into the ring so far, mod 2^32 */
/*
 * While the queue runs, its interrupt is held back until COUNT completions wait
 * for it or the first has waited for TIME. COUNT <= 1 or TIME = 0: not at all,
 * as after the queue was created or reset.
 */
#define PINION_DOORBELL_MODERATION	0x4
#define  PINION_MODERATION_COUNT	0x0000ffffu
#define  PINION_MODERATION_TIME		0xffff0000u	/* microseconds */
#define  PINION_MODERATION(count, us)	((us) << 16 | (count))
#define PINION_DOORBELL_ABORT		0x8
#define  PINION_ABORT_COOKIE		0x7fffffffu	/* of the job's cookie, bits 30:0 */
#define  PINION_ABORT_VALID		0x80000000u
#define PINION_DOORBELL_RECORDS		0xc	/* RO: records since create or reset, mod 2^32 */
#define PINION_DOORBELL_STATE		0x10	/* RO: PINION_Q_* */

/**
 * struct pinion_shadow - a doorbell in host memory
 * @tail: number of descriptors ever written to the ring, modulo 2^32; written by the host, as
 *	PINION_DOORBELL_TAIL
 * @wake: last tail that the card has seen; written by the card. The host must also write a tail
 *	beyond @wake to the doorbell
 */
struct pinion_shadow {
	__u32 tail;
	__u32 wake;
};
PINION_ASSERT_SIZE(struct pinion_shadow, 8);

/**
 * struct pinion_desc - a job, or a part of one: a slot of the descriptor ring in host memory
 * @opcode: PINION_DESC_*
 * @flags: PINION_DESC_F_*
 * @group: scheduling group that pays for the descriptor, 0..255, if the queue was created with
 *	PINION_QUEUE_F_CHARGE; zero in all other queues
 * @bytes: length of the command buffer, a multiple of 8, <= 64 MiB
 * @cmd_va: virtual address of the command buffer, 8-byte aligned
 * @wait_va: virtual address of a 64-bit semaphore to wait for, 0 = none
 * @wait_value: the wait ends when the semaphore is >= this value
 * @signal_va: virtual address of a 64-bit semaphore to raise at completion, 0 = none
 * @signal_value: value written to the semaphore at @signal_va unless it is larger already
 * @cookie: number that the completion record returns
 * @reserved2: zero
 *
 * Descriptors of a queue run in order, one at a time. All descriptors of a job but
 * the last have PINION_DESC_F_MORE set; a job has one completion record.
 */
struct pinion_desc {
	__u8 opcode;
	__u8 flags;
	__u16 group;
	__u32 bytes;
	__u64 cmd_va;
	__u64 wait_va;
	__u64 wait_value;
	__u64 signal_va;
	__u64 signal_value;
	__u64 cookie;
	__u64 reserved2;
};
PINION_ASSERT_SIZE(struct pinion_desc, 64);

#define PINION_DESC_NOP			0	/* completes at once; bytes and cmd_va zero */
#define PINION_DESC_EXEC		1
#define PINION_DESC_F_NO_IRQ		(1u << 0)	/* no interrupt unless the job failed */
#define PINION_DESC_F_MORE		(1u << 1)	/* next descriptor is of the same job */
#define PINION_DESC_F_ALL		0x3u
#define PINION_MAX_CMD_BYTES		(64u << 20)

/**
 * struct pinion_cqe - completion record, a slot of the completion ring in host memory
 * @cookie: cookie of the descriptor
 * @start: device time when the job began to run
 * @end: device time when the job ended
 * @sq_head: number of descriptors begun, including the descriptors of this job, modulo 2^32
 * @status: 15:0 PINION_STATUS_*, 31 phase bit
 *
 * The completion ring has as many slots as the descriptor ring and starts as
 * zero; the phase bit is 1 in the first round and flips each round. The card
 * writes the record with @status last. Everything the job wrote is visible to
 * the host before the record, and the record before its MSI.
 */
struct pinion_cqe {
	__u64 cookie;
	__u64 start;
	__u64 end;
	__u32 sq_head;
	__u32 status;
};
PINION_ASSERT_SIZE(struct pinion_cqe, 32);

#define PINION_CQE_STATUS		0x0000ffffu
#define PINION_CQE_RESERVED		0x7fff0000u	/* zero */
#define PINION_CQE_PHASE		(1u << 31)

#define PINION_RING_MIN			2	/* entries; a power of two */
#define PINION_RING_MAX			4096

/* ------------------------------------------------------------------------
 * Mailbox messages
 */

/**
 * struct pinion_msg - a mailbox message, in either direction
 * @type: PINION_MSG_*; a reply has PINION_MSG_REPLY set
 * @status: 0 in requests; PINION_MBOX_* in replies
 * @seq: chosen by the sender of the request, repeated in the reply
 * @data: arguments; unused bytes are zero
 */
struct pinion_msg {
	__u16 type;
	__u16 status;
	__u32 seq;
	__u32 data[14];
};
PINION_ASSERT_SIZE(struct pinion_msg, 64);

#define PINION_MSG_REPLY		0x8000
#define PINION_MSG_HELLO		0x0001
#define PINION_MSG_QUEUE_CREATE		0x0002
#define PINION_MSG_QUEUE_DESTROY	0x0003	/* replied when the card no longer uses the queue */
#define PINION_MSG_QUEUE_RESET		0x0004	/* quiet, indices zero, enabled again */
#define PINION_MSG_VM_SET		0x0005
#define PINION_MSG_VM_CLEAR		0x0006	/* refused with BUSY while a queue uses it */
#define PINION_MSG_PING			0x0007	/* data comes back */
#define PINION_MSG_SCHED		0x0008	/* with PINION_CAP_PREEMPT */
#define PINION_MSG_GROUP_STATS		0x0009	/* with PINION_CAP_PREEMPT */
#define PINION_MSG_EV_QUEUE_FAULT	0x0101	/* event without reply: struct pinion_msg_queue */

#define PINION_MBOX_OK			0
#define PINION_MBOX_UNKNOWN		1	/* message type not known */
#define PINION_MBOX_INVALID		2	/* an argument is out of range */
#define PINION_MBOX_BUSY		3	/* in use already, or still in use */
#define PINION_MBOX_VERSION		4	/* host's contract is too far from the firmware's */
#define PINION_MBOX_NOT_FOUND		5	/* no such queue or address space */

/**
 * struct pinion_msg_hello - data of HELLO, the first request, and of its reply
 * @contract: version of the sender's hardware contract: 31:16 major, 15:0 minor
 * @fw_version: reply: as PINION_REG_FW_VERSION; request: zero
 * @caps_lo: capability bits that the sender knows, lower half
 * @caps_hi: capability bits that the sender knows, upper half
 * @reserved: zero
 */
struct pinion_msg_hello {
	__u32 contract;
	__u32 fw_version;
	__u32 caps_lo;
	__u32 caps_hi;
	__u32 reserved[10];
};
PINION_ASSERT_SIZE(struct pinion_msg_hello, 56);

/**
 * struct pinion_msg_queue_create - data of QUEUE_CREATE: make a queue ready for doorbells
 * @queue: number of the queue, 0..QUEUES-1
 * @vm: address space, 1..VMS-1
 * @ring_lo: host DMA address of the descriptor ring, 64-byte aligned, lower half
 * @ring_hi: upper half of the address in @ring_lo
 * @cq_lo: host DMA address of the completion ring, 64-byte aligned, lower half
 * @cq_hi: upper half of the address in @cq_lo
 * @entries: number of slots in each ring, a power of two, PINION_RING_MIN..PINION_RING_MAX
 * @vector: MSI-X vector, 1..VECTORS-1
 * @priority: 0 (low) to 3 (realtime); 1 is normal
 * @shadow_lo: host DMA address of a struct pinion_shadow, 8-byte aligned, lower half; 0: none.
 *	Needs PINION_CAP_SHADOW
 * @shadow_hi: upper half of the address in @shadow_lo
 * @flags: PINION_QUEUE_F_*
 * @reserved: zero
 */
struct pinion_msg_queue_create {
	__u32 queue;
	__u32 vm;
	__u32 ring_lo;
	__u32 ring_hi;
	__u32 cq_lo;
	__u32 cq_hi;
	__u32 entries;
	__u32 vector;
	__u32 priority;
	__u32 shadow_lo;
	__u32 shadow_hi;
	__u32 flags;
	__u32 reserved[2];
};
PINION_ASSERT_SIZE(struct pinion_msg_queue_create, 56);

/* Each descriptor names the scheduling group that pays for it. Needs PINION_CAP_PREEMPT. */
#define PINION_QUEUE_F_CHARGE		(1u << 0)
#define PINION_QUEUE_F_ALL		0x1u

/**
 * struct pinion_msg_queue - data of QUEUE_DESTROY, QUEUE_RESET and EV_QUEUE_FAULT
 * @queue: number of the queue, 0..QUEUES-1
 * @status: EV_QUEUE_FAULT: PINION_STATUS_*; otherwise zero
 * @reserved: zero
 */
struct pinion_msg_queue {
	__u32 queue;
	__u32 status;
	__u32 reserved[12];
};
PINION_ASSERT_SIZE(struct pinion_msg_queue, 56);

/**
 * struct pinion_msg_vm - data of VM_SET and VM_CLEAR
 * @vm: address space, 1..VMS-1
 * @root_lo: VM_SET: device address of the level-3 table, 4 KiB aligned, lower half
 * @root_hi: upper half of the address in @root_lo
 * @save_lo: VM_SET: device address of the save area, PINION_REG_CORES * PINION_REG_SAVE_BYTES bytes
 *	that no page table maps, 4 KiB aligned, lower half; 0: blocks of the address space are never
 *	preempted. Needs PINION_CAP_PREEMPT
 * @save_hi: upper half of the address in @save_lo
 * @group: VM_SET: scheduling group of the address space, 0..255; needs PINION_CAP_PREEMPT
 * @reserved: zero
 */
struct pinion_msg_vm {
	__u32 vm;
	__u32 root_lo;
	__u32 root_hi;
	__u32 save_lo;
	__u32 save_hi;
	__u32 group;
	__u32 reserved[8];
};
PINION_ASSERT_SIZE(struct pinion_msg_vm, 56);

/**
 * struct pinion_msg_sched - data of SCHED: how groups share the cores and the queue engine
 * @group: scheduling group, 0..255
 * @weight: share of the group relative to the weights of other groups, PINION_WEIGHT_MIN..
 *	PINION_WEIGHT_MAX; 0: do not change it
 * @slice: cycles that a block runs before a block of another group may take its core, for all
 *	groups, at least PINION_SLICE_MIN; 0: do not change it
 * @reserved: zero
 */
struct pinion_msg_sched {
	__u32 group;
	__u32 weight;
	__u32 slice;
	__u32 reserved[11];
};
PINION_ASSERT_SIZE(struct pinion_msg_sched, 56);

#define PINION_WEIGHT_MIN		1
#define PINION_WEIGHT_MAX		1000
#define PINION_WEIGHT_DEFAULT		100	/* of every group until SCHED changes it */
#define PINION_SLICE_MIN		1000
#define PINION_SLICE_DEFAULT		1000000

/**
 * struct pinion_msg_group_stats - data of GROUP_STATS and of its reply
 * @group: scheduling group, 0..255
 * @cycles_lo: reply: cycles that cores have run blocks of the group, lower half; request: zero
 * @cycles_hi: reply: upper half of the number in @cycles_lo; request: zero
 * @preemptions: reply: how often the blocks of a queue of the group were stopped for another
 *	queue, modulo 2^32; request: zero
 * @weight: reply: weight of the group; request: zero
 * @slice: reply: slice of the card in core cycles; request: zero
 * @reserved: zero
 */
struct pinion_msg_group_stats {
	__u32 group;
	__u32 cycles_lo;
	__u32 cycles_hi;
	__u32 preemptions;
	__u32 weight;
	__u32 slice;
	__u32 reserved[8];
};
PINION_ASSERT_SIZE(struct pinion_msg_group_stats, 56);

/* ------------------------------------------------------------------------
 * Page tables: in device memory, four levels (3..0) of 512 8-byte entries;
 * level l is indexed by VA bits 12+9l+8 : 12+9l. An entry with VALID and none
 * of R, W, X points to the table below; with any of them it is a leaf, allowed
 * at level 0 (4 KiB) and level 1 (2 MiB, address 2 MiB aligned). 64 KiB pages
 * are 16 adjacent level-0 leaves, 64 KiB aligned in VA and address, all with
 * CONT64K. VA bits 63:48 must be zero. A leaf with SPARSE has none of EXEC, HOST,
 * CONT64K and no address: reads give zeroes, writes are dropped.
 */
#define PINION_PTE_VALID		(1ull << 0)
#define PINION_PTE_READ			(1ull << 1)
#define PINION_PTE_WRITE		(1ull << 2)
#define PINION_PTE_EXEC			(1ull << 3)
#define PINION_PTE_HOST			(1ull << 4)	/* leaf: host DMA address, not device */
#define PINION_PTE_CONT64K		(1ull << 5)
#define PINION_PTE_SPARSE		(1ull << 6)	/* leaf: no memory; PINION_CAP_SPARSE */
#define PINION_PTE_ADDR			0x01fffffffffff000ull	/* 56:12 */
#define PINION_PTE_LEAF			(PINION_PTE_READ | PINION_PTE_WRITE | PINION_PTE_EXEC)
#define PINION_PT_LEVELS		4
#define PINION_PT_SHIFT(level)		(12 + 9 * (level))

/* ------------------------------------------------------------------------
 * Save areas: in device memory, PINION_REG_SAVE_BYTES for each core of each
 * address space. The area of core c begins at the address of VM_SET + c * SAVE_BYTES.
 */
#define PINION_SAVE_FORMAT		1
#define PINION_SAVE_SCRATCHPAD		4096	/* offset of the scratchpad's first byte */

/**
 * struct pinion_save - a preempted block, at the start of its core's save area
 * @format: PINION_SAVE_FORMAT
 * @queue: queue of the block
 * @block: linear index of the block in its grid
 * @fcsr: floating-point control and status register
 * @pc: address of the next instruction
 * @cycle: counter of cycles
 * @instret: counter of instructions
 * @low_bytes: bytes saved of the start of the scratchpad, at PINION_SAVE_SCRATCHPAD
 * @high_bytes: bytes saved of the end of the scratchpad, at the end of the area: the stack
 * @x: integer registers; the first is zero
 * @f: floating-point registers; a single is NaN-boxed
 *
 * Byte i of the scratchpad is at PINION_SAVE_SCRATCHPAD + i. The card writes what is valid and
 * leaves the rest of the area as it is. Software may read an area, and must not write it while it
 * holds a block.
 */
struct pinion_save {
	__u32 format;
	__u32 queue;
	__u32 block;
	__u32 fcsr;
	__u64 pc;
	__u64 cycle;
	__u64 instret;
	__u32 low_bytes;
	__u32 high_bytes;
	__u64 x[32];
	__u64 f[32];
};
PINION_ASSERT_SIZE(struct pinion_save, 560);

/* ------------------------------------------------------------------------
 * Firmware image: header, payload, signature. The Ed25519 signature covers
 * every byte before it. Bits that are reserved are signed too.
 */
#define PINION_FW_MAGIC			0x31574650	/* "PFW1" */
#define PINION_FW_FORMAT		1
#define PINION_FW_SIGNATURE_BYTES	64
#define PINION_FW_MAX_BYTES		(1u << 20)

/**
 * struct pinion_fw_header - header at the start of a firmware image
 * @magic: PINION_FW_MAGIC
 * @format: PINION_FW_FORMAT
 * @header_bytes: sizeof(struct pinion_fw_header)
 * @image_bytes: length of the image: header, payload and signature together
 * @contract: hardware contract that the image needs; the major version must be the card's, the
 *	minor version not above the card's
 * @version: version of the firmware: 31:24 major, 23:16 minor, 15:0 patch
 * @load_addr: address in the management processor's RAM at which the payload is placed
 * @load_bytes: length of the payload = image_bytes - header_bytes - 64
 * @mem_bytes: bytes of RAM used from @load_addr on, >= @load_bytes; those behind the payload
 *	are zeroed
 * @entry: address of the first instruction, inside the payload, 2-byte aligned
 * @flags: PINION_FW_F_*
 * @key_id: first 8 bytes of the SHA-256 of the public key; zero = unsigned
 * @build: text for human readers, zero-terminated
 * @reserved: zero
 */
struct pinion_fw_header {
	__u32 magic;
	__u16 format;
	__u16 header_bytes;
	__u32 image_bytes;
	__u32 contract;
	__u32 version;
	__u32 load_addr;
	__u32 load_bytes;
	__u32 mem_bytes;
	__u32 entry;
	__u32 flags;
	__u8 key_id[8];
	__u8 build[64];
	__u8 reserved[16];
};
PINION_ASSERT_SIZE(struct pinion_fw_header, 128);

#define PINION_FW_F_TEST_KEY		(1u << 0)	/* signed with the public test key */

/* ------------------------------------------------------------------------
 * The management processor's own view: RV32IMC, machine mode. Not visible to
 * the host. mip.MEIP is set while (MGMT_IRQ & MGMT_IRQ_ENABLE) != 0, mip.MTIP
 * while TIME >= TIMECMP. Registers are 32-bit, as in BAR0.
 */
#define PINION_MGMT_RAM_BASE		0x80000000u
#define PINION_MGMT_RAM_SIZE		0x00040000u
#define PINION_MGMT_SRAM_BASE		0x10000000u	/* the SRAM that BAR0 shows */
#define PINION_MGMT_SYS_BASE		0x20000000u
#define PINION_MGMT_QUEUE_BASE		0x20010000u
#define PINION_MGMT_VM_BASE		0x20020000u
#define PINION_MGMT_SAVE_BASE		0x20030000u
#define PINION_MGMT_GROUP_BASE		0x20040000u

/* offsets from PINION_MGMT_SYS_BASE */
#define PINION_MGMT_TIME_LO		0x00	/* RO, latches HI */
#define PINION_MGMT_TIME_HI		0x04
#define PINION_MGMT_TIMECMP_LO		0x08	/* RW, reset all ones */
#define PINION_MGMT_TIMECMP_HI		0x0c
#define PINION_MGMT_IRQ			0x10	/* RW1C */
#define  PINION_MGMT_IRQ_MBOX		(1u << 0)	/* the host wrote H2F_TAIL */
#define  PINION_MGMT_IRQ_FAULT		(1u << 1)	/* a queue became FAULTED */
#define PINION_MGMT_IRQ_ENABLE		0x14	/* RW, reset 0 */
#define PINION_MGMT_HOST_INT		0x18	/* WO: sets PINION_INT_MBOX or PINION_INT_LOG */
#define PINION_MGMT_HEARTBEAT		0x1c	/* RW: shown in FW_HEARTBEAT */
#define PINION_MGMT_READY		0x20	/* WO: any write: STATE = READY */
#define PINION_MGMT_PANIC		0x24	/* WO: code; STATE = CRASHED, processor stops */
#define PINION_MGMT_H2F_TAIL		0x28	/* RO */
#define PINION_MGMT_H2F_HEAD		0x2c	/* RW */
#define PINION_MGMT_F2H_TAIL		0x30	/* RW */
#define PINION_MGMT_F2H_HEAD		0x34	/* RO */
#define PINION_MGMT_LOG_TAIL		0x38	/* RW */
#define PINION_MGMT_CORES		0x3c	/* RO, as BAR0 */
#define PINION_MGMT_QUEUES		0x40	/* RO */
#define PINION_MGMT_VMS			0x44	/* RO */
#define PINION_MGMT_CAPS_LO		0x48	/* RO */
#define PINION_MGMT_CAPS_HI		0x4c	/* RO */
#define PINION_MGMT_MEMORY_LO		0x50	/* RO */
#define PINION_MGMT_MEMORY_HI		0x54	/* RO */
#define PINION_MGMT_VECTORS		0x58	/* RO */
#define PINION_MGMT_TIME_FREQ		0x5c	/* RO, as BAR0 */
/* 8 words as PINION_REG_FAULT_QUEUES; RO */
#define PINION_MGMT_FAULT_QUEUES(i)	(0x60 + 4 * (i))
/* These two with PINION_CAP_PREEMPT. */
#define PINION_MGMT_SLICE		0x80	/* RW: cycles, reset PINION_SLICE_DEFAULT */
#define PINION_MGMT_SAVE_BYTES		0x84	/* RO, as BAR0 */

/* queue q: PINION_MGMT_QUEUE_BASE + q * 64 + */
#define PINION_MGMT_QUEUE_STRIDE	64
#define PINION_MGMT_Q_CTRL		0x00	/* WO */
#define  PINION_MGMT_Q_ENABLE		1	/* DISABLED to IDLE; indices and phase start anew */
/* abort; DISABLED when quiet, clears the fault, keeps the set-up */
#define  PINION_MGMT_Q_STOP		2
#define PINION_MGMT_Q_STATE		0x04	/* RO, PINION_Q_* */
#define PINION_MGMT_Q_RING_LO		0x08	/* RW while DISABLED, as are the next */
#define PINION_MGMT_Q_RING_HI		0x0c
#define PINION_MGMT_Q_CQ_LO		0x10
#define PINION_MGMT_Q_CQ_HI		0x14
#define PINION_MGMT_Q_ENTRIES		0x18
#define PINION_MGMT_Q_VM		0x1c
#define PINION_MGMT_Q_VECTOR		0x20
#define PINION_MGMT_Q_PRIORITY		0x24
#define PINION_MGMT_Q_FAULT		0x28	/* RO, PINION_STATUS_* */
#define PINION_MGMT_Q_SHADOW_LO		0x2c	/* as RING_LO; with PINION_CAP_SHADOW */
#define PINION_MGMT_Q_SHADOW_HI		0x30
#define PINION_MGMT_Q_FLAGS		0x34	/* as RING_LO; PINION_QUEUE_F_* */

#define PINION_Q_DISABLED		0
#define PINION_Q_IDLE			1
#define PINION_Q_RUNNING		2
#define PINION_Q_WAITING		3	/* for a semaphore */
#define PINION_Q_FAULTED		4
#define PINION_Q_STOPPING		5

/* address space v: PINION_MGMT_VM_BASE + v * 8 + */
#define PINION_MGMT_VM_STRIDE		8
#define PINION_MGMT_VM_ROOT_LO		0x0	/* RW; bit 0 VALID, 31:12 of the root's address */
#define PINION_MGMT_VM_ROOT_HI		0x4	/* write HI first; a write to LO takes effect */

/*
 * address space v, with PINION_CAP_PREEMPT: PINION_MGMT_SAVE_BASE + v * 16 +. RW while the root of
 * the address space is not VALID, reset 0.
 */
#define PINION_MGMT_SAVE_STRIDE		16
#define PINION_MGMT_SAVE_LO		0x0	/* 31:12 of the area's device address; 0: none */
#define PINION_MGMT_SAVE_HI		0x4	/* write HI first, as of the root */
#define PINION_MGMT_SAVE_GROUP		0x8	/* scheduling group, 0..255 */

/* group g, with PINION_CAP_PREEMPT: PINION_MGMT_GROUP_BASE + g * 16 + */
#define PINION_MGMT_GROUP_STRIDE	16
#define PINION_MGMT_GROUP_WEIGHT	0x0	/* RW, reset PINION_WEIGHT_DEFAULT */
#define PINION_MGMT_GROUP_CYCLES_LO	0x4	/* RO; read HI, LO, HI until HI is the same twice */
#define PINION_MGMT_GROUP_CYCLES_HI	0x8
#define PINION_MGMT_GROUP_PREEMPTIONS	0xc	/* RO */

#endif /* PINION_REGS_H */
