/* SPDX-License-Identifier: MIT */
/*
 * Structs and functions that the source files of libpinion share. Lock order: a queue's
 * lock is taken before the device's lock.
 */
#ifndef PINION_INTERNAL_H
#define PINION_INTERNAL_H

#include <errno.h>
#include <liburing.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "image.h"
#include "pinion.h"
#include "pinion_accel.h"
#include "pinion_errors.h"
#include "pinion_packet.h"
#include "pinion_version.h"
#include "va.h"

#define PINION_EXPORT	   __attribute__((visibility("default")))
#define PINION_DRIVER_NAME "pinion"
#define PAGE_2M		   (2ull << 20) /* the card's largest page */

/* The public flags have the kernel's values, so that they are passed on as they are. */
_Static_assert(PINION_BUFFER_DEVICE == DRM_PINION_BO_DEVICE, "buffer flags");
_Static_assert(PINION_BUFFER_HOST == DRM_PINION_BO_HOST, "buffer flags");
_Static_assert(PINION_BUFFER_MAPPABLE == DRM_PINION_BO_MAPPABLE, "buffer flags");
_Static_assert(PINION_BUFFER_WC == DRM_PINION_BO_WC, "buffer flags");

/**
 * struct pinion_handle - a GEM handle that several buffers may have
 * @next: next handle in the list of struct pinion_device
 * @handle: GEM handle; the kernel returns the same one each time a dma-buf is imported
 * @users: number of buffers that use the handle
 */
struct pinion_handle {
	struct pinion_handle *next;
	uint32_t handle;
	uint32_t users;
};

/**
 * struct pinion_device - an open accel node
 * @fd: file descriptor of the node
 * @alive: page that reads as zero in a child after fork()
 * @page_bytes: granularity of buffers and mappings
 * @info: the driver's answer when the node was opened; memory_free goes out of date
 * @path: path of the device node
 * @pci: PCI address, empty if unknown
 * @lock: protects @va, @programs and @handles
 * @va: the device's own address space: which addresses are in use
 * @programs: list of loaded programs, to name the function in which a fault happened
 * @handles: list of the handles of exported and imported buffers
 */
struct pinion_device {
	int fd;
	volatile uint32_t *alive;
	uint32_t page_bytes;
	struct drm_pinion_dev_info info;
	char path[64];
	char pci[16];
	pthread_mutex_t lock;
	struct pinion_va va;
	struct pinion_program *programs;
	struct pinion_handle *handles;
};

/**
 * struct pinion_buffer - a GEM object and its place in the address space
 * @dev: device that the buffer was made from
 * @range: reserved addresses: the buffer and one page above it that stays unmapped
 * @bytes: size, a multiple of the page size
 * @map: the CPU's mapping, or NULL
 * @wrapped: true if @map is the caller's memory, which libpinion must not unmap
 * @access: DRM_PINION_VM_BIND_* flags with which pinion_buffer_place() binds the buffer
 * @handle: GEM handle
 * @shared: users of the GEM handle; NULL if the buffer was never exported or imported
 */
struct pinion_buffer {
	struct pinion_device *dev;
	struct pinion_va_range range;
	uint64_t bytes;
	void *map;
	bool wrapped;
	uint32_t access;
	uint32_t handle;
	struct pinion_handle *shared;
};

/**
 * struct pinion_vm - an address space of the caller's, or a range of the device's own
 * @dev: device that the address space belongs to
 * @id: the kernel's id of the address space, >= 1; 0 for the device's own
 * @range: range reserved in the device's own address space; otherwise 0 bytes
 */
struct pinion_vm {
	struct pinion_device *dev;
	uint32_t id;
	struct pinion_va_range range;
};

/**
 * struct pinion_timeline - a timeline in an address space
 * @dev: device that the timeline was made from
 * @vm: the kernel's id of the address space
 * @id: the kernel's id of the timeline in that address space
 * @fd: the timeline's file
 */
struct pinion_timeline {
	struct pinion_device *dev;
	uint32_t vm;
	uint32_t id;
	int fd;
};

/**
 * struct pinion_program - an ELF file in device memory
 * @dev: device that the program was loaded on
 * @next: next program in the list of struct pinion_device
 * @buf: device memory of the segments and of the holes between them
 * @bias: load address minus the address that the file is linked for
 * @image: segments, symbols and kernels of the file
 */
struct pinion_program {
	struct pinion_device *dev;
	struct pinion_program *next;
	struct pinion_buffer *buf;
	uint64_t bias;
	struct pinion_elf image;
};

/**
 * struct pinion_cmdbuf - packets from the front, kernel arguments from the back
 * @buf: host buffer that holds packets and arguments
 * @head: number of bytes of packets recorded so far
 * @tail: offset in @buf of the arguments recorded last
 * @packets: number of packets recorded so far
 * @error: first error of the recording, kept until pinion_cmdbuf_reset()
 * @submitted: true from the submission until pinion_cmdbuf_reset(): recording is refused
 */
struct pinion_cmdbuf {
	struct pinion_buffer *buf;
	size_t head;
	size_t tail;
	uint32_t packets;
	int error;
	bool submitted;
};

/**
 * struct pinion_result - what became of a job
 * @seq: the library's number of the job, counted from 1 on each queue
 * @number: the kernel's number of the job; set only where io_uring is barred
 * @timestamp: device time at which the job ended
 * @res: 0 or negative errno
 * @done: @timestamp and @res are valid
 */
struct pinion_result {
	uint64_t seq;
	uint64_t number;
	uint64_t timestamp;
	int32_t res;
	bool done;
};

/**
 * struct pinion_job - a job to be submitted
 * @cbs: command buffers, run one after the other
 * @count: number of entries in @cbs
 * @points: waits, signal and deadline as the cmd[] of an SQE has them, or NULL
 */
struct pinion_job {
	struct pinion_cmdbuf *const *cbs;
	unsigned int count;
	const struct pinion_uring_exec128 *points;
};

/**
 * struct pinion_queue_ops - a way of submitting jobs and getting their results
 * @by_kernel: the kernel takes each job, so that a job can be cancelled, have a deadline
 *	or be an SQE of the caller's own ring; false: the card takes it from a mapped ring
 * @close: release what the open function of this way made; the queue file stays open
 * @submit_plain: fast path for one command buffer; false if anything needs checking:
 *	@submit then reports why
 * @submit: submit a job whose command buffers are checked, and return its number in *seq;
 *	takes the queue's lock itself where the way has one; -ENOTRECOVERABLE tells of a loss
 * @is_full: true if no job can be submitted until one has completed; pinion_locked_submit() only
 * @enter: hand over job @seq, whose result slot is taken; pinion_locked_submit() only
 * @reap: record the results that the completion ring holds, or the kernel has
 * @look: as @reap, after making sure that no completion is overlooked
 * @sleep: return after job @seq completes or @ns pass, perhaps earlier; @number is the
 *	kernel's number of the oldest job in flight; called without the lock
 * @cancel: ask the kernel to end a job; NULL without @by_kernel
 * @reset: start a stopped queue again
 *
 * The caller holds the queue's lock, except in @close, @submit_plain, @submit and @sleep.
 */
struct pinion_queue_ops {
	bool by_kernel;
	void (*close)(struct pinion_queue *queue);
	bool (*submit_plain)(struct pinion_queue *queue, struct pinion_cmdbuf *cb);
	int (*submit)(struct pinion_queue *queue, const struct pinion_job *job, uint64_t *seq);
	bool (*is_full)(const struct pinion_queue *queue);
	int (*enter)(struct pinion_queue *queue, const struct pinion_job *job, uint64_t seq);
	void (*reap)(struct pinion_queue *queue);
	void (*look)(struct pinion_queue *queue);
	void (*sleep)(struct pinion_queue *queue, uint64_t seq, uint64_t number, uint64_t ns);
	int (*cancel)(struct pinion_queue *queue, const struct pinion_result *result);
	int (*reset)(struct pinion_queue *queue);
};

/**
 * struct pinion_loss - jobs that were lost when a queue of PINION_QUEUE_USER ended
 * @first: number of the first job that was lost last; 0: none ever was
 * @last: number of the last job that was lost with @first
 * @code: why the queue ended: PINION_ERROR_*
 * @untold: no call has told the program yet
 */
struct pinion_loss {
	uint64_t first;
	uint64_t last;
	uint32_t code;
	bool untold;
};

/**
 * struct pinion_queue - a queue file and the state of its way of submission
 * @dev: device that the queue was made from
 * @vm: the kernel's id of the address space in which the jobs run
 * @fd: the queue file
 * @entries: largest number of jobs in flight
 * @ops: the queue's way of submission, chosen at its creation and never changed
 * @user: mapped rings of a PINION_QUEUE_USER, private to user.c; else NULL
 * @lock: protects all members below; a PINION_QUEUE_USER takes it only to wait, cancel or reset
 * @reaped: signalled when the thread that slept in the kernel has come back
 * @reaping: true while a thread sleeps in the kernel until the completion ring is not empty:
 *	no slot of that ring may be freed meanwhile, or the thread would sleep on
 * @ring: io_uring with CQE32 and SQE128, in which the queue file is registered as file 0
 * @seen: index in the completion ring up to which results are recorded
 * @submitted: number of the job submitted last
 * @completed: number of jobs whose result is recorded
 * @forgotten_failure: number of the last failed job whose result was overwritten, or 0
 * @mask: number of entries in @results - 1
 * @results: results of the last 4 * @entries jobs, at the job's number modulo that size
 * @fault: the card's record of the last job at which it stopped the queue
 * @fault_seq: number of the job that @fault is about, 0 if none
 * @created: what the kernel was asked for, in case a PINION_QUEUE_USER has to be created again
 * @loss: jobs that were lost when a PINION_QUEUE_USER ended
 */
struct pinion_queue {
	struct pinion_device *dev;
	uint32_t vm;
	int fd;
	uint32_t entries;
	const struct pinion_queue_ops *ops;
	struct pinion_user *user;
	pthread_mutex_t lock;
	pthread_cond_t reaped;
	bool reaping;
	struct io_uring ring;
	unsigned int seen;
	uint64_t submitted;
	uint64_t completed;
	uint64_t forgotten_failure;
	uint64_t mask;
	struct pinion_result *results;
	struct pinion_queue_fault fault;
	uint64_t fault_seq;
	struct drm_pinion_queue_create created;
	struct pinion_loss loss;
};

/* True in a process that was forked from the one that opened the device. */
static inline bool pinion_forked(const struct pinion_device *dev)
{
	return !*dev->alive;
}

#define NS_PER_S 1000000000ull

static inline uint64_t pinion_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* CLOCK_MONOTONIC when @ns from now have passed; PINION_WAIT_FOREVER if that is too far. */
static inline uint64_t pinion_deadline(uint64_t ns)
{
	uint64_t deadline;

	if (ns == PINION_WAIT_FOREVER || __builtin_add_overflow(pinion_now_ns(), ns, &deadline))
		return PINION_WAIT_FOREVER;
	return deadline;
}

/* error.c: fill @err if it is not NULL and return @code. */
int pinion_fail(struct pinion_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* error.c: the row of a code in the catalogue, in this library's one copy of the table. */
const struct pinion_error_row *pinion_error_row(unsigned int code);
/*
 * error.c: fill @err with the errno, the sentence and the action of the code's row, behind the
 * formatted @subject, which says what the error is about. Returns the negative errno.
 */
int pinion_fail_row(struct pinion_error *err, enum pinion_error_code code, const char *subject, ...)
	__attribute__((format(printf, 3, 4)));
/* The negative errno that stands for a PINION_STATUS_*, as in the CQE of a job. */
int pinion_status_errno(uint32_t status);
int pinion_fail_forked(struct pinion_error *err);

/*
 * health.c: strerror() of a negative errno, except where the driver gives the errno another
 * meaning. The words are valid until the thread's next call.
 */
const char *pinion_why(const struct pinion_device *dev, int code);
/* health.c: what the driver says of a card that does not work; NULL: it works, or nobody knows. */
const char *pinion_trouble(const struct pinion_device *dev);

#define PINION_PCI_DEVICES "/sys/bus/pci/devices"

/* sysfs.c: last component of the target of a node's @link, "device" or "device/driver". */
int pinion_sysfs_link(dev_t number, const char *link, char *name, size_t bytes);
int pinion_fail_no_card(struct pinion_error *err);
/* -EDQUOT: over a limit, or the user is refused for a time; the text begins with @what. */
int pinion_fail_quota(const struct pinion_device *dev, const char *what, struct pinion_error *err);

/* device.c */
#define PINION_NODES "/dev/accel"

bool pinion_is_ours(int fd);
int pinion_open_node(const char *path, struct pinion_device **out, struct pinion_error *err);

/* buffer.c */
int pinion_buffer_alloc(struct pinion_device *dev, uint64_t bytes, uint32_t flags,
			struct pinion_buffer **buf, struct pinion_error *err);
int pinion_buffer_bind(struct pinion_buffer *buf, uint64_t offset, uint64_t bytes, uint32_t access,
		       struct pinion_error *err);
void pinion_buffer_unmap(struct pinion_buffer *buf);
int pinion_buffer_place(struct pinion_buffer *buf, struct pinion_error *err);
/* Close the GEM handle; the caller knows that no other buffer uses it. */
void pinion_close_gem(const struct pinion_buffer *buf);

/* vm.c: carry out one VM_BIND operation, and say in words why it failed. */
int pinion_bind(struct pinion_device *dev, uint32_t vm, struct drm_pinion_vm_bind_op *op,
		struct pinion_error *err);

/* program.c: write a program counter as "gemm+0x1c", or as a number outside all programs. */
void pinion_describe_pc(struct pinion_device *dev, uint64_t pc, char *text, size_t bytes);

/* cmdbuf.c: return 0 if @cb may be submitted to @queue, else the error, in words. */
int pinion_cmdbuf_check(const struct pinion_cmdbuf *cb, const struct pinion_queue *queue,
			struct pinion_error *err);
/* cmdbuf.c: describe the command buffers of a job to the kernel. */
void pinion_fill_buffers(struct pinion_exec_buffer *buffers, const struct pinion_job *job);

/*
 * queue.c: copy an options struct of @bytes, whose first member is the size that the caller
 * knows. Members that an older caller does not know become zero; members that only a newer
 * caller knows must be zero. @from may be NULL: all zero.
 */
int pinion_copy_options(void *to, size_t bytes, const void *from, struct pinion_error *err);
bool pinion_all_zero(const void *bytes, size_t count);

/*
 * timeline.c: translate options to the cmd[] of an SQE; PINION_EXEC_SQE128 is set if that
 * takes an SQE of 128 bytes.
 */
int pinion_fill_points(struct pinion_uring_exec128 *to, const struct pinion_queue *queue,
		       const struct pinion_submit_options *options, struct pinion_error *err);

static inline struct pinion_result *pinion_result(struct pinion_queue *queue, uint64_t seq)
{
	return &queue->results[seq & queue->mask];
}

/* result.c: record the result of a job that is complete; the caller holds the queue's lock. */
void pinion_record(struct pinion_queue *queue, uint64_t seq, int res, uint64_t timestamp);
/* result.c: say in words why job @seq failed; @fault: the card's record of it, or NULL. */
int pinion_fail_job(struct pinion_queue *queue, uint64_t seq, int code,
		    const struct pinion_queue_fault *fault, struct pinion_error *err);

/* sqe.c: @fd: the queue file, or its index with IOSQE_FIXED_FILE. */
void pinion_sqe_fill(struct io_uring_sqe *sqe, int fd, const struct pinion_cmdbuf *cb);
/* Make the job several command buffers; the kernel reads @buffers when it takes the SQE. */
void pinion_sqe_fill_vector(struct io_uring_sqe *sqe, const struct pinion_job *job,
			    struct pinion_exec_buffer *buffers);
void pinion_sqe_fill_cancel(struct io_uring_sqe *sqe, int fd, uint64_t user_data);

/* locked.c: operations that io_uring and ioctls have in common. */
int pinion_locked_submit(struct pinion_queue *queue, const struct pinion_job *job, uint64_t *seq);
bool pinion_locked_submit_plain(struct pinion_queue *queue, struct pinion_cmdbuf *cb);
int pinion_locked_reset(struct pinion_queue *queue);

/* The ways of submission; each of the two functions sets @queue->ops if it succeeds. */
int pinion_ring_open(struct pinion_queue *queue, bool polled);
int pinion_user_open(struct pinion_queue *queue, uint32_t flags, struct pinion_error *err);
extern const struct pinion_queue_ops pinion_barred_ops;

#endif /* PINION_INTERNAL_H */
