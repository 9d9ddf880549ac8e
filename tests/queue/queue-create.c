// SPDX-License-Identifier: GPL-2.0-or-later
/* QUEUE_CREATE, and the ioctls and poll() of the queue file. */
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"

FIXTURE(create)
{
	int fd;
	struct drm_pinion_queue_create args;
};

FIXTURE_VARIANT(create)
{
	struct drm_pinion_queue_create args;
	int want;
};

#define CASE(name, want_value, ...)                         \
	FIXTURE_VARIANT_ADD(create, name)                   \
	{                                                   \
		.want = want_value, .args = { __VA_ARGS__ } \
	}

CASE(unknown_vm, -ENOENT, .entries = 100, .priority = 1, .vm = 1);
CASE(flags, -EINVAL, .entries = 100, .priority = 1, .flags = ~DRM_PINION_QUEUE_POLLED);
CASE(job_ms_of_a_queue_without_user_submission, -EINVAL, .entries = 100, .priority = 1,
     .job_ms = 1);
CASE(no_entries, -EINVAL, .entries = 0, .priority = 1);
CASE(most_entries, 0, .entries = PINION_RING_MAX, .priority = 1);
CASE(one_entry_more, -EINVAL, .entries = PINION_RING_MAX + 1, .priority = 1);
CASE(most_entries_of_32_bits, -EINVAL, .entries = ~0u, .priority = 1);
CASE(unknown_priority, -EINVAL, .entries = 100, .priority = 4);
CASE(low_priority, 0, .entries = 100, .priority = 0);
CASE(realtime_as_root, 0, .entries = 100, .priority = 3);

FIXTURE_SETUP(create)
{
	self->fd = rig_open_node();
	self->args = variant->args;
}

FIXTURE_TEARDOWN(create)
{
	close(self->fd);
}

TEST_F(create, result)
{
	EXPECT_EQ(variant->want, try_queue(self->fd, &self->args));
}

FIXTURE(queues)
{
	int fd;
	struct drm_pinion_queue_create args;
};

FIXTURE_SETUP(queues)
{
	self->fd = rig_open_node();
	self->args = (struct drm_pinion_queue_create){ .entries = 100, .priority = 1 };
}

FIXTURE_TEARDOWN(queues)
{
	close(self->fd);
}

TEST_F(queues, have_a_power_of_two_entries)
{
	EXPECT_EQ(0, try_queue(self->fd, &self->args));
	EXPECT_EQ(128, self->args.entries);
}

TEST_F(queues, have_two_entries_at_least)
{
	self->args.entries = 1;
	EXPECT_EQ(0, try_queue(self->fd, &self->args));
	EXPECT_EQ(PINION_RING_MIN, self->args.entries);
}

TEST_F(queues, are_closed_on_exec)
{
	ASSERT_EQ(0, try_queue(self->fd, &self->args));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->args.fd, F_GETFD));
}

TEST_F(queues, have_no_high_priority_as_nobody)
{
	self->args.priority = 2;
	ASSERT_EQ(0, seteuid(65534));
	EXPECT_EQ(-EACCES, try_queue(self->fd, &self->args));
}

/* Create queues until the driver refuses: the result of the last call. */
static int create_all(int fd, int fds[PINION_MAX_QUEUES], uint32_t *n)
{
	struct rlimit limit = { 1024, 1024 };
	int ret = 0;

	setrlimit(RLIMIT_NOFILE, &limit);
	for (*n = 0; *n < PINION_MAX_QUEUES; (*n)++) {
		struct drm_pinion_queue_create args = { .entries = 2, .priority = 1 };

		ret = try_queue(fd, &args);
		if (ret)
			break;
		fds[*n] = args.fd;
	}
	return ret;
}

TEST_F(queues, end_but_for_the_one_that_the_driver_keeps)
{
	int fds[PINION_MAX_QUEUES];
	uint32_t n;

	EXPECT_EQ(-ENOSPC, create_all(self->fd, fds, &n));
	EXPECT_EQ(rig_info(self->fd).queues - 1, n);
}

TEST_F(queues, come_back_when_their_files_are_closed)
{
	int fds[PINION_MAX_QUEUES];
	uint32_t n;

	create_all(self->fd, fds, &n);
	while (n--)
		close(fds[n]);
	EXPECT_EQ(0, try_queue(self->fd, &self->args));
}

FIXTURE(file)
{
	struct rig rig;
};

FIXTURE_SETUP(file)
{
	rig_open(&self->rig, 2);
}

FIXTURE_TEARDOWN(file)
{
	rig_close(&self->rig);
}

static short poll_now(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&pollfd, 1, 0);
	return pollfd.revents;
}

/* Fill both entries of the queue with jobs that wait. */
static void fill(struct rig *rig)
{
	rig_hang(rig);
	rig_hang(rig);
}

TEST_F(file, has_no_fault_at_first)
{
	struct pinion_queue_fault fault = rig_fault(&self->rig);

	EXPECT_TRUE(rig_all(&fault, sizeof(fault), 0));
}

TEST_F(file, refuses_an_unknown_ioctl)
{
	struct pinion_queue_fault fault;

	EXPECT_EQ(-ENOTTY, try_ioctl(self->rig.queue, DRM_IOCTL_PINION_DEV_QUERY, &fault));
}

TEST_F(file, refuses_a_bad_pointer)
{
	EXPECT_EQ(-EFAULT, try_ioctl(self->rig.queue, PINION_QUEUE_IOC_FAULT, (void *)8));
}

TEST_F(file, resets_an_idle_queue)
{
	EXPECT_EQ(0, try_ioctl(self->rig.queue, PINION_QUEUE_IOC_RESET, NULL));
}

TEST_F(file, is_writable)
{
	EXPECT_EQ(POLLOUT, poll_now(self->rig.queue));
}

TEST_F(file, is_not_writable_while_the_queue_is_full)
{
	fill(&self->rig);
	EXPECT_EQ(0, poll_now(self->rig.queue));
}

TEST_F(file, is_writable_again)
{
	fill(&self->rig);
	rig_unhang(&self->rig);
	EXPECT_EQ(0, rig_wait(&self->rig).res);
	EXPECT_EQ(0, rig_wait(&self->rig).res);
	EXPECT_EQ(POLLOUT, poll_now(self->rig.queue));
}

TEST_F(file, does_not_reset_a_queue_that_runs)
{
	fill(&self->rig);
	EXPECT_EQ(-EBUSY, try_ioctl(self->rig.queue, PINION_QUEUE_IOC_RESET, NULL));
}

TEST_F(file, says_pollerr_while_the_queue_is_stopped)
{
	rig_sqe(&self->rig, 0x900000000, 8);
	rig_submit(&self->rig);
	EXPECT_EQ(-EFAULT, rig_wait(&self->rig).res);
	EXPECT_EQ(POLLERR, poll_now(self->rig.queue));
}

int main(int argc, char **argv)
{
	return card_harness_run(argc, argv);
}
