// SPDX-License-Identifier: GPL-2.0-or-later
/* QUEUE_CREATE, and the ioctls and poll() of the queue file. */
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rig.h"

static void expect(int fd, struct drm_pinion_queue_create args, int want, const char *what)
{
	int ret = try_queue(fd, &args);

	tap_ok(ret == want, "%s: %s", what, strerror(-ret));
	if (!ret)
		close(args.fd);
}

static void arguments(int fd)
{
	struct drm_pinion_queue_create args = { .entries = 100, .priority = 1 };
	const struct drm_pinion_queue_create good = args;

	tap_ok(!try_queue(fd, &args) && args.entries == 128, "100 entries become 128");
	tap_ok(fcntl(args.fd, F_GETFD) == FD_CLOEXEC, "closed on exec");
	close(args.fd);
	args = good;
	args.entries = 1;
	tap_ok(!try_queue(fd, &args) && args.entries == PINION_RING_MIN, "1 entry becomes 2");
	close(args.fd);
	args = good;
	args.vm = 1;
	expect(fd, args, -ENOENT, "unknown vm");
	args = good;
	args.flags = ~DRM_PINION_QUEUE_POLLED;
	expect(fd, args, -EINVAL, "flags");
	args = good;
	args.job_ms = 1;
	expect(fd, args, -EINVAL, "job_ms of a queue that is not its process's");
	args = good;
	args.entries = 0;
	expect(fd, args, -EINVAL, "0 entries");
	args = good;
	args.entries = PINION_RING_MAX;
	expect(fd, args, 0, "as many entries as there may be");
	args = good;
	args.entries = PINION_RING_MAX + 1;
	expect(fd, args, -EINVAL, "one more");
	args = good;
	args.entries = ~0u;
	expect(fd, args, -EINVAL, "2^32 - 1 entries");
	args = good;
	args.priority = 4;
	expect(fd, args, -EINVAL, "unknown priority");
	args = good;
	args.priority = 0;
	expect(fd, args, 0, "low priority");
	args = good;
	args.priority = 3;
	expect(fd, args, 0, "realtime, as root");
}

static void unprivileged(int fd)
{
	struct drm_pinion_queue_create args = { .entries = 2, .priority = 2 };

	if (seteuid(65534))
		tap_bail("seteuid: %s", strerror(errno));
	expect(fd, args, -EACCES, "high priority, as nobody");
	if (seteuid(0))
		tap_bail("seteuid: %s", strerror(errno));
}

static void all_of_them(int fd)
{
	struct drm_pinion_dev_info info = rig_info(fd);
	struct rlimit limit = { 1024, 1024 };
	int fds[PINION_MAX_QUEUES], ret = 0;
	uint32_t n;

	setrlimit(RLIMIT_NOFILE, &limit);
	for (n = 0; n < PINION_MAX_QUEUES; n++) {
		struct drm_pinion_queue_create args = { .entries = 2, .priority = 1 };

		ret = try_queue(fd, &args);
		if (ret)
			break;
		fds[n] = args.fd;
	}
	tap_ok(ret == -ENOSPC && n == info.queues - 1,
	       "queues end after %u of %u: the driver keeps one", n, info.queues);
	while (n--)
		close(fds[n]);
	expect(fd, (struct drm_pinion_queue_create){ .entries = 2, .priority = 1 }, 0,
	       "and are there again");
}

static short poll_now(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&pollfd, 1, 0);
	return pollfd.revents;
}

static void the_file(void)
{
	struct pinion_queue_fault fault;
	struct rig rig;

	rig_open(&rig, 2);
	fault = rig_fault(&rig);
	tap_ok(rig_all(&fault, sizeof(fault), 0), "no fault at first");
	tap_ok(try_ioctl(rig.queue, DRM_IOCTL_PINION_DEV_QUERY, &fault) == -ENOTTY,
	       "unknown ioctl");
	tap_ok(try_ioctl(rig.queue, PINION_QUEUE_IOC_FAULT, (void *)8) == -EFAULT, "bad pointer");
	tap_ok(!try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL), "reset of an idle queue");
	tap_ok(poll_now(rig.queue) == POLLOUT, "writable");
	rig_hang(&rig);
	rig_hang(&rig);
	tap_ok(poll_now(rig.queue) == 0, "full: not writable");
	tap_ok(try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL) == -EBUSY, "reset while it runs");
	rig_unhang(&rig);
	tap_ok(!rig_wait(&rig).res && !rig_wait(&rig).res && poll_now(rig.queue) == POLLOUT,
	       "writable again");
	rig_sqe(&rig, 0x900000000, 8);
	rig_submit(&rig);
	tap_ok(rig_wait(&rig).res == -EFAULT && poll_now(rig.queue) == POLLERR, "stopped: POLLERR");
	rig_close(&rig);
}

int main(void)
{
	int fd = rig_open_node();

	tap_plan(25);
	arguments(fd);
	unprivileged(fd);
	all_of_them(fd);
	close(fd);
	the_file();
	return tap_result();
}
