/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* clang-format off */
/*
 * Pinion user-space interface: ioctls of /dev/accel/accelN, of a queue file and
 * of a timeline file, and the io_uring command of a queue file.
 *
 * How it grows: structs have explicit padding and 64-bit alignment; padding,
 * reserved fields and unknown flags must be zero (-EINVAL otherwise). New
 * members are added at the end and zero means the old behaviour. Arrays carry
 * the size of an element, so that old and new callers meet. Nothing is ever
 * renumbered.
 *
 * Unless said otherwise an ioctl returns 0, or -1 with errno: EFAULT (bad
 * pointer), EINVAL (unknown flag, reserved field not zero, bad size or
 * alignment, overflow), ENODEV (the card is gone), EINTR. An ioctl that creates
 * or maps something can also fail with EDQUOT (the process or user that opened
 * the file, or the cgroup of the task, has reached a limit, or the user is refused
 * for a time), ENOSPC (the card has no more of a resource) or ENOMEM (the host has
 * no memory).
 */
#ifndef PINION_ACCEL_H
#define PINION_ACCEL_H

#if defined(__KERNEL__)
#include <drm/drm.h>
#else
#include "drm.h"
#endif

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_PINION_DEV_QUERY		0x00
#define DRM_PINION_BO_CREATE		0x01
#define DRM_PINION_BO_MMAP_OFFSET	0x02
#define DRM_PINION_VM_BIND		0x03
#define DRM_PINION_QUEUE_CREATE		0x04
#define DRM_PINION_VM_CREATE		0x05
#define DRM_PINION_VM_DESTROY		0x06
#define DRM_PINION_BO_USERPTR		0x07
#define DRM_PINION_USAGE		0x08
#define DRM_PINION_TIMELINE_CREATE	0x09
#define DRM_PINION_TIMELINE_DESTROY	0x0a
#define DRM_PINION_TIMELINE_IMPORT	0x0b

/**
 * struct drm_pinion_dev_info - the card, its firmware and the limits
 * @contract: version of the hardware contract: 31:16 major, 15:0 minor
 * @fw_version: version of the firmware: 31:24 major, 23:16 minor, 15:0 patch
 * @caps: PINION_CAP_* bits
 * @serial: serial number of the board
 * @memory_bytes: size of device memory
 * @memory_free: bytes of device memory that are not allocated now
 * @window_bytes: device memory that the CPU can map
 * @time_freq: timestamp ticks per second
 * @va_start: lowest virtual address that VM_BIND takes
 * @va_end: first virtual address above those that VM_BIND takes
 * @cores: number of compute cores
 * @scratchpad_bytes: bytes of scratchpad memory in each core
 * @queues: number of queues of the card
 * @max_entries: largest number of entries of a queue
 * @page_bytes: granularity of VM_BIND and of buffer sizes
 * @reserved: zero
 */
struct drm_pinion_dev_info {
	__u32 contract;
	__u32 fw_version;
	__u64 caps;
	__u64 serial;
	__u64 memory_bytes;
	__u64 memory_free;
	__u64 window_bytes;
	__u64 time_freq;
	__u64 va_start;
	__u64 va_end;
	__u32 cores;
	__u32 scratchpad_bytes;
	__u32 queues;
	__u32 max_entries;
	__u32 page_bytes;
	__u32 reserved;
};

/**
 * struct drm_pinion_dev_query - copy out a struct drm_pinion_dev_info
 * @size: in: bytes at @pointer; out: bytes that the kernel has. The smaller number of bytes is
 *	copied; the rest of the caller's struct is zeroed
 * @pad: zero
 * @pointer: address of the struct; 0: return only @size
 */
struct drm_pinion_dev_query {
	__u32 size;
	__u32 pad;
	__u64 pointer;
};

/* Memory of a buffer: exactly one of DEVICE and HOST must be set. */
#define DRM_PINION_BO_DEVICE		(1u << 0)	/* device memory */
#define DRM_PINION_BO_HOST		(1u << 1)	/* host memory, cached, coherent */
/* DEVICE only: place the buffer where mmap() can reach it; without, mmap() fails with EPERM. */
#define DRM_PINION_BO_MAPPABLE		(1u << 2)
/* HOST only: CPU mappings are write-combined instead of cached. */
#define DRM_PINION_BO_WC		(1u << 3)

/**
 * struct drm_pinion_bo_create - create a buffer full of zeroes
 * @size: in: bytes, >= 1; out: bytes, rounded up to page_bytes
 * @flags: DRM_PINION_BO_*
 * @handle: out: GEM handle, closed by DRM_IOCTL_GEM_CLOSE
 *
 * ENOMEM: no host memory. ENOSPC: no device memory.
 */
struct drm_pinion_bo_create {
	__u64 size;
	__u32 flags;
	__u32 handle;
};

#define DRM_PINION_USERPTR_READONLY	(1u << 0)	/* the card may only read the memory */

/**
 * struct drm_pinion_bo_userptr - create a buffer from the caller's own memory
 * @address: user address, a multiple of page_bytes
 * @size: bytes, a multiple of page_bytes, > 0
 * @flags: DRM_PINION_USERPTR_READONLY or zero
 * @handle: out: GEM handle, closed by DRM_IOCTL_GEM_CLOSE
 *
 * The pages that are mapped at @address now are pinned until the buffer and all
 * mappings of it are gone, whatever becomes of the process's own mapping, and
 * count against RLIMIT_MEMLOCK. The buffer cannot be mmapped (EPERM) or exported
 * (EPERM); with READONLY it cannot be bound with WRITE (EACCES).
 * EFAULT: a part is not mapped, not writable (without READONLY), or cannot be
 * pinned: device memory, buffers of most DRM drivers, writable mappings of files
 * on most file systems. ENOMEM: no memory, or beyond RLIMIT_MEMLOCK. EOPNOTSUPP:
 * the card's DMA does not reach all memory of this machine and there is no IOMMU.
 */
struct drm_pinion_bo_userptr {
	__u64 address;
	__u64 size;
	__u32 flags;
	__u32 handle;
};

/**
 * struct drm_pinion_bo_mmap_offset - get the offset at which mmap() of the accel node maps a buffer
 * @handle: GEM handle. ENOENT: no such handle; EPERM: a buffer of user memory
 * @pad: zero
 * @offset: out: offset for mmap()
 */
struct drm_pinion_bo_mmap_offset {
	__u32 handle;
	__u32 pad;
	__u64 offset;
};

/**
 * struct drm_pinion_vm_create - create an empty address space
 * @flags: zero
 * @vm: out: id of the address space, >= 1, valid for this open file only
 *
 * Every open file also has an address space of its own, with id 0, which is
 * created when it is first used. ENOSPC: the card has no free slot for an
 * address space, or no device memory for a page table.
 */
struct drm_pinion_vm_create {
	__u32 flags;
	__u32 vm;
};

/**
 * struct drm_pinion_vm_destroy - give up the id of an address space
 * @vm: id of the address space. ENOENT: no such id, or 0
 * @pad: zero
 *
 * The address space and its mappings live until the last queue in it is closed.
 */
struct drm_pinion_vm_destroy {
	__u32 vm;
	__u32 pad;
};

#define DRM_PINION_VM_BIND_MAP		0
#define DRM_PINION_VM_BIND_UNMAP	1

#define DRM_PINION_VM_BIND_READ		(1u << 0)
#define DRM_PINION_VM_BIND_WRITE	(1u << 1)
#define DRM_PINION_VM_BIND_EXEC		(1u << 2)
/*
 * A mapping without memory: reads give zeroes, writes are dropped. Needs READ, WRITE
 * or both; @handle and @offset are zero. EOPNOTSUPP without PINION_CAP_SPARSE.
 */
#define DRM_PINION_VM_BIND_SPARSE	(1u << 3)
/*
 * The buffer is shared with drivers that synchronise by it (implicit synchronisation). While it is
 * mapped, each job of the address space waits for what writes to the buffer, or with WRITE for
 * what uses it in any way, and the job's end is what others wait for. The address space cannot
 * have DRM_PINION_QUEUE_USER queues from then on: EBUSY if it has one. EOPNOTSUPP without
 * PINION_CAP_ABORT: the end of a job could then take for ever.
 */
#define DRM_PINION_VM_BIND_SYNC		(1u << 4)

/**
 * struct drm_pinion_vm_bind_op - map a part of a buffer, or unmap a range
 * @op: DRM_PINION_VM_BIND_MAP or _UNMAP
 * @flags: MAP: DRM_PINION_VM_BIND_READ, WRITE, EXEC, at least one, and maybe SYNC, or SPARSE
 *	with READ, WRITE; UNMAP: zero
 * @handle: MAP: GEM handle of the buffer; SPARSE, UNMAP: zero
 * @pad: zero
 * @offset: MAP: offset in the buffer in bytes; SPARSE, UNMAP: zero
 * @va: first virtual address of the range
 * @size: length of the range in bytes, > 0
 *
 * @offset, @va and @size are multiples of page_bytes. A MAP replaces what was
 * mapped in its range; an UNMAP may cover holes and parts of mappings.
 */
struct drm_pinion_vm_bind_op {
	__u32 op;
	__u32 flags;
	__u32 handle;
	__u32 pad;
	__u64 offset;
	__u64 va;
	__u64 size;
};

#define DRM_PINION_SYNC_SIGNAL		(1u << 0)	/* raise the drm_syncobj; without: wait */
#define DRM_PINION_SYNCS		64		/* most entries of an array of syncs */

/**
 * struct drm_pinion_sync - a drm_syncobj that a job or a bind waits for, or raises when it ends
 * @handle: handle of the drm_syncobj, from DRM_IOCTL_SYNCOBJ_CREATE or _FD_TO_HANDLE. ENOENT: no
 *	such handle
 * @flags: DRM_PINION_SYNC_SIGNAL or 0
 * @point: point of a timeline drm_syncobj; 0: a binary drm_syncobj
 *
 * To wait for: the drm_syncobj must have a fence already, or EINVAL is returned. A fence that
 * signals an error ends the wait, too.
 *
 * To raise: the drm_syncobj has its fence when the call has returned without an error. The fence
 * signals when the job or bind has ended, with the error of a job that failed. Everybody who waits
 * for a fence relies on its end: the fence signals with the error ETIMEDOUT at the latest
 * PINION_TIMELINE_TIMEOUT_MS and 2 seconds after the call.
 */
struct drm_pinion_sync {
	__u32 handle;
	__u32 flags;
	__u64 point;
};

/* Return at once; the ops take effect when @wait_timeline has reached @wait_value. */
#define DRM_PINION_VM_BIND_ASYNC	(1u << 0)

/**
 * struct drm_pinion_vm_bind - change the mappings of an address space, op by op
 * @vm: address space: an id of VM_CREATE, or 0 for the file's own
 * @flags: 0 or DRM_PINION_VM_BIND_ASYNC
 * @stride: sizeof(struct drm_pinion_vm_bind_op) as the caller knows it
 * @count: in: number of ops, 1..65536; out, on error: number of ops that took effect
 * @ops: user address of the array of ops
 * @wait_value: ASYNC: value that @wait_timeline must reach; zero otherwise
 * @signal_value: ASYNC: value that @signal_timeline is raised to; zero otherwise
 * @wait_timeline: ASYNC: id in @vm of the timeline to wait for; 0: none
 * @signal_timeline: ASYNC: id in @vm of the timeline to raise; 0: none
 * @syncs: ASYNC: user address of an array of struct drm_pinion_sync: what to wait for beside
 *	@wait_timeline, and what to raise when the ops have taken effect; zero otherwise
 * @nsyncs: ASYNC: number of entries in @syncs, at most DRM_PINION_SYNCS; zero otherwise
 * @sync_stride: sizeof(struct drm_pinion_sync) as the caller knows it; zero if @nsyncs is
 *
 * When the ioctl returns, or with ASYNC when @signal_timeline is raised, no access
 * through a removed mapping is in flight. ENOENT: no such handle, vm or timeline.
 * EACCES: WRITE of a read-only buffer. ENOSPC: no device memory for page tables.
 * EINTR: nothing took effect and @count is unchanged.
 *
 * With ASYNC every error is reported by the ioctl; then no op takes effect and no
 * timeline is raised. Binds of an address space take effect in the order of the
 * ioctls: a bind without ASYNC waits for the pending ones. When the address space
 * ends (its id is given up and all queues in it are closed), pending binds are
 * dropped and raise their @signal_timeline. When the card goes, a pending bind
 * still waits for @wait_timeline, then raises @signal_timeline without a change. The fence of a
 * drm_syncobj that a bind raises has the error ECANCELED if the bind was dropped, and ENODEV if the
 * card had gone.
 *
 * A bind that raises a drm_syncobj must not wait for a program: EINVAL, unless @wait_value is
 * reached or a job that was submitted to a queue of the kernel's raises @wait_timeline to it. If
 * that job has no deadline, it is given one, as by PINION_TIMELINE_IOC_EXPORT_FENCE.
 */
struct drm_pinion_vm_bind {
	__u32 vm;
	__u32 flags;
	__u32 stride;
	__u32 count;
	__u64 ops;
	__u64 wait_value;
	__u64 signal_value;
	__u32 wait_timeline;
	__u32 signal_timeline;
	__u64 syncs;
	__u32 nsyncs;
	__u32 sync_stride;
};

/*
 * The queue raises no interrupts. Its EXECs must come from rings with
 * IORING_SETUP_IOPOLL, which poll for completions while they wait.
 */
#define DRM_PINION_QUEUE_POLLED		(1u << 0)

/*
 * The process submits jobs without the kernel, by writing to the rings and the doorbell
 * page that mmap() of the queue file gives it (see PINION_QUEUE_MAP_RING). Jobs use a
 * timeline by its virtual address: va_end of DEV_QUERY + 4096 * id. EXEC, CANCEL and
 * PINION_QUEUE_IOC_WAIT fail with EOPNOTSUPP. QUEUE_CREATE fails with EPERM if the
 * operator has not allowed such queues (user_submission in the device's folder in sysfs
 * is off, or is admin and the caller lacks CAP_SYS_ADMIN), and with EOPNOTSUPP if the card
 * has no PINION_CAP_PROGRESS. EBUSY: the address space had a mapping with DRM_PINION_VM_BIND_SYNC.
 * Cannot be combined with DRM_PINION_QUEUE_POLLED.
 */
#define DRM_PINION_QUEUE_USER		(1u << 1)

/**
 * struct drm_pinion_queue_create - create a queue, which is a file
 * @vm: address space: an id of VM_CREATE, or 0 for the file's own
 * @flags: DRM_PINION_QUEUE_POLLED or DRM_PINION_QUEUE_USER, or 0
 * @entries: in: descriptors that may be in flight; out: the number after rounding up to a power
 *	of two, at most max_entries. A job takes one entry, or as many as struct
 *	pinion_uring_exec128 says
 * @priority: 0 low, 1 normal, 2 high (CAP_SYS_NICE), 3 realtime (CAP_SYS_NICE)
 * @fd: out: close-on-exec file descriptor of the queue
 * @job_ms: DRM_PINION_QUEUE_USER: time limit of a job in milliseconds, at most an hour; 0:
 *	none. The queue is stopped with the fault PINION_STATUS_ABORTED between one and
 *	two limits after the job's turn has come
 * @irq_count: completions that share an interrupt, at most 65535; 1: an interrupt for each; 0:
 *	the driver adapts the number to the load (with DRM_PINION_QUEUE_USER the same as
 *	1)
 * @irq_us: longest time in microseconds that a completion is held back for a shared interrupt,
 *	1 to 65535; 0 with an @irq_count of 0 or 1. Both are 0 with
 *	DRM_PINION_QUEUE_POLLED
 *
 * A queue that has run all its jobs holds no interrupt back. The last close of @fd
 * stops the queue. EACCES: the caller may not use this priority. ENOSPC: all queues of
 * the card are in use. ENOENT: no such vm. EOPNOTSUPP: @irq_count is more than 1 and
 * the card has no PINION_CAP_MODERATION.
 */
struct drm_pinion_queue_create {
	__u32 vm;
	__u32 flags;
	__u32 entries;
	__u32 priority;
	__s32 fd;
	__u32 job_ms;
	__u32 irq_count;
	__u32 irq_us;
};

/**
 * struct drm_pinion_timeline_create - create a timeline
 * @vm: address space; 0: the file's own. ENOENT: no such address space
 * @flags: zero
 * @value: initial value
 * @timeline: out: id of the timeline for jobs in @vm, >= 1
 * @fd: out: close-on-exec file descriptor, with which the host uses the timeline
 *
 * A timeline is a 64-bit value that only grows. Jobs wait until a timeline has
 * reached a value, and raise timelines when they end; the host does the same through
 * the file. A timeline lives as long as an address space has an id for it or a file is
 * open. ENOSPC: no id is free (an address space has 16383), or no device memory for
 * page tables.
 */
struct drm_pinion_timeline_create {
	__u32 vm;
	__u32 flags;
	__u64 value;
	__u32 timeline;
	__s32 fd;
};

/**
 * struct drm_pinion_timeline_import - use a timeline in one more address space
 * @vm: address space; 0: the file's own. ENOENT: no such address space
 * @flags: zero
 * @fd: file descriptor of the timeline, which any card may have created. EBADF: not open;
 *	EINVAL: not a timeline
 * @timeline: out: id of the timeline for jobs in @vm, >= 1
 *
 * Every process that shares a timeline can raise it to any value. ENOSPC: no id is free,
 * or no device memory for page tables.
 */
struct drm_pinion_timeline_import {
	__u32 vm;
	__u32 flags;
	__s32 fd;
	__u32 timeline;
};

/**
 * struct drm_pinion_timeline_destroy - give up the id of a timeline in an address space
 * @vm: address space; 0: the file's own. ENOENT: no such address space
 * @timeline: id of the timeline in @vm. ENOENT: no such id
 *
 * Jobs in flight may go on using the timeline. Its id is free again once this or a later
 * TIMELINE ioctl finds no such job, and no job at all on the DRM_PINION_QUEUE_USER queues of the
 * address space.
 */
struct drm_pinion_timeline_destroy {
	__u32 vm;
	__u32 timeline;
};

/**
 * struct drm_pinion_tally - memory of one category
 * @bytes: bytes in use now
 * @peak: highest value that @bytes ever had
 */
struct drm_pinion_tally {
	__u64 bytes;
	__u64 peak;
};

/**
 * struct drm_pinion_allowance - use and limit of one resource, for a process or a user
 * @used: amount in use on this card, through all files that the process or user opened
 * @max: limit; ~0: none
 */
struct drm_pinion_allowance {
	__u64 used;
	__u64 max;
};

/* Index of an allowance. */
#define DRM_PINION_LIMIT_BUFFERS	0
#define DRM_PINION_LIMIT_DEVICE_BYTES	1	/* device memory: buffers, tables, save areas */
#define DRM_PINION_LIMIT_HOST_BYTES	2	/* buffers, rings, the kernel's structs */
#define DRM_PINION_LIMIT_VMS		3
#define DRM_PINION_LIMIT_QUEUES		4

/**
 * struct drm_pinion_usage_info - what was created through this file and still exists
 * @device: bytes of buffers in device memory
 * @host: bytes of buffers in host memory
 * @tables: bytes of page tables, in device memory
 * @rings: bytes of rings of queues, in host memory
 * @buffers: number of buffers
 * @vms: number of address spaces
 * @queues: number of queues
 * @timelines: number of timelines
 * @busy_ns: sum of the run times of all jobs that have ended on queues of this file; jobs that
 *	ran at the same time on several queues all count
 * @process: resources of the process that opened the file, by DRM_PINION_LIMIT_*
 * @user: resources of the user who opened the file, by DRM_PINION_LIMIT_*
 * @process_timelines: timelines of the process that opened the file
 * @user_timelines: timelines of the user who opened the file
 * @save: bytes of save areas of address spaces, in device memory
 */
struct drm_pinion_usage_info {
	struct drm_pinion_tally device;
	struct drm_pinion_tally host;
	struct drm_pinion_tally tables;
	struct drm_pinion_tally rings;
	__u32 buffers;
	__u32 vms;
	__u32 queues;
	__u32 timelines;
	__u64 busy_ns;
	struct drm_pinion_allowance process[5];
	struct drm_pinion_allowance user[5];
	struct drm_pinion_allowance process_timelines;
	struct drm_pinion_allowance user_timelines;
	struct drm_pinion_tally save;
};

/**
 * struct drm_pinion_usage - copy out a struct drm_pinion_usage_info
 * @size: as in struct drm_pinion_dev_query
 * @pad: zero
 * @pointer: address of the struct; 0: return only @size
 */
struct drm_pinion_usage {
	__u32 size;
	__u32 pad;
	__u64 pointer;
};

#define DRM_IOCTL_PINION_DEV_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_DEV_QUERY, struct drm_pinion_dev_query)
#define DRM_IOCTL_PINION_BO_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_BO_CREATE, struct drm_pinion_bo_create)
#define DRM_IOCTL_PINION_BO_MMAP_OFFSET \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_BO_MMAP_OFFSET, struct drm_pinion_bo_mmap_offset)
#define DRM_IOCTL_PINION_VM_BIND \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_VM_BIND, struct drm_pinion_vm_bind)
#define DRM_IOCTL_PINION_QUEUE_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_QUEUE_CREATE, struct drm_pinion_queue_create)
#define DRM_IOCTL_PINION_VM_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_VM_CREATE, struct drm_pinion_vm_create)
#define DRM_IOCTL_PINION_VM_DESTROY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_VM_DESTROY, struct drm_pinion_vm_destroy)
#define DRM_IOCTL_PINION_BO_USERPTR \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_BO_USERPTR, struct drm_pinion_bo_userptr)
#define DRM_IOCTL_PINION_USAGE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_USAGE, struct drm_pinion_usage)
#define DRM_IOCTL_PINION_TIMELINE_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_TIMELINE_CREATE, struct drm_pinion_timeline_create)
#define DRM_IOCTL_PINION_TIMELINE_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_PINION_TIMELINE_DESTROY, struct drm_pinion_timeline_destroy)
#define DRM_IOCTL_PINION_TIMELINE_IMPORT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_PINION_TIMELINE_IMPORT, struct drm_pinion_timeline_import)

/* ------------------------------------------------------------------------
 * ioctls of the queue file
 */

/**
 * struct pinion_queue_fault - why the queue stopped; all zero if there was no fault
 * @status: PINION_STATUS_* (pinion_regs.h)
 * @packet: index of the packet in its command buffer
 * @seq: number of the job on this queue, from 1; DRM_PINION_QUEUE_USER: counted since the
 *	queue was created or reset
 * @va: virtual address of the access
 * @pc: program counter of the core, 0 if no core was involved
 * @access: PINION_ACCESS_* bits
 * @core: number of the compute core, ~0 if no core was involved
 * @insn: instruction word, or cause code of a trap
 * @block: linear index of the block in its grid
 * @timestamp: device time of the fault
 * @buffer: index of the command buffer in its job; DRM_PINION_QUEUE_USER: index of the descriptor
 *	in its job
 * @pad: zero
 */
struct pinion_queue_fault {
	__u32 status;
	__u32 packet;
	__u64 seq;
	__u64 va;
	__u64 pc;
	__u32 access;
	__u32 core;
	__u32 insn;
	__u32 block;
	__u64 timestamp;
	__u32 buffer;
	__u32 pad;
};

#define PINION_QUEUE_IOC_FAULT	_IOR('P', 0x40, struct pinion_queue_fault)
/*
 * Start a stopped queue again, empty. EBUSY: the queue runs and has jobs in flight; on a
 * DRM_PINION_QUEUE_USER queue such jobs are dropped instead. ENOTRECOVERABLE: the queue is such a
 * queue and has ended (PINION_QUEUE_STATUS_ENDED): close it and create a new one. EDQUOT: the user
 * is refused for a time (limits/banned_users in sysfs).
 */
#define PINION_QUEUE_IOC_RESET	_IO('P', 0x41)

/**
 * struct pinion_uring_point - a point: a timeline and a value of it
 * @value: value of the timeline
 * @timeline: id in the queue's address space; 0: no point, and @value is zero
 * @pad: zero
 */
struct pinion_uring_point {
	__u64 value;
	__u32 timeline;
	__u32 pad;
};

#define PINION_EXEC_WAITS	2

/*
 * Several command buffers, run one after the other as one job: addr is the user
 * address of an array of struct pinion_exec_buffer, len is its number of elements, at
 * least 1. The array is read before the job is queued and may change after that.
 * Cannot be combined with PINION_EXEC_SYNCS.
 */
#define PINION_EXEC_VECTOR	(1u << 1)
#define PINION_EXEC_BUFFERS	64	/* at most */

/**
 * struct pinion_exec_buffer - one command buffer of PINION_EXEC_VECTOR
 * @va: virtual address, with the same rules as addr without PINION_EXEC_VECTOR
 * @bytes: length, with the same rules as len without PINION_EXEC_VECTOR
 * @pad: zero
 */
struct pinion_exec_buffer {
	__u64 va;
	__u32 bytes;
	__u32 pad;
};

/*
 * The job waits for drm_syncobjs and raises some: addr is the user address of a struct
 * pinion_exec_syncs, len is its size as the caller knows it. Struct and arrays are read before the
 * job is queued and may change after that. The job takes one more entry of the queue for each point
 * of a timeline that it waits for. To raise a drm_syncobj, the job gets a deadline
 * PINION_TIMELINE_TIMEOUT_MS from now unless its own is earlier; EOPNOTSUPP: the card has no
 * PINION_CAP_ABORT, by which a job is ended at its deadline.
 */
#define PINION_EXEC_SYNCS	(1u << 2)

/**
 * struct pinion_exec_syncs - the command buffers of a job, and its drm_syncobjs
 * @buffers: user address of an array of struct pinion_exec_buffer
 * @syncs: user address of an array of struct drm_pinion_sync
 * @nbuffers: number of entries in @buffers, 1 to PINION_EXEC_BUFFERS
 * @nsyncs: number of entries in @syncs, at most DRM_PINION_SYNCS
 * @stride: sizeof(struct drm_pinion_sync) as the caller knows it
 * @fd: file descriptor of the accel node in which the handles are valid. EBADF: not open; EINVAL:
 *	not an accel node of this driver
 *
 * A job that waits for a drm_syncobj can wait for PINION_EXEC_WAITS points of timelines at most.
 * EBUSY: too many jobs of the queue wait for drm_syncobjs (PINION_TIMELINE_WAITERS). EDQUOT: over
 * a limit.
 */
struct pinion_exec_syncs {
	__u64 buffers;
	__u64 syncs;
	__u32 nbuffers;
	__u32 nsyncs;
	__u32 stride;
	__s32 fd;
};

/**
 * struct pinion_queue_exec - submit a job without io_uring
 * @addr: virtual address of the command buffer, as in PINION_URING_EXEC, below
 * @len: length of the command buffer in bytes, as in PINION_URING_EXEC
 * @flags: 0, or PINION_EXEC_VECTOR or PINION_EXEC_SYNCS: @addr and @len describe an array or a
 *	struct
 * @waits: points that must all be reached before the job begins
 * @signal: point raised when the job ends, whatever its result
 * @deadline_ns: CLOCK_MONOTONIC time at which the job is ended; 0: none. EOPNOTSUPP: the card
 *	has no PINION_CAP_ABORT
 * @seq: out: number of the job on this queue, from 1
 *
 * Returns at once. The errors are those with which PINION_URING_EXEC refuses a job.
 * EOPNOTSUPP: the queue is polled.
 */
struct pinion_queue_exec {
	__u64 addr;
	__u32 len;
	__u32 flags;
	struct pinion_uring_point waits[1 + PINION_EXEC_WAITS];
	struct pinion_uring_point signal;
	__u64 deadline_ns;
	__u64 seq;
};

/**
 * struct pinion_queue_wait - sleep until a job has completed
 * @seq: number of the job; jobs submitted through io_uring have numbers, too
 * @until_ns: CLOCK_MONOTONIC time at which to give up; 0: do not sleep; from 2^63 - 1 on: never
 * @end: out: device time at which the job ended; 0 if the job did not run or its end is no
 *	longer known
 * @result: out: result of the job, as in res of its CQE
 * @pad: zero
 *
 * ETIME: @until_ns has passed. EINVAL: no such job. The queue keeps the results of its
 * last jobs, as many as it has entries. For an older job the result is 0 if neither it
 * nor a later job has failed; otherwise the ioctl fails with ESTALE. EOPNOTSUPP: the
 * queue is polled.
 */
struct pinion_queue_wait {
	__u64 seq;
	__u64 until_ns;
	__u64 end;
	__s32 result;
	__u32 pad;
};

#define PINION_QUEUE_IOC_EXEC	_IOWR('P', 0x42, struct pinion_queue_exec)
#define PINION_QUEUE_IOC_WAIT	_IOWR('P', 0x43, struct pinion_queue_wait)
/*
 * Cancel a job by its number; 0: every job in flight. ENOENT: the job has completed or is
 * cancelled already; EOPNOTSUPP: the card has no PINION_CAP_ABORT. The result of the job is
 * -ECANCELED; if the job has a CQE, the CQE comes at once. The card ends the job while it runs,
 * or when its turn comes: then PINION_QUEUE_IOC_WAIT returns and the job's point is raised.
 * Other jobs are not affected.
 */
#define PINION_QUEUE_IOC_CANCEL	_IOW('P', 0x44, __u64)

/*
 * DRM_PINION_QUEUE_USER: offsets for mmap(). Mappings must be shared; a child does not inherit
 * them at fork().
 * RING: entries * struct pinion_desc; if the card has PINION_CAP_SHADOW, a struct pinion_shadow
 * follows directly. CQ: entries * struct pinion_cqe, read-only. Both sizes are rounded up to
 * pages. Documentation/hardware/queues.rst says how the card uses the rings. At most entries
 * descriptors may be without a completion record.
 * DOORBELL: one page with the registers PINION_DOORBELL_* of this queue. Once the queue was
 * stopped by job_ms or has ended, or the card is gone, the page is plain memory. Writes have no
 * effect on a stopped queue.
 * STATUS: one page, read-only, that begins with a struct pinion_queue_status.
 */
#define PINION_QUEUE_MAP_RING		0x000000
#define PINION_QUEUE_MAP_CQ		0x100000
#define PINION_QUEUE_MAP_DOORBELL	0x200000
#define PINION_QUEUE_MAP_STATUS		0x300000

#define PINION_QUEUE_STATUS_RUNNING	0	/* the card takes jobs */
#define PINION_QUEUE_STATUS_STOPPED	1	/* until PINION_QUEUE_IOC_RESET */
/*
 * Stopped for good, because the card was reset or started again, or the machine went to sleep.
 * The card is at work again, or soon will be: a new queue can be created. Of the jobs in flight,
 * those with a completion record are done; the others are lost, as with the result -ECANCELED.
 */
#define PINION_QUEUE_STATUS_ENDED	2
#define PINION_QUEUE_STATUS_GONE	3	/* the card is gone or stopped */

/**
 * struct pinion_queue_status - whether a DRM_PINION_QUEUE_USER queue runs
 * @state: PINION_QUEUE_STATUS_*; may grow new values: treat them as GONE
 * @error: why the queue was stopped or has ended: PINION_ERROR_* (pinion_errors.h), such as
 *	PINION_ERROR_JOB_LATE or PINION_ERROR_HOST_RESET; otherwise 0. Valid once @state is not
 *	RUNNING
 */
struct pinion_queue_status {
	__u32 state;
	__u32 error;
};

/*
 * DRM_PINION_QUEUE_USER: poll() reports POLLIN once there are this many completion records,
 * counted since the queue was created or reset; before the first ARM, never. The kernel notices
 * the record of a descriptor with PINION_DESC_F_NO_IRQ only when a record without the flag has
 * come or poll() is called. It wakes waiters for timelines that jobs raise at the same moments.
 */
#define PINION_QUEUE_IOC_ARM	_IOW('P', 0x45, __u64)

/* ------------------------------------------------------------------------
 * The timeline file
 *
 * The file needs no card: it goes on working when the card is gone. mmap() of one
 * page at offset 0, read-only, begins with the value (__u64) as the cards write it.
 * The mapped value can go back for a moment when a card and the host raise the
 * timeline at the same time; the value that the ioctls report never does. Jobs can
 * write to the page, and only a value that a job was given to raise has a meaning.
 */

/**
 * struct pinion_timeline_wait - sleep until a timeline has reached a value
 * @value: value to be reached
 * @until_ns: CLOCK_MONOTONIC time at which to give up; 0: do not sleep; from 2^63 - 1 on: never
 *
 * ETIME: @until_ns has passed.
 */
struct pinion_timeline_wait {
	__u64 value;
	__u64 until_ns;
};

/* Get the current value. */
#define PINION_TIMELINE_IOC_QUERY	_IOR('P', 0x50, __u64)
/* Raise the timeline to a value; no effect if it has reached that value already. */
#define PINION_TIMELINE_IOC_SIGNAL	_IOW('P', 0x51, __u64)
/* poll() reports POLLIN once this value is reached; set for each open file, at first never. */
#define PINION_TIMELINE_IOC_ARM		_IOW('P', 0x52, __u64)
#define PINION_TIMELINE_IOC_WAIT	_IOW('P', 0x53, struct pinion_timeline_wait)

#define PINION_TIMELINE_TIMEOUT_MS	10000	/* at most */

/*
 * Most PINION_URING_WAITs and exported sync_files together that may wait for a timeline, and
 * most imported sync_files that may raise it through one of its files. EBUSY: limit reached.
 */
#define PINION_TIMELINE_WAITERS		4096

/**
 * struct pinion_timeline_fence_export - export a point as a sync_file
 * @value: value at which the sync_file signals
 * @timeout_ms: time in milliseconds, 1 to PINION_TIMELINE_TIMEOUT_MS, after which the sync_file
 *	signals with error -ETIMEDOUT
 * @fd: zero; out: close-on-exec file descriptor
 *
 * Other drivers and drm_syncobj can wait for a sync_file, also where nothing can interrupt the
 * wait, so its point must be certain to be reached. EINVAL: the value is not reached, and no
 * job that was submitted to a queue of the kernel's raises the timeline to it; jobs of
 * DRM_PINION_QUEUE_USER queues do not count. If that job has no deadline, it is given one,
 * PINION_TIMELINE_TIMEOUT_MS from now. EOPNOTSUPP: the card has no PINION_CAP_ABORT, by which
 * a job is ended at its deadline. EDQUOT: over a limit. The timeline and the driver stay loaded
 * as long as the sync_file is open.
 */
struct pinion_timeline_fence_export {
	__u64 value;
	__u32 timeout_ms;
	__s32 fd;
};

/**
 * struct pinion_timeline_fence_import - raise a timeline when a sync_file signals
 * @value: value that the timeline is raised to
 * @fd: sync_file; may be closed afterwards. EBADF: not a sync_file
 * @pad: zero
 *
 * A sync_file that signals an error raises the timeline, too. Nothing is raised if this file
 * of the timeline is released before: every descriptor of it and every sync_file exported
 * through it is closed. For a drm_syncobj, convert to and from a sync_file with
 * DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, _FD_TO_HANDLE and _TRANSFER, which the accel node has like
 * every DRM node.
 */
struct pinion_timeline_fence_import {
	__u64 value;
	__s32 fd;
	__u32 pad;
};

#define PINION_TIMELINE_IOC_EXPORT_FENCE _IOWR('P', 0x54, struct pinion_timeline_fence_export)
#define PINION_TIMELINE_IOC_IMPORT_FENCE	_IOW('P', 0x55, struct pinion_timeline_fence_import)

/* ------------------------------------------------------------------------
 * io_uring: IORING_OP_URING_CMD on the queue file
 *
 * cmd_op = PINION_URING_EXEC, addr = virtual address of the command buffer (8-
 * byte aligned), len = its bytes (a multiple of 8; 0 with addr 0 is an empty
 * job), cmd[] = struct pinion_uring_exec. io_uring itself uses file_index and ioprio;
 * buf_index and uring_cmd_flags must be 0.
 *
 * The CQE comes when the job is complete: res is 0 or
 *   -EFAULT	page fault			-ENOEXEC  illegal instruction or trap
 *   -EBADMSG	bad packet or descriptor	-ERANGE   scratchpad or matrix range
 *   -EIO	the host refused a DMA		-ECANCELED  stopped before it completed
 *   -ETIMEDOUT  its deadline has passed
 * If the job was not queued, res is -EINVAL, -EFAULT (the array of PINION_EXEC_VECTOR is
 * not readable), -ENOENT (no such timeline), -EAGAIN (too few free entries in the queue),
 * -ESHUTDOWN (the queue is stopped by a fault; reset it), -EDQUOT (the user is refused for a
 * time: limits/banned_users in sysfs), -ENODEV or -EOPNOTSUPP (the queue is polled and the ring
 * is not, or the reverse). In a 32-byte CQE, big_cqe[0] is the device
 * time when the job ended. In a ring of IORING_SETUP_CQE_MIXED the CQE is a 32-byte one
 * (IORING_CQE_F_32) if the job was queued and not cancelled with its ring.
 */
#define PINION_URING_EXEC	_IOW('P', 0x01, struct pinion_uring_exec)

/* The SQE is 128 bytes (IORING_SETUP_SQE128): cmd[] = struct pinion_uring_exec128 */
#define PINION_EXEC_SQE128	(1u << 0)

/**
 * struct pinion_uring_exec - the 16 bytes of cmd[] in the SQE
 * @wait_value: value of @wait_timeline to wait for before the job begins
 * @wait_timeline: id in the queue's address space; 0: none, @wait_value is zero
 * @flags: PINION_EXEC_*
 *
 * The card does the waiting. Jobs of a queue run in order, so later jobs of the queue
 * wait, too; other queues are not affected. The job that will raise the timeline to
 * the value may be submitted later. -ENOENT: no such timeline.
 */
struct pinion_uring_exec {
	__u64 wait_value;
	__u32 wait_timeline;
	__u32 flags;
};

/**
 * struct pinion_uring_exec128 - the 80 bytes of cmd[] in a 128-byte SQE
 * @exec: as in a 64-byte SQE, with PINION_EXEC_SQE128
 * @signal: point raised when the job ends, whatever its result
 * @deadline_ns: CLOCK_MONOTONIC time at which the job is ended; 0: none. EOPNOTSUPP: the card
 *	has no PINION_CAP_ABORT
 * @waits: more points to wait for
 * @reserved: zero
 *
 * A job of m command buffers that waits for n points takes m entries of the queue, or m +
 * n - 1 if n > 1; -EINVAL if the queue has fewer. If a job fails or is cancelled, the
 * kernel raises @signal: only the CQE says that there was an error. A job that was not
 * queued (-EAGAIN, -ESHUTDOWN, -ENODEV, -EINVAL, -ENOENT, -EOPNOTSUPP, -EFAULT of an
 * array) raises nothing.
 *
 * In an address space with DRM_PINION_VM_BIND_SYNC the rules of PINION_EXEC_SYNCS for jobs that
 * wait for drm_syncobjs and raise some hold for every job: two points to wait for, and a deadline.
 */
struct pinion_uring_exec128 {
	struct pinion_uring_exec exec;
	struct pinion_uring_point signal;
	__u64 deadline_ns;
	struct pinion_uring_point waits[PINION_EXEC_WAITS];
	__u64 reserved;
};

/*
 * cmd_op = PINION_URING_CANCEL on a queue file: cancel the EXECs of this ring that have a
 * certain user_data, as PINION_QUEUE_IOC_CANCEL does. res is 0, -ENOENT, -EOPNOTSUPP or
 * -EINVAL. addr, len, buf_index and uring_cmd_flags must be 0.
 */
#define PINION_URING_CANCEL	_IOW('P', 0x03, struct pinion_uring_cancel)

/**
 * struct pinion_uring_cancel - the 16 bytes of cmd[] in the SQE
 * @user_data: user_data of the EXECs to cancel
 * @reserved: zero
 */
struct pinion_uring_cancel {
	__u64 user_data;
	__u64 reserved;
};

/*
 * cmd_op = PINION_URING_WAIT on a queue file or a timeline file: the CQE comes when
 * the value is reached: res is 0 or -ECANCELED (the ring ended), or at once -EINVAL,
 * -EBUSY (PINION_TIMELINE_WAITERS), -EDQUOT, -ENOENT, -ENOMEM, -EOPNOTSUPP (from a ring that
 * polls). addr, len, buf_index and uring_cmd_flags must be 0. The command counts against the limits
 * of whoever created the timeline.
 *
 * Where the kernel has IORING_URING_CMD_MULTISHOT, one command can report every new value: set
 * that flag in uring_cmd_flags, IOSQE_BUFFER_SELECT, and in buf_group a group of provided
 * buffers. When the value is reached, and again whenever the timeline has grown, a CQE with
 * IORING_CQE_F_MORE comes; its buffer holds a struct pinion_uring_event and res is the size of
 * that struct. Values that follow each other faster than CQEs are taken share one CQE, which
 * has the last value, so that the latest value is never missed. A CQE without
 * IORING_CQE_F_MORE ends the command: -ENOBUFS (the group is empty: provide buffers, and wait
 * for one more than the last value), -EINVAL (a buffer is too small), -EFAULT, -EBUSY, -ENOMEM,
 * -ECANCELED, or 0 (the timeline has reached 2^64 - 1). Taking the buffers back ends the
 * command, too.
 */
#define PINION_URING_WAIT	_IOW('P', 0x02, struct pinion_uring_wait)

/**
 * struct pinion_uring_wait - the 16 bytes of cmd[] in the SQE
 * @value: value to be reached
 * @timeline: on a queue file: id in the queue's address space; on a timeline file: zero
 * @flags: zero
 */
struct pinion_uring_wait {
	__u64 value;
	__u32 timeline;
	__u32 flags;
};

/**
 * struct pinion_uring_event - content of the buffer of a multishot PINION_URING_WAIT
 * @value: value that the timeline has reached
 */
struct pinion_uring_event {
	__u64 value;
};

#if defined(__cplusplus)
}
#endif

#endif /* PINION_ACCEL_H */
