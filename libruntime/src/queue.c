// SPDX-License-Identifier: MIT
/*
 * Creating, resetting and closing queues, and the choice of a queue's way of submission.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include "internal.h"

#define DEFAULT_ENTRIES	  64u
#define RESULTS_PER_ENTRY 4u /* promised by pinion_wait() */

/* The library's 0 is the default priority, the kernel's 0 is the lowest priority. */
static const uint32_t kernel_priority[] = {
	[PINION_PRIORITY_NORMAL] = 1,
	[PINION_PRIORITY_LOW] = 0,
	[PINION_PRIORITY_HIGH] = 2,
	[PINION_PRIORITY_REALTIME] = 3,
};

bool pinion_all_zero(const void *bytes, size_t count)
{
	const unsigned char *p = bytes;

	while (count && !*p) {
		p++;
		count--;
	}
	return !count;
}

int pinion_copy_options(void *to, size_t bytes, const void *from, struct pinion_error *err)
{
	size_t size;

	memset(to, 0, bytes);
	if (!from)
		return 0;
	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size))
		return pinion_fail(err, -EINVAL, "options.size is not set");
	memcpy(to, from, size < bytes ? size : bytes);
	if (size > bytes && !pinion_all_zero((const char *)from + bytes, size - bytes))
		return pinion_fail(err, -EINVAL, "options of a newer library than this");
	return 0;
}

static int copy_options(struct pinion_queue_options *to, const struct pinion_queue_options *from,
			struct pinion_error *err)
{
	int ret = pinion_copy_options(to, sizeof(*to), from, err);

	if (ret)
		return ret;
	if (!pinion_all_zero(to->reserved, sizeof(to->reserved)))
		return pinion_fail(err, -EINVAL, "reserved options are not zero");
	if (to->flags & ~(PINION_QUEUE_POLLED | PINION_QUEUE_USER))
		return pinion_fail(err, -EINVAL, "unknown flags");
	if (to->priority >= sizeof(kernel_priority) / sizeof(kernel_priority[0]))
		return pinion_fail(err, -EINVAL, "no such priority: %u", to->priority);
	return 0;
}

static int fail_invalid(const struct pinion_device *dev, const struct drm_pinion_queue_create *arg,
			struct pinion_error *err)
{
	if (arg->entries > dev->info.max_entries)
		return pinion_fail(err, -EINVAL, "a queue cannot have %u entries: at most %u",
				   arg->entries, dev->info.max_entries);
	if (arg->job_ms && !(arg->flags & DRM_PINION_QUEUE_USER))
		return pinion_fail(err, -EINVAL, "job_ms is for queues of PINION_QUEUE_USER only");
	return pinion_fail(err, -EINVAL,
			   "irq_count and irq_us are out of range, do not go together, or are set for a polled queue; or job_ms is more than an hour");
}

static int fail_open(const struct pinion_device *dev, const struct drm_pinion_queue_create *arg,
		     struct pinion_error *err)
{
	int code = -errno;

	switch (-code) {
	case EACCES:
		return pinion_fail(err, -EACCES, "this priority needs CAP_SYS_NICE");
	case ENOSPC:
		return pinion_fail(err, -ENOSPC, "the card has no queue free, or no address space");
	case EINVAL:
		return fail_invalid(dev, arg, err);
	case EOPNOTSUPP:
		return pinion_fail(err, -EOPNOTSUPP,
				   "this card cannot do that: completions that share interrupts, or a queue of PINION_QUEUE_USER");
	case EPERM:
		return pinion_fail(err, -EPERM,
				   "queues of PINION_QUEUE_USER are not allowed here: write on to /sys/bus/pci/devices/%s/user_submission",
				   dev->pci);
	case EDQUOT:
		return pinion_fail_quota(dev, "creating a queue", err);
	default:
		return pinion_fail(err, code, "creating a queue: %s", pinion_why(dev, code));
	}
}

/* The library polls a PINION_QUEUE_USER itself: the kernel does not get the polled flag, too. */
static uint32_t kernel_flags(uint32_t flags)
{
	if (flags & PINION_QUEUE_USER)
		return DRM_PINION_QUEUE_USER;
	return flags & PINION_QUEUE_POLLED ? DRM_PINION_QUEUE_POLLED : 0;
}

static int open_queue(struct pinion_queue *queue, const struct pinion_queue_options *options,
		      struct pinion_error *err)
{
	struct drm_pinion_queue_create arg = {
		.vm = options->vm ? options->vm->id : 0,
		.entries = options->entries ? options->entries : DEFAULT_ENTRIES,
		.priority = kernel_priority[options->priority],
		.flags = kernel_flags(options->flags),
		.job_ms = options->job_ms,
		.irq_count = options->irq_count,
		.irq_us = options->irq_us,
	};

	if (options->vm && options->vm->dev != queue->dev)
		return pinion_fail(err, -EINVAL, "the address space is another device's");
	if (drmIoctl(queue->dev->fd, DRM_IOCTL_PINION_QUEUE_CREATE, &arg))
		return fail_open(queue->dev, &arg, err);
	queue->created = arg;
	queue->vm = arg.vm;
	queue->fd = arg.fd;
	queue->entries = arg.entries;
	return 0;
}

static int alloc_results(struct pinion_queue *queue, struct pinion_error *err)
{
	uint64_t count = (uint64_t)queue->entries * RESULTS_PER_ENTRY;

	if (!queue->entries || count & (count - 1) || count > UINT32_MAX)
		return pinion_fail(err, -EPROTO, "the driver made a queue of %u entries",
				   queue->entries);
	queue->results = calloc(count, sizeof(*queue->results));
	if (!queue->results)
		return pinion_fail(err, -ENOMEM, "no memory");
	queue->mask = count - 1;
	return 0;
}

/* True if io_uring is forbidden or missing here, and not only short of memory or files. */
static bool is_barred(int code)
{
	return code == -EPERM || code == -ENOSYS || code == -EACCES;
}

static int fail_ring(int code, struct pinion_error *err)
{
	if (is_barred(code))
		return pinion_fail(err, code,
				   "a polled queue needs io_uring, which is not allowed here: see sysctl kernel.io_uring_disabled, or the seccomp profile of the container");
	return pinion_fail(err, code, "io_uring: %s", strerror(-code));
}

static int open_ring(struct pinion_queue *queue, bool polled, struct pinion_error *err)
{
	int ret = pinion_ring_open(queue, polled);

	if (is_barred(ret) && !polled) {
		queue->ops = &pinion_barred_ops;
		return 0;
	}
	if (ret)
		return fail_ring(ret, err);
	ret = io_uring_register_files(&queue->ring, &queue->fd, 1);
	if (!ret)
		return 0;
	queue->ops->close(queue);
	return fail_ring(ret, err);
}

/* The way of submission is chosen here, once: @queue->ops. */
static int open_way(struct pinion_queue *queue, uint32_t flags, struct pinion_error *err)
{
	if (flags & PINION_QUEUE_USER)
		return pinion_user_open(queue, flags, err);
	return open_ring(queue, flags & PINION_QUEUE_POLLED, err);
}

static void init_locks(struct pinion_queue *queue)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->reaped, &attr);
	pthread_condattr_destroy(&attr);
}

static int queue_init(struct pinion_queue *queue, const struct pinion_queue_options *options,
		      struct pinion_error *err)
{
	int ret = open_queue(queue, options, err);

	if (ret)
		return ret;
	ret = alloc_results(queue, err);
	if (ret)
		goto close_queue;
	ret = open_way(queue, options->flags, err);
	if (ret)
		goto free_results;
	init_locks(queue);
	return 0;

free_results:
	free(queue->results);
close_queue:
	close(queue->fd);
	return ret;
}

PINION_EXPORT int pinion_queue_create(struct pinion_device *dev,
				      const struct pinion_queue_options *options,
				      struct pinion_queue **out, struct pinion_error *err)
{
	struct pinion_queue_options known;
	struct pinion_queue *queue;
	int ret;

	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	ret = copy_options(&known, options, err);
	if (ret)
		return ret;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return pinion_fail(err, -ENOMEM, "no memory");
	queue->dev = dev;
	ret = queue_init(queue, &known, err);
	if (ret) {
		free(queue);
		return ret;
	}
	*out = queue;
	return 0;
}

PINION_EXPORT void pinion_queue_close(struct pinion_queue *queue)
{
	if (!queue)
		return;
	queue->ops->close(queue);
	close(queue->fd);
	if (!pinion_forked(queue->dev)) {
		pthread_cond_destroy(&queue->reaped);
		pthread_mutex_destroy(&queue->lock);
	}
	free(queue->results);
	free(queue);
}

PINION_EXPORT int pinion_queue_fd(const struct pinion_queue *queue)
{
	return queue->fd;
}

PINION_EXPORT int pinion_queue_reset(struct pinion_queue *queue, struct pinion_error *err)
{
	int ret;

	if (pinion_forked(queue->dev))
		return pinion_fail_forked(err);
	pthread_mutex_lock(&queue->lock);
	/* The reset clears the card's fault record: read it before. */
	queue->ops->look(queue);
	ret = queue->ops->reset(queue);
	pthread_mutex_unlock(&queue->lock);
	if (ret == -EBUSY)
		return pinion_fail(err, ret,
				   "the queue runs and has jobs: wait for them before a reset");
	if (ret == -EDQUOT)
		return pinion_fail_quota(queue->dev, "resetting the queue", err);
	if (ret)
		return pinion_fail(err, ret, "resetting the queue: %s",
				   pinion_why(queue->dev, ret));
	return 0;
}
