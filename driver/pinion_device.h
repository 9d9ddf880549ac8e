/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The struct of a card, which all source files share. What a source file exports is in its own
 * header.
 *
 * Documentation/locks.rst has the order of all locks, and the contexts in which they are taken.
 */
#ifndef PINION_DEVICE_H
#define PINION_DEVICE_H

#include <linux/bits.h>
#include <linux/container_of.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>

#include "pinion_clear.h"
#include "pinion_dump.h"
#include "pinion_errors.h"
#include "pinion_health.h"
#include "pinion_heartbeat.h"
#include "pinion_limits.h"
#include "pinion_mbox.h"
#include "pinion_regs.h"
#include "pinion_vram.h"

#ifndef __LITTLE_ENDIAN
#error "The card and this driver share little-endian structs in memory."
#endif

#define PINION_NAME	     "pinion"
#define PINION_VA_START	     0x10000ull
#define PINION_MAX_TIMELINES 16384u
/* End of the addresses that VM_BIND maps; the pages of timelines lie above. */
#define PINION_VA_END	     (BIT_ULL(PINION_VA_BITS) - PINION_MAX_TIMELINES * (u64)SZ_4K)

struct dma_pool;
struct firmware;
struct pinion_hw_queue;
struct pinion_mmu;
struct pinion_upload;

/**
 * struct pinion_info - the identity registers, checked at probe and constant from then on
 * @contract: version of the hardware contract: 31:16 major, 15:0 minor
 * @caps: PINION_CAP_* bits
 * @serial: serial number of the board
 * @memory: size of device memory in bytes
 * @window: bytes of device memory that BAR4 shows
 * @cores: number of compute cores
 * @scratchpad: bytes of scratchpad memory in each core
 * @queues: number of queues
 * @vms: number of address-space slots, of which ids 1..@vms-1 are usable
 * @vectors: number of MSI-X vectors of the card
 * @time_freq: ticks of device time per second
 * @dma_bits: width of the host DMA addresses that the card can issue
 * @save_bytes: bytes of the save area of one core; 0 without PINION_CAP_PREEMPT
 */
struct pinion_info {
	u32 contract;
	u64 caps;
	u64 serial;
	u64 memory;
	u64 window;
	u32 cores;
	u32 scratchpad;
	u32 queues;
	u32 vms;
	u32 vectors;
	u32 time_freq;
	u32 dma_bits;
	u32 save_bytes;
};

/**
 * enum pinion_user_policy - who may create a queue with PINION_QUEUE_USER
 * @PINION_USER_OFF: no process may
 * @PINION_USER_ADMIN: only processes with CAP_SYS_ADMIN
 * @PINION_USER_ON: everybody who may open the device
 */
enum pinion_user_policy {
	PINION_USER_OFF,
	PINION_USER_ADMIN,
	PINION_USER_ON,
};

/**
 * enum pinion_card_state - whether the card works
 * @PINION_CARD_BOOTING: the driver boots the firmware and tells it of queues and address spaces;
 *	requests of programs wait
 * @PINION_CARD_UP: the card works
 * @PINION_CARD_CLOSING: the card works, but is about to be reset; requests of programs wait
 * @PINION_CARD_DOWN: the card is quiet and has forgotten queues and address spaces; requests of
 *	programs wait
 * @PINION_CARD_WEDGED: the card is stopped until the driver is bound again; requests of programs
 *	fail
 */
enum pinion_card_state {
	PINION_CARD_BOOTING,
	PINION_CARD_UP,
	PINION_CARD_CLOSING,
	PINION_CARD_DOWN,
	PINION_CARD_WEDGED,
};

/**
 * struct pinion_card - one card
 * @drm: DRM device
 * @regs: mapping of BAR0, the registers
 * @doorbells: mapping of BAR2, the doorbells
 * @window: write-combined mapping of BAR4, the window into device memory
 * @window_phys: CPU physical address of BAR4
 * @info: identity of the card
 * @fw_version: version that the firmware gave in its HELLO
 * @fw_flags: PINION_FW_F_* of the image that runs
 * @fw_minimum: least version of firmware that the card boots; 0 without PINION_CAP_FLASH
 * @fw_crash: record of the firmware's last crash that was reported, under @reset_lock; its magic is
 *	0 if there was none
 * @upload: upload of firmware into the flash; NULL: there is none
 * @fw_image: image from the file system, kept so that the firmware can be started again
 * @vectors: number of MSI-X vectors granted, >= 2
 * @queue_vectors: the @vectors - 1 vectors of queues
 * @state: enum pinion_card_state; set under @reset_lock, read without a lock
 * @cause: PINION_ERROR_* for which the driver took the card down last; protected by @reset_lock
 * @down_at: CLOCK_MONOTONIC time in ns at which the card was taken down last; protected by
 *	@reset_lock
 * @reset_lock: serialises resets of the card
 * @inside: number of requests of programs that use the card, see pinion_gate.c
 * @gate_wait: woken when @state changes, and when @inside falls to 0 while requests have to wait
 * @recover: work item that starts the card again after an error
 * @bus_until: time in jiffies by which the kernel must have recovered the bus; 0: the bus has not
 *	failed; protected by device_lock()
 * @warm: whether @recover starts the firmware alone again, until it has done so or failed;
 *	protected by @reset_lock
 * @warm_at: time in jiffies at which @warm was last set; 0: never; protected by @reset_lock
 * @resting: whether the card is down because nobody uses it, and in D3hot or on the way there; set
 *	under @reset_lock, cleared without a lock by whoever has the card started
 * @heartbeat: watches the heartbeat of the firmware
 * @climbing: whether @recover tries the rungs of its ladder; protected by device_lock()
 * @mbox: mailbox of the firmware
 * @vram: allocator of device memory
 * @clear: zeroing of device memory by the card
 * @vm_ids: numbers of the address-space slots in use
 * @inv_lock: protects the pair of registers that invalidate translations
 * @queue_ids: numbers of the queues in use
 * @doorbells_lock: excludes page faults on doorbell mappings of processes while doorbells are
 *	revoked
 * @doorbells_phys: CPU physical address of BAR2
 * @user_policy: processes that may create a queue with PINION_QUEUE_USER
 * @shadows: pool of the shadow doorbells that the kernel writes
 * @queues_mutex: held while a queue is added to @queues or taken down, and never while a request
 *	to the firmware is under way; who holds it may rely on the memory of all @queues
 * @told_lock: held for reading while a queue or an address space is taken from the firmware, and
 *	for writing while firmware that was restarted is told of @queues and @mmus
 * @queues_lock: protects @queues against interrupts and resets
 * @queues: queues by number, NULL where there is none
 * @mmus: address spaces that the firmware was told of, by number, NULL where there is none; set
 *	inside the gate, cleared under @told_lock
 * @host_bos_lock: protects the list @host_bos
 * @host_bos: buffers in host memory, whose DMA mappings end when the device is removed
 * @device_bos_lock: protects the list @device_bos
 * @device_bos: buffers in device memory, whose content is kept when the card loses its power
 * @kept: whether host memory has a copy of what device memory held before it lost its content;
 *	protected by device_lock()
 * @timelines_lock: protects the list @timelines
 * @timelines: timelines mapped into address spaces, whose DMA mappings end when the device is
 *	removed
 * @limits: limits of processes and users
 * @health: state of the card and counters of errors, for user space
 * @watch: work item that looks after the time limit of jobs
 * @dump: dump of the card that is being made
 * @binds_wait: woken when asynchronous binds have committed or the device is unplugged
 */
struct pinion_card {
	struct drm_device drm;
	void __iomem *regs;
	void __iomem *doorbells;
	void __iomem *window;
	phys_addr_t window_phys;
	struct pinion_info info;
	u32 fw_version;
	u32 fw_flags;
	u32 fw_minimum;
	struct pinion_crash fw_crash;
	struct pinion_upload *upload;
	const struct firmware *fw_image;
	int vectors;
	struct pinion_vector *queue_vectors;

	enum pinion_card_state state;
	enum pinion_error_code cause;
	u64 down_at;
	struct mutex reset_lock;
	atomic_t inside;
	wait_queue_head_t gate_wait;
	struct delayed_work recover;
	unsigned long bus_until;
	bool warm;
	unsigned long warm_at;
	bool climbing;
	bool resting;
	struct pinion_heartbeat heartbeat;

	struct pinion_mbox mbox;
	struct pinion_vram vram;
	struct pinion_clear clear;

	struct ida vm_ids;
	struct mutex inv_lock;

	struct ida queue_ids;
	struct mutex doorbells_lock;
	phys_addr_t doorbells_phys;
	struct dma_pool *shadows;
	enum pinion_user_policy user_policy;
	struct mutex queues_mutex;
	struct rw_semaphore told_lock;
	spinlock_t queues_lock;
	struct pinion_hw_queue *queues[PINION_MAX_QUEUES];
	struct pinion_mmu *mmus[PINION_MAX_VMS];

	struct mutex host_bos_lock;
	struct list_head host_bos;

	struct mutex device_bos_lock;
	struct list_head device_bos;
	bool kept;

	struct mutex timelines_lock;
	struct list_head timelines;

	struct pinion_limits limits;
	struct pinion_health health;
	struct delayed_work watch;
	struct pinion_dump dump;

	wait_queue_head_t binds_wait;
};

#define to_pinion(drm_) container_of(drm_, struct pinion_card, drm)

#endif /* PINION_DEVICE_H */
