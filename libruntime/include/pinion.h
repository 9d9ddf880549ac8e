/* SPDX-License-Identifier: MIT */
/*
 * libpinion: load, copy in, launch, copy out, wait.
 *
 * Functions that can fail return 0 (or a count) or a negative errno. A function
 * that takes a struct pinion_error puts the reason there in words, unless the
 * pointer is NULL. No globals, no hidden threads, no current device, no atexit.
 *
 * Threads: different objects may be used by different threads at once. A
 * queue may be submitted to and waited on by several threads, unless it is a
 * PINION_QUEUE_USER; every other object is used by one thread at a time. After
 * fork() the child must not use objects of its parent: in the child, calls that
 * reach the device return -EPERM.
 *
 * The interface grows by new functions and by options structs. The first member
 * of an options struct is its size; zero in any other member means the default.
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
 * DOC: errors
 *
 * An error that a function names without a reason has the same reason everywhere:
 * -EPERM: the calling process was forked from the process that opened the device;
 * -ENODEV: the card is gone;
 * -ENOMEM: there is not enough host memory;
 * -EMFILE: the process has too many open files;
 * -EDQUOT: a limit that the card's operator set for the process or the user is reached.
 */

/**
 * struct pinion_error - what went wrong, filled by the function that failed
 * @code: negative errno that the function returned
 * @status: PINION_STATUS_* that the card reported, 0 if the card was not involved
 * @seq: number of the job that failed on its queue, 0 if none
 * @packet: number of the packet that failed in its command buffer, from 0
 * @core: number of the compute core that failed, ~0 if none
 * @pc: program counter of the core, for pinion_program_symbol(), 0 if none
 * @va: virtual address of the access that failed, 0 if none
 * @text: one sentence that says what happened and, where that is known, what to do,
 *	zero-terminated
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

/**
 * pinion_status_name() - name a status of the card in words
 * @status: one of PINION_STATUS_*, or any other value
 *
 * Return: the name, never NULL.
 */
const char *pinion_status_name(uint32_t status);

/**
 * pinion_version() - get the version of the library
 *
 * Return: major << 16 | minor.
 */
uint32_t pinion_version(void);

/* ----------------------------------------------------------------- devices */

/**
 * struct pinion_device_info - description of a card
 * @path: path of the device node
 * @pci: PCI address, "0000:01:00.0"
 * @serial: serial number of the board
 * @memory_bytes: size of the device memory
 * @memory_free: number of bytes of device memory that are not allocated now
 * @window_bytes: number of bytes of device memory that the CPU can map
 * @time_freq: ticks per second of device time, in which pinion_point_timestamp() and
 *	pinion_cmd_timestamp() count
 * @contract: version of the hardware contract, major << 16 | minor
 * @fw_version: version of the firmware, major << 24 | minor << 16 | patch
 * @cores: number of compute cores
 * @scratchpad_bytes: size of each core's scratchpad
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
 * pinion_device_list() - list the cards that this process can open
 * @paths: filled with the paths of the cards' nodes, in the order of their numbers; may be NULL
 *	if @max is 0
 * @max: number of entries in @paths
 *
 * Return: the number of cards, which may be 0 or more than @max; -EACCES: /dev/accel cannot be
 * read; -EMFILE, -ENFILE: this process, or the machine, has too many open files; -ENOMEM.
 */
int pinion_device_list(char (*paths)[64], unsigned int max);

/**
 * pinion_device_open() - open a card
 * @name: the card: the path of its node; its PCI address, as "pci:0000:01:00.0", where
 *	the domain may be left out; its serial number, as "serial:7"; NULL: the first
 *	card that can be opened
 * @dev: set to the device
 * @err: filled with the reason if the call fails, such as who may open the card, or NULL
 *
 * Return: 0; -ENODEV: there is no such card, the driver is not loaded, the driver refused the
 * card, the card has no node, or the node is not a Pinion card's, and the text says which;
 * -ENOENT: there is no node of this path; -EACCES: this user may not open the node, and the text
 * names the group that may, or says how to give the node to a group; -EPERM: a container or its
 * control group does not allow the process to open the node; -EINVAL: @name begins with "pci:" or
 * "serial:" and goes on with no PCI address or no number; -ENAMETOOLONG: the path is longer than
 * 63 bytes; -ENOMEM; -EPROTO: the driver reports impossible limits; -ENOSYS: the kernel is older
 * than the library needs.
 */
int pinion_device_open(const char *name, struct pinion_device **dev, struct pinion_error *err);

/**
 * pinion_device_close() - close a card
 * @dev: device, or NULL; all objects made from the device must have been freed
 */
void pinion_device_close(struct pinion_device *dev);

/**
 * pinion_device_info() - get the properties of a card
 * @dev: device
 * @info: filled with the properties
 *
 * Return: 0; -EPERM; -ENODEV.
 */
int pinion_device_info(struct pinion_device *dev, struct pinion_device_info *info);

/* Indexes of the allowances in struct pinion_usage: which resource is limited. */
#define PINION_LIMIT_BUFFERS	  0
#define PINION_LIMIT_DEVICE_BYTES 1 /* device memory: buffers, page tables, save areas */
#define PINION_LIMIT_HOST_BYTES	  2 /* host buffers, rings, what the kernel keeps for objects */
#define PINION_LIMIT_VMS	  3
#define PINION_LIMIT_QUEUES	  4
#define PINION_LIMITS		  5

#define PINION_UNLIMITED UINT64_MAX

/**
 * struct pinion_allowance - use and limit of one resource of a card
 * @used: amount in use by all devices that the process or the user has open
 * @max: the operator's limit, or PINION_UNLIMITED
 */
struct pinion_allowance {
	uint64_t used;
	uint64_t max;
};

/**
 * struct pinion_usage - what was made through a device and is still there
 * @device_bytes: bytes of buffers in device memory
 * @device_peak: the largest value that @device_bytes ever had
 * @host_bytes: bytes of buffers in host memory
 * @host_peak: the largest value that @host_bytes ever had
 * @table_bytes: bytes of page tables, in device memory
 * @table_peak: the largest value that @table_bytes ever had
 * @ring_bytes: bytes of rings of queues, in host memory
 * @ring_peak: the largest value that @ring_bytes ever had
 * @busy_ns: sum of the run times of all jobs that have ended, in nanoseconds; jobs that ran
 *	at the same time on several queues count each
 * @buffers: number of buffers
 * @vms: number of address spaces, the device's own included
 * @queues: number of queues
 * @reserved: zero
 * @process: allowances of this process, indexed by PINION_LIMIT_*
 * @user: allowances of the process's user, indexed by PINION_LIMIT_*
 * @process_timelines: allowance of timelines of this process
 * @user_timelines: allowance of timelines of the process's user
 * @save_bytes: bytes of device memory for the state of blocks that the card interrupts
 * @save_peak: the largest value that @save_bytes ever had
 * @timelines: number of timelines
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
	struct pinion_allowance process_timelines;
	struct pinion_allowance user_timelines;
	uint64_t save_bytes;
	uint64_t save_peak;
	uint64_t timelines;
	uint64_t reserved2;
};

/**
 * pinion_device_usage() - get how much of a card's resources is in use, and the limits
 * @dev: device
 * @usage: filled with use and limits
 *
 * Return: 0; -EPERM; -ENODEV.
 */
int pinion_device_usage(struct pinion_device *dev, struct pinion_usage *usage);

/**
 * pinion_device_fd() - get the file descriptor of a card's node, for other ioctls
 * @dev: device
 *
 * Return: the file descriptor, which the caller must not close.
 */
int pinion_device_fd(const struct pinion_device *dev);

/* ----------------------------------------------------------------- buffers */

#define PINION_BUFFER_DEVICE   (1u << 0)  /* device memory, not mappable by the CPU */
#define PINION_BUFFER_HOST     (1u << 1)  /* host memory that the card reaches by DMA */
#define PINION_BUFFER_MAPPABLE (1u << 2)  /* with DEVICE: the CPU can map it */
#define PINION_BUFFER_WC       (1u << 3)  /* with HOST: the CPU's mapping is write-combined */
#define PINION_BUFFER_READONLY (1u << 30) /* pinion_buffer_wrap(): the card only reads */
#define PINION_BUFFER_UNBOUND  (1u << 31) /* no address until pinion_vm_map() */

/**
 * pinion_buffer_create() - allocate zeroed memory and map it in the device's address space
 * @dev: device
 * @bytes: size, >= 1; it is rounded up to pages
 * @flags: PINION_BUFFER_DEVICE, alone or with PINION_BUFFER_MAPPABLE, or PINION_BUFFER_HOST, alone
 *	or with PINION_BUFFER_WC; each may be combined with PINION_BUFFER_UNBOUND
 * @buf: set to the buffer
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EINVAL: @bytes is 0 or larger than the address space, or @flags is not allowed;
 * -ENOMEM; -ENOSPC: there is not enough device memory, or no address is left; -EDQUOT; -EPERM;
 * -ENODEV.
 */
int pinion_buffer_create(struct pinion_device *dev, size_t bytes, uint32_t flags,
			 struct pinion_buffer **buf, struct pinion_error *err);

/**
 * pinion_buffer_free() - free a buffer at once, without waiting
 * @buf: buffer, or NULL; jobs that use the buffer must be complete
 */
void pinion_buffer_free(struct pinion_buffer *buf);

/**
 * pinion_buffer_map() - map a buffer for the CPU at the first call
 * @buf: buffer
 *
 * Return: the CPU's pointer, valid until the buffer is freed; NULL if the buffer cannot be mapped.
 */
void *pinion_buffer_map(struct pinion_buffer *buf);

/**
 * pinion_buffer_address() - get the card's virtual address in the device's own address space
 * @buf: buffer
 *
 * Return: the address, or 0 if the buffer is PINION_BUFFER_UNBOUND.
 */
uint64_t pinion_buffer_address(const struct pinion_buffer *buf);

/**
 * pinion_buffer_bytes() - get the size of a buffer
 * @buf: buffer
 *
 * Return: the size in bytes, after rounding.
 */
size_t pinion_buffer_bytes(const struct pinion_buffer *buf);

/**
 * pinion_buffer_wrap() - make a buffer of memory that the caller has
 * @dev: device
 * @memory: start of the memory, page-aligned; the memory stays the caller's
 * @bytes: length, a multiple of 4096, > 0
 * @flags: 0 or PINION_BUFFER_READONLY, PINION_BUFFER_UNBOUND or both
 * @buf: set to the buffer, of which pinion_buffer_map() returns @memory
 * @err: filled with the reason if the call fails, or NULL
 *
 * The pages are pinned until the buffer is freed, and count against RLIMIT_MEMLOCK.
 * Return: 0; -EINVAL: the memory does not consist of whole pages, or @flags is not allowed;
 * -EFAULT: a part of the memory is not mapped, is not writable, or cannot be pinned; -ENOMEM:
 * there is not enough memory, or @bytes is more than RLIMIT_MEMLOCK allows; -EOPNOTSUPP: the
 * card's DMA addresses do not reach all of this machine's memory and there is no IOMMU; -ENOSPC:
 * there is no device memory for page tables; -EDQUOT; -EPERM; -ENODEV.
 */
int pinion_buffer_wrap(struct pinion_device *dev, void *memory, size_t bytes, uint32_t flags,
		       struct pinion_buffer **buf, struct pinion_error *err);

/**
 * pinion_buffer_export() - make a dma-buf of a buffer, for another process, driver or card
 * @buf: buffer; only the same card and the CPU can reach it if it is device memory
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: the file descriptor of the dma-buf, close-on-exec, for the caller to close; -EMFILE;
 * -ENOMEM; -EPERM: the buffer wraps memory of the process, or the calling process was forked from
 * the process that opened the device; -ENODEV.
 */
int pinion_buffer_export(struct pinion_buffer *buf, struct pinion_error *err);

/**
 * pinion_buffer_import() - make a buffer of the memory of a dma-buf
 * @dev: device
 * @dmabuf: file descriptor of the dma-buf; it stays the caller's to close
 * @flags: 0 or PINION_BUFFER_UNBOUND
 * @buf: set to the buffer
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EBADF: @dmabuf is not open; -EINVAL: @dmabuf is not a dma-buf, its memory does not
 * consist of whole pages, or @flags is not allowed; -ENOSYS: the exporter lets no other device
 * reach the memory; -EOPNOTSUPP: the card's DMA addresses do not reach all of this machine's
 * memory and there is no IOMMU; -ENOMEM; -EDQUOT; -EPERM; -ENODEV.
 */
int pinion_buffer_import(struct pinion_device *dev, int dmabuf, uint32_t flags,
			 struct pinion_buffer **buf, struct pinion_error *err);

/* ---------------------------------------------------------- address spaces */

#define PINION_MAP_READ	 (1u << 0)
#define PINION_MAP_WRITE (1u << 1)
#define PINION_MAP_EXEC	 (1u << 2)

/**
 * pinion_vm_create() - create an empty address space, in which the caller chooses every address
 * @dev: device
 * @vm: set to the address space, which struct pinion_queue_options can name
 * @err: filled with the reason if the call fails, or NULL
 *
 * The device has an address space of its own, in which libpinion places
 * buffers, programs and command buffers; most programs need no other.
 * Return: 0; -ENOSPC: the card has no more address spaces; -EDQUOT; -ENOMEM; -EPERM; -ENODEV.
 */
int pinion_vm_create(struct pinion_device *dev, struct pinion_vm **vm, struct pinion_error *err);

/**
 * pinion_vm_free() - free an address space with its mappings, or a reserved range
 * @vm: address space, whose queues must be closed; reserved range, whose jobs must be complete;
 *	or NULL
 */
void pinion_vm_free(struct pinion_vm *vm);

/**
 * pinion_vm_reserve() - reserve a range of the device's own address space for the caller
 * @dev: device
 * @va: first address, a multiple of 4096; 0: libpinion chooses a multiple of 2 MiB
 * @bytes: length, a multiple of 4096, > 0
 * @vm: set to the range, which pinion_vm_map() takes like an address space
 * @err: filled with the reason if the call fails, or NULL
 *
 * libpinion places nothing in the range. Queues need not be made for the range: it is
 * part of the address space that queues have by default.
 * Return: 0; -EINVAL: @va or @bytes is not a multiple of 4096 or is out of range; -EEXIST: a part
 * of the range is in use by libpinion or by another range; -ENOSPC: there is no free range of this
 * length; -ENOMEM; -EPERM.
 */
int pinion_vm_reserve(struct pinion_device *dev, uint64_t va, uint64_t bytes, struct pinion_vm **vm,
		      struct pinion_error *err);

/**
 * pinion_vm_address() - get the first address of a reserved range
 * @vm: range of pinion_vm_reserve()
 *
 * Return: the address, or 0 for an address space of pinion_vm_create().
 */
uint64_t pinion_vm_address(const struct pinion_vm *vm);

/**
 * pinion_vm_map() - map pages of a buffer, replacing what was mapped there
 * @vm: address space
 * @va: address to map at, a multiple of the page size, 4096
 * @buf: buffer, whose memory stays as long as it is mapped
 * @offset: offset into the buffer, a multiple of 4096
 * @bytes: length, a multiple of 4096, > 0
 * @access: one or more of PINION_MAP_*
 * @err: filled with the reason if the call fails, or NULL
 *
 * Addresses and offsets that are equal modulo 64 KiB or 2 MiB let the card use larger pages.
 * Return: 0; -EINVAL: a number is not a multiple of 4096 or is out of range, @access is not
 * allowed, or @buf belongs to another device; -EACCES: PINION_MAP_WRITE of a buffer that is
 * PINION_BUFFER_READONLY; -ENOMEM; -ENOSPC: there is no device memory for page tables; -EDQUOT;
 * -EPERM; -ENODEV.
 */
int pinion_vm_map(struct pinion_vm *vm, uint64_t va, struct pinion_buffer *buf, uint64_t offset,
		  uint64_t bytes, uint32_t access, struct pinion_error *err);

/**
 * pinion_vm_map_sparse() - map addresses without memory, replacing what was mapped there
 * @vm: address space
 * @va: address to map at, a multiple of 4096
 * @bytes: length, a multiple of 4096, > 0
 * @access: PINION_MAP_READ, PINION_MAP_WRITE or both
 * @err: filled with the reason if the call fails, or NULL
 *
 * Reads give zeroes, writes are dropped. pinion_vm_map() can replace parts of the mapping
 * by memory.
 * Return: 0; -EINVAL: a number is not a multiple of 4096 or is out of range, or @access is not
 * allowed; -EOPNOTSUPP: the card has no sparse pages; -ENOMEM; -ENOSPC: there is no device memory
 * for page tables; -EDQUOT; -EPERM; -ENODEV.
 */
int pinion_vm_map_sparse(struct pinion_vm *vm, uint64_t va, uint64_t bytes, uint32_t access,
			 struct pinion_error *err);

/**
 * pinion_vm_unmap() - remove what is mapped in a range
 * @vm: address space
 * @va: first address, a multiple of 4096
 * @bytes: length, a multiple of 4096, > 0; the range may cover holes and parts of mappings
 * @err: filled with the reason if the call fails, or NULL
 *
 * When the call has returned, the card reaches nothing in the range.
 * Return: 0; -EINVAL: a number is not a multiple of 4096 or is out of range; -ENOMEM; -ENOSPC:
 * there is no device memory for page tables; -EPERM; -ENODEV.
 */
int pinion_vm_unmap(struct pinion_vm *vm, uint64_t va, uint64_t bytes, struct pinion_error *err);

/**
 * pinion_vm_map_cmdbuf() - map a command buffer at its address in the device's own address space
 * @vm: address space
 * @cb: command buffer, mapped for reading
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EINVAL: @cb belongs to another device, or @vm is a range without its address;
 * -ENOMEM; -ENOSPC: there is no device memory for page tables; -EDQUOT; -EPERM; -ENODEV.
 */
int pinion_vm_map_cmdbuf(struct pinion_vm *vm, struct pinion_cmdbuf *cb, struct pinion_error *err);

/**
 * pinion_vm_map_program() - map a program at its addresses in the device's own address space
 * @vm: address space
 * @prog: program, whose segments keep their access
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EINVAL: @prog belongs to another device, or @vm is a range without its addresses;
 * -ENOMEM; -ENOSPC: there is no device memory for page tables; -EDQUOT; -EPERM; -ENODEV.
 */
int pinion_vm_map_program(struct pinion_vm *vm, struct pinion_program *prog,
			  struct pinion_error *err);

/* ------------------------------------------------------ programs and kernels */

/**
 * pinion_program_load() - load a static RISC-V ELF with Pinion kernel notes
 * @dev: device
 * @elf: bytes of the file; they are not needed after the call
 * @bytes: length of the file
 * @prog: set to the program
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -ENOEXEC: the file is not such a program, or needs a larger scratchpad than the card
 * has, and the text says what is wrong; -ENOMEM; -ENOSPC: there is not enough device memory, or no
 * address is left; -EDQUOT; -EPERM.
 */
int pinion_program_load(struct pinion_device *dev, const void *elf, size_t bytes,
			struct pinion_program **prog, struct pinion_error *err);

/**
 * pinion_program_open() - load a program from a file
 * @dev: device
 * @path: path of the file
 * @prog: set to the program
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: as pinion_program_load(); -ENOENT: there is no such file, and other errors of open(2)
 * are returned unchanged, too.
 */
int pinion_program_open(struct pinion_device *dev, const char *path, struct pinion_program **prog,
			struct pinion_error *err);

/**
 * pinion_program_free() - remove a program from the card
 * @prog: program, or NULL; jobs that launch its kernels must be complete
 */
void pinion_program_free(struct pinion_program *prog);

/**
 * pinion_program_kernel() - find a kernel of a program by its name
 * @prog: program on the card
 * @name: name of the kernel
 *
 * Return: the kernel, valid as long as the program; NULL if there is no such kernel.
 */
const struct pinion_kernel *pinion_program_kernel(const struct pinion_program *prog,
						  const char *name);

/**
 * pinion_program_kernel_at() - get a kernel of a program by its number
 * @prog: program on the card
 * @index: number of the kernel in the order of the file's notes, from 0
 *
 * Return: the kernel, valid as long as the program; NULL if there is no such kernel.
 */
const struct pinion_kernel *pinion_program_kernel_at(const struct pinion_program *prog,
						     unsigned int index);

/**
 * pinion_kernel_name() - get the name of a kernel
 * @kernel: kernel of a program
 *
 * Return: the name, valid as long as the program.
 */
const char *pinion_kernel_name(const struct pinion_kernel *kernel);

/**
 * pinion_kernel_args_bytes() - get the size of a kernel's argument struct
 * @kernel: kernel of a program
 *
 * Return: the size in bytes, which pinion_cmd_launch() expects.
 */
size_t pinion_kernel_args_bytes(const struct pinion_kernel *kernel);

/**
 * pinion_program_symbol() - find the symbol that contains a program counter
 * @prog: program on the card
 * @pc: address of the card, such as the pc of a struct pinion_error
 * @offset: set to the distance of @pc from the symbol's start, or NULL
 *
 * Return: the name of the symbol, valid as long as the program; NULL if @pc is in no symbol.
 */
const char *pinion_program_symbol(const struct pinion_program *prog, uint64_t pc, uint64_t *offset);

/* --------------------------------------------------------- command buffers */

/**
 * pinion_cmdbuf_create() - allocate a command buffer to record packets into
 * @dev: device
 * @bytes: size, for packets and kernel arguments, at most 64 MiB; 0 = 64 KiB
 * @cb: set to the command buffer
 * @err: filled with the reason if the call fails, or NULL
 *
 * The command buffer keeps the first error of its recording, and pinion_submit() returns that
 * error, too, so a caller may check there alone.
 * Return: 0; -EINVAL: @bytes is more than 64 MiB; -ENOMEM; -ENOSPC: no address is left; -EDQUOT;
 * -EPERM.
 */
int pinion_cmdbuf_create(struct pinion_device *dev, size_t bytes, struct pinion_cmdbuf **cb,
			 struct pinion_error *err);

/**
 * pinion_cmdbuf_free() - free a command buffer
 * @cb: command buffer, or NULL; jobs that use the command buffer must be complete
 */
void pinion_cmdbuf_free(struct pinion_cmdbuf *cb);

/**
 * pinion_cmdbuf_reset() - empty a command buffer for a new recording
 * @cb: command buffer; jobs that use the command buffer must be complete
 */
void pinion_cmdbuf_reset(struct pinion_cmdbuf *cb);

/**
 * pinion_cmd_copy() - record a copy
 * @cb: command buffer
 * @dst: virtual address to copy to
 * @src: virtual address to copy from
 * @bytes: length, > 0
 *
 * Return: 0; -EINVAL: @bytes is 0, a range ends beyond the address space, or source and
 * destination overlap; -ENOSPC: the command buffer is full; -EBUSY: the command buffer was
 * submitted and must be reset first; -EPERM.
 */
int pinion_cmd_copy(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t src, uint64_t bytes);

/**
 * pinion_cmd_copy_2d() - record a copy of rows
 * @cb: command buffer
 * @dst: virtual address of the first row to copy to
 * @dst_pitch: distance between the rows at @dst, in bytes
 * @src: virtual address of the first row to copy from
 * @src_pitch: distance between the rows at @src, in bytes
 * @row_bytes: length of a row, > 0
 * @rows: number of rows, > 0
 *
 * Return: as pinion_cmd_copy(); -EINVAL: there is nothing to copy, a range ends beyond the address
 * space, or a pitch is smaller than a row.
 */
int pinion_cmd_copy_2d(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t dst_pitch, uint64_t src,
		       uint64_t src_pitch, uint64_t row_bytes, uint64_t rows);

/**
 * pinion_cmd_fill() - record a fill with a repeated pattern
 * @cb: command buffer
 * @dst: virtual address, a multiple of @width
 * @bytes: length, a multiple of @width, > 0
 * @pattern: pattern, whose low @width bytes are repeated
 * @width: size of the pattern in bytes: 1, 2, 4 or 8
 *
 * Return: as pinion_cmd_copy(); -EINVAL: @bytes is 0, the range ends beyond the address space,
 * @width is not allowed, or @dst or @bytes is not a multiple of @width.
 */
int pinion_cmd_fill(struct pinion_cmdbuf *cb, uint64_t dst, uint64_t bytes, uint64_t pattern,
		    unsigned int width);

/**
 * pinion_cmd_launch() - record a launch of x * y * z blocks of a kernel
 * @cb: command buffer
 * @kernel: kernel to launch
 * @x: number of blocks in the first dimension, > 0
 * @y: number of blocks in the second dimension, > 0
 * @z: number of blocks in the third dimension, > 0
 * @args: argument struct of the kernel, which is copied
 * @args_bytes: size of @args, which must be pinion_kernel_args_bytes()
 *
 * Return: as pinion_cmd_copy(); -EINVAL: @kernel is NULL, @args_bytes is not what
 * pinion_kernel_args_bytes() returns, a dimension is 0, or there are 2^32 blocks or more.
 */
int pinion_cmd_launch(struct pinion_cmdbuf *cb, const struct pinion_kernel *kernel, uint32_t x,
		      uint32_t y, uint32_t z, const void *args, size_t args_bytes);

/**
 * pinion_cmd_barrier() - record a packet that starts when all packets before it are complete
 * @cb: command buffer
 *
 * Return: 0; -ENOSPC: the command buffer is full; -EBUSY: the command buffer was submitted and
 * must be reset first; -EPERM.
 */
int pinion_cmd_barrier(struct pinion_cmdbuf *cb);

/**
 * pinion_cmd_timestamp() - record a packet that writes the device time
 * @cb: command buffer
 * @va: virtual address of the 64-bit word to write, a multiple of 8
 *
 * Return: as pinion_cmd_barrier(); -EINVAL: @va is not a multiple of 8, or is beyond the address
 * space.
 */
int pinion_cmd_timestamp(struct pinion_cmdbuf *cb, uint64_t va);

/**
 * pinion_cmd_wait() - record a packet that waits until a 64-bit word is at least a value
 * @cb: command buffer
 * @va: virtual address of the word, a multiple of 8
 * @value: value to wait for
 *
 * Return: as pinion_cmd_timestamp().
 */
int pinion_cmd_wait(struct pinion_cmdbuf *cb, uint64_t va, uint64_t value);

/**
 * pinion_cmd_signal() - record a packet that raises a 64-bit word unless it is larger already
 * @cb: command buffer
 * @va: virtual address of the word, a multiple of 8
 * @value: value to raise the word to
 *
 * Return: as pinion_cmd_timestamp().
 */
int pinion_cmd_signal(struct pinion_cmdbuf *cb, uint64_t va, uint64_t value);

/* ------------------------------------------------------ queues and waiting */

/**
 * struct pinion_queue_options - how to make a queue
 * @size: sizeof(struct pinion_queue_options)
 * @entries: number of entries, rounded up to a power of two: as many jobs can be in flight if
 *	each takes one entry, see pinion_submit_vector(); 0 = 64
 * @priority: PINION_PRIORITY_NORMAL, PINION_PRIORITY_LOW, or, for processes with CAP_SYS_NICE,
 *	PINION_PRIORITY_HIGH or PINION_PRIORITY_REALTIME
 * @vm: address space in which the jobs run; NULL = the device's own
 * @flags: 0 or PINION_QUEUE_POLLED, PINION_QUEUE_USER or both
 * @irq_count: number of completions that share an interrupt, at most 65535; 1: each
 *	completion interrupts; 0: the driver chooses from the rate of completions, but 1 for
 *	a PINION_QUEUE_USER
 * @irq_us: longest time from the first completion that shares an interrupt to the interrupt,
 *	in microseconds, 1 to 65535; 0 if @irq_count is 0 or 1
 * @job_ms: PINION_QUEUE_USER only: time limit of a job, in milliseconds from its turn on, at
 *	most an hour; 0: no limit
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
 * The queue does not interrupt. pinion_wait() polls for completions instead of
 * sleeping; an io_uring of the caller's own needs IORING_SETUP_IOPOLL.
 */
#define PINION_QUEUE_POLLED (1u << 0)
/*
 * The card reads jobs from a ring in the process's memory, so that submitting takes no system
 * call. One thread at a time may use such a queue, and jobs cannot be SQEs of the caller's own
 * io_uring. A job cannot be cancelled and has no deadline of its own; its signal is raised only
 * if it succeeds. A job that takes longer than job_ms ends with -ETIMEDOUT, the jobs behind it
 * end with -ECANCELED, and the queue needs pinion_queue_reset(). With PINION_QUEUE_POLLED as
 * well, pinion_wait() polls for completions. The operator must allow such queues: see
 * pinion_queue_create(3).
 *
 * A reset of the card ends such a queue. The library then makes a new one in its place, as part of
 * the next submission. If jobs were lost, one call tells of the loss before: pinion_wait() for a
 * lost job returns -ECANCELED, or else the first submission returns -ESHUTDOWN.
 */
#define PINION_QUEUE_USER   (1u << 1)

#define PINION_PRIORITY_NORMAL	 0
#define PINION_PRIORITY_LOW	 1
#define PINION_PRIORITY_HIGH	 2 /* needs CAP_SYS_NICE */
#define PINION_PRIORITY_REALTIME 3 /* needs CAP_SYS_NICE */

/**
 * struct pinion_point - a place in a queue's order of jobs
 * @queue: queue that the job was submitted to
 * @seq: number of the job on its queue, from 1
 */
struct pinion_point {
	struct pinion_queue *queue;
	uint64_t seq;
};

/**
 * pinion_queue_create() - make a queue of the card
 * @dev: device
 * @options: options; NULL asks for the defaults
 * @queue: set to the queue
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EINVAL: there are more entries than the card allows, the priority does not exist,
 * irq_count and irq_us do not go together, or the library does not know an option; -EOPNOTSUPP: on
 * this card completions cannot share interrupts, or a queue cannot be a PINION_QUEUE_USER;
 * -EACCES: this process may not use the priority; -ENOSPC: all queues or all address spaces of the
 * card are in use; -EDQUOT; -ENOMEM; -EMFILE; -EPERM: the calling process was forked from the
 * process that opened the device, the operator has not allowed queues of PINION_QUEUE_USER, or the
 * queue is to be polled and io_uring is barred by kernel.io_uring_disabled or by a seccomp
 * profile, and the text says which; -ENOSYS: the queue is to be polled, and the kernel has no
 * io_uring or an older one than the library needs; -ENODEV.
 */
int pinion_queue_create(struct pinion_device *dev, const struct pinion_queue_options *options,
			struct pinion_queue **queue, struct pinion_error *err);

/**
 * pinion_queue_close() - stop and close a queue; jobs in flight end with -ECANCELED
 * @queue: queue, which no thread may be using, or NULL
 */
void pinion_queue_close(struct pinion_queue *queue);

/**
 * pinion_queue_fd() - get the file descriptor of a queue, for an io_uring of the caller's own
 * @queue: queue
 *
 * Return: the file descriptor, which the caller must not close.
 */
int pinion_queue_fd(const struct pinion_queue *queue);

/**
 * pinion_queue_reset() - start a stopped queue again, empty
 * @queue: queue
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EBUSY: the queue runs and has jobs, so wait for the jobs; -ENODEV; -EPERM; for a
 * PINION_QUEUE_USER that is made anew also the errors of pinion_queue_create().
 */
int pinion_queue_reset(struct pinion_queue *queue, struct pinion_error *err);

/**
 * pinion_submit() - hand a command buffer to the card
 * @queue: queue
 * @cb: command buffer, which cannot be recorded into until pinion_cmdbuf_reset()
 * @point: set to the job, for pinion_wait(); may be NULL
 * @err: filled with the reason if the call fails, or NULL
 *
 * A job that the call fails to submit has no effect.
 * Return: 0; -EAGAIN: the queue has fewer free entries than the job takes, which is one unless
 * pinion_submit_sync() says otherwise, so wait for a job; -ESHUTDOWN: the queue was stopped by a
 * fault, and pinion_queue_reset() starts it again, or jobs of a PINION_QUEUE_USER were lost, and
 * the next submission works; -EDQUOT: the user is refused for a time, as jobs of the user did not
 * end and cost the card too many resets; -ENOSPC: the command buffer was too small for its
 * recording; -EBUSY: the command buffer was recorded into after its submission; -EINVAL: the
 * recording was given an argument that the card refuses, or the command buffer belongs to another
 * device; -ENODEV; -EPERM; for a PINION_QUEUE_USER that is made anew also the errors of
 * pinion_queue_create().
 */
int pinion_submit(struct pinion_queue *queue, struct pinion_cmdbuf *cb, struct pinion_point *point,
		  struct pinion_error *err);

/**
 * pinion_cancel() - end a job before it is done
 * @point: the job, from pinion_submit()
 * @err: filled with the reason if the call fails, or NULL
 *
 * pinion_wait() then returns -ECANCELED, or the job's own result if the job was done first.
 * Other jobs of the queue are not affected. The card may use the job's memory until a job
 * behind it has completed, or the job's signal was raised.
 * Return: 0; -ENOENT: the job is complete; -EINVAL: the queue has no job of this number;
 * -EOPNOTSUPP: the card cannot end a single job, or the queue is a PINION_QUEUE_USER; -EAGAIN:
 * the kernel has no memory for the request now, so try again; -EPERM.
 */
int pinion_cancel(const struct pinion_point *point, struct pinion_error *err);

#define PINION_WAIT_FOREVER UINT64_MAX

/**
 * pinion_wait() - wait until a job is complete
 * @point: the job, from pinion_submit()
 * @timeout_ns: longest time to wait, in nanoseconds; 0: do not wait; PINION_WAIT_FOREVER
 * @err: filled with the reason if the call fails, or NULL; for a job that failed, with its packet,
 *	core, pc and address
 *
 * Return: 0 if the job succeeded; -ETIME: the job is not complete yet; -EFAULT: the job made a
 * page fault; -ENOEXEC: the job executed an illegal instruction, or trapped; -EBADMSG: a packet or
 * descriptor is not valid; -ERANGE: the job accessed an address outside the scratchpad, or a
 * matrix descriptor was out of range; -EIO: the host refused a DMA; -ECANCELED: the job was
 * cancelled, or stopped before it was complete; -ETIMEDOUT: the deadline of the job passed;
 * -ESTALE: the result is no longer kept, and this job or a newer job whose result is no longer kept
 * failed (if none of these failed, the call returns 0); -EINVAL: the queue never had a job of this
 * number; -EPERM.
 */
int pinion_wait(const struct pinion_point *point, uint64_t timeout_ns, struct pinion_error *err);

/**
 * pinion_point_timestamp() - get the device time at which a job ended
 * @point: the job, from pinion_submit()
 *
 * Return: the time in ticks, or 0 if the job is not complete or its result is no longer kept.
 */
uint64_t pinion_point_timestamp(const struct pinion_point *point);

/**
 * pinion_prep_submit() - fill an SQE of the caller's own io_uring with a job
 * @sqe: the SQE, from io_uring_get_sqe()
 * @queue: queue; with IOSQE_FIXED_FILE set sqe->fd afterwards
 * @cb: command buffer, which must not be reset until the CQE has arrived
 *
 * The CQE's res is 0 or the job's error. user_data becomes 0: set it afterwards. On
 * kernels before 6.15 a linked SQE also needs IOSQE_ASYNC.
 * Return: 0; -ENOSPC: the command buffer was too small for its recording; -EBUSY: the command
 * buffer was recorded into after its submission; -EINVAL: the recording was given an argument that
 * the card refuses, or the command buffer belongs to another device; -EOPNOTSUPP: the queue is a
 * PINION_QUEUE_USER; -EPERM.
 */
int pinion_prep_submit(struct io_uring_sqe *sqe, struct pinion_queue *queue,
		       struct pinion_cmdbuf *cb);

/* --------------------------------------------------------------- timelines */

/**
 * pinion_timeline_create() - create a timeline: a 64-bit value that only grows
 * @dev: device
 * @vm: address space whose jobs wait for the timeline and raise it; NULL = the device's own
 * @value: value from which the timeline starts
 * @tl: set to the timeline
 * @err: filled with the reason if the call fails, or NULL
 *
 * Unlike other objects a timeline may be used by several threads at once, and in a child
 * after fork(), except to create, import, submit and free.
 * Return: 0; -EINVAL: @vm belongs to another device; -ENOMEM; -ENOSPC: the address space has 16383
 * timelines, or there is no device memory for page tables; -EDQUOT; -EMFILE; -EPERM; -ENODEV.
 */
int pinion_timeline_create(struct pinion_device *dev, struct pinion_vm *vm, uint64_t value,
			   struct pinion_timeline **tl, struct pinion_error *err);

/**
 * pinion_timeline_import() - use the timeline behind a file, of any process or card
 * @dev: device
 * @vm: address space whose jobs wait for the timeline and raise it; NULL = the device's own
 * @fd: file of the timeline; it stays the caller's to close
 * @tl: set to the timeline
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: as pinion_timeline_create(); -EBADF: @fd is not open; -EINVAL: @fd is not the file of a
 * timeline, or @vm belongs to another device.
 */
int pinion_timeline_import(struct pinion_device *dev, struct pinion_vm *vm, int fd,
			   struct pinion_timeline **tl, struct pinion_error *err);

/**
 * pinion_timeline_free() - free a timeline; jobs in flight that name it are not affected
 * @tl: timeline, or NULL
 */
void pinion_timeline_free(struct pinion_timeline *tl);

/**
 * pinion_timeline_fd() - get the file descriptor of a timeline, to pass on or to poll()
 * @tl: timeline
 *
 * Return: the file descriptor, which the caller must not close.
 */
int pinion_timeline_fd(const struct pinion_timeline *tl);

/**
 * pinion_timeline_value() - read the value of a timeline
 * @tl: timeline
 *
 * Return: the value.
 */
uint64_t pinion_timeline_value(const struct pinion_timeline *tl);

/**
 * pinion_timeline_signal() - raise a timeline, unless it has reached the value already
 * @tl: timeline
 * @value: value to raise the timeline to
 */
void pinion_timeline_signal(struct pinion_timeline *tl, uint64_t value);

/**
 * pinion_timeline_wait() - wait until a timeline reaches a value
 * @tl: timeline
 * @value: value to wait for
 * @timeout_ns: longest time to wait, in nanoseconds; 0: do not wait; PINION_WAIT_FOREVER
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -ETIME: the timeline did not reach the value in time.
 */
int pinion_timeline_wait(struct pinion_timeline *tl, uint64_t value, uint64_t timeout_ns,
			 struct pinion_error *err);

/**
 * pinion_prep_timeline_wait() - fill an SQE that completes when a timeline reaches a value
 * @sqe: the SQE, from io_uring_get_sqe()
 * @tl: timeline
 * @value: value to wait for
 */
void pinion_prep_timeline_wait(struct io_uring_sqe *sqe, const struct pinion_timeline *tl,
			       uint64_t value);

/**
 * pinion_timeline_export_fence() - let other drivers wait for a value
 * @tl: timeline
 * @value: value at which the fence signals: one that a submitted job raises the timeline to, or
 *	that is reached
 * @timeout_ms: time after which the fence signals with the error ETIMEDOUT if the value was not
 *	reached, in milliseconds, 1 to 10000
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: the file descriptor of a sync_file, close-on-exec, for the caller to close; -EINVAL: no
 * submitted job raises @tl to @value, or @timeout_ms is 0 or more than 10000; -EBUSY: 4096 fences
 * wait for the timeline already; -EDQUOT; -EOPNOTSUPP: the card cannot end a job early; -ENOMEM;
 * -EMFILE.
 */
int pinion_timeline_export_fence(struct pinion_timeline *tl, uint64_t value, uint32_t timeout_ms,
				 struct pinion_error *err);

/**
 * pinion_timeline_import_fence() - raise a timeline when another driver's fence signals
 * @tl: timeline; it is not raised after it was freed, unless its file is open elsewhere
 * @value: value to raise the timeline to, also if the fence signals with an error
 * @sync_file: file descriptor of the fence; it stays the caller's to close
 * @err: filled with the reason if the call fails, or NULL
 *
 * Return: 0; -EBADF: @sync_file is not a sync_file; -EBUSY: 4096 fences are to raise the timeline
 * already; -ENOMEM.
 */
int pinion_timeline_import_fence(struct pinion_timeline *tl, uint64_t value, int sync_file,
				 struct pinion_error *err);

/**
 * struct pinion_sync - a value of a timeline, to wait for or to raise it to
 * @timeline: timeline in the address space of the queue
 * @value: value of the timeline
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
 * @waits: values that must be reached before the job begins
 * @nwaits: number of entries in @waits, at most PINION_SUBMIT_WAITS
 * @flags: 0, or PINION_SUBMIT_SQE128 in pinion_prep_submit_sync() and _vector()
 * @signal: value that is raised when the job ends, well or with an error (but see
 *	PINION_QUEUE_USER); a NULL timeline: none
 * @deadline_ns: CLOCK_MONOTONIC time at which a job that is not done is ended with -ETIMEDOUT;
 *	0: no deadline
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

/**
 * pinion_submit_sync() - submit a job that waits for timelines and raises one
 * @queue: queue
 * @cb: command buffer
 * @options: what the job waits for and raises, and its deadline, or NULL
 * @point: set to the job, for pinion_wait(); may be NULL
 * @err: filled with the reason if the call fails, or NULL
 *
 * A job that was not taken raises nothing.
 * Return: as pinion_submit(); -EINVAL: as pinion_submit(), or there are too many values to wait
 * for, the queue has fewer entries than the job takes, a timeline belongs to another address
 * space, or the library does not know an option; -EOPNOTSUPP: the job has a deadline, and the card
 * cannot end a single job.
 */
int pinion_submit_sync(struct pinion_queue *queue, struct pinion_cmdbuf *cb,
		       const struct pinion_submit_options *options, struct pinion_point *point,
		       struct pinion_error *err);

#define PINION_SUBMIT_BUFFERS 64 /* command buffers in a job */

/**
 * pinion_submit_vector() - hand over several command buffers as one job
 * @queue: queue
 * @cbs: command buffers, run one after the other; the array is not kept
 * @count: number of entries in @cbs, 1 to PINION_SUBMIT_BUFFERS
 * @options: values that the first command buffer waits for and the last raises, or NULL
 * @point: set to the job, for pinion_wait(); may be NULL
 * @err: filled with the reason if the call fails, or NULL
 *
 * The job costs about as much as one with a single command buffer. If a command buffer
 * fails, the rest are not run; the text of pinion_wait()'s error gives its index in @cbs
 * if that is not 0. The job takes @count entries of the queue, and one more for each value
 * after the first that it waits for.
 * Return: as pinion_submit_sync(); -EINVAL: as pinion_submit_sync(), or @count is out of range.
 */
int pinion_submit_vector(struct pinion_queue *queue, struct pinion_cmdbuf *const *cbs,
			 unsigned int count, const struct pinion_submit_options *options,
			 struct pinion_point *point, struct pinion_error *err);

/**
 * pinion_prep_submit_sync() - fill an SQE with a job that waits for timelines and raises one
 * @sqe: the SQE, from io_uring_get_sqe()
 * @queue: queue; with IOSQE_FIXED_FILE set sqe->fd afterwards
 * @cb: command buffer, which must not be reset until the CQE has arrived
 * @options: what the job waits for and raises, and its deadline, or NULL
 *
 * More than one wait, or a signal, need a ring made with IORING_SETUP_SQE128 and
 * PINION_SUBMIT_SQE128.
 * Return: as pinion_prep_submit(); -EINVAL: as pinion_submit_sync(), or the job needs an SQE of
 * 128 bytes; -EOPNOTSUPP: the job has a deadline, and the card cannot end a single job, or the
 * queue is a PINION_QUEUE_USER.
 */
int pinion_prep_submit_sync(struct io_uring_sqe *sqe, struct pinion_queue *queue,
			    struct pinion_cmdbuf *cb, const struct pinion_submit_options *options);

/* Memory in which pinion_prep_submit_vector() describes one command buffer to the kernel. */
struct pinion_submit_entry {
	uint64_t opaque[2];
};

/**
 * pinion_prep_submit_vector() - fill an SQE with a job of several command buffers
 * @sqe: the SQE, from io_uring_get_sqe()
 * @queue: queue; with IOSQE_FIXED_FILE set sqe->fd afterwards
 * @cbs: command buffers; the array is not kept
 * @count: number of entries in @cbs, 1 to PINION_SUBMIT_BUFFERS
 * @options: as in pinion_prep_submit_sync(), or NULL
 * @entries: array of @count entries; keep it unchanged until the SQE was submitted, or, with
 *	IOSQE_ASYNC, until the CQE has arrived
 *
 * Return: as pinion_prep_submit_sync().
 */
int pinion_prep_submit_vector(struct io_uring_sqe *sqe, struct pinion_queue *queue,
			      struct pinion_cmdbuf *const *cbs, unsigned int count,
			      const struct pinion_submit_options *options,
			      struct pinion_submit_entry *entries);

/**
 * pinion_prep_cancel() - fill an SQE that ends jobs submitted from the same ring
 * @sqe: the SQE, from io_uring_get_sqe()
 * @queue: queue that the jobs were submitted to; with IOSQE_FIXED_FILE set sqe->fd afterwards
 * @user_data: value of user_data in the SQEs that submitted the jobs
 *
 * The CQE of the cancellation has the result of pinion_cancel(): 0, -ENOENT or -EOPNOTSUPP.
 * The CQEs of the cancelled jobs have -ECANCELED.
 */
void pinion_prep_cancel(struct io_uring_sqe *sqe, const struct pinion_queue *queue,
			uint64_t user_data);

#ifdef __cplusplus
}
#endif

#endif /* PINION_H */
