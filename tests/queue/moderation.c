// SPDX-License-Identifier: GPL-2.0-or-later
/* Moderation: completions share interrupts, by fixed numbers or adaptively, and none is missed. */
#include <stddef.h>
#include <unistd.h>

#include "rig.h"

#define DEPTH	16
#define BATCHES 20
#define FILL                                                                                   \
	0xe0000u /* bytes: a FILL so long that the card sends an interrupt before the next job \
		    ends */

static void arguments(int fd)
{
	static const struct {
		uint32_t count, us;
		int ret;
	} cases[] = {
		{ 0, 0, 0 },	       { 1, 0, 0 },	      { 2, 1, 0 },
		{ 65535, 65535, 0 },   { 0, 1, -EINVAL },     { 1, 1, -EINVAL },
		{ 2, 0, -EINVAL },     { 65536, 1, -EINVAL }, { 2, 65536, -EINVAL },
		{ ~0u, ~0u, -EINVAL },
	};
	unsigned int i, good = 0, n = sizeof(cases) / sizeof(cases[0]);

	for (i = 0; i < n; i++) {
		struct drm_pinion_queue_create args = {
			.entries = 4,
			.priority = 1,
			.irq_count = cases[i].count,
			.irq_us = cases[i].us,
		};
		int ret = try_queue(fd, &args);

		good += ret == cases[i].ret;
		if (!ret)
			close(args.fd);
	}
	ksft_test_result(good == n, "%u of %u counts and times are taken or refused\n", good, n);
	ksft_test_result(rig_info(fd).caps & PINION_CAP_MODERATION, "the capability is shown\n");
}

/* A program that was built with the struct as it was before it got the last members. */
static void old_struct(int fd)
{
	struct drm_pinion_queue_create args = {
		.entries = 4,
		.priority = 1,
		.irq_count = 0xdead,
		.irq_us = 0,
	};
	unsigned long old = _IOC(_IOC_READ | _IOC_WRITE, DRM_IOCTL_BASE,
				 DRM_COMMAND_BASE + DRM_PINION_QUEUE_CREATE,
				 offsetof(struct drm_pinion_queue_create, irq_count));
	int ret = try_ioctl(fd, old, &args);

	ksft_test_result(!ret && args.irq_count == 0xdead,
			 "the struct without the members for moderation is still taken\n");
	close(args.fd);
}

/* The number of interrupts of all queues since the driver was bound. */
static unsigned long interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long sum = 0, one;
	char line[4096], *at, *end;

	if (!file)
		ksft_exit_fail_msg("/proc/interrupts: %s\n", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, "-q"))
			continue;
		for (at = strchr(line, ':') + 1;; at = end) {
			one = strtoul(at, &end, 10);
			if (end == at)
				break;
			sum += one;
		}
	}
	fclose(file);
	return sum;
}

static void change_queue(struct rig *rig, uint32_t count, uint32_t us)
{
	struct drm_pinion_queue_create args = {
		.entries = 128,
		.priority = 1,
		.irq_count = count,
		.irq_us = us,
	};
	int ret = try_queue(rig->fd, &args);

	if (ret)
		ksft_exit_fail_msg("QUEUE_CREATE: %s\n", strerror(-ret));
	close(rig->queue);
	rig->queue = args.fd;
}

/* Run @batches batches of @depth jobs, one after the other: the number of interrupts. */
static unsigned long run(struct rig *rig, unsigned int batches, unsigned int depth)
{
	unsigned long before = interrupts();
	unsigned int i;

	while (batches--) {
		for (i = 0; i < depth; i++)
			rig_sqe(rig, rig->bytes ? RIG_VA : 0, rig->bytes);
		rig_submit(rig);
		for (i = 0; i < depth; i++)
			if (rig_wait(rig).res)
				ksft_exit_fail_msg("a job failed\n");
	}
	return interrupts() - before;
}

static void fixed(struct rig *rig)
{
	unsigned long n;

	change_queue(rig, 1000, 65535);
	n = run(rig, BATCHES, DEPTH);
	ksft_test_result(n <= BATCHES * 3 / 2, "%lu interrupts for %u batches that share them\n", n,
			 BATCHES);
	n = run(rig, BATCHES, 1);
	ksft_test_result(n >= BATCHES,
			 "%lu interrupts for as many single jobs, which do not wait for others\n",
			 n);
	change_queue(rig, 4, 65535);
	n = run(rig, BATCHES, DEPTH);
	ksft_test_result(n <= BATCHES * DEPTH / 4, "%lu interrupts where four jobs share one\n", n);
	change_queue(rig, 1, 0);
	n = run(rig, BATCHES, DEPTH);
	ksft_test_result(n >= BATCHES, "%lu interrupts without moderation\n", n);
}

/*
 * The depth changes, and no completion may be missed. When the driver moderates depends on the
 * speed of the card: tests/unit/driver-moderation.c tests that.
 */
static void adaptive(struct rig *rig)
{
	uint32_t bytes = rig->bytes;
	unsigned int round;
	unsigned long n = 0;

	change_queue(rig, 0, 0);
	for (round = 0; round < 3; round++) {
		rig->bytes = 0;
		run(rig, BATCHES, 128);
		run(rig, BATCHES, 2);
		rig->bytes = bytes;
		run(rig, 2, DEPTH);
		n += run(rig, BATCHES, 1);
	}
	ksft_test_result(n >= 3 * BATCHES, "adaptive: single jobs are told of one by one\n");
}

/* A reset clears the moderation of the card's queue, and the driver sets it again. */
static void after_reset(struct rig *rig)
{
	unsigned long n;

	change_queue(rig, 1000, 65535);
	rig_sqe(rig, 0x900000000, 8);
	rig_submit(rig);
	ksft_test_result(rig_wait(rig).res == -EFAULT &&
				 !try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL),
			 "a fault is told of, and the queue reset\n");
	n = run(rig, BATCHES, DEPTH);
	ksft_test_result(n <= BATCHES * 3 / 2, "%lu interrupts for %u batches afterwards\n", n,
			 BATCHES);
}

/* Completions are announced although the last job of their batch does not end. */
static void held_back(struct rig *rig)
{
	unsigned int i;

	change_queue(rig, 1000, 65535);
	for (i = 0; i < 8; i++)
		rig_sqe(rig, 0, 0);
	rig_hang(rig);
	for (i = 0; i < 8; i++)
		if (rig_wait(rig).res)
			break;
	ksft_test_result(i == 8, "jobs before one that waits are told of\n");
	rig_unhang(rig);
	ksft_test_result(!rig_wait(rig).res, "a job that waited is told of at last\n");
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	rig_fill(&rig, RIG_DATA_VA, FILL, 1, 8);
	ksft_print_header();
	ksft_set_plan(12);
	arguments(rig.fd);
	old_struct(rig.fd);
	fixed(&rig);
	adaptive(&rig);
	after_reset(&rig);
	held_back(&rig);
	rig_close(&rig);
	ksft_finished();
}
