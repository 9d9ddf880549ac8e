// SPDX-License-Identifier: MIT
/*
 * The node is a memfd: buffers are ranges of it, so that mmap is the real one.
 * The ring is a structure in memory that looks like a kernel's to liburing's
 * inline functions.
 */
#include <errno.h>
#include <liburing.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "runtime_mock.h"

#define PAGE	 4096u
#define RING_MAX 1024u

struct mock mock;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
static int node = -1;
static char node_path[64];
static uint64_t bo_offset[MOCK_BOS + 1], bo_bytes[MOCK_BOS + 1];
static uint64_t node_bytes;

/* The fake ring: one at a time. */
static struct {
	unsigned int sq_head, sq_tail, cq_head, cq_tail, mask;
	unsigned int sq_array[RING_MAX];
	struct io_uring_sqe sqes[2 * RING_MAX]; /* of 128 bytes */
	struct io_uring_cqe cqes[2 * RING_MAX];
} ring;

void mock_reset(void)
{
	memset(&mock, 0, sizeof(mock));
	mock.contract = 1u << 16;
	mock.driver = "pinion";
}

const char *mock_path(void)
{
	if (node < 0) {
		node = memfd_create("mock-accel", 0);
		snprintf(node_path, sizeof(node_path), "/proc/self/fd/%d", node);
	}
	return node_path;
}

struct pinion_device *mock_device(void)
{
	struct pinion_device *dev;
	struct pinion_error err;

	mock_reset();
	if (pinion_device_open(mock_path(), &dev, &err)) {
		printf("Bail out! no mock device: %s\n", err.text);
		exit(1);
	}
	return dev;
}

void *mock_memory(uint64_t offset)
{
	return mmap(NULL, PAGE, PROT_READ, MAP_SHARED, node, (off_t)offset);
}

static bool fails(void)
{
	if (++mock.calls != mock.fail_at)
		return false;
	errno = mock.fail_errno;
	return true;
}

/* ------------------------------------------------------------------ libdrm */

static int bo_create(struct drm_pinion_bo_create *arg)
{
	for (uint32_t handle = 1; handle <= MOCK_BOS; handle++) {
		if (bo_bytes[handle])
			continue;
		arg->size = (arg->size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
		arg->handle = handle;
		bo_bytes[handle] = arg->size;
		bo_offset[handle] = node_bytes;
		node_bytes += arg->size;
		mock.bos++;
		return ftruncate(node, (off_t)node_bytes);
	}
	errno = ENOMEM;
	return -1;
}

static int bo_close(const struct drm_gem_close *arg)
{
	bo_bytes[arg->handle] = 0;
	mock.bos--;
	return 0;
}

static int vm_bind(const struct drm_pinion_vm_bind *arg)
{
	const struct drm_pinion_vm_bind_op *op = (const void *)(uintptr_t)arg->ops;

	mock.binds[mock.bind_count++ % 16] = *op;
	if (op->op == DRM_PINION_VM_BIND_MAP)
		mock.bound += op->size;
	else
		mock.bound -= op->size < mock.bound ? op->size : mock.bound;
	return 0;
}

static int dev_query(const struct drm_pinion_dev_query *arg)
{
	struct drm_pinion_dev_info info = {
		.contract = mock.contract,
		.memory_bytes = 1 << 30,
		.memory_free = 1 << 29,
		.va_start = 0x200000,
		.va_end = 1ull << 47,
		.time_freq = 1000000000,
		.cores = 8,
		.scratchpad_bytes = 1 << 19,
		.queues = 16,
		.max_entries = 256,
		.page_bytes = PAGE,
	};

	memcpy((void *)(uintptr_t)arg->pointer, &info, sizeof(info));
	return 0;
}

static int queue_create(struct drm_pinion_queue_create *arg)
{
	if (arg->entries > 256) {
		errno = EINVAL;
		return -1;
	}
	if (arg->priority > 1) {
		errno = EACCES;
		return -1;
	}
	if (mock.entries)
		arg->entries = mock.entries;
	arg->fd = dup(node);
	return 0;
}

static FILE *health_file(const char *name)
{
	const char *text = MOCK_ACTION;

	if (!mock.state) {
		errno = ENOENT;
		return NULL;
	}
	if (!strcmp(name, "state"))
		text = mock.state;
	else if (!strcmp(name, "reason"))
		text = MOCK_REASON;
	return fmemopen((void *)text, strlen(text), "r");
}

FILE *__real_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	const char *name = strstr(path, "/health/");

	return name ? health_file(name + strlen("/health/")) : __real_fopen(path, mode);
}

int __wrap_drmIoctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	if (fails())
		return -1;
	switch (request) {
	case DRM_IOCTL_PINION_DEV_QUERY:
		return dev_query(arg);
	case DRM_IOCTL_PINION_BO_CREATE:
		return bo_create(arg);
	case DRM_IOCTL_PINION_BO_MMAP_OFFSET:
		((struct drm_pinion_bo_mmap_offset *)arg)->offset =
			bo_offset[((struct drm_pinion_bo_mmap_offset *)arg)->handle];
		return 0;
	case DRM_IOCTL_PINION_VM_BIND:
		return vm_bind(arg);
	case DRM_IOCTL_PINION_QUEUE_CREATE:
		return queue_create(arg);
	case DRM_IOCTL_GEM_CLOSE:
		return bo_close(arg);
	case PINION_QUEUE_IOC_FAULT:
		*(struct pinion_queue_fault *)arg = mock.fault;
		return 0;
	case PINION_QUEUE_IOC_RESET:
		mock.resets++;
		return 0;
	}
	errno = ENOTTY;
	return -1;
}

drmVersionPtr __wrap_drmGetVersion(int fd)
{
	static struct _drmVersion version;

	(void)fd;
	version.name = (char *)mock.driver;
	return mock.driver ? &version : NULL;
}

void __wrap_drmFreeVersion(drmVersionPtr version)
{
	(void)version;
}

/* ---------------------------------------------------------------- liburing */

int __wrap_io_uring_queue_init_params(unsigned int entries, struct io_uring *r,
				      struct io_uring_params *params)
{
	if (fails())
		return -errno;
	memset(&ring, 0, sizeof(ring));
	memset(r, 0, sizeof(*r));
	ring.mask = params->cq_entries - 1;
	params->features = IORING_FEAT_EXT_ARG;
	r->flags = params->flags;
	r->ring_fd = -1;
	r->sq.sqes = ring.sqes;
	r->sq.array = ring.sq_array;
	r->sq.khead = &ring.sq_head;
	r->sq.ktail = &ring.sq_tail;
	r->sq.ring_mask = entries - 1;
	r->sq.ring_entries = entries;
	r->cq.cqes = ring.cqes;
	r->cq.khead = &ring.cq_head;
	r->cq.ktail = &ring.cq_tail;
	r->cq.kring_mask = &ring.mask;
	r->cq.ring_mask = ring.mask;
	r->cq.ring_entries = params->cq_entries;
	return 0;
}

int __wrap_io_uring_register_files(struct io_uring *r, const int *files, unsigned int count)
{
	(void)r;
	(void)files;
	(void)count;
	return fails() ? -errno : 0;
}

void __wrap_io_uring_queue_exit(struct io_uring *r)
{
	(void)r;
	mock.jobs = 0;
}

static void post(uint64_t user_data, int res, uint64_t timestamp)
{
	struct io_uring_cqe *cqe = &ring.cqes[(ring.cq_tail & ring.mask) << 1];

	cqe->user_data = user_data;
	cqe->res = res;
	cqe->big_cqe[0] = timestamp;
	if (ring.cq_tail - __atomic_load_n(&ring.cq_head, __ATOMIC_ACQUIRE) > ring.mask) {
		printf("Bail out! the completion ring overflows\n");
		exit(1);
	}
	__atomic_store_n(&ring.cq_tail, ring.cq_tail + 1, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&posted);
}

int __wrap_io_uring_submit(struct io_uring *r)
{
	const struct io_uring_sqe *sqe = &ring.sqes[(r->sq.sqe_head & r->sq.ring_mask) << 1];
	int ret = mock.submit_error;

	pthread_mutex_lock(&lock);
	mock.enters++;
	mock.submit_error = 0;
	if (!ret) {
		ret = r->sq.sqe_tail - r->sq.sqe_head;
		mock.last.addr = sqe->addr;
		mock.last.len = sqe->len;
		mock.last.cmd_op = sqe->cmd_op;
		mock.last.flags = sqe->flags;
		mock.last.fd = sqe->fd;
		r->sq.sqe_head = r->sq.sqe_tail;
		ring.sq_head = ring.sq_tail = r->sq.sqe_tail;
		if (mock.refuse || mock.automatic)
			post(sqe->user_data, mock.refuse, 1000 + sqe->user_data);
		else
			mock.job[mock.jobs++] = sqe->user_data;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static struct timespec deadline_of(const struct __kernel_timespec *ts)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += ts->tv_sec;
	now.tv_nsec += ts->tv_nsec;
	if (now.tv_nsec >= 1000000000) {
		now.tv_nsec -= 1000000000;
		now.tv_sec++;
	}
	return now;
}

int __wrap_io_uring_enter2(unsigned int fd, unsigned int to_submit, unsigned int min_complete,
			   unsigned int flags, sigset_t *sig, size_t bytes)
{
	const struct io_uring_getevents_arg *arg = (const void *)sig;
	const struct __kernel_timespec *ts = (const void *)(uintptr_t)arg->ts;
	struct timespec deadline = { 0 };
	int ret = 0;

	(void)fd;
	(void)bytes;
	if (to_submit || min_complete != 1 ||
	    flags != (IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG))
		return -EINVAL;
	if (ts)
		deadline = deadline_of(ts);
	pthread_mutex_lock(&lock);
	mock.enters++;
	if (mock.interrupt) {
		mock.interrupt--;
		ret = -EINTR;
	}
	while (!ret && ring.cq_tail == __atomic_load_n(&ring.cq_head, __ATOMIC_ACQUIRE)) {
		if (ts && pthread_cond_clockwait(&posted, &lock, CLOCK_MONOTONIC, &deadline))
			ret = -ETIME;
		else if (!ts)
			pthread_cond_wait(&posted, &lock);
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static void complete(bool newest, int res, uint64_t timestamp)
{
	unsigned int index;

	pthread_mutex_lock(&lock);
	if (!mock.jobs) {
		printf("Bail out! no job to complete\n");
		exit(1);
	}
	index = newest ? mock.jobs - 1 : 0;
	post(mock.job[index], res, timestamp);
	mock.jobs--;
	memmove(mock.job + index, mock.job + index + 1, (mock.jobs - index) * sizeof(mock.job[0]));
	pthread_mutex_unlock(&lock);
}

void mock_complete(int res, uint64_t timestamp)
{
	complete(false, res, timestamp);
}

void mock_complete_newest(int res, uint64_t timestamp)
{
	complete(true, res, timestamp);
}

unsigned int mock_in_flight(void)
{
	unsigned int jobs;

	pthread_mutex_lock(&lock);
	jobs = mock.jobs;
	pthread_mutex_unlock(&lock);
	return jobs;
}
