/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card as a PCI device of QEMU. The model itself is in ../core; here is
 * what surrounds it: config space, BARs, DMA, MSI-X, a thread that steps the
 * card, migration.
 *
 * Locks: the big QEMU lock (BQL) protects everything of QEMU's. @lock of
 * struct pinion_dev serialises calls into the core. The order is @lock, then
 * BQL: the core's DMA may need the BQL. Whoever comes with the BQL and finds
 * @lock taken lets go of the BQL while it waits (dev_lock()).
 */
#ifndef PINION_QEMU_PCI_H
#define PINION_QEMU_PCI_H

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/thread.h"
#include "qemu/timer.h"
#include "compat.h"

#include "pinion_regs.h"
#include "../core/card.h"

#define TYPE_PINION "pinion"
OBJECT_DECLARE_SIMPLE_TYPE(pinion_dev, PINION)

/**
 * struct pinion_dev - one card
 * @pdev: the PCI function
 * @card: the model; calls into it are under @lock
 * @regs: BAR0
 * @doorbells: BAR2
 * @memory: device memory
 * @window: BAR4, the first bytes of @memory
 *
 * @lock: serialises calls into @card
 * @waiters: threads that want @lock; the worker lets them go first
 * @worker: steps the card, unless @sync
 * @wake: set when there is something for the worker
 * @timer: wakes the worker at the time the card asked for; steps it if @sync
 * @quit: the worker shall end; written under @lock
 * @paused: the machine does not run, so neither does the card; written under @lock
 * @msis: MSI-X vectors to send, a bit each; atomic
 * @rung: queues with a doorbell not yet given to the card, a bit each; atomic
 * @tails: the last value of each such doorbell; atomic
 *
 * @state: the card's state on its way to or from a migration stream
 * @state_bytes: its length
 *
 * @no_barriers: the guest's barriers have no effect, see pinion_host_has_barrier()
 *
 * @memory_bytes: properties from here on
 * @dma_stray: as set before there was a card; from then on @card has it
 * @delay_ns: with @sync: virtual time from a doorbell to the card's first step
 * @step_ns: with @sync: virtual time that a step takes
 */
struct pinion_dev {
	PCIDevice pdev;
	struct card *card;
	MemoryRegion regs;
	MemoryRegion doorbells;
	MemoryRegion memory;
	MemoryRegion window;

	QemuMutex lock;
	int waiters;
	QemuThread worker;
	QemuEvent wake;
	QEMUTimer *timer;
	bool quit;
	bool paused;
	uint64_t msis;
	uint64_t rung[PINION_MAX_QUEUES / 64];
	uint32_t tails[PINION_MAX_QUEUES];

	VMChangeStateEntry *run_state;
	uint8_t *state;
	uint32_t state_bytes;

	bool no_barriers;

	uint64_t memory_bytes;
	uint64_t window_bytes;
	uint64_t serial;
	uint32_t cores;
	uint32_t scratchpad_bytes;
	uint32_t dma_bits;
	uint32_t dma_stray;
	uint64_t without_caps;
	bool debug;
	bool sync;
	uint32_t delay_ns;
	uint32_t step_ns;
	bool verbose;
};

/* bars.c */
void pinion_bars_init(struct pinion_dev *s);

/* hole.c */
void pinion_hole_init(void);

/* host.c: what the core asks of QEMU */
extern const struct card_ops pinion_card_ops;
bool pinion_host_has_barrier(struct pinion_dev *s);
void pinion_send_msis(struct pinion_dev *s);

/* run.c */
void dev_lock(struct pinion_dev *s);
void dev_unlock(struct pinion_dev *s);
void pinion_kick(struct pinion_dev *s);
void pinion_ring(struct pinion_dev *s, unsigned int queue, uint32_t tail);
void pinion_run_start(struct pinion_dev *s);
void pinion_run_stop(struct pinion_dev *s);

/* save.c */
extern const VMStateDescription pinion_vmstate;

#endif
