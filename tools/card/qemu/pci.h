/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card as a PCI device of QEMU. The model itself is in ../core; this folder has what connects
 * it with QEMU: config space, BARs, DMA, MSI-X, the thread that steps the card, migration.
 *
 * Locks: the big QEMU lock (BQL) protects the state of QEMU. The lock of struct pinion_dev
 * serialises calls into the core. It is taken before the BQL, because DMA of the core may need the
 * BQL. A thread that holds the BQL and finds the device's lock taken releases the BQL while it
 * waits: see dev_lock().
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

#define CAP_PM 0x40 /* offset of the power management capability in configuration space */
OBJECT_DECLARE_SIMPLE_TYPE(pinion_dev, PINION)

/**
 * struct pinion_dev - one card
 * @pdev: the PCI function
 * @card: the model; calls into the model are made with @lock held
 * @regs: memory region of BAR0
 * @doorbells: memory region of BAR2
 * @memory: memory region of the card's device memory
 * @window: BAR4, the first bytes of @memory
 *
 * @lock: serialises calls into @card
 * @waiters: number of threads that wait for @lock; the worker lets them have it first
 * @worker: thread that steps the card; not used with @sync
 * @wake: event that wakes the worker
 * @timer: timer for the time at which the card asked to be woken; with @sync, it steps the card
 * @quit: the worker is to end; written with @lock held
 * @paused: the machine is stopped, and the card with it; written with @lock held
 * @asleep: in D3hot or without power: the card is not stepped; written with @lock held
 * @msis: MSI-X vectors to send, one bit each; atomic
 * @errors: errors of the bus to report, one bit for each severity; atomic
 * @rung: queues whose doorbell was written but not yet passed to the card, one bit each; atomic
 * @tails: last value written to each queue's doorbell; atomic
 *
 * @resetting: the function has been reset and does not answer yet, because of a fault knob
 *
 * @suspend: handler that QEMU calls when the machine is suspended to RAM
 * @loses_memory: device memory is lost when the card loses power
 *
 * @run_state: handler that QEMU calls when the machine stops or goes on
 * @state: the card's saved state while it is written to or read from a migration stream
 * @state_bytes: length of @state
 *
 * @no_barriers: the guest's barriers have no effect, see pinion_host_has_barrier()
 *
 * @memory_bytes: property memory, the bytes of device memory
 * @window_bytes: property window, the bytes of BAR4
 * @serial: property serial, the serial number of the board
 * @cores: property cores, the number of compute cores
 * @scratchpad_bytes: property scratchpad, the bytes of a core's scratchpad
 * @dma_bits: property dma-bits, the width of DMA addresses
 * @knobs: fault knobs as set before @card exists; afterwards @card has the values
 * @without_caps: property without-caps, the PINION_CAP_* bits that the card lacks
 * @debug: property debug, whether BAR0 has the fault knobs
 * @no_soft_reset: property no-soft-reset, whether registers outlive D3hot
 * @power_loss: property power-loss, what is lost with power: memory, which is the default, or
 *	nothing
 * @flash: property flash, the name of the file that is the card's flash; NULL: no flash
 * @flash_fd: that file; -1 if there is none
 * @sync: property sync, whether the virtual clock steps the card instead of a thread
 * @delay_ns: property delay-ns, with @sync the virtual time from a doorbell to the first step
 * @step_ns: property step-ns, with @sync the virtual time that a step takes
 * @verbose: property verbose, whether information from the card is printed, too
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
	bool asleep;
	uint64_t msis;
	uint32_t errors;
	uint64_t rung[PINION_MAX_QUEUES / 64];
	uint32_t tails[PINION_MAX_QUEUES];

	bool resetting;
	Notifier suspend;
	bool loses_memory;

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
	uint32_t knobs[CARD_KNOBS_MAX];
	uint64_t without_caps;
	bool debug;
	bool no_soft_reset;
	char *power_loss;
	char *flash;
	int flash_fd;
	bool sync;
	uint32_t delay_ns;
	uint32_t step_ns;
	bool verbose;
};

/* aer.c */
void pinion_report_errors(struct pinion_dev *s);

/* bars.c */
void pinion_bars_init(struct pinion_dev *s);

/* flash.c */
bool pinion_flash_open(struct pinion_dev *s, Error **errp);
void pinion_flash_close(struct pinion_dev *s);
int pinion_flash_read(void *opaque, uint32_t offset, void *buf, size_t len);
int pinion_flash_write(void *opaque, uint32_t offset, const void *buf, size_t len);

/* config.c */
bool pinion_config_init(struct pinion_dev *s, Error **errp);
void pinion_config_exit(struct pinion_dev *s);
uint32_t pinion_config_read(PCIDevice *pdev, uint32_t addr, int len);
void pinion_config_write(PCIDevice *pdev, uint32_t addr, uint32_t value, int len);
void pinion_reset(DeviceState *dev);

/* hole.c */
void pinion_hole_init(void);

/* host.c: the operations that the core calls */
extern const struct card_ops pinion_card_ops;
bool pinion_host_has_barrier(struct pinion_dev *s);
void pinion_send_msis(struct pinion_dev *s);

/* knobs.c */
void pinion_knobs_add(ObjectClass *class);
void pinion_knobs_apply(struct pinion_dev *s);

/* power.c */
bool pinion_power_init(struct pinion_dev *s, Error **errp);
void pinion_power_exit(struct pinion_dev *s);
void pinion_power_reset(struct pinion_dev *s);
void pinion_power_write(struct pinion_dev *s, uint32_t addr, uint32_t value, int len);
void pinion_power_load(struct pinion_dev *s);

/* run.c */
void dev_lock(struct pinion_dev *s);
void dev_unlock(struct pinion_dev *s);
void pinion_kick(struct pinion_dev *s);
void pinion_ring(struct pinion_dev *s, unsigned int queue, uint32_t tail);
void pinion_run_start(struct pinion_dev *s);
void pinion_run_stop(struct pinion_dev *s);
void pinion_run_free(struct pinion_dev *s);

/* slot.c */
void pinion_slot_add(ObjectClass *class);

/* save.c */
extern const VMStateDescription pinion_vmstate;

#endif
