/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card in this process, with the real firmware booted: for tests and benchmarks that need jobs
 * without a VM. Everything is synchronous: a call steps the card until what it waits for has
 * happened. Time is the rig's own and moves with the steps, so a run repeats exactly.
 *
 * What goes wrong in the rig itself (no memory, no firmware, a card that never answers) ends the
 * program through tap_bail().
 */
#ifndef PINION_CARDRIG_H
#define PINION_CARDRIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pinion_packet.h"
#include "tools/card/core/card.h"

#define RIG_VM	      1		     /* the address space of everything below */
#define RIG_QUEUE     0		     /* the queue of rig_launch() and rig_run() */
#define RIG_HOST_BASE 0x100000000ull /* DMA address of the rig's host memory */

/* Rights of a buffer: PINION_PTE_READ, _WRITE, _EXEC, and PINION_PTE_HOST for host memory. */
#define RIG_RW (PINION_PTE_READ | PINION_PTE_WRITE)

/**
 * struct rig_options - a rig; zero fields have defaults
 * @memory_bytes: device memory, default 256 MiB
 * @host_bytes: host memory reachable by DMA, default 64 MiB
 * @cores: number of compute cores, default 8
 * @scratchpad_bytes: default 256 KiB
 * @firmware: path of the signed image, default that of the build
 * @without_caps: PINION_CAP_* bits that the card does not have
 * @preempt_every: preempt blocks after this number of cycles, by
 *	PINION_REG_DEBUG_PREEMPT_EVERY, for which the card needs @debug; RIG_VM has a save area
 * @no_boot: leave the card as after power-on
 * @quiet: do not print the card's log
 * @debug: BAR0 has the fault knobs
 */
struct rig_options {
	uint64_t memory_bytes;
	uint64_t host_bytes;
	unsigned int cores;
	uint32_t scratchpad_bytes;
	const char *firmware;
	uint64_t without_caps;
	uint32_t preempt_every;
	bool no_boot;
	bool quiet;
	bool debug;
};

/**
 * struct rig_buf - memory that the card can reach
 * @ptr: address of the memory in this program
 * @va: address of the memory for jobs in RIG_VM, 0 if it is not mapped
 * @addr: device address, or DMA address of host memory
 * @bytes: size of the memory, a multiple of 4 KiB
 */
struct rig_buf {
	void *ptr;
	uint64_t va;
	uint64_t addr;
	uint64_t bytes;
};

/**
 * struct rig_queue - a queue made with the firmware
 * @id: number of the queue
 * @entries: number of entries in @ring and in @cq
 * @ring: ring of descriptors
 * @cq: ring of completion records
 * @tail: descriptors ever submitted
 * @head: records ever taken
 */
struct rig_queue {
	uint32_t id;
	uint32_t entries;
	struct pinion_desc *ring;
	struct pinion_cqe *cq;
	uint32_t tail;
	uint32_t head;
};

/* A kernel of a loaded program. */
struct rig_kernel {
	uint64_t entry;
	uint32_t args_bytes;
	uint32_t scratch_bytes;
};

/**
 * struct rig - the card and its host
 * @card: the card model, for direct register access
 * @memory: memory of the card
 * @host: host memory, RIG_HOST_BASE in DMA addresses
 * @flash: the card's flash, erased at first
 * @msi: interrupts sent so far, by vector
 * @queue: rings and counters of RIG_QUEUE
 * @time: nanoseconds; may be moved forward
 * @budget: instructions that a step of the card may run; may be changed
 * @steps: number of steps taken so far
 * @refuse_dma: host accesses fail while it is set
 * @quiet: the card's log is not printed
 */
struct rig {
	struct card *card;
	uint8_t *memory;
	uint8_t *host;
	uint8_t *flash;
	unsigned int msi[PINION_MSIX_VECTORS];
	struct rig_queue queue;
	uint64_t time;
	uint64_t budget;
	uint64_t steps;
	bool refuse_dma;
	bool quiet;

	/* The rig's own. */
	struct rig_options options;
	uint64_t memory_used, host_used, next_va, root;
	uint32_t h2f_tail, f2h_head, seq;
	struct rig_buf cmd, args, image;
};

struct rig *rig_new(const struct rig_options *options);
void rig_free(struct rig *rig);

/*
 * One card_step(); moves time to the next timer event when the card is idle. A card that says so
 * while a queue runs would make its job wait for that event: it ends the program.
 */
bool rig_step(struct rig *rig);

#define RIG_CRASHED 0x100

/* Boot an image: 0 when the firmware is ready, else PINION_BOOT_ERR_* or RIG_CRASHED. */
unsigned int rig_boot(struct rig *rig, const void *image, size_t bytes);

/* Send a message (@data: 56 bytes or NULL) and wait for its reply; returns its status. */
unsigned int rig_ask(struct rig *rig, uint16_t type, const void *data, struct pinion_msg *reply);

/* Write a message into the H2F ring and announce it; the caller knows that there is room. */
void rig_post(struct rig *rig, const struct pinion_msg *msg);

/* The next message of the firmware; false if there is none. Does not step the card. */
bool rig_take_message(struct rig *rig, struct pinion_msg *msg);

/* Zeroed memory, mapped into RIG_VM with @rights unless that is 0. Freed with the rig. */
struct rig_buf rig_alloc(struct rig *rig, uint64_t bytes, uint64_t rights);

/* Map one page of RIG_VM by hand, 0 to unmap; call rig_invalidate() after changes. */
void rig_map(struct rig *rig, uint64_t va, uint64_t pte);
void rig_invalidate(struct rig *rig);

/* QUEUE_CREATE with fresh rings in host memory; returns the status. */
unsigned int rig_queue_open(struct rig *rig, struct rig_queue *queue, uint32_t id, uint32_t vm,
			    uint32_t entries, uint32_t vector);

/* Put a descriptor into the ring and ring the doorbell. */
void rig_submit(struct rig *rig, struct rig_queue *queue, const struct pinion_desc *desc);

/* Wait for the next completion record. */
struct pinion_cqe rig_wait(struct rig *rig, struct rig_queue *queue);

/* Run a command buffer on RIG_QUEUE; returns PINION_STATUS_*. */
unsigned int rig_run(struct rig *rig, const void *packets, uint32_t bytes);

/* Load an ELF program into RIG_VM and find a kernel in it by name. */
struct rig_kernel rig_load(struct rig *rig, const char *path, const char *name);

/* One LAUNCH on RIG_QUEUE, waited for; returns PINION_STATUS_*. */
unsigned int rig_launch(struct rig *rig, const struct rig_kernel *kernel, const void *args,
			uint32_t x, uint32_t y, uint32_t z);

/* The fault record of a queue, and RESET of a queue that stopped. */
struct pinion_fault_record rig_fault(struct rig *rig, uint32_t queue);
unsigned int rig_queue_reset(struct rig *rig, struct rig_queue *queue);

#endif /* PINION_CARDRIG_H */
