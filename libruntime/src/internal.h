/* SPDX-License-Identifier: MIT */
/*
 * What the files of libpinion share. Order of the locks: a queue's, then the
 * device's.
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
#include "pinion_packet.h"
#include "pinion_version.h"
#include "va.h"

#define PINION_EXPORT	   __attribute__((visibility("default")))
#define PINION_DRIVER_NAME "pinion"
#define PAGE_2M		   (2ull << 20) /* the card's largest */

/* The public flags are the kernel's. */
_Static_assert(PINION_BUFFER_DEVICE == DRM_PINION_BO_DEVICE, "buffer flags");
_Static_assert(PINION_BUFFER_HOST == DRM_PINION_BO_HOST, "buffer flags");
_Static_assert(PINION_BUFFER_MAPPABLE == DRM_PINION_BO_MAPPABLE, "buffer flags");
_Static_assert(PINION_BUFFER_WC == DRM_PINION_BO_WC, "buffer flags");

/**
 * struct pinion_handle - a GEM handle that several buffers may have
 * @next: in the device's list
 * @handle: the kernel gives the same one each time a dma-buf is imported
 * @users: buffers
 */
struct pinion_handle {
	struct pinion_handle *next;
	uint32_t handle;
	uint32_t users;
};

/**
 * struct pinion_device - an open accel node
 * @fd: of the node
 * @alive: page that reads zero in a child after fork()
 * @page_bytes: granularity of buffers and mappings
 * @info: as asked at open; memory_free is of then
 * @path: device node
 * @pci: PCI address, empty if unknown
 * @lock: protects @va, @programs and @handles
 * @va: the address space of this file
 * @programs: loaded ones, to name the function of a fault
 * @handles: of buffers that were exported or imported
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
 * @dev: whose
 * @range: reserved addresses: the buffer and a page that stays unmapped
 * @bytes: rounded up to pages
 * @map: the CPU's pointer or NULL
 * @access: DRM_PINION_VM_BIND_* that pinion_buffer_place() binds it with
 * @wrapped: @map is the caller's
 * @handle: GEM handle
 * @shared: who else has it; NULL if nobody can
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
 * @dev: whose
 * @id: of the kernel, >= 1; 0: the device's own
 * @range: reserved in the device's own; otherwise 0 bytes
 */
struct pinion_vm {
	struct pinion_device *dev;
	uint32_t id;
	struct pinion_va_range range;
};

/**
 * struct pinion_timeline - a timeline in an address space
 * @dev: whose
 * @vm: id of the address space
 * @id: there
 * @fd: its file
 */
struct pinion_timeline {
	struct pinion_device *dev;
	uint32_t vm;
	uint32_t id;
	int fd;
};

/**
 * struct pinion_program - an ELF file in device memory
 * @dev: whose
 * @next: in the device's list
 * @buf: the segments, with the holes between them
 * @bias: what was added to the file's addresses
 * @image: symbols and kernels
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
 * @buf: host memory
 * @head: bytes of packets
 * @tail: offset of the arguments recorded last
 * @packets: recorded
 * @error: first error of the recording, sticks
 * @submitted: no more recording until the reset
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
 * @seq: the job
 * @number: the kernel's for it; only where io_uring is barred
 * @timestamp: device time of its end
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
 * struct pinion_job - what is submitted
 * @cbs: command buffers
 * @count: of them
 * @points: cmd[] of its SQE, or NULL
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
 *	takes the queue's lock itself where the way has one
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
 * struct pinion_queue - a queue file and the io_uring that talks to it
 * @dev: whose
 * @vm: id of its address space
 * @fd: queue file
 * @entries: jobs that may be in flight
 * @ops: its way of submission, chosen when it was created
 * @user: mapped rings of a PINION_QUEUE_USER, private to user.c; else NULL
 * @lock: protects all that follows
 * @reaped: the thread that slept in the kernel has come back
 * @reaping: a thread sleeps in the kernel until the completion ring is not
 *	empty; nobody may free slots of that ring meanwhile, or it would sleep on
 * @ring: CQE32 and SQE128, the queue file registered as file 0
 * @seen: completion-ring index up to which results are recorded
 * @submitted: number of the last job
 * @completed: jobs of which the result is recorded
 * @forgotten_failure: last failed job whose result was overwritten
 * @mask: size of @results - 1
 * @results: by job number modulo its size, 4 * entries
 * @fault: record of the last job that the card stopped at
 * @fault_seq: that job, 0 if none
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
};

/* True in a child of the process that opened the device. */
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
/* strerror() of a negative errno, but for those that mean something else here. */
const char *pinion_why(int code);
/* What a job's CQE says of this status. */
int pinion_status_errno(uint32_t status);
int pinion_fail_forked(struct pinion_error *err);

/* sysfs.c. Last component of what @link of a node leads to: "device", "device/driver". */
int pinion_sysfs_link(dev_t number, const char *link, char *name, size_t bytes);
int pinion_fail_no_card(struct pinion_error *err);

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
void pinion_close_gem(const struct pinion_buffer *buf);

/* vm.c: one VM_BIND op; says in words what failed. */
int pinion_bind(struct pinion_device *dev, uint32_t vm, struct drm_pinion_vm_bind_op *op,
		struct pinion_error *err);

/* program.c: "gemm+0x1c", or the number alone. */
void pinion_describe_pc(struct pinion_device *dev, uint64_t pc, char *text, size_t bytes);

/* cmdbuf.c: 0 or the error of the recording, in words. */
int pinion_cmdbuf_check(const struct pinion_cmdbuf *cb, const struct pinion_queue *queue,
			struct pinion_error *err);
/* cmdbuf.c: describe the command buffers of a job to the kernel. */
void pinion_fill_buffers(struct pinion_exec_buffer *buffers, const struct pinion_job *job);

/*
 * queue.c: copy options of @bytes, whose first member is their size: an older caller's
 * are filled up with zeroes; what is new in a newer one must be zero. @from may be NULL.
 */
int pinion_copy_options(void *to, size_t bytes, const void *from, struct pinion_error *err);
bool pinion_all_zero(const void *bytes, size_t count);

/* timeline.c: the cmd[] of an SQE, with PINION_EXEC_SQE128 where it needs 128 bytes. */
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
