// SPDX-License-Identifier: MIT
/*
 * Timelines: creating, raising and waiting on the host, and the points that a job names.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "internal.h"

_Static_assert(PINION_SUBMIT_WAITS == 1 + PINION_EXEC_WAITS, "points of a submission");

static struct pinion_timeline *new_timeline(struct pinion_device *dev, struct pinion_vm *vm,
					    struct pinion_error *err)
{
	struct pinion_timeline *tl;

	if (pinion_forked(dev)) {
		pinion_fail_forked(err);
		return NULL;
	}
	if (vm && vm->dev != dev) {
		pinion_fail(err, -EINVAL, "the address space is another device's");
		return NULL;
	}
	tl = calloc(1, sizeof(*tl));
	if (!tl) {
		pinion_fail(err, -ENOMEM, "no memory");
		return NULL;
	}
	tl->dev = dev;
	tl->vm = vm ? vm->id : 0;
	return tl;
}

static int fail_new(struct pinion_timeline *tl, int code, const char *verb,
		    struct pinion_error *err)
{
	const struct pinion_device *dev = tl->dev;

	free(tl);
	return pinion_fail(err, code, "%s a timeline: %s", verb,
			   code == -ENOSPC ? "no id or no device memory for page tables is left"
					   : pinion_why(dev, code));
}

PINION_EXPORT int pinion_timeline_create(struct pinion_device *dev, struct pinion_vm *vm,
					 uint64_t value, struct pinion_timeline **out,
					 struct pinion_error *err)
{
	struct drm_pinion_timeline_create arg = { .value = value };
	struct pinion_error own;
	struct pinion_timeline *tl;

	err = err ? err : &own;
	tl = new_timeline(dev, vm, err);
	if (!tl)
		return err->code;
	arg.vm = tl->vm;
	if (drmIoctl(dev->fd, DRM_IOCTL_PINION_TIMELINE_CREATE, &arg))
		return fail_new(tl, -errno, "creating", err);
	tl->id = arg.timeline;
	tl->fd = arg.fd;
	*out = tl;
	return 0;
}

PINION_EXPORT int pinion_timeline_import(struct pinion_device *dev, struct pinion_vm *vm, int fd,
					 struct pinion_timeline **out, struct pinion_error *err)
{
	struct drm_pinion_timeline_import arg = { .fd = fd };
	struct pinion_error own;
	struct pinion_timeline *tl;
	int ret;

	err = err ? err : &own;
	tl = new_timeline(dev, vm, err);
	if (!tl)
		return err->code;
	arg.vm = tl->vm;
	tl->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (tl->fd < 0)
		return fail_new(tl, -errno, "importing", err);
	if (drmIoctl(dev->fd, DRM_IOCTL_PINION_TIMELINE_IMPORT, &arg)) {
		ret = -errno;
		close(tl->fd);
		return fail_new(tl, ret, "importing", err);
	}
	tl->id = arg.timeline;
	*out = tl;
	return 0;
}

PINION_EXPORT void pinion_timeline_free(struct pinion_timeline *tl)
{
	struct drm_pinion_timeline_destroy arg;

	if (!tl)
		return;
	arg = (struct drm_pinion_timeline_destroy){ .vm = tl->vm, .timeline = tl->id };
	/* A child must not destroy the timeline of its parent. */
	if (!pinion_forked(tl->dev))
		drmIoctl(tl->dev->fd, DRM_IOCTL_PINION_TIMELINE_DESTROY, &arg);
	close(tl->fd);
	free(tl);
}

PINION_EXPORT int pinion_timeline_fd(const struct pinion_timeline *tl)
{
	return tl->fd;
}

PINION_EXPORT uint64_t pinion_timeline_value(const struct pinion_timeline *tl)
{
	uint64_t value = 0;

	drmIoctl(tl->fd, PINION_TIMELINE_IOC_QUERY, &value);
	return value;
}

PINION_EXPORT void pinion_timeline_signal(struct pinion_timeline *tl, uint64_t value)
{
	drmIoctl(tl->fd, PINION_TIMELINE_IOC_SIGNAL, &value);
}

PINION_EXPORT int pinion_timeline_wait(struct pinion_timeline *tl, uint64_t value,
				       uint64_t timeout_ns, struct pinion_error *err)
{
	struct pinion_timeline_wait arg = {
		.value = value,
		.until_ns = timeout_ns ? pinion_deadline(timeout_ns) : 0,
	};

	if (!drmIoctl(tl->fd, PINION_TIMELINE_IOC_WAIT, &arg))
		return 0;
	if (errno != ETIME)
		return pinion_fail(err, -errno, "waiting for a timeline: %s", strerror(errno));
	return pinion_fail(err, -ETIME, "the timeline has not reached %llu after %llu ns",
			   (unsigned long long)value, (unsigned long long)timeout_ns);
}

PINION_EXPORT int pinion_timeline_export_fence(struct pinion_timeline *tl, uint64_t value,
					       uint32_t timeout_ms, struct pinion_error *err)
{
	struct pinion_timeline_fence_export arg = { .value = value, .timeout_ms = timeout_ms };

	if (!drmIoctl(tl->fd, PINION_TIMELINE_IOC_EXPORT_FENCE, &arg))
		return arg.fd;
	if (errno == EINVAL)
		return pinion_fail(err, -EINVAL,
				   "no submitted job raises the timeline to %llu, or its time "
				   "limit of %u ms is not 1 to %u: submit the job first",
				   (unsigned long long)value, timeout_ms,
				   PINION_TIMELINE_TIMEOUT_MS);
	return pinion_fail(err, -errno, "a fence of a timeline: %s", strerror(errno));
}

PINION_EXPORT int pinion_timeline_import_fence(struct pinion_timeline *tl, uint64_t value,
					       int sync_file, struct pinion_error *err)
{
	struct pinion_timeline_fence_import arg = { .value = value, .fd = sync_file };

	if (!drmIoctl(tl->fd, PINION_TIMELINE_IOC_IMPORT_FENCE, &arg))
		return 0;
	if (errno == EBADF)
		return pinion_fail(err, -EBADF, "file descriptor %d is not a sync_file", sync_file);
	return pinion_fail(err, -errno, "a fence for a timeline: %s", strerror(errno));
}

PINION_EXPORT void pinion_prep_timeline_wait(struct io_uring_sqe *sqe,
					     const struct pinion_timeline *tl, uint64_t value)
{
	struct pinion_uring_wait *wait = (void *)sqe->cmd;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = tl->fd;
	sqe->cmd_op = PINION_URING_WAIT;
	wait->value = value;
}

static int fill_point(struct pinion_uring_point *to, const struct pinion_queue *queue,
		      const struct pinion_sync *from, struct pinion_error *err)
{
	if (from->timeline->dev != queue->dev || from->timeline->vm != queue->vm)
		return pinion_fail(err, -EINVAL,
				   "the timeline is not of the queue's address space: import it there");
	to->value = from->value;
	to->timeline = from->timeline->id;
	return 0;
}

int pinion_fill_points(struct pinion_uring_exec128 *to, const struct pinion_queue *queue,
		       const struct pinion_submit_options *options, struct pinion_error *err)
{
	struct pinion_uring_point first = {};
	int ret = 0;

	memset(to, 0, sizeof(*to));
	if (options->nwaits > PINION_SUBMIT_WAITS)
		return pinion_fail(err, -EINVAL, "%u points to wait for: at most %u",
				   options->nwaits, PINION_SUBMIT_WAITS);
	for (uint32_t i = 0; i < options->nwaits && !ret; i++)
		ret = fill_point(i ? &to->waits[i - 1] : &first, queue, &options->waits[i], err);
	if (!ret && options->signal.timeline)
		ret = fill_point(&to->signal, queue, &options->signal, err);
	to->deadline_ns = options->deadline_ns;
	to->exec.wait_value = first.value;
	to->exec.wait_timeline = first.timeline;
	if (options->nwaits > 1 || options->signal.timeline || options->deadline_ns)
		to->exec.flags = PINION_EXEC_SQE128;
	return ret;
}
