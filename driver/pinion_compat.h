/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All differences between kernel versions. The driver is written for the newest kernel; this file
 * defines what older kernels lack in terms of what they have. Each PINION_HAS_* is the answer of a
 * probe in driver/probes: version numbers are never compared, as distributions backport.
 */
#ifndef PINION_COMPAT_H
#define PINION_COMPAT_H

#include <linux/cgroup.h>
#include <linux/dma-fence.h>
#include <linux/hrtimer.h>
#include <linux/io_uring/cmd.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_gpuvm.h>

#include "pinion_accel.h"
#include "pinion_probes.h"

#ifdef PINION_HAS_GPU_BUDDY
#include <linux/gpu_buddy.h>
#else
#include <drm/drm_buddy.h>
#define gpu_buddy			drm_buddy
#define gpu_buddy_block			drm_buddy_block
#define gpu_buddy_block_offset		drm_buddy_block_offset
#define gpu_buddy_block_size		drm_buddy_block_size
#define gpu_buddy_block_is_clear	drm_buddy_block_is_clear
#define gpu_buddy_init			drm_buddy_init
#define gpu_buddy_fini			drm_buddy_fini
#define gpu_buddy_alloc_blocks		drm_buddy_alloc_blocks
#define gpu_buddy_free_block		drm_buddy_free_block
#define gpu_buddy_free_list		drm_buddy_free_list
#define gpu_buddy_reset_clear		drm_buddy_reset_clear
#define GPU_BUDDY_CLEARED		DRM_BUDDY_CLEARED
#define GPU_BUDDY_CLEAR_ALLOCATION	DRM_BUDDY_CLEAR_ALLOCATION
#define GPU_BUDDY_RANGE_ALLOCATION	DRM_BUDDY_RANGE_ALLOCATION
#define GPU_BUDDY_TOPDOWN_ALLOCATION	DRM_BUDDY_TOPDOWN_ALLOCATION
#define GPU_BUDDY_CONTIGUOUS_ALLOCATION DRM_BUDDY_CONTIGUOUS_ALLOCATION
#endif

#ifdef PINION_HAS_DMEM_CGROUP
#include <linux/cgroup_dmem.h>
#else
struct dmem_cgroup_pool_state;
struct dmem_cgroup_region;

/**
 * dmem_cgroup_try_charge() - charge nothing, as the kernel has no dmem cgroup
 * @region: region of device memory
 * @size: bytes that are allocated
 * @ret_pool: out: NULL, as no cgroup was charged
 * @ret_limit_pool: not used, as there is no limit
 * Return: 0.
 */
static inline int dmem_cgroup_try_charge(struct dmem_cgroup_region *region, u64 size,
					 struct dmem_cgroup_pool_state **ret_pool,
					 struct dmem_cgroup_pool_state **ret_limit_pool)
{
	*ret_pool = NULL;
	return 0;
}

/**
 * dmem_cgroup_uncharge() - do nothing, as nothing was charged
 * @pool: NULL, as no cgroup was charged
 * @size: bytes that are freed
 */
static inline void dmem_cgroup_uncharge(struct dmem_cgroup_pool_state *pool, u64 size)
{
}
#endif

#ifndef PINION_HAS_DMEM_RECLAIM
/**
 * struct dmem_cgroup_ops - what the kernel asks of a region of device memory; never used
 * @reclaim: free memory of a pool
 */
struct dmem_cgroup_ops {
	int (*reclaim)(struct dmem_cgroup_pool_state *pool, u64 target_bytes, void *priv);
};
#endif

/**
 * pinion_dmem_register() - tell the dmem cgroup of a card's memory, until the DRM device is freed
 * @drm: device, which gives the region its name
 * @bytes: size of the memory
 * @ops: called when a limit shrinks, by kernels that can
 * @priv: argument of the functions in @ops
 * Return: the region; NULL: the kernel has no dmem cgroup; or ERR_PTR(-ENOMEM).
 */
static inline struct dmem_cgroup_region *pinion_dmem_register(struct drm_device *drm, u64 bytes,
							      const struct dmem_cgroup_ops *ops,
							      void *priv)
{
#if defined(PINION_HAS_DMEM_RECLAIM)
	const struct dmem_cgroup_init init = { .size = bytes, .ops = ops, .reclaim_priv = priv };

	return drmm_cgroup_register_region(drm, "vram", &init);
#elif defined(PINION_HAS_DMEM_CGROUP)
	return drmm_cgroup_register_region(drm, "vram", bytes);
#else
	return NULL;
#endif
}

/**
 * pinion_cgroup_path() - find which cgroup a process is in
 * @pid: the process, or NULL
 * @path: out: path of its cgroup in the unified hierarchy; empty: the process has ended, or the
 *	kernel has no cgroups
 * @size: bytes that fit into @path
 */
static inline void pinion_cgroup_path(struct pid *pid, char *path, size_t size)
{
#ifdef CONFIG_CGROUPS
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	if (!task || cgroup_path(task_dfl_cgroup(task), path, size) < 0)
		path[0] = 0;
	rcu_read_unlock();
#else
	path[0] = 0;
#endif
}

/* PINION_NORESERVE - argument of shmem_kernel_file_setup(): only pages that are written count */
#ifdef PINION_HAS_SHMEM_VMA_FLAGS
#define PINION_NORESERVE mk_vma_flags(VMA_NORESERVE_BIT)
#else
#define PINION_NORESERVE VM_NORESERVE
#endif

/* PINION_IMPORT_NS() - MODULE_IMPORT_NS() of a word */
#ifdef PINION_HAS_IMPORT_NS_TOKEN
#define PINION_IMPORT_NS(ns) MODULE_IMPORT_NS(ns)
#else
#define PINION_IMPORT_NS(ns) MODULE_IMPORT_NS(#ns)
#endif

/* PINION_DRIVER_DATE - initialiser of drm_driver.date, which old kernels return in VERSION */
#ifdef PINION_HAS_DRIVER_DATE
#define PINION_DRIVER_DATE .date = "20261122",
#else
#define PINION_DRIVER_DATE
#endif

/* A kernel that knows this flag keeps lists of a buffer's mappings only if it is set. */
#ifndef PINION_HAS_DRIVER_GEM_GPUVA
#define DRIVER_GEM_GPUVA 0
#endif

#ifndef PINION_HAS_GEM_OBJECT_ACTIVE
#define DRM_GEM_OBJECT_ACTIVE 0
#endif

#ifndef PINION_HAS_WQ_PERCPU
#define WQ_PERCPU 0
#endif

#ifndef PINION_HAS_SYSTEM_DFL_WQ
#define system_dfl_wq	 system_unbound_wq
#define system_percpu_wq system_wq
#endif

#ifndef PINION_HAS_HRTIMER_SETUP
/**
 * hrtimer_setup() - prepare a timer and name the function that it calls
 * @timer: the timer, which is not running
 * @function: called when the timer expires
 * @clock: clock that the timer follows
 * @mode: whether the timer is given times or delays, and where @function runs
 */
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* PINION_FENCE_64BIT - initialiser in struct dma_fence_ops: sequence numbers have 64 bits */
#ifdef PINION_HAS_DMA_FENCE_INIT64
#define PINION_FENCE_64BIT
#else
#define PINION_FENCE_64BIT .use_64bit_seqno = true,
#define dma_fence_init64   dma_fence_init
#endif

#ifndef PINION_HAS_VMA_IS_COW_MAPPING
/**
 * vma_is_cow_mapping() - say whether a write to a mapping makes a private copy of the page
 * @vma: mapping of a file or of memory
 * Return: true for a private mapping that may become writable.
 */
static inline bool vma_is_cow_mapping(const struct vm_area_struct *vma)
{
	return is_cow_mapping(vma->vm_flags);
}
#endif

#ifndef PINION_HAS_GPUVM_BO_OBTAIN_LOCKED
#define drm_gpuvm_bo_obtain_locked drm_gpuvm_bo_obtain
#endif

/**
 * pinion_gpuvm_sm_map() - call drm_gpuvm_sm_map()
 * @gpuvm: address space that the mapping is added to
 * @priv: argument of the step callbacks
 * @map: the new mapping
 * Return: 0, or the error of a step.
 */
static inline int pinion_gpuvm_sm_map(struct drm_gpuvm *gpuvm, void *priv,
				      const struct drm_gpuva_op_map *map)
{
#ifdef PINION_HAS_GPUVM_MAP_REQ
	struct drm_gpuvm_map_req request = { .map = *map };

	return drm_gpuvm_sm_map(gpuvm, priv, &request);
#else
	return drm_gpuvm_sm_map(gpuvm, priv, map->va.addr, map->va.range, map->gem.obj,
				map->gem.offset);
#endif
}

#ifndef PINION_HAS_URING_SQE_TYPE
#define io_uring_sqe_cmd(sqe, type) ((const type *)(sqe)->cmd)
#endif

#ifndef PINION_HAS_URING_DONE32
/**
 * io_uring_cmd_done32() - complete a command with the two results that 32-byte CQEs carry
 * @cmd: command that the driver was given
 * @res: first result, an error if negative
 * @res2: second result, in the CQE's own field
 * @issue_flags: flags that io_uring passed when it called the driver
 */
static inline void io_uring_cmd_done32(struct io_uring_cmd *cmd, s32 res, u64 res2,
				       unsigned int issue_flags)
{
	io_uring_cmd_done(cmd, res, res2, issue_flags);
}

#define io_uring_cmd_done(cmd, res, flags) io_uring_cmd_done32(cmd, res, 0, flags)
#endif

/* PINION_MULTISHOT - flag of a command that completes many times; 0: io_uring has no such flag */
#ifdef PINION_HAS_URING_MULTISHOT
#define PINION_MULTISHOT IORING_URING_CMD_MULTISHOT
#else
#define PINION_MULTISHOT 0
#endif

/**
 * pinion_uring_event() - post one of many completions of a PINION_MULTISHOT command
 * @cmd: command; the caller runs in its task work
 * @group: group of provided buffers
 * @event: content of the next buffer of @group
 * @issue_flags: flags of the task work
 * Return: 0; -ENOBUFS: @group is empty; -EINVAL: the buffer is too small; -EFAULT: the buffer
 * cannot be written; -ENOMEM: the completion could not be posted; -EOPNOTSUPP: old kernel.
 */
static inline int pinion_uring_event(struct io_uring_cmd *cmd, u16 group,
				     const struct pinion_uring_event *event,
				     unsigned int issue_flags)
{
#ifdef PINION_HAS_URING_MULTISHOT
	size_t bytes = sizeof(*event);
	struct io_br_sel sel = io_uring_cmd_buffer_select(cmd, group, &bytes, issue_flags);

	if (sel.val <= 0)
		return sel.val ?: -ENOBUFS;
	if (bytes < sizeof(*event))
		sel.val = -EINVAL;
	else
		sel.val = copy_to_user(sel.addr, event, bytes) ? -EFAULT : bytes;
	if (io_uring_mshot_cmd_post_cqe(cmd, &sel, issue_flags))
		return sel.val < 0 ? sel.val : -ENOMEM;
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

/* PINION_TASK_WORK() - define a task-work callback that calls work(command, issue_flags) */
#ifdef PINION_HAS_URING_TW_REQ
#define PINION_TASK_WORK(name, work)                                                     \
	static void name(struct io_tw_req request, io_tw_token_t token)                  \
	{                                                                                \
		work(io_uring_cmd_from_tw(request), IO_URING_CMD_TASK_WORK_ISSUE_FLAGS); \
	}
#else
#define PINION_TASK_WORK(name, work)                                         \
	static void name(struct io_uring_cmd *cmd, unsigned int issue_flags) \
	{                                                                    \
		work(cmd, issue_flags);                                      \
	}
#endif

#endif /* PINION_COMPAT_H */
