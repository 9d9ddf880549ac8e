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
 * pointer), EINVAL (unknown flag, reserved field not zero, size, alignment or
 * overflow), ENODEV (the card is gone), EINTR. What creates or maps something
 * may also say EDQUOT: a limit of the process or the user who opened the file;
 * exhaustion is ENOSPC (of the card) or ENOMEM (of the host).
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
 * @contract: hardware contract, 31:16 major, 15:0 minor
 * @fw_version: 31:24 major, 23:16 minor, 15:0 patch
 * @caps: PINION_CAP_* bits
 * @serial: of the board
 * @memory_bytes: device memory
 * @memory_free: of it not allocated now
 * @window_bytes: device memory that the CPU can map
 * @time_freq: timestamp ticks per second
 * @va_start: lowest virtual address that VM_BIND takes
 * @va_end: first address above the highest
 * @cores: compute cores
 * @scratchpad_bytes: per core
 * @queues: queues of the card
 * @max_entries: largest ring of a queue
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
 * @size: in: bytes at @pointer; out: bytes that the kernel knows. min() of
 *	them is copied, the rest of the caller's is zeroed
 * @pad: zero
 * @pointer: to the struct; 0 asks for @size alone
 */
struct drm_pinion_dev_query {
	__u32 size;
	__u32 pad;
	__u64 pointer;
};

/* Where a buffer lives: one of these. */
#define DRM_PINION_BO_DEVICE		(1u << 0)	/* device memory */
#define DRM_PINION_BO_HOST		(1u << 1)	/* host memory, cached, coherent */
/* DEVICE only: place it where mmap can reach; without, mmap fails with EPERM. */
#define DRM_PINION_BO_MAPPABLE		(1u << 2)
/* HOST only: mappings of the CPU are write-combined, not cached. */
#define DRM_PINION_BO_WC		(1u << 3)

/**
 * struct drm_pinion_bo_create - new buffer, content zero
 * @size: bytes, >= 1; out: rounded up to page_bytes
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

#define DRM_PINION_USERPTR_READONLY	(1u << 0)	/* the card only reads */

/**
 * struct drm_pinion_bo_userptr - new buffer made of memory of the caller
 * @address: a multiple of page_bytes
 * @size: bytes, a multiple of page_bytes, > 0
 * @flags: DRM_PINION_USERPTR_READONLY or zero
 * @handle: out: GEM handle, closed by DRM_IOCTL_GEM_CLOSE
 *
 * The pages that are mapped there now are pinned until the buffer and all
 * mappings of it are gone, whatever becomes of the process's own mapping, and
 * count against RLIMIT_MEMLOCK. The buffer cannot be mmapped (EPERM), nor
 * exported (EPERM), nor, if READONLY, bound with WRITE (EACCES).
 * EFAULT: a part is not mapped, not writable (without READONLY), or cannot be
 * pinned: device memory, buffers of most DRM drivers, writable mappings of files
 * on most file systems. ENOMEM: no memory, or beyond RLIMIT_MEMLOCK. EOPNOTSUPP:
 * the card's DMA does not reach all memory here and there is no IOMMU.
 */
struct drm_pinion_bo_userptr {
	__u64 address;
	__u64 size;
	__u32 flags;
	__u32 handle;
};

/**
 * struct drm_pinion_bo_mmap_offset - fake offset for mmap on the accel node
 * @handle: GEM handle; ENOENT: none such; EPERM: of user memory
 * @pad: zero
 * @offset: out
 */
struct drm_pinion_bo_mmap_offset {
	__u32 handle;
	__u32 pad;
	__u64 offset;
};

/**
 * struct drm_pinion_vm_create - a new, empty address space
 * @flags: zero
 * @vm: out: its id, >= 1, known to this file alone
 *
 * Every file has an address space of its own beside these, id 0, made when it
 * is first used. ENOSPC: the card has no slot for one more, or no device
 * memory for its page table. ENOMEM.
 */
struct drm_pinion_vm_create {
	__u32 flags;
	__u32 vm;
};

/**
 * struct drm_pinion_vm_destroy - forget an address space
 * @vm: its id; ENOENT: none such, or 0
 * @pad: zero
 *
 * It ends, with its mappings, when the last queue in it is closed.
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
 * No memory: reads give zeroes, writes are dropped. With READ, WRITE or both, no
 * @handle and no @offset; EOPNOTSUPP without PINION_CAP_SPARSE.
 */
#define DRM_PINION_VM_BIND_SPARSE	(1u << 3)

/**
 * struct drm_pinion_vm_bind_op - map a part of a buffer, or unmap a range
 * @op: DRM_PINION_VM_BIND_MAP or _UNMAP
 * @flags: MAP: DRM_PINION_VM_BIND_READ, WRITE, EXEC, at least one, or SPARSE with
 *	READ, WRITE; UNMAP: zero
 * @handle: MAP: GEM handle; SPARSE, UNMAP: zero
 * @pad: zero
 * @offset: MAP: bytes into the buffer; SPARSE, UNMAP: zero
 * @va: virtual address
 * @size: bytes, > 0
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

/* Return at once; change it when @wait_timeline has reached @wait_value. */
#define DRM_PINION_VM_BIND_ASYNC	(1u << 0)

/**
 * struct drm_pinion_vm_bind - change an address space, in order
 * @vm: address space: an id of VM_CREATE, or 0, the file's own
 * @flags: 0 or DRM_PINION_VM_BIND_ASYNC
 * @stride: sizeof(struct drm_pinion_vm_bind_op) of the caller
 * @count: number of ops, 1..65536; out, on error: ops that took effect
 * @ops: pointer to the array
 * @wait_value: ASYNC: the value; zero otherwise
 * @signal_value: ASYNC: the value; zero otherwise
 * @wait_timeline: ASYNC: id in @vm of the timeline to wait for; 0: none
 * @signal_timeline: ASYNC: id in @vm of the timeline to raise; 0: none
 *
 * When it returns, or with ASYNC when @signal_timeline is raised, no access
 * through a mapping that it removed is in flight. ENOENT: no such handle, vm or
 * timeline. EACCES: WRITE of a read-only buffer. ENOSPC: no device memory for page
 * tables. EINTR: nothing took effect, @count is as it was.
 *
 * With ASYNC errors come from the ioctl alone, and then nothing takes effect and
 * nothing is raised. Binds of an address space take effect in the order of the
 * ioctls: one without ASYNC waits for those before it. When the address space
 * ends (its id, and all queues in it), what is pending is dropped and its timelines
 * are raised. When the card goes, what is pending still waits for its point, then
 * changes nothing and raises its timeline.
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
};

/*
 * The queue does not interrupt: its EXECs come from rings with IORING_SETUP_IOPOLL
 * alone, which look for completions while they wait.
 */
#define DRM_PINION_QUEUE_POLLED		(1u << 0)

/*
 * The process puts jobs in by itself, in memory: mmap() of the queue file gives it the
 * rings and the doorbell page (see PINION_QUEUE_MAP_RING). Its jobs may use timelines
 * by their address: va_end of DEV_QUERY + 4096 * id. EXEC, CANCEL and the WAIT of
 * jobs are EOPNOTSUPP. EPERM: the operator has not allowed it (user_submission in the
 * device's folder in sysfs is off, or admin and the caller lacks CAP_SYS_ADMIN);
 * EOPNOTSUPP: the card has no PINION_CAP_PROGRESS. Not with DRM_PINION_QUEUE_POLLED.
 */
#define DRM_PINION_QUEUE_USER		(1u << 1)

/**
 * struct drm_pinion_queue_create - a new queue, as a file
 * @vm: address space: an id of VM_CREATE, or 0, the file's own
 * @flags: DRM_PINION_QUEUE_POLLED or DRM_PINION_QUEUE_USER, or 0
 * @entries: descriptors that may be in flight, rounded up to a power of two, at most
 *	max_entries; out: what it became. A job takes one, or as many as struct
 *	pinion_uring_exec128 says
 * @priority: 0 low, 1 normal, 2 high (CAP_SYS_NICE), 3 realtime (CAP_SYS_NICE)
 * @fd: out: close-on-exec file descriptor of the queue
 * @job_ms: DRM_PINION_QUEUE_USER: how long a job may take from its turn on, in
 *	milliseconds, at most an hour; 0: for ever. Between one and two times as long
 *	after that the queue is stopped, with the fault PINION_STATUS_ABORTED
 * @irq_count: completions that share an interrupt, at most 65535; 1: each has its
 *	own; 0: the driver chooses, again and again, from how they come;
 *	with DRM_PINION_QUEUE_USER the same as 1
 * @irq_us: how long the first of them may wait for it, in microseconds, 1 to 65535;
 *	0 with an @irq_count of 0 or 1; both are 0 with DRM_PINION_QUEUE_POLLED
 *
 * No completion waits for others once the queue has nothing more to run. The last
 * close of @fd stops the queue. EACCES: priority not allowed. ENOSPC: no queue
 * free. ENOENT: no such vm. EOPNOTSUPP: @irq_count is more than 1 and the card has no
 * PINION_CAP_MODERATION.
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
 * struct drm_pinion_timeline_create - a new timeline
 * @vm: address space; 0: the file's own. ENOENT: no such
 * @flags: zero
 * @value: to start at
 * @timeline: out: its id for the jobs of @vm, from 1
 * @fd: out: close-on-exec file descriptor: what the host does with it
 *
 * A timeline is a 64-bit value that only grows. Jobs wait until it has reached a
 * value, and raise it when they end; so does the host, through the file. It
 * lives as long as it has an id in an address space or a file. ENOSPC: no id is
 * free (an address space has 16383), or no device memory for page tables.
 */
struct drm_pinion_timeline_create {
	__u32 vm;
	__u32 flags;
	__u64 value;
	__u32 timeline;
	__s32 fd;
};

/**
 * struct drm_pinion_timeline_import - use a timeline in another address space
 * @vm: address space; 0: the file's own. ENOENT: no such
 * @flags: zero
 * @fd: of the timeline, of any card. EBADF: not open; EINVAL: not a timeline
 * @timeline: out: its id for the jobs of @vm, from 1
 *
 * Those who share a timeline trust each other with its value. ENOSPC: as above.
 */
struct drm_pinion_timeline_import {
	__u32 vm;
	__u32 flags;
	__s32 fd;
	__u32 timeline;
};

/**
 * struct drm_pinion_timeline_destroy - end the id of a timeline
 * @vm: address space; 0: the file's own. ENOENT: no such
 * @timeline: its id there
 *
 * ENOENT: no such id. Jobs in flight that name it go on. The id stays taken until a later call
 * finds none of them, and no job at all of the address space's queues of DRM_PINION_QUEUE_USER.
 */
struct drm_pinion_timeline_destroy {
	__u32 vm;
	__u32 timeline;
};

/**
 * struct drm_pinion_tally - memory of one category
 * @bytes: now
 * @peak: the most that there ever was
 */
struct drm_pinion_tally {
	__u64 bytes;
	__u64 peak;
};

/**
 * struct drm_pinion_allowance - one resource of a process or a user
 * @used: on this card, through all files that the process or user opened
 * @max: the limit; ~0: none
 */
struct drm_pinion_allowance {
	__u64 used;
	__u64 max;
};

/* Index of an allowance. */
#define DRM_PINION_LIMIT_BUFFERS	0
#define DRM_PINION_LIMIT_DEVICE_BYTES	1	/* buffers in device memory, page tables */
#define DRM_PINION_LIMIT_HOST_BYTES	2	/* buffers in host memory, rings */
#define DRM_PINION_LIMIT_VMS		3
#define DRM_PINION_LIMIT_QUEUES		4

/**
 * struct drm_pinion_usage_info - what was made through this file and is still there
 * @device: buffers in device memory
 * @host: buffers in host memory
 * @tables: page tables, in device memory
 * @rings: rings of queues, in host memory
 * @buffers: how many
 * @vms: address spaces
 * @queues: queues
 * @reserved: zero
 * @busy_ns: for how long its queues' jobs ran, those that have ended; jobs of
 *	several queues at a time count each
 * @process: of the process that opened the file, by DRM_PINION_LIMIT_*
 * @user: of the user that did
 */
struct drm_pinion_usage_info {
	struct drm_pinion_tally device;
	struct drm_pinion_tally host;
	struct drm_pinion_tally tables;
	struct drm_pinion_tally rings;
	__u32 buffers;
	__u32 vms;
	__u32 queues;
	__u32 reserved;
	__u64 busy_ns;
	struct drm_pinion_allowance process[5];
	struct drm_pinion_allowance user[5];
};

/**
 * struct drm_pinion_usage - copy out a struct drm_pinion_usage_info
 * @size: as in struct drm_pinion_dev_query
 * @pad: zero
 * @pointer: to the struct; 0 asks for @size alone
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
 * struct pinion_queue_fault - why the queue stopped; all zero if it runs, or did until
 * the card went
 * @status: PINION_STATUS_* (pinion_regs.h)
 * @packet: index of the packet in its command buffer
 * @seq: number of the job on this queue, from 1; DRM_PINION_QUEUE_USER: since it was made
 *	or reset
 * @va: virtual address of the access
 * @pc: of the core, 0 if none was involved
 * @access: PINION_ACCESS_* bits
 * @core: compute core, ~0 if none
 * @insn: instruction word, or cause code of a trap
 * @block: linear index of the block in its grid
 * @timestamp: device time
 * @buffer: index of the command buffer in its job; DRM_PINION_QUEUE_USER: of the descriptor
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
 * Start a stopped queue again, empty. EBUSY: jobs are in flight and it runs; not of
 * DRM_PINION_QUEUE_USER, where what runs is dropped.
 */
#define PINION_QUEUE_IOC_RESET	_IO('P', 0x41)

/**
 * struct pinion_uring_point - a value of a timeline
 * @value: the value
 * @timeline: id in the queue's address space; 0: none, @value is zero
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
 * address of an array of struct pinion_exec_buffer, len is how many it has, at least
 * 1. It is read before the job is queued, and may change after that.
 */
#define PINION_EXEC_VECTOR	(1u << 1)
#define PINION_EXEC_BUFFERS	64	/* at most */

/**
 * struct pinion_exec_buffer - a command buffer of several
 * @va: virtual address, as addr without PINION_EXEC_VECTOR
 * @bytes: as len without it
 * @pad: zero
 */
struct pinion_exec_buffer {
	__u64 va;
	__u32 bytes;
	__u32 pad;
};

/**
 * struct pinion_queue_exec - a job, for those who may not use io_uring
 * @addr: virtual address of the command buffer, as in PINION_URING_EXEC, below
 * @len: its bytes, likewise
 * @flags: PINION_EXEC_VECTOR: @addr and @len are of an array
 * @waits: points to wait for
 * @signal: raised when it ends, well or badly
 * @deadline_ns: CLOCK_MONOTONIC, when it is to end; 0: none. EOPNOTSUPP: the card has
 *	no PINION_CAP_ABORT
 * @seq: out: number of the job on this queue, from 1
 *
 * Returns at once. The errors are those that PINION_URING_EXEC has without the job
 * having been queued. EOPNOTSUPP: the queue is polled.
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
 * @seq: number of the job; those that came by io_uring count, too
 * @until_ns: CLOCK_MONOTONIC; 0 only looks; from 2^63 - 1 on: for ever
 * @end: out: device time when it ended; 0 if it did not run or is not known any more
 * @result: out: what res of its CQE is
 * @pad: zero
 *
 * ETIME: the time is over. EINVAL: no such job. The results of as many jobs as the
 * queue has entries are kept, counted from the last one; that of an older one is 0 if
 * none has failed since, else ESTALE. EOPNOTSUPP: the queue is polled.
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
 * End a job, by its number; 0: all that are in flight. ENOENT: it has completed, or is
 * to end already; EOPNOTSUPP: the card has no PINION_CAP_ABORT. Its result is
 * -ECANCELED. If it has a CQE, that comes at once. The card ends it when it runs, or when
 * its turn comes: then PINION_QUEUE_IOC_WAIT tells of it and its point is raised. Jobs
 * before and behind it do not notice.
 */
#define PINION_QUEUE_IOC_CANCEL	_IOW('P', 0x44, __u64)

/*
 * DRM_PINION_QUEUE_USER: offsets for mmap(), shared; a child after fork() has none of it.
 * The ring: entries * struct pinion_desc, and the records: entries * struct pinion_cqe,
 * read-only, are what the card makes of them (Documentation/hardware/queues.rst), both
 * rounded up to pages. If the card has PINION_CAP_SHADOW, struct pinion_shadow comes right
 * behind the descriptors. No more than entries descriptors may be without a record.
 * The page of the doorbell: PINION_DOORBELL_*, of this queue. When the queue was stopped by
 * job_ms or the card is gone it is a page of memory. Writes have no effect on a stopped queue.
 */
#define PINION_QUEUE_MAP_RING		0x000000
#define PINION_QUEUE_MAP_CQ		0x100000
#define PINION_QUEUE_MAP_DOORBELL	0x200000
/*
 * DRM_PINION_QUEUE_USER: poll() says POLLIN when there are this many records, counted
 * from when the queue was made or reset; at first never. Those of descriptors with
 * PINION_DESC_F_NO_IRQ are noticed when one without has come, or poll() is called.
 * The same goes for those who wait in the kernel for a timeline that a job raises.
 */
#define PINION_QUEUE_IOC_ARM	_IOW('P', 0x45, __u64)

/* ------------------------------------------------------------------------
 * The timeline file
 *
 * It needs no card: it works on when the card is gone. mmap() of one page at
 * offset 0, read-only, begins with the value (__u64) as the cards write it. It
 * can go back for a moment when a card and the host raise it at once; what the
 * ioctls say never does. The page is the jobs' to write: only values that they
 * were given to raise mean anything.
 */

/**
 * struct pinion_timeline_wait - sleep until a value is reached
 * @value: to be reached
 * @until_ns: CLOCK_MONOTONIC; 0 only looks; from 2^63 - 1 on: for ever
 *
 * ETIME: the time is over.
 */
struct pinion_timeline_wait {
	__u64 value;
	__u64 until_ns;
};

/* The value now. */
#define PINION_TIMELINE_IOC_QUERY	_IOR('P', 0x50, __u64)
/* Raise it to a value; nothing happens if it is there already. */
#define PINION_TIMELINE_IOC_SIGNAL	_IOW('P', 0x51, __u64)
/* poll() says POLLIN when this value is reached; per open file, at first never. */
#define PINION_TIMELINE_IOC_ARM		_IOW('P', 0x52, __u64)
#define PINION_TIMELINE_IOC_WAIT	_IOW('P', 0x53, struct pinion_timeline_wait)

#define PINION_TIMELINE_TIMEOUT_MS	10000	/* at most */

/*
 * How many may wait for a timeline: PINION_URING_WAITs and sync_files together; and how many
 * sync_files may raise it through one of its files. EBUSY: as many do.
 */
#define PINION_TIMELINE_WAITERS		4096

/**
 * struct pinion_timeline_fence_export - a sync_file, for other drivers and for drm_syncobj
 * @value: it signals when this is reached,
 * @timeout_ms: or so many milliseconds from now, with the error -ETIMEDOUT: 1 to
 *	PINION_TIMELINE_TIMEOUT_MS. The kernel does not wait for ever for a program
 * @fd: zero; out: close-on-exec file descriptor
 *
 * The timeline, and the driver, stay as long as it is open.
 */
struct pinion_timeline_fence_export {
	__u64 value;
	__u32 timeout_ms;
	__s32 fd;
};

/**
 * struct pinion_timeline_fence_import - raise it when a sync_file signals, well or with an error
 * @value: to raise it to
 * @fd: of the sync_file; may be closed afterwards. EBADF: it is something else
 * @pad: zero
 *
 * If this file of the timeline is closed first, by all who have it and with all sync_files that
 * were exported through it, nothing is raised. A drm_syncobj has
 * sync_files, too: DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, _FD_TO_HANDLE and _TRANSFER, on the
 * accel node as on others.
 */
struct pinion_timeline_fence_import {
	__u64 value;
	__s32 fd;
	__u32 pad;
};

#define PINION_TIMELINE_IOC_EXPORT_FENCE	_IOWR('P', 0x54, struct pinion_timeline_fence_export)
#define PINION_TIMELINE_IOC_IMPORT_FENCE	_IOW('P', 0x55, struct pinion_timeline_fence_import)

/* ------------------------------------------------------------------------
 * io_uring: IORING_OP_URING_CMD on the queue file
 *
 * cmd_op = PINION_URING_EXEC, addr = virtual address of the command buffer (8-
 * byte aligned), len = its bytes (a multiple of 8; 0 with addr 0 is an empty
 * job), cmd[] = struct pinion_uring_exec. file_index and ioprio are io_uring's own;
 * buf_index and uring_cmd_flags must be 0.
 *
 * The CQE comes when the job is complete: res is 0 or
 *   -EFAULT	page fault			-ENOEXEC  illegal instruction or trap
 *   -EBADMSG	bad packet or descriptor	-ERANGE   scratchpad or matrix range
 *   -EIO	the host refused a DMA		-ECANCELED  stopped before it completed
 *   -ETIMEDOUT  its deadline has passed
 * or, without having been queued: -EINVAL, -EFAULT (the array of PINION_EXEC_VECTOR is
 * not readable), -ENOENT (no such timeline), -EAGAIN
 * (the queue has no room for it), -ESHUTDOWN (the queue is stopped by a fault; reset
 * it), -ENODEV, -EOPNOTSUPP (the queue is polled and the ring is not, or the other
 * way round). With CQE32, big_cqe[0] is the device time when it ended; so it is in a
 * ring of IORING_SETUP_CQE_MIXED if the CQE has IORING_CQE_F_32, as that of a job that
 * was queued and not cancelled with its ring has.
 */
#define PINION_URING_EXEC	_IOW('P', 0x01, struct pinion_uring_exec)

/* The SQE is 128 bytes (IORING_SETUP_SQE128): cmd[] = struct pinion_uring_exec128 */
#define PINION_EXEC_SQE128	(1u << 0)

/**
 * struct pinion_uring_exec - the 16 bytes of cmd[] in the SQE
 * @wait_value: value of @wait_timeline to wait for
 * @wait_timeline: id in the queue's address space; 0: none, @wait_value is zero
 * @flags: PINION_EXEC_*
 *
 * The card does the waiting. Jobs of a queue run in order, so those behind wait,
 * too; other queues do not notice. The value may be one that nobody has been
 * asked to raise yet. -ENOENT: no such timeline.
 */
struct pinion_uring_exec {
	__u64 wait_value;
	__u32 wait_timeline;
	__u32 flags;
};

/**
 * struct pinion_uring_exec128 - the 80 bytes of cmd[] in a 128-byte SQE
 * @exec: as in a 64-byte SQE, with PINION_EXEC_SQE128
 * @signal: raised when the job ends, well or badly
 * @deadline_ns: CLOCK_MONOTONIC, when it is to end; 0: none. EOPNOTSUPP: the card has
 *	no PINION_CAP_ABORT
 * @waits: more points to wait for
 * @reserved: zero
 *
 * A job of m command buffers that waits for n points takes m entries of the queue, or
 * m + n - 1 if n > 1: -EINVAL if it does not have so many. What a job that failed or
 * was cancelled would have raised is raised by the kernel: its error is in its CQE
 * alone. A job that was not queued (-EAGAIN, -ESHUTDOWN, -ENODEV, -EINVAL, -ENOENT,
 * -EOPNOTSUPP, -EFAULT of an array) raises nothing.
 */
struct pinion_uring_exec128 {
	struct pinion_uring_exec exec;
	struct pinion_uring_point signal;
	__u64 deadline_ns;
	struct pinion_uring_point waits[PINION_EXEC_WAITS];
	__u64 reserved;
};

/* cmd_op = PINION_URING_CANCEL on a queue file: PINION_QUEUE_IOC_CANCEL for the EXECs of
 * this ring that have a user_data. res is 0, -ENOENT, -EOPNOTSUPP or -EINVAL. addr, len,
 * buf_index and uring_cmd_flags must be 0.
 */
#define PINION_URING_CANCEL	_IOW('P', 0x03, struct pinion_uring_cancel)

/**
 * struct pinion_uring_cancel - the 16 bytes of cmd[] in the SQE
 * @user_data: of the EXEC
 * @reserved: zero
 */
struct pinion_uring_cancel {
	__u64 user_data;
	__u64 reserved;
};

/* cmd_op = PINION_URING_WAIT on a queue file or a timeline file: the CQE comes when
 * the value is reached: res is 0 or -ECANCELED (the ring ended), or at once -EINVAL,
 * -EBUSY (PINION_TIMELINE_WAITERS), -ENOENT, -ENOMEM, -EOPNOTSUPP (from a ring that
 * polls). addr, len, buf_index and uring_cmd_flags must be 0.
 *
 * Where the kernel has IORING_URING_CMD_MULTISHOT, one command tells of every value: with that
 * in uring_cmd_flags, IOSQE_BUFFER_SELECT and the group of provided buffers in buf_group. When
 * the value is reached, and whenever the timeline has grown since, a CQE with IORING_CQE_F_MORE
 * comes, whose buffer has a struct pinion_uring_event and whose res is its size. Values that
 * follow each other faster than CQEs are taken share one, which has the last: none is missed.
 * A CQE without IORING_CQE_F_MORE ends the command: -ENOBUFS (the group has no buffer: wait
 * again for one more than the last value), -EINVAL (a buffer is too small), -EFAULT, -EBUSY,
 * -ENOMEM, -ECANCELED, or 0: it was at 2^64 - 1. Taking the buffers back ends it, too.
 */
#define PINION_URING_WAIT	_IOW('P', 0x02, struct pinion_uring_wait)

/**
 * struct pinion_uring_wait - the 16 bytes of cmd[] in the SQE
 * @value: to be reached
 * @timeline: queue file: id in its address space; timeline file: zero
 * @flags: zero
 */
struct pinion_uring_wait {
	__u64 value;
	__u32 timeline;
	__u32 flags;
};

/**
 * struct pinion_uring_event - what a PINION_URING_WAIT that goes on puts into a buffer
 * @value: that the timeline has
 */
struct pinion_uring_event {
	__u64 value;
};

#if defined(__cplusplus)
}
#endif

#endif /* PINION_ACCEL_H */
