// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts are never off for long, however many jobs end at once: in one full queue, or in all
 * queues that the card has. All queues share one interrupt vector, as the guest has one processor,
 * and each queue's interrupt comes only when it has nothing left to do.
 */
#include <time.h>

#include "irqs.h"

#define FEW    1024u
#define QUEUES 255u
#define APART  300000ull /* ns between two deadlines of a queue */

static struct rig rig;
static struct rig queues[QUEUES];
static unsigned int count;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void open_queue(struct rig *one, unsigned int entries)
{
	struct drm_pinion_queue_create args = {
		.entries = entries,
		.priority = 1,
		.irq_count = 65535,
		.irq_us = 65535,
	};
	int ret = try_queue(rig.fd, &args);

	if (ret)
		ksft_exit_fail_msg("QUEUE_CREATE: %s\n", strerror(-ret));
	*one = rig;
	one->queue = args.fd;
	ret = io_uring_queue_init(entries, &one->ring, IORING_SETUP_CQE32 | IORING_SETUP_SQE128);
	if (ret)
		ksft_exit_fail_msg("io_uring_queue_init: %s\n", strerror(-ret));
}

/*
 * Fill one queue with FEW jobs, or QUEUES queues with @n jobs in all. The first job of each waits
 * for release(). The others have a deadline if @first is not 0, each @apart after the one before.
 */
static unsigned int fill(unsigned int n, uint64_t first, uint64_t apart)
{
	unsigned int i, k, entries;

	set_limit("process_queues", "max");
	set_limit("user_queues", "max");
	rig_open(&rig, 2);
	close(rig.queue);
	rig_sem(&rig, PINION_PKT_WAIT, RIG_DATA_VA, 1);
	count = n > FEW ? QUEUES : 1;
	entries = n / count;
	for (k = 0; k < count; k++) {
		open_queue(&queues[k], entries);
		rig_sqe_long(&queues[k], RIG_VA, rig.bytes);
		for (i = 1; i < entries; i++)
			rig_sqe_long(&queues[k], 0, 0)->deadline_ns = first ? first + i * apart : 0;
		rig_submit(&queues[k]);
	}
	return n;
}

static void release(void)
{
	__atomic_store_n((uint64_t *)rig.data, 1, __ATOMIC_RELEASE);
}

/* Wait until all jobs that fill() submitted have ended. */
static unsigned int wait_all(unsigned int n)
{
	unsigned int i, k;

	for (k = 0; k < count; k++)
		for (i = 0; i < n / count; i++)
			rig_wait(&queues[k]);
	return n;
}

static unsigned int complete(unsigned int n)
{
	n = fill(n, 0, 0);
	release();
	return wait_all(n);
}

static unsigned int cancel(unsigned int n)
{
	uint64_t all = 0;
	unsigned int k;

	n = fill(n, 0, 0);
	for (k = 0; k < count; k++)
		if (try_ioctl(queues[k].queue, PINION_QUEUE_IOC_CANCEL, &all))
			ksft_exit_fail_msg("CANCEL\n");
	return wait_all(n);
}

/* All deadlines pass at the same time, which is after the last submission. */
static unsigned int late_at_once(unsigned int n)
{
	n = fill(n, now() + n * 20000ull, 0);
	usleep(n * 20);
	release();
	return wait_all(n);
}

static unsigned int late_one_by_one(unsigned int n)
{
	n = fill(n, now() + n * 20000ull, APART);
	usleep(n * 20 + n / count * APART / 1000);
	release();
	return wait_all(n);
}

/* The process ends while its jobs are in flight. */
static unsigned int killed(unsigned int n)
{
	return fill(n, 0, 0);
}

static unsigned int reset_queues(unsigned int n)
{
	unsigned int k;

	n = fill(n, 0, 0);
	for (k = 0; k < count; k++)
		try_ioctl(queues[k].queue, PINION_QUEUE_IOC_RESET, NULL);
	release();
	wait_all(n);
	for (k = 0; k < count; k++)
		if (try_ioctl(queues[k].queue, PINION_QUEUE_IOC_RESET, NULL))
			ksft_exit_fail_msg("RESET\n");
	return n;
}

static unsigned int reset_card(unsigned int n)
{
	char path[96];

	n = fill(n, 0, 0);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", rig_pci_address());
	if (try_write(path, "1"))
		ksft_exit_fail_msg("reset\n");
	return wait_all(n);
}

static unsigned int unbind(unsigned int n)
{
	n = fill(n, 0, 0);
	if (try_driver("unbind"))
		ksft_exit_fail_msg("unbind\n");
	wait_all(n);
	if (try_driver("bind"))
		ksft_exit_fail_msg("bind\n");
	return n;
}

static const struct irqs_case cases[] = {
	{ "jobs that complete", complete },
	{ "jobs that are cancelled", cancel },
	{ "jobs with one deadline", late_at_once },
	{ "jobs with deadlines one after the other", late_one_by_one },
	{ "jobs of a process that ends", killed },
	{ "jobs of queues that are reset", reset_queues },
	{ "jobs on a card that is reset", reset_card },
	{ "jobs on a card that is unbound", unbind },
};

int main(void)
{
	unsigned int i, n = sizeof(cases) / sizeof(cases[0]);

	irqs_begin();
	ksft_set_plan(2 * n);
	for (i = 0; i < n; i++)
		irqs_test(&cases[i], FEW, rig_times(256, 4096) * QUEUES);
	ksft_finished();
}
