/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The structs of the driver, and the functions that each source file exports.
 *
 * Locks, outermost first:
 *   pinion_file.lock > pinion_vm.lock > drm_gem_object.resv
 *   pinion_clear.lock > pinion_device.queues_mutex > pinion_mbox.lock >
 *   pinion_mbox.rx_lock > pinion_device.reset_lock >
 *   pinion_device.queues_lock (spin) > pinion_queue.lock (spin)
 * pinion_timeline.lock (spin) is the innermost: it is also taken inside
 * pinion_vm.dying_lock (spin).
 * pinion_device.doorbells_lock is taken inside mmap_lock and inside every mutex that may be
 * held when a queue is stopped, and outside pinion_queue.lock.
 * No other lock is taken inside pinion_vram.lock, pinion_device.inv_lock,
 * pinion_device.timelines_lock, pinion_limits.lock (spin) or pinion_vm.binds_lock (spin).
 * The work item pinion_vram.scrub takes pinion_clear.lock: never flush it with that lock held.
 */
#ifndef PINION_DEVICE_H
#define PINION_DEVICE_H

#include <linux/completion.h>
#include <linux/dma-direction.h>
#include <linux/idr.h>
#include <linux/io_uring/cmd.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_gpuvm.h>
#include <drm/drm_print.h>

#include "pinion_accel.h"
#include "pinion_compat.h"
#include "pinion_limits.h"
#include "pinion_packet.h"
#include "pinion_regs.h"
#include "pinion_pt.h"
#include "pinion_queue.h"
#include "pinion_timeline.h"

#ifndef __LITTLE_ENDIAN
#error "The card and this driver share little-endian structs in memory."
#endif

#define PINION_NAME	     "pinion"
#define PINION_FW_NAME	     "pinion/mgmt.bin"
#define PINION_VA_START	     0x10000ull
#define PINION_MAX_TIMELINES 16384u
/* End of the addresses that VM_BIND maps; the pages of timelines lie above. */
#define PINION_VA_END	     (BIT_ULL(PINION_VA_BITS) - PINION_MAX_TIMELINES * (u64)SZ_4K)
#define PINION_KNOWN_CAPS                                                                          \
	(PINION_CAP_COMPUTE | PINION_CAP_MATRIX_FP32 | PINION_CAP_SPARSE | PINION_CAP_MODERATION | \
	 PINION_CAP_CHAIN | PINION_CAP_ABORT | PINION_CAP_PROGRESS | PINION_CAP_SHADOW)

struct pinion_device;
struct pinion_queue;
struct seq_file;

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
};

/**
 * struct pinion_mbox - the mailbox: requests to the firmware and their replies
 * @lock: held for the whole of a request, so that only one is under way; protects @seq and
 *	@h2f_tail
 * @rx_lock: protects @f2h_head, @want, @want_seq, @reply
 * @seq: sequence number of the last request
 * @h2f_tail: copy of register H2F_TAIL
 * @f2h_head: copy of register F2H_HEAD
 * @want: message type of the reply waited for; 0: no request is under way
 * @want_seq: sequence number of the reply waited for
 * @reply: the reply, valid once @done is completed
 * @done: completed when the reply has arrived
 */
struct pinion_mbox {
	struct mutex lock;
	struct mutex rx_lock;
	u32 seq;
	u32 h2f_tail;
	u32 f2h_head;
	u16 want;
	u32 want_seq;
	struct pinion_msg reply;
	struct completion done;
};

/**
 * struct pinion_vram - allocator of device memory
 * @lock: protects every member but @scrub
 * @buddy: free blocks of [0, memory), with a flag for each block that is zero
 * @dirty: freed blocks that have to be zeroed before they return to @buddy
 * @dirty_bytes: size of the blocks in @dirty and of the blocks that @scrub is zeroing now
 * @scrub: work item that zeroes the blocks in @dirty and returns them to @buddy
 */
struct pinion_vram {
	struct mutex lock;
	struct gpu_buddy buddy;
	struct list_head dirty;
	u64 dirty_bytes;
	struct work_struct scrub;
};

/**
 * struct pinion_mmu - one of the card's address-space slots
 * @pdev: device
 * @budget: budget that pays for the page tables, referenced by the owner; NULL: nobody pays
 * @id: number of the slot, 1..VMS-1
 * @pt: page tables; the owner serialises changes
 */
struct pinion_mmu {
	struct pinion_device *pdev;
	struct pinion_budget *budget;
	u32 id;
	struct pinion_pt pt;
};

/**
 * enum pinion_clear_what - why blocks are zeroed
 * @PINION_CLEAR_TAKEN: a new owner gets the blocks and waits; blocks known to be zero are
 *	skipped
 * @PINION_CLEAR_FREED: the blocks were freed and nobody waits; every block is zeroed
 */
enum pinion_clear_what {
	PINION_CLEAR_TAKEN,
	PINION_CLEAR_FREED,
};

/**
 * struct pinion_clear - zeroes device memory with the card's FILL
 * @lock: held while a FILL job runs, so that there is one at a time; protects @queue, @cmd and
 *	@bytes
 * @mmu: address space that maps all of device memory, writable
 * @queue: the driver's own queue; NULL before pinion_clear_init() and once the queue is freed
 * @cmd: command buffer of the FILL job, one page
 * @cmd_dma: DMA address of @cmd
 * @bytes: bytes zeroed so far, by enum pinion_clear_what
 */
struct pinion_clear {
	struct mutex lock;
	struct pinion_mmu mmu;
	struct pinion_queue *queue;
	void *cmd;
	dma_addr_t cmd_dma;
	u64 bytes[2];
};

/**
 * enum pinion_user_policy - who may create a queue with PINION_QUEUE_USER
 * @PINION_USER_OFF: nobody
 * @PINION_USER_ADMIN: processes with CAP_SYS_ADMIN
 * @PINION_USER_ON: everybody who may open the device
 */
enum pinion_user_policy {
	PINION_USER_OFF,
	PINION_USER_ADMIN,
	PINION_USER_ON,
};

/**
 * struct pinion_device - one card
 * @drm: DRM device
 * @regs: mapping of BAR0, the registers
 * @doorbells: mapping of BAR2, the doorbells
 * @window: write-combined mapping of BAR4, the window into device memory
 * @window_phys: CPU physical address of BAR4
 * @info: identity of the card
 * @fw_version: version that the firmware gave in its HELLO
 * @vectors: number of MSI-X vectors granted, >= 2
 * @wedged: the card is stopped until the driver is bound again; set once, under @reset_lock,
 *	and read without a lock
 * @reset_lock: serialises resets
 * @mbox: mailbox of the firmware
 * @vram: allocator of device memory
 * @clear: zeroing of device memory by the card
 * @vm_ids: numbers of the address-space slots in use
 * @inv_lock: protects the pair of registers that invalidate translations
 * @queue_ids: numbers of the queues in use
 * @doorbells_lock: excludes page faults on doorbell mappings of processes while doorbells are
 *	revoked
 * @doorbells_phys: CPU physical address of BAR2
 * @user_policy: who may create a queue with PINION_QUEUE_USER
 * @shadows: pool of the shadow doorbells that the kernel writes
 * @queues_mutex: held while a queue is started or taken down; who holds it may rely on the
 *	memory of all @queues
 * @queues_lock: protects @queues against interrupts and resets
 * @queues: queues by number, NULL where there is none
 * @host_bos_lock: protects @host_bos
 * @host_bos: buffers in host memory, whose DMA mappings end when the device is removed
 * @timelines_lock: protects @timelines
 * @timelines: timelines mapped into address spaces, whose DMA mappings end when the device is
 *	removed
 * @limits: limits of processes and users
 * @binds_wait: woken when asynchronous binds have committed or the device is unplugged
 */
struct pinion_device {
	struct drm_device drm;
	void __iomem *regs;
	void __iomem *doorbells;
	void __iomem *window;
	phys_addr_t window_phys;
	struct pinion_info info;
	u32 fw_version;
	int vectors;

	bool wedged;
	struct mutex reset_lock;

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
	spinlock_t queues_lock;
	struct pinion_queue *queues[PINION_MAX_QUEUES];

	struct mutex host_bos_lock;
	struct list_head host_bos;

	struct mutex timelines_lock;
	struct list_head timelines;

	struct pinion_limits limits;

	wait_queue_head_t binds_wait;
};

#define to_pinion(drm_) container_of(drm_, struct pinion_device, drm)

/**
 * struct pinion_vm - an address space
 * @gpuvm: mappings, as drm_gpuvm keeps them
 * @refs: references of the open file and of the queues; a mapping holds a reference to @gpuvm
 *	only
 * @lock: protects @gpuvm's tree, @mmu and @retired
 * @mmu: slot of the card and page tables
 * @retired: removed mappings, whose buffers stay referenced because the card may use them until
 *	its translation caches are invalidated
 * @timelines: struct pinion_timeline_map by id; read under RCU
 * @dying: timeline maps whose id was removed while jobs in flight still use them; changed under
 *	both @lock and @dying_lock, read under either
 * @dying_lock: protects @dying together with @lock; taken in process context only
 * @user_queues: number of queues with PINION_QUEUE_USER in this address space
 * @binds_lock: protects @binds
 * @binds: asynchronous binds that have not committed, oldest first
 * @bind_work: work item that commits @binds
 */
struct pinion_vm {
	struct drm_gpuvm gpuvm;
	struct kref refs;
	struct mutex lock;
	struct pinion_mmu mmu;
	struct list_head retired;
	struct xarray timelines;
	struct list_head dying;
	spinlock_t dying_lock;
	atomic_t user_queues;
	spinlock_t binds_lock;
	struct list_head binds;
	struct work_struct bind_work;
};

/**
 * struct pinion_file - an open file of the accel node
 * @lock: protects the creation of @vm
 * @vm: the file's own address space, created by the first ioctl that needs one
 * @vms: address spaces created by VM_CREATE, by id; the lock of the xarray protects the
 *	references it holds
 * @budget: budget charged for everything created through this file
 */
struct pinion_file {
	struct mutex lock;
	struct pinion_vm *vm;
	struct xarray vms;
	struct pinion_budget *budget;
};

/**
 * struct pinion_userptr - pinned user memory behind a buffer; constant once created
 * @mm: address space (grabbed) whose RLIMIT_MEMLOCK is charged
 * @pages: the pinned pages
 * @count: number of entries in @pages
 * @pinned: number of entries in @pages pinned so far; differs from @count only during creation
 * @charged: whether @mm has been charged
 * @direction: DMA_TO_DEVICE if the card may only read the memory
 */
struct pinion_userptr {
	struct mm_struct *mm;
	struct page **pages;
	unsigned int count;
	unsigned int pinned;
	bool charged;
	enum dma_data_direction direction;
};

/**
 * struct pinion_bo - a buffer
 * @shmem: GEM object of every buffer (its base); the other members serve buffers in host memory
 * @flags: DRM_PINION_BO_*
 * @blocks: buffer in device memory: its blocks of gpu_buddy; constant
 * @link: buffer in host memory: entry in pinion_device.host_bos
 * @populated: buffer in host memory that was not imported: whether its pages are allocated,
 *	which lasts until the buffer is freed; protected by the reservation lock
 * @budget: budget that the buffer is charged to, referenced; NULL: not charged
 * @user: buffer of user memory: the pinned pages; NULL otherwise
 * @dmabuf: imported buffer: the dma-buf, referenced by the attachment or, once the device is
 *	removed, by this pointer; NULL otherwise
 */
struct pinion_bo {
	struct drm_gem_shmem_object shmem;
	u32 flags;
	struct list_head blocks;
	struct list_head link;
	bool populated;
	struct pinion_budget *budget;
	struct pinion_userptr *user;
	struct dma_buf *dmabuf;
};

#define to_pinion_bo(obj_) container_of(obj_, struct pinion_bo, shmem.base)

static inline bool pinion_bo_read_only(const struct pinion_bo *bo)
{
	return bo->user && bo->user->direction == DMA_TO_DEVICE;
}

/**
 * struct pinion_run - a contiguous piece of a buffer, as the card addresses it
 * @addr: device address or host DMA address of the first byte
 * @bytes: length in bytes
 */
struct pinion_run {
	u64 addr;
	u64 bytes;
};

/**
 * struct pinion_bo_iter - position in a walk over the runs of a buffer
 * @bo: buffer
 * @at: struct gpu_buddy_block or struct scatterlist that holds the next run
 * @skip: bytes from the start of @at to the next run
 */
struct pinion_bo_iter {
	struct pinion_bo *bo;
	void *at;
	u64 skip;
};

/* pinion_reset.c */
int pinion_reset(struct pinion_device *pdev, u32 level);
void pinion_wedge(struct pinion_device *pdev, const char *why);
void pinion_stop_card(struct pinion_device *pdev);

static inline bool pinion_is_wedged(struct pinion_device *pdev)
{
	return READ_ONCE(pdev->wedged);
}

/* pinion_fw.c */
int pinion_fw_boot(struct pinion_device *pdev);
void pinion_fw_report_crash(struct pinion_device *pdev);

/* pinion_mbox.c */
void pinion_mbox_init(struct pinion_device *pdev);
int pinion_mbox_hello(struct pinion_device *pdev);
int pinion_mbox_call(struct pinion_device *pdev, u16 type, const void *args, size_t bytes,
		     struct pinion_msg *reply);
void pinion_mbox_receive(struct pinion_device *pdev);

/* pinion_irq.c */
int pinion_irq_init(struct pinion_device *pdev);
void pinion_irq_enable(struct pinion_device *pdev);
int pinion_irq_attach(struct pinion_queue *q);
void pinion_irq_detach(struct pinion_queue *q);

/* pinion_vram.c */
int pinion_vram_init(struct pinion_device *pdev, work_func_t scrub);
int pinion_vram_alloc(struct pinion_device *pdev, u64 bytes, bool in_window,
		      struct list_head *blocks);
void pinion_vram_free(struct pinion_device *pdev, struct list_head *blocks);
u64 pinion_vram_take_freed(struct pinion_device *pdev, struct list_head *blocks, u64 bytes);
void pinion_vram_put_freed(struct pinion_device *pdev, struct list_head *blocks, u64 bytes,
			   bool zero);
u64 pinion_vram_available(struct pinion_device *pdev);
void pinion_vram_show(struct pinion_device *pdev, struct seq_file *m);

/* pinion_mmu.c */
int pinion_mmu_init(struct pinion_device *pdev, struct pinion_mmu *mmu);
void pinion_mmu_disable(struct pinion_mmu *mmu);
void pinion_mmu_fini(struct pinion_mmu *mmu);
void pinion_mmu_flush(struct pinion_mmu *mmu);

/* pinion_clear.c */
int pinion_clear_init(struct pinion_device *pdev);
int pinion_clear(struct pinion_device *pdev, struct list_head *blocks, enum pinion_clear_what what);
void pinion_clear_scrub(struct work_struct *work);
void pinion_clear_show(struct pinion_device *pdev, struct seq_file *m);

/* pinion_bo.c */
struct drm_gem_object *pinion_bo_create_object(struct drm_device *drm, size_t size);
struct pinion_bo *pinion_bo_new(struct pinion_device *pdev, struct pinion_budget *budget, u64 bytes,
				u32 flags);
int pinion_bo_map_dma(struct pinion_bo *bo);
void pinion_bo_iter_init(struct pinion_bo_iter *it, struct pinion_bo *bo, u64 offset);
struct pinion_run pinion_bo_iter_next(struct pinion_bo_iter *it, u64 max);
void pinion_bo_link(struct pinion_bo *bo);
void pinion_bo_unlink(struct pinion_bo *bo);
void pinion_bo_unmap_all(struct pinion_device *pdev);

/* pinion_userptr.c */
struct pinion_bo *pinion_userptr_new(struct pinion_device *pdev, struct pinion_budget *budget,
				     u64 address, u64 bytes, bool read_only);
void pinion_userptr_unmap(struct pinion_bo *bo);

/* pinion_dmabuf.c */
struct drm_gem_object *pinion_dmabuf_import_sg(struct drm_device *drm,
					       struct dma_buf_attachment *attach,
					       struct sg_table *sgt);
int pinion_dmabuf_to_handle(struct drm_device *drm, struct drm_file *file, int fd, u32 *handle);
int pinion_dmabuf_from_handle(struct drm_device *drm, struct drm_file *file, u32 handle, u32 flags,
			      int *fd);
int pinion_dmabuf_mmap(struct pinion_bo *bo, struct vm_area_struct *vma);
void pinion_dmabuf_detach(struct pinion_bo *bo);

/* pinion_vm.c */
struct pinion_vm *pinion_vm_new(struct pinion_device *pdev, struct pinion_budget *budget);
struct pinion_vm *pinion_vm_get(struct pinion_vm *vm);
void pinion_vm_put(struct pinion_vm *vm);
int pinion_vm_unmap(struct pinion_vm *vm, u64 va, u64 bytes);
void pinion_vm_flush(struct pinion_vm *vm);

/* pinion_file.c */
int pinion_file_open(struct drm_device *drm, struct drm_file *file);
void pinion_file_close(struct drm_device *drm, struct drm_file *file);
struct pinion_vm *pinion_file_vm(struct pinion_device *pdev, struct pinion_file *pf, u32 id);
int pinion_file_add_vm(struct pinion_device *pdev, struct pinion_file *pf, u32 *id);
int pinion_file_drop_vm(struct pinion_file *pf, u32 id);

/* pinion_bind.c */
int pinion_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file);

/* pinion_ioctl_timeline.c */
int pinion_ioctl_timeline_create(struct drm_device *drm, void *data, struct drm_file *file);
int pinion_ioctl_timeline_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int pinion_ioctl_timeline_import(struct drm_device *drm, void *data, struct drm_file *file);

/* pinion_usage.c */
int pinion_ioctl_usage(struct drm_device *drm, void *data, struct drm_file *file);
void pinion_usage_show(struct drm_printer *p, struct drm_file *file);

/* pinion_info.c */
int pinion_copy_info(u64 pointer, u32 *size, const void *info, u32 bytes);
int pinion_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file);

/* pinion_ioctl.c */
extern const struct drm_ioctl_desc pinion_ioctls[];
extern const unsigned int pinion_num_ioctls;

/* pinion_debugfs.c */
void pinion_debugfs_init(struct pinion_device *pdev);

#endif /* PINION_DEVICE_H */
