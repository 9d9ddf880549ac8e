/* SPDX-License-Identifier: MIT */
/*
 * libpinion: load, copy in, launch, copy out, wait.
 *
 * Functions that can fail return 0 (or a count) or a negative errno. Those
 * that take a struct pinion_error fill it, if it is not NULL, with the reason
 * in words. No globals, no hidden threads, no current device, no atexit.
 *
 * Threads: different objects may be used by different threads at once. A
 * queue may be submitted to and waited on by several threads, unless it is a
 * PINION_QUEUE_USER; every other object by one thread at a time. After fork() a child must not use
 * objects of its parent: calls that reach the device return -EPERM there.
 *
 * Grows by new functions and by options structs, whose first member is their
 * size: zero in any other member means the default.
 */
#ifndef PINION_H
#define PINION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct io_uring_sqe;
struct pinion_device;
struct pinion_buffer;
struct pinion_vm;
struct pinion_program;
struct pinion_kernel;
struct pinion_queue;
struct pinion_cmdbuf;
struct pinion_timeline;

/* ------------------------------------------------------------------ errors */

/**
 * struct pinion_error - what went wrong, filled by the callee
 * @code: negative errno, as returned
 * @status: PINION_STATUS_* of the card, 0 if it was not involved
 * @seq: job on its queue, 0 if none
 * @packet: packet in its command buffer
 * @core: compute core, ~0 if none
 * @pc: program counter of the core, 0 if none
 * @va: virtual address of the access that failed, 0 if none
 * @text: one sentence, zero-terminated
 */
struct pinion_error {
	int32_t code;
	uint32_t status;
	uint64_t seq;
	uint32_t packet;
	uint32_t core;
	uint64_t pc;
	uint64_t va;
	char text[216];
};

/* Name of a PINION_STATUS_* code in words; never NULL. */
const char *pinion_status_name(uint32_t status);

/* Version of the library: major << 16 | minor. */
uint32_t pinion_version(void);

/* ----------------------------------------------------------------- devices */

/**
 * struct pinion_device_info - a card
 * @path: device node
 * @pci: PCI address, "0000:01:00.0"
 * @serial: of the board
 * @memory_bytes: device memory
 * @memory_free: not allocated now
 * @window_bytes: of it that the CPU can map
 * @time_freq: timestamp ticks per second
 * @contract: hardware contract, major << 16 | minor
 * @fw_version: major << 24 | minor << 16 | patch
 * @cores: compute cores
 * @scratchpad_bytes: per core
 * @max_entries: largest number of jobs in flight on one queue
 * @reserved: zero
 */
struct pinion_device_info {
	char path[64];
	char pci[16];
	uint64_t serial;
	uint64_t memory_bytes;
	uint64_t memory_free;
	uint64_t window_bytes;
	uint64_t time_freq;
	uint32_t contract;
	uint32_t fw_version;
	uint32_t cores;
	uint32_t scratchpad_bytes;
	uint32_t max_entries;
	uint32_t reserved[7];
};

/**
 * pinion_device_list() - the cards that this process can open
 * @paths: out: their nodes, in the order of their numbers
 * @max: how many are written at most
 *
 * Return: how many there are, 0 too; -EMFILE, -ENFILE, -ENOMEM; -EACCES: the
 * folder of the nodes cannot be read.
 */
int pinion_device_list(char (*paths)[64], unsigned int max);

/**
 * pinion_device_open() - open a card
 * @name: path of its node; "pci:0000:01:00.0", its PCI address, the domain may
 *	be left out; "serial:7", its serial number; NULL: the first one that can
 *	be opened
 * @dev: out
 * @err: out: why not, and who may or how; or NULL
 *
 * Return: 0; -ENODEV: none, no driver, no node, or not a Pinion card; -ENOENT:
 * no such path; -EACCES, -EPERM: not this process's; -EINVAL: not a PCI address
 * or a serial number; -ENAMETOOLONG; -ENOMEM; -EPROTO: the driver reports
 * impossible limits; -ENOSYS: the kernel is too old.
 */
int pinion_device_open(const char *name, struct pinion_device **dev, struct pinion_error *err);
/* Objects made from the device must be gone. NULL is allowed, as in all _close, _free calls. */
void pinion_device_close(struct pinion_device *dev);
int pinion_device_info(struct pinion_device *dev, struct pinion_device_info *info);

/* Index of an allowance. */
#define PINION_LIMIT_BUFFERS	  0
#define PINION_LIMIT_DEVICE_BYTES 1 /* buffers in device memory, page tables */
#define PINION_LIMIT_HOST_BYTES	  2 /* buffers in host memory, rings of queues */
#define PINION_LIMIT_VMS	  3
#define PINION_LIMIT_QUEUES	  4
#define PINION_LIMITS		  5

#define PINION_UNLIMITED UINT64_MAX

/**
 * struct pinion_allowance - of one resource of a card
 * @used: by all devices that the process or the user has open
 * @max: the operator's limit, or PINION_UNLIMITED
 */
struct pinion_allowance {
	uint64_t used;
	uint64_t max;
};

/**
 * struct pinion_usage - what was made through a device and is still there
 * @device_bytes: buffers in device memory
 * @device_peak: the most that it ever was, as in all peaks
 * @host_bytes: buffers in host memory
 * @host_peak: its peak
 * @table_bytes: page tables, in device memory
 * @table_peak: its peak
 * @ring_bytes: rings of queues, in host memory
 * @ring_peak: its peak
 * @busy_ns: for how long jobs ran that have ended; those of several queues at a time count each
 * @buffers: how many
 * @vms: address spaces, the device's own with them
 * @queues: how many
 * @reserved: zero
 * @process: what the process uses and may use of each resource, by PINION_LIMIT_*
 * @user: what the user uses and may use of each resource, by PINION_LIMIT_*
 * @reserved2: zero
 */
struct pinion_usage {
	uint64_t device_bytes;
	uint64_t device_peak;
	uint64_t host_bytes;
	uint64_t host_peak;
	uint64_t table_bytes;
	uint64_t table_peak;
	uint64_t ring_bytes;
	uint64_t ring_peak;
	uint64_t busy_ns;
	uint32_t buffers;
	uint32_t vms;
	uint32_t queues;
	uint32_t reserved;
	struct pinion_allowance process[PINION_LIMITS];
	struct pinion_allowance user[PINION_LIMITS];
	uint64_t reserved2[8];
};

int pinion_device_usage(struct pinion_device *dev, struct pinion_usage *usage);
/* File descriptor of the node, for what libpinion does not wrap; still the device's. */
int pinion_device_fd(const struct pinion_device *dev);

/* ----------------------------------------------------------------- buffers */

#define PINION_BUFFER_DEVICE   (1u << 0)  /* device memory, not mappable by the CPU */
#define PINION_BUFFER_HOST     (1u << 1)  /* host memory that the card reaches by DMA */
#define PINION_BUFFER_MAPPABLE (1u << 2)  /* with DEVICE: the CPU can map it */
#define PINION_BUFFER_WC       (1u << 3)  /* with HOST: the CPU's mapping is write-combined */
#define PINION_BUFFER_READONLY (1u << 30) /* pinion_buffer_wrap(): the card only reads */
#define PINION_BUFFER_UNBOUND  (1u << 31) /* no address until pinion_vm_map() */

/**
 * pinion_buffer_create() - new zeroed memory, bound into the device's address space
 * @dev: device
 * @bytes: >= 1, rounded up to pages
 * @flags: PINION_BUFFER_DEVICE or _HOST, with _MAPPABLE or _WC, _UNBOUND if wished
 * @buf: out
 * @err: reason, or NULL
 *
 * Return: 0; -EINVAL; -ENOMEM (host memory); -ENOSPC (device memory); -EDQUOT
 * (a limit).
 */
int pinion_buffer_create(struct pinion_device *dev, size_t bytes, uint32_t flags,
			 struct pinion_buffer **buf, struct pinion_error *err);
/* Frees at once: jobs that use it must be complete. */
void pinion_buffer_free(struct pinion_buffer *buf);
/* The CPU's pointer, mapped at the first call; NULL if it cannot be mapped. */
void *pinion_buffer_map(struct pinion_buffer *buf);
/* The card's virtual address in the device's own address space; 0 if UNBOUND. */
uint64_t pinion_buffer_address(const struct pinion_buffer *buf);
size_t pinion_buffer_bytes(const struct pinion_buffer *buf);
/**
 * pinion_buffer_wrap() - a buffer of memory that the caller has
 * @dev: device
 * @memory: page-aligned; stays the caller's
 * @bytes: a multiple of 4096, > 0
 * @flags: 0 or of PINION_BUFFER_READONLY, _UNBOUND
 * @buf: out; pinion_buffer_map() gives @memory
 * @err: reason, or NULL
 *
 * The pages are pinned until it is freed, and count against RLIMIT_MEMLOCK.
 * Return: 0; -EINVAL; -EFAULT: cannot be written, or not be pinned; -ENOMEM:
 * or beyond RLIMIT_MEMLOCK; -EOPNOTSUPP: this card's DMA may not reach it.
 */
int pinion_buffer_wrap(struct pinion_device *dev, void *memory, size_t bytes, uint32_t flags,
		       struct pinion_buffer **buf, struct pinion_error *err);
/**
 * pinion_buffer_export() - hand a buffer to another process, driver or card
 * @buf: buffer; device memory reaches the same card and the CPU only
 * @err: reason, or NULL
 *
 * Return: a dma-buf, close-on-exec, the caller's; or a negative errno.
 */
int pinion_buffer_export(struct pinion_buffer *buf, struct pinion_error *err);
/**
 * pinion_buffer_import() - use the memory of a dma-buf
 * @dev: device
 * @dmabuf: file descriptor, still the caller's
 * @flags: 0 or PINION_BUFFER_UNBOUND
 * @buf: out
 * @err: reason, or NULL
 *
 * Return: 0; -EINVAL: not a dma-buf, or not whole pages; -ENOSYS: device
 * memory of another card; -EOPNOTSUPP: this card's DMA may not reach it.
 */
int pinion_buffer_import(struct pinion_device *dev, int dmabuf, uint32_t flags,
			 struct pinion_buffer **buf, struct pinion_error *err);

/* ---------------------------------------------------------- address spaces */

#define PINION_MAP_READ	 (1u << 0)
#define PINION_MAP_WRITE (1u << 1)
#define PINION_MAP_EXEC	 (1u << 2)

/**
 * pinion_vm_create() - an empty address space, in which the caller places all
 * @dev: device
 * @vm: out; for queues made with it in struct pinion_queue_options
 * @err: reason, or NULL
 *
 * The device has an address space of its own, in which libpinion places
 * buffers, programs and command buffers; most programs need no other.
 * Return: 0; -ENOSPC: the card has no more; -EDQUOT: a limit; -ENOMEM.
 */
int pinion_vm_create(struct pinion_device *dev, struct pinion_vm **vm, struct pinion_error *err);
/* Queues in it must be closed. A range of the device's own is unmapped. */
void pinion_vm_free(struct pinion_vm *vm);

/**
 * pinion_vm_reserve() - a range of the device's own address space, for the caller to lay out
 * @dev: device
 * @va: where: a multiple of 4096; 0: anywhere, a multiple of 2 MiB
 * @bytes: a multiple of 4096, > 0
 * @vm: out; works like one of pinion_vm_create(), but for these addresses alone
 * @err: reason, or NULL
 *
 * libpinion places nothing there. Queues need not be made for it: the range is
 * part of the address space that they have by default.
 * Return: 0; -EINVAL; -EEXIST: libpinion, or another range, has a part of it;
 * -ENOSPC: no room for as many addresses; -ENOMEM.
 */
int pinion_vm_reserve(struct pinion_device *dev, uint64_t va, uint64_t bytes, struct pinion_vm **vm,
		      struct pinion_error *err);
/* Where a range begins; 0 for one of pinion_vm_create(). */
uint64_t pinion_vm_address(const struct pinion_vm *vm);

/**
 * pinion_vm_map() - map pages of a buffer, replacing what was mapped there
 * @vm: address space
 * @va: where: a multiple of the page size, 4096
 * @buf: buffer; its memory stays as long as it is mapped
 * @offset: into the buffer, a multiple of 4096
 * @bytes: a multiple of 4096, > 0
 * @access: PINION_MAP_*, at least one
 * @err: reason, or NULL
 *
 * Addresses and offsets that are equal modulo 64 KiB or 2 MiB let the card use
 * larger pages. Return: 0; -EINVAL; -EACCES: to write to a PINION_BUFFER_READONLY;
 * -ENOMEM; -ENOSPC: page tables.
 */
int pinion_vm_map(struct pinion_vm *vm, uint64_t va, struct pinion_buffer *buf, uint64_t offset,
		  uint64_t bytes, uint32_t access, struct pinion_error *err);
/**
 * pinion_vm_map_sparse() - map no memory, replacing what was mapped there
 * @vm: address space
 * @va: where: a multiple of 4096
 * @bytes: a multiple of 4096, > 0
 * @access: PINION_MAP_READ, PINION_MAP_WRITE or both
 * @err: reason, or NULL
 *
 * Reads give zeroes, writes are dropped. pinion_vm_map() puts memory into parts
 * of it. Return: 0; -EINVAL; -EOPNOTSUPP: this card cannot; -ENOMEM; -ENOSPC: page tables.
 */
int pinion_vm_map_sparse(struct pinion_vm *vm, uint64_t va, uint64_t bytes, uint32_t access,
			 struct pinion_error *err);
/* May cover holes and parts of mappings. On return the card reaches nothing there. */
int pinion_vm_unmap(struct pinion_vm *vm, uint64_t va, uint64_t bytes, struct pinion_error *err);
/* A command buffer, or a program, at the address that it has in the device's own. */
int pinion_vm_map_cmdbuf(struct pinion_vm *vm, struct pinion_cmdbuf *cb, struct pinion_error *err);
int pinion_vm_map_program(struct pinion_vm *vm, struct pinion_program *prog,
			  struct pinion_error *err);

/* ------------------------------------------------------ programs and kernels */

/**
 * pinion_program_load() - load a static RISC-V ELF with Pinion kernel notes
 * @dev: device
 * @elf: the file's bytes; not needed after the call
 * @bytes: length
 * @prog: out
 * @err: reason, or NULL
 *
 * Return: 0; -ENOEXEC (not such an ELF, the text says why); -ENOMEM; -ENOSPC.
 */
int pinion_program_load(struct pinion_device *dev, const void *elf, size_t bytes,
			struct pinion_program **prog, struct pinion_error *err);
/* The same from a file. */
int pinion_program_open(struct pinion_device *dev, const char *path, struct pinion_program **prog,
			struct pinion_error *err);
void pinion_program_free(struct pinion_program *prog);
/* A kernel by name, valid as long as the program. NULL: no such kernel. */
const struct pinion_kernel *pinion_program_kernel(const struct pinion_program *prog,
						  const char *name);
/* Kernel number @index, NULL past the last. */
const struct pinion_kernel *pinion_program_kernel_at(const struct pinion_program *prog,
						     unsigned int index);
const char *pinion_kernel_name(const struct pinion_kernel *kernel);
size_t pinion_kernel_args_bytes(const struct pinion_kernel *kernel);
/* Symbol that contains a program counter, and the offset in it; NULL if none. */
const char *pinion_program_symbol(const struct pinion_program *prog, uint64_t pc, uint64_t *offset);

/* --------------------------------------------------------- command buffers */

/**
 * pinion_cmdbuf_create() - memory to record packets into
 * @dev: device
 * @bytes: room for packets and kernel arguments; 0 = 64 KiB
 * @cb: out
 * @err: reason, or NULL
 *
 * Recording calls return -ENOSPC when it is full, -EBUSY after it was
 * submitted until pinion_cmdbuf_reset(), -EINVAL for arguments that the card
 * would refuse; the first error sticks and pinion_submit() returns it too, so
 * a caller may check once.
 */
int pinion_cmdbuf_create(struct pinion_device *dev, size_t bytes, struct pinion_cmdbuf **cb,
			 struct pinion_error *err);
void pinion_cmdbuf_free(struct pinion_cmdbuf *cb);
/* Empty it for a new recording; jobs that use it must be complete. */
void pinion_cmdbuf_reset(struct pinion_cmdbuf *cb);

int pinion_cmd_copy(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t src, uint64_t bytes);
int pinion_cmd_copy_2d(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t dst_pitch, uint64_t src,
		       uint64_t src_pitch, uint64_t row_bytes, uint64_t rows);
/* @width: 1, 2, 4 or 8 bytes of @pattern; @dst and @bytes are multiples of it. */
int pinion_cmd_fill(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t bytes, uint64_t pattern,
		    unsigned int width);
/* Run x * y * z blocks. @args is copied; its size must be the kernel's. */
int pinion_cmd_launch(struct pinion_cmdbuf *cb, const struct pinion_kernel *kernel, uint32_t x,
		      uint32_t y, uint32_t z, const void *args, size_t args_bytes);
int pinion_cmd_barrier(struct pinion_cmdbuf *cb);
/* Write the 64-bit device time to @va. */
int pinion_cmd_timestamp(struct pinion_cmdbuf *cb, uint64_t va);
int pinion_cmd_wait(struct pinion_cmdbuf *cb, uint64_t va, uint64_t value);
int pinion_cmd_signal(struct pinion_cmdbuf *cb, uint64_t va, uint64_t value);

/* ------------------------------------------------------ queues and waiting */

/**
 * struct pinion_queue_options - how to make a queue
 * @size: sizeof(struct pinion_queue_options)
 * @entries: jobs in flight, if each takes one (see pinion_submit_vector()); 0 = 64
 * @priority: PINION_PRIORITY_*
 * @vm: address space of its jobs; NULL = the device's own
 * @flags: PINION_QUEUE_POLLED, PINION_QUEUE_USER
 * @irq_count: completions that share an interrupt, at most 65535; 1: each has its
 *	own; 0: the driver chooses from how they come, or 1 with PINION_QUEUE_USER
 * @irq_us: how long the first of them may wait for it, in microseconds, 1 to 65535;
 *	0 with an @irq_count of 0 or 1
 * @job_ms: PINION_QUEUE_USER: how long a job may take from its turn on, in milliseconds,
 *	at most an hour; 0: for ever
 * @reserved: zero
 */
struct pinion_queue_options {
	size_t size;
	uint32_t entries;
	uint32_t priority;
	struct pinion_vm *vm;
	uint32_t flags;
	uint32_t irq_count;
	uint32_t irq_us;
	uint32_t job_ms;
	uint32_t reserved[2];
};

/*
 * The queue does not interrupt. pinion_wait() looks for completions all the time
 * instead of sleeping; a ring of the caller's needs IORING_SETUP_IOPOLL.
 */
#define PINION_QUEUE_POLLED (1u << 0)
/*
 * Jobs go to the card in memory, without a system call. It is one thread's at a time, and
 * not for a ring of the caller's. A job cannot be cancelled and has no deadline of its
 * own; its signal is raised only if it succeeds; one that takes longer than job_ms ends
 * with -ETIMEDOUT, those behind it with -ECANCELED, and the queue is to be reset. With
 * PINION_QUEUE_POLLED, too, pinion_wait() looks for completions all the time. Needs the
 * operator's leave: see pinion_queue_create().
 */
#define PINION_QUEUE_USER   (1u << 1)

#define PINION_PRIORITY_NORMAL	 0
#define PINION_PRIORITY_LOW	 1
#define PINION_PRIORITY_HIGH	 2 /* CAP_SYS_NICE */
#define PINION_PRIORITY_REALTIME 3 /* CAP_SYS_NICE */

/**
 * struct pinion_point - a place in a queue's order of jobs
 * @queue: whose
 * @seq: the job, from 1
 */
struct pinion_point {
	struct pinion_queue *queue;
	uint64_t seq;
};

/* @options NULL: all defaults. */
int pinion_queue_create(struct pinion_device *dev, const struct pinion_queue_options *options,
			struct pinion_queue **queue, struct pinion_error *err);
/* Stops it; jobs in flight end with -ECANCELED. */
void pinion_queue_close(struct pinion_queue *queue);
/* The queue's file, for an io_uring of the caller's. */
int pinion_queue_fd(const struct pinion_queue *queue);
/* Start it again, empty, after a fault. -EBUSY: it runs and has jobs. */
int pinion_queue_reset(struct pinion_queue *queue, struct pinion_error *err);

/**
 * pinion_submit() - hand a command buffer to the card
 * @queue: queue
 * @cb: command buffer; immutable from now until pinion_cmdbuf_reset()
 * @point: out, may be NULL: to wait for
 * @err: reason, or NULL
 *
 * Return: 0; -EAGAIN (fewer entries of the queue are free than the job takes: wait
 * for one); -ESHUTDOWN (stopped by a fault: pinion_queue_reset()); -ENODEV;
 * an error of the recording.
 */
int pinion_submit(struct pinion_queue *queue, struct pinion_cmdbuf *cb, struct pinion_point *point,
		  struct pinion_error *err);

/**
 * pinion_cancel() - end a job before it is done
 * @point: from pinion_submit()
 * @err: reason, or NULL
 *
 * pinion_wait() tells -ECANCELED then, or what became of it if it was done first. Jobs
 * before and behind it do not notice. Memory that it uses is the card's until jobs
 * behind it have completed, or its signal was raised.
 * Return: 0; -ENOENT: it is complete; -EOPNOTSUPP: the card cannot end a single job, or the
 * queue is a PINION_QUEUE_USER.
 */
int pinion_cancel(const struct pinion_point *point, struct pinion_error *err);

#define PINION_WAIT_FOREVER UINT64_MAX

/**
 * pinion_wait() - wait until a job is complete
 * @point: from pinion_submit()
 * @timeout_ns: 0 only looks; PINION_WAIT_FOREVER
 * @err: reason, or NULL; for a job that failed: packet, core, pc, address
 *
 * Return: 0; -ETIME; or the job's error: -EFAULT, -ENOEXEC, -EBADMSG, -ERANGE,
 * -EIO, -ECANCELED, -ETIMEDOUT (its deadline). Results of the last 4 * entries jobs are kept; older
 * ones give 0 if they succeeded, -ESTALE if not known.
 */
int pinion_wait(const struct pinion_point *point, uint64_t timeout_ns, struct pinion_error *err);
/* Device time at which the job ended, 0 if not complete or not kept. */
uint64_t pinion_point_timestamp(const struct pinion_point *point);

/**
 * pinion_prep_submit() - fill an SQE of the caller's own io_uring
 * @sqe: from io_uring_get_sqe()
 * @queue: queue; with IOSQE_FIXED_FILE set sqe->fd afterwards
 * @cb: command buffer; immutable until its CQE came
 *
 * The CQE's res is 0 or the job's error. Sets user_data to 0. On a linked SQE
 * of kernels before 6.15 also set IOSQE_ASYNC. Return: 0; -EOPNOTSUPP: a
 * PINION_QUEUE_USER; an error of the recording.
 */
int pinion_prep_submit(struct io_uring_sqe *sqe, struct pinion_queue *queue,
		       struct pinion_cmdbuf *cb);

/* --------------------------------------------------------------- timelines */

/**
 * pinion_timeline_create() - a 64-bit value that only grows
 * @dev: device
 * @vm: address space whose jobs wait for it and raise it; NULL = the device's own
 * @value: to start at
 * @tl: out
 * @err: reason, or NULL
 *
 * Unlike other objects a timeline may be used by several threads at once, and in
 * a child after fork(), but for create, import, submissions and free.
 * Return: 0; -ENOSPC: too many, or no device memory for page tables; -ENOMEM.
 */
int pinion_timeline_create(struct pinion_device *dev, struct pinion_vm *vm, uint64_t value,
			   struct pinion_timeline **tl, struct pinion_error *err);
/* The timeline behind a file, of any process or card. @fd stays the caller's. */
int pinion_timeline_import(struct pinion_device *dev, struct pinion_vm *vm, int fd,
			   struct pinion_timeline **tl, struct pinion_error *err);
/* Jobs in flight that name it go on. */
void pinion_timeline_free(struct pinion_timeline *tl);
/* To pass on, or to poll(): see pinion_accel.h. Still the timeline's. */
int pinion_timeline_fd(const struct pinion_timeline *tl);
uint64_t pinion_timeline_value(const struct pinion_timeline *tl);
/* Raise it to @value; nothing happens if it is there already. */
void pinion_timeline_signal(struct pinion_timeline *tl, uint64_t value);
/* Return: 0; -ETIME. @timeout_ns: 0 only looks; PINION_WAIT_FOREVER. */
int pinion_timeline_wait(struct pinion_timeline *tl, uint64_t value, uint64_t timeout_ns,
			 struct pinion_error *err);
/* An SQE of the caller's own ring that completes when @value is reached. */
void pinion_prep_timeline_wait(struct io_uring_sqe *sqe, const struct pinion_timeline *tl,
			       uint64_t value);

/**
 * pinion_timeline_export_fence() - let other drivers wait for a value
 * @tl: timeline
 * @value: to be reached
 * @timeout_ms: after which it signals in any case, with the error ETIMEDOUT: 1 to 10000
 * @err: reason, or NULL
 *
 * Return: a sync_file, close-on-exec, the caller's; -EINVAL; -EBUSY: 4096 wait; -ENOMEM; -EMFILE.
 */
int pinion_timeline_export_fence(struct pinion_timeline *tl, uint64_t value, uint32_t timeout_ms,
				 struct pinion_error *err);
/**
 * pinion_timeline_import_fence() - raise it when another driver is done, well or with an error
 * @tl: timeline; nothing is raised once it is freed and no other has its file
 * @value: to raise it to
 * @sync_file: file descriptor, still the caller's
 * @err: reason, or NULL
 *
 * Return: 0; -EBADF: it is something else; -EBUSY: 4096 are to raise it; -ENOMEM.
 */
int pinion_timeline_import_fence(struct pinion_timeline *tl, uint64_t value, int sync_file,
				 struct pinion_error *err);

/**
 * struct pinion_sync - a value of a timeline
 * @timeline: whose
 * @value: the value
 */
struct pinion_sync {
	struct pinion_timeline *timeline;
	uint64_t value;
};

#define PINION_SUBMIT_WAITS  3	       /* values that a job can wait for */
#define PINION_SUBMIT_SQE128 (1u << 0) /* pinion_prep_submit_sync(): 128-byte SQE */

/**
 * struct pinion_submit_options - what a job waits for and raises, and when it is to end
 * @size: sizeof(struct pinion_submit_options)
 * @waits: values that must be reached before it begins
 * @nwaits: how many, at most PINION_SUBMIT_WAITS
 * @flags: PINION_SUBMIT_*
 * @signal: raised when it ends, well or badly (see PINION_QUEUE_USER); no timeline: none
 * @deadline_ns: CLOCK_MONOTONIC: ended with -ETIMEDOUT if it is not done then; 0: none
 * @reserved: zero
 */
struct pinion_submit_options {
	size_t size;
	const struct pinion_sync *waits;
	uint32_t nwaits;
	uint32_t flags;
	struct pinion_sync signal;
	uint64_t deadline_ns;
	uint64_t reserved[3];
};

/* pinion_submit() with options. A job that was not taken raises nothing. */
int pinion_submit_sync(struct pinion_queue *queue, struct pinion_cmdbuf *cb,
		       const struct pinion_submit_options *options, struct pinion_point *point,
		       struct pinion_error *err);

#define PINION_SUBMIT_BUFFERS 64 /* command buffers in a job */

/**
 * pinion_submit_vector() - hand over several command buffers as one job
 * @queue: queue
 * @cbs: command buffers, run one after the other; the array is not kept
 * @count: how many, 1 to PINION_SUBMIT_BUFFERS
 * @options: as in pinion_submit_sync(): what the first waits for and the last raises; or NULL
 * @point: out, may be NULL: to wait for the last
 * @err: reason, or NULL
 *
 * It costs about as much as one alone. If one fails, those after it are not run;
 * the text of pinion_wait()'s error says which it was, from 0, unless the first.
 * It takes @count entries of the queue, and one more for each value after the first that
 * it waits for. Return: as pinion_submit(); -EINVAL, too, if the queue has fewer.
 */
int pinion_submit_vector(struct pinion_queue *queue, struct pinion_cmdbuf *const *cbs,
			 unsigned int count, const struct pinion_submit_options *options,
			 struct pinion_point *point, struct pinion_error *err);
/*
 * pinion_prep_submit() with options. More than one wait, or a signal, need a ring
 * made with IORING_SETUP_SQE128 and PINION_SUBMIT_SQE128: -EINVAL otherwise.
 */
int pinion_prep_submit_sync(struct io_uring_sqe *sqe, struct pinion_queue *queue,
			    struct pinion_cmdbuf *cb, const struct pinion_submit_options *options);

/* Room for what the kernel is told of one command buffer. */
struct pinion_submit_entry {
	uint64_t opaque[2];
};

/**
 * pinion_prep_submit_vector() - fill an SQE with a job of several command buffers
 * @sqe: as in pinion_prep_submit()
 * @queue: likewise
 * @cbs: command buffers; the array is not kept
 * @count: how many, 1 to PINION_SUBMIT_BUFFERS
 * @options: as in pinion_prep_submit_sync(), or NULL
 * @entries: room for @count; not to be touched until the SQE was submitted, or, with
 *	IOSQE_ASYNC, until its CQE came
 *
 * Return: as pinion_prep_submit_sync().
 */
int pinion_prep_submit_vector(struct io_uring_sqe *sqe, struct pinion_queue *queue,
			      struct pinion_cmdbuf *const *cbs, unsigned int count,
			      const struct pinion_submit_options *options,
			      struct pinion_submit_entry *entries);

/**
 * pinion_prep_cancel() - fill an SQE that ends jobs submitted from the same ring
 * @sqe: from io_uring_get_sqe()
 * @queue: queue that they were submitted to; with IOSQE_FIXED_FILE set sqe->fd afterwards
 * @user_data: of their SQEs
 *
 * The CQE's res is 0, -ENOENT or -EOPNOTSUPP, as of pinion_cancel(); theirs is -ECANCELED.
 */
void pinion_prep_cancel(struct io_uring_sqe *sqe, const struct pinion_queue *queue,
			uint64_t user_data);

#ifdef __cplusplus
}
#endif

#endif /* PINION_H */
