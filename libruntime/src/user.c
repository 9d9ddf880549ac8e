// SPDX-License-Identifier: MIT
/*
 * Submission from user space (PINION_QUEUE_USER): a job is one or more descriptors in a mapped
 * ring and a write to the doorbell; its result is a record in a second ring. The kernel is called
 * only to sleep and to learn why the queue stopped. Submitting takes no lock: one thread at a
 * time uses such a queue.
 *
 * When the card is started again, the kernel ends the queue for good. Jobs in flight are lost, of
 * which one call tells the program: pinion_wait() for such a job, or else the next submission. The
 * submission that follows creates a new queue in the place of the old one.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "internal.h"
#include "pinion_ring.h"

#define SPINS	       4096u /* polls of the ring before the queue file is polled */
#define FAULT_MS       10000 /* longest time until the kernel has heard of a fault */
#define DOORBELL_BYTES PINION_DOORBELL_STRIDE
#define STATUS_BYTES   4096u

/* What struct pinion_user.state points to while the kernel does not say that the queue stopped. */
static const uint32_t not_running = PINION_QUEUE_STATUS_STOPPED;

/**
 * struct pinion_user - a queue's rings and doorbell, mapped into the process
 * @ring: descriptor ring
 * @cq: ring of completion records
 * @shadow: the doorbell in memory, or NULL if the card has none
 * @doorbell: page of the doorbell register
 * @status: page in which the kernel says whether the queue runs
 * @state: PINION_QUEUE_STATUS_*: the kernel's in @status, or another one if jobs must not be
 *	submitted in spite of it
 * @tail: number of descriptors written so far, modulo 2^32
 * @freed: value of @tail up to which descriptors belong to completed jobs: their slots may
 *	be reused
 * @records: number of completion records taken so far, modulo 2^32
 * @reset: number of the last job before the queue was reset; the kernel counts from there
 * @stopped: why the queue takes no jobs, once all jobs have their results: -ESHUTDOWN: until a
 *	reset; -ENOTRECOVERABLE: it has ended; -ENODEV: the card is gone; 0 if it runs
 * @flags: PINION_DESC_F_* flags of the last descriptor of each job
 */
struct pinion_user {
	struct pinion_desc *ring;
	const struct pinion_cqe *cq;
	struct pinion_shadow *shadow;
	volatile uint32_t *doorbell;
	const struct pinion_queue_status *status;
	const volatile uint32_t *state;
	uint32_t tail;
	uint32_t freed;
	uint32_t records;
	uint64_t reset;
	int stopped;
	uint8_t flags;
};

static void *map(const struct pinion_queue *queue, size_t bytes, int prot, off_t offset)
{
	void *mem = mmap(NULL, bytes, prot, MAP_SHARED, queue->fd, offset);

	return mem == MAP_FAILED ? NULL : mem;
}

static void unmap(const volatile void *mem, size_t bytes)
{
	if (mem)
		munmap((void *)mem, bytes);
}

static size_t ring_bytes(const struct pinion_queue *queue)
{
	return queue->entries * sizeof(struct pinion_desc) +
	       (queue->dev->info.caps & PINION_CAP_SHADOW ? sizeof(struct pinion_shadow) : 0);
}

static void unmap_all(const struct pinion_queue *queue)
{
	struct pinion_user *user = queue->user;

	unmap(user->status, STATUS_BYTES);
	unmap(user->doorbell, DOORBELL_BYTES);
	unmap(user->cq, queue->entries * sizeof(*user->cq));
	unmap(user->ring, ring_bytes(queue));
	*user = (struct pinion_user){
		.state = &not_running,
		.stopped = user->stopped,
		.flags = user->flags,
	};
}

/* Return: 0, or -ENOMEM, after which errno says why. */
static int map_all(const struct pinion_queue *queue)
{
	struct pinion_user *user = queue->user;
	int reason;

	user->ring = map(queue, ring_bytes(queue), PROT_READ | PROT_WRITE, PINION_QUEUE_MAP_RING);
	if (user->ring && queue->dev->info.caps & PINION_CAP_SHADOW)
		user->shadow = (struct pinion_shadow *)(user->ring + queue->entries);
	user->cq = map(queue, queue->entries * sizeof(*user->cq), PROT_READ, PINION_QUEUE_MAP_CQ);
	user->doorbell = map(queue, DOORBELL_BYTES, PROT_READ | PROT_WRITE,
			     PINION_QUEUE_MAP_DOORBELL);
	user->status = map(queue, STATUS_BYTES, PROT_READ, PINION_QUEUE_MAP_STATUS);
	if (user->ring && user->cq && user->doorbell && user->status)
		return 0;
	reason = errno;
	unmap_all(queue);
	errno = reason;
	return -ENOMEM;
}

/* Begin with empty rings, which the kernel has just created or reset. */
static void begin(const struct pinion_queue *queue)
{
	struct pinion_user *user = queue->user;

	*user = (struct pinion_user){
		.ring = user->ring,
		.cq = user->cq,
		.shadow = user->shadow,
		.doorbell = user->doorbell,
		.status = user->status,
		.state = &user->status->state,
		.flags = user->flags,
		.reset = queue->submitted,
	};
}

static void close_user(struct pinion_queue *queue)
{
	if (!queue->user)
		return;
	/* The mappings are not inherited by a child, which may have mapped other memory there. */
	if (!pinion_forked(queue->dev))
		unmap_all(queue);
	free(queue->user);
	queue->user = NULL;
}

/* Jobs complete in order: the record is that of the oldest job without a result. */
static void record(struct pinion_queue *queue, int res, uint64_t timestamp)
{
	uint64_t seq = queue->completed + 1;
	struct pinion_result *result = pinion_result(queue, seq);

	if (result->res < 0)
		queue->forgotten_failure = result->seq;
	result->seq = seq;
	pinion_record(queue, seq, res, timestamp);
}

static bool has_stopped(const struct pinion_queue *queue, int ms)
{
	struct pollfd pfd = { .fd = queue->fd };
	int ret;

	do
		ret = poll(&pfd, 1, ms);
	while (ret < 0 && errno == EINTR);
	return ret == 1;
}

/* Why a queue takes no jobs. A queue that failed does not run, even if the kernel does not know. */
static int stop_code(uint32_t state)
{
	switch (state) {
	case PINION_QUEUE_STATUS_RUNNING:
	case PINION_QUEUE_STATUS_STOPPED:
		return -ESHUTDOWN;
	case PINION_QUEUE_STATUS_ENDED:
		return -ENOTRECOVERABLE;
	default:
		return -ENODEV;
	}
}

/* The number of the job that exceeded the time limit, after which the kernel stopped the queue. */
static uint64_t late_job(const struct pinion_queue *queue)
{
	struct pinion_queue_fault fault = {};

	drmIoctl(queue->fd, PINION_QUEUE_IOC_FAULT, &fault);
	return fault.seq + queue->user->reset;
}

/* The queue has stopped: no job completes any more. */
static void stop(struct pinion_queue *queue)
{
	struct pinion_user *user = queue->user;
	uint32_t state = __atomic_load_n(&user->status->state, __ATOMIC_ACQUIRE);
	uint32_t code = state ? user->status->error : 0;
	uint64_t late = code == PINION_ERROR_JOB_LATE ? late_job(queue) : 0;

	user->stopped = stop_code(state);
	user->state = &not_running;
	if (user->stopped == -ENOTRECOVERABLE && queue->completed < queue->submitted)
		queue->loss = (struct pinion_loss){
			.first = queue->completed + 1,
			.last = queue->submitted,
			.code = code,
			.untold = true,
		};
	while (queue->completed < queue->submitted)
		record(queue, queue->completed + 1 == late ? -ETIMEDOUT : -ECANCELED, 0);
}

/*
 * The oldest job failed. The card reports the fault to the kernel separately: wait for that, so
 * that pinion_record() finds the kernel's fault record.
 */
static void fail(struct pinion_queue *queue, const struct pinion_cqe *rec)
{
	has_stopped(queue, FAULT_MS);
	record(queue, pinion_status_errno(rec->status & PINION_CQE_STATUS), rec->end);
	/* The kernel counts descriptors: subtract those that only wait, which the cookie counts. */
	if (queue->fault_seq == queue->completed)
		queue->fault.buffer -= queue->fault.buffer < rec->cookie ? queue->fault.buffer
									 : rec->cookie;
	stop(queue);
}

static void reap_user(struct pinion_queue *queue)
{
	struct pinion_user *user = queue->user;
	struct pinion_cqe rec;

	while (queue->completed < queue->submitted &&
	       pinion_ring_read_record(user->cq, user->records, queue->entries, &rec)) {
		user->records++;
		user->freed = rec.sq_head;
		if (!(rec.status & PINION_CQE_STATUS)) {
			record(queue, 0, rec.end);
			continue;
		}
		fail(queue, &rec);
		return;
	}
}

/* @cookie: how many descriptors of the job come before its command buffers. */
static inline struct pinion_desc *put(const struct pinion_queue *queue, uint64_t va, uint32_t bytes,
				      uint8_t flags, uint64_t cookie)
{
	struct pinion_user *user = queue->user;
	struct pinion_desc *desc = &user->ring[pinion_ring_slot(user->tail++, queue->entries)];

	*desc = (struct pinion_desc){
		.opcode = bytes ? PINION_DESC_EXEC : PINION_DESC_NOP,
		.flags = flags,
		.bytes = bytes,
		.cmd_va = bytes ? va : 0,
		.cookie = cookie,
	};
	return desc;
}

static uint64_t point_va(const struct pinion_queue *queue, uint32_t timeline)
{
	return timeline ? queue->dev->info.va_end + (uint64_t)timeline * 4096 : 0;
}

static void wait_for(const struct pinion_queue *queue, struct pinion_desc *desc, uint64_t value,
		     uint32_t timeline)
{
	desc->wait_va = point_va(queue, timeline);
	desc->wait_value = value;
}

/* A descriptor waits for one point: each further point takes an empty descriptor ahead. */
static void put_waits(const struct pinion_queue *queue, const struct pinion_uring_exec128 *points,
		      uint32_t count)
{
	unsigned int i;

	for (i = 0; i < PINION_EXEC_WAITS; i++)
		if (points->waits[i].timeline)
			wait_for(queue, put(queue, 0, 0, PINION_DESC_F_MORE, count),
				 points->waits[i].value, points->waits[i].timeline);
}

static uint32_t count_waits(const struct pinion_uring_exec128 *points)
{
	uint32_t i, n = 0;

	for (i = 0; points && i < PINION_EXEC_WAITS; i++)
		n += !!points->waits[i].timeline;
	return n;
}

/* Write the descriptors of a job, the first @waits of which only wait. Return: the last one. */
static struct pinion_desc *put_job(const struct pinion_queue *queue, const struct pinion_job *job,
				   uint32_t waits)
{
	const struct pinion_uring_exec128 *points = job->points;
	struct pinion_desc *desc;
	unsigned int i;

	if (points)
		put_waits(queue, points, waits);
	desc = put(queue, job->cbs[0]->buf->range.start, job->cbs[0]->head, PINION_DESC_F_MORE,
		   waits);
	if (points)
		wait_for(queue, desc, points->exec.wait_value, points->exec.wait_timeline);
	for (i = 1; i < job->count; i++)
		desc = put(queue, job->cbs[i]->buf->range.start, job->cbs[i]->head,
			   PINION_DESC_F_MORE, waits);
	if (points) {
		desc->signal_va = point_va(queue, points->signal.timeline);
		desc->signal_value = points->signal.value;
	}
	return desc;
}

static bool has_room(const struct pinion_queue *queue, uint32_t descs)
{
	return pinion_ring_has_room(queue->user->tail, queue->user->freed, descs, queue->entries);
}

/* @old: tail before the descriptors of the job were written. */
static void ring(const struct pinion_user *user, uint32_t old)
{
	if (pinion_ring_announce(user->shadow, old, user->tail))
		user->doorbell[PINION_DOORBELL_TAIL / 4] = user->tail;
}

static void look_user(struct pinion_queue *queue)
{
	reap_user(queue);
	if (queue->completed == queue->submitted || queue->user->stopped || !has_stopped(queue, 0))
		return;
	/* The card may have written records between the look at the ring and the stop. */
	reap_user(queue);
	if (!queue->user->stopped)
		stop(queue);
}

/*
 * The queue has ended: create a new one. It gets the number of the file of the old one, which is
 * closed before, so that the new queue is not one too many. If that fails, the next call may try
 * again.
 */
static int renew(struct pinion_queue *queue)
{
	struct drm_pinion_queue_create arg = queue->created;
	int ret = 0;

	unmap_all(queue);
	if (dup3(queue->dev->fd, queue->fd, O_CLOEXEC) < 0 ||
	    drmIoctl(queue->dev->fd, DRM_IOCTL_PINION_QUEUE_CREATE, &arg))
		return -errno;
	if (dup3(arg.fd, queue->fd, O_CLOEXEC) < 0)
		ret = -errno;
	close(arg.fd);
	if (!ret)
		ret = map_all(queue);
	if (!ret)
		begin(queue);
	return ret;
}

/*
 * Have a queue run again that has ended, unless its jobs were lost and the program does not know.
 * Return: 0: the queue runs; else why it does not: -ENOTRECOVERABLE: jobs were lost, and the
 * program knows from now on.
 */
static int revive(struct pinion_queue *queue)
{
	struct pinion_user *user = queue->user;

	look_user(queue);
	if (!user->stopped)
		stop(queue);
	if (user->stopped != -ENOTRECOVERABLE)
		return user->stopped;
	if (queue->loss.untold) {
		queue->loss.untold = false;
		return -ENOTRECOVERABLE;
	}
	return renew(queue);
}

static bool submit_plain_user(struct pinion_queue *queue, struct pinion_cmdbuf *cb)
{
	const struct pinion_device *dev = queue->dev;
	struct pinion_user *user = queue->user;
	uint32_t old;

	if (pinion_forked(dev) || cb->buf->dev != dev || cb->error || *user->state ||
	    !has_room(queue, 1))
		return false;
	old = user->tail;
	put(queue, cb->buf->range.start, cb->head, user->flags, 0);
	queue->submitted++;
	cb->submitted = true;
	ring(user, old);
	return true;
}

static int submit_user(struct pinion_queue *queue, const struct pinion_job *job, uint64_t *seq)
{
	uint32_t waits = count_waits(job->points), descs = job->count + waits;
	struct pinion_user *user = queue->user;
	struct pinion_desc *last;
	uint32_t old;
	int ret;

	if (!*user->state && !has_room(queue, descs))
		reap_user(queue);
	ret = *user->state ? revive(queue) : 0;
	if (ret)
		return ret;
	if (descs > queue->entries)
		return -EINVAL;
	if (!has_room(queue, descs))
		return -EAGAIN;
	old = user->tail;
	last = put_job(queue, job, waits);
	/* The kernel wakes the waiters of a timeline at an interrupt: a job with a signal has one.
	 */
	last->flags = job->points && job->points->signal.timeline ? 0 : user->flags;
	*seq = ++queue->submitted;
	ring(user, old);
	return 0;
}

/* Sleep until job @seq has a record, the queue stops, or @ns are over. */
static void sleep_for(struct pinion_queue *queue, uint64_t seq, uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
	struct pollfd pfd = { .fd = queue->fd, .events = POLLIN };
	uint64_t records = seq - queue->user->reset;

	ioctl(queue->fd, PINION_QUEUE_IOC_ARM, &records);
	ppoll(&pfd, 1, ns == PINION_WAIT_FOREVER ? NULL : &ts, NULL);
}

/* Poll for job @seq, SPINS times at most. Return: true if the job is complete. */
static bool spin(struct pinion_queue *queue, uint64_t seq)
{
	unsigned int i;

	for (i = 0; i < SPINS && queue->completed < seq; i++)
		reap_user(queue);
	return queue->completed >= seq;
}

static void sleep_user(struct pinion_queue *queue, uint64_t seq, uint64_t number, uint64_t ns)
{
	(void)number;
	if (!(queue->user->flags & PINION_DESC_F_NO_IRQ))
		sleep_for(queue, seq, ns);
	else if (spin(queue, seq))
		return;
	look_user(queue);
}

static int reset_user(struct pinion_queue *queue)
{
	bool ended;

	look_user(queue);
	if (queue->completed != queue->submitted)
		return -EBUSY;
	queue->loss.untold = false;
	ended = queue->user->stopped == -ENOTRECOVERABLE;
	if (!ended && drmIoctl(queue->fd, PINION_QUEUE_IOC_RESET, NULL)) {
		if (errno != ENOTRECOVERABLE)
			return -errno;
		ended = true;
	}
	if (ended)
		return renew(queue);
	begin(queue);
	return 0;
}

static const struct pinion_queue_ops user_ops = {
	.close = close_user,
	.submit_plain = submit_plain_user,
	.submit = submit_user,
	.reap = reap_user,
	.look = look_user,
	.sleep = sleep_user,
	.reset = reset_user,
};

int pinion_user_open(struct pinion_queue *queue, uint32_t flags, struct pinion_error *err)
{
	struct pinion_user *user = calloc(1, sizeof(*user));
	int ret;

	if (!user)
		return pinion_fail(err, -ENOMEM, "no memory");
	queue->user = user;
	queue->ops = &user_ops;
	user->flags = flags & PINION_QUEUE_POLLED ? PINION_DESC_F_NO_IRQ : 0;
	ret = map_all(queue);
	if (ret) {
		pinion_fail(err, ret, "mapping the queue: %s", strerror(errno));
		close_user(queue);
		return ret;
	}
	begin(queue);
	return 0;
}
