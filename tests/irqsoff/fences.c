// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts are never off for long, however many fences one point has: sync_files that it was
 * exported as, or timelines that import one of its sync_files.
 */
#include "irqs.h"

#define FEW    1024u
#define MANY   (1u << 20)
#define POINTS 256u

static struct rig rig;

static int export(int timeline)
{
	struct pinion_timeline_fence_export args = { .value = 1,
						     .timeout_ms = PINION_TIMELINE_TIMEOUT_MS };
	int ret = try_ioctl(timeline, PINION_TIMELINE_IOC_EXPORT_FENCE, &args);

	if (ret)
		ksft_exit_fail_msg("EXPORT_FENCE: %s\n", strerror(-ret));
	return args.fd;
}

/* Submit a job that blocks the queue, and behind it one job for each of @n new timelines. */
static void open_points(int *timelines, unsigned int n)
{
	struct pinion_uring_exec128 *exec;
	unsigned int i;
	uint32_t id;

	set_limit("process_timelines", "max");
	set_limit("user_timelines", "max");
	set_limit("process_host_bytes", "max");
	set_limit("user_host_bytes", "max");
	rig_open(&rig, 2 * POINTS);
	rig_long_ring(&rig, 2 * POINTS);
	rig_sem(&rig, PINION_PKT_WAIT, RIG_DATA_VA, 1);
	rig_sqe_long(&rig, RIG_VA, rig.bytes);
	for (i = 0; i < n; i++) {
		timelines[i] = rig_timeline(rig.fd, 0, &id);
		exec = rig_sqe_long(&rig, 0, 0);
		exec->signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	}
	rig_submit(&rig);
}

static void release(unsigned int jobs)
{
	__atomic_store_n((uint64_t *)rig.data, 1, __ATOMIC_RELEASE);
	while (jobs--)
		rig_wait(&rig);
}

/*
 * Import the sync_file @fd into new timelines, @n times or until an import is refused.
 * Return: how often.
 */
static unsigned int import(int fd, unsigned int n)
{
	struct pinion_timeline_fence_import args = { .value = 1, .fd = fd };
	unsigned int done = 0;
	uint32_t id;
	int tl = -1;

	while (done < n) {
		if (done % PINION_TIMELINE_WAITERS == 0)
			tl = rig_timeline(rig.fd, 0, &id);
		if (try_ioctl(tl, PINION_TIMELINE_IOC_IMPORT_FENCE, &args))
			break;
		done++;
	}
	return done;
}

/* A job raises the point. */
static unsigned int imports_of_a_job(unsigned int n)
{
	int tl;

	open_points(&tl, 1);
	n = import(export(tl), n);
	release(2);
	return n;
}

/* A program raises the point before the job does. */
static unsigned int imports_of_a_program(unsigned int n)
{
	int tl;

	open_points(&tl, 1);
	n = import(export(tl), n);
	rig_timeline_raise(tl, 1);
	usleep(IRQS_SETTLE);
	release(2);
	return n;
}

/* The timelines end before the point is reached. */
static unsigned int imports_that_end(unsigned int n)
{
	int tl;

	open_points(&tl, 1);
	return import(export(tl), n);
}

/* Export each of POINTS points until its timeline has as many waiters as it may have. */
static unsigned int exports(unsigned int n)
{
	unsigned int each = n / POINTS, i, k;
	int timelines[POINTS];

	open_points(timelines, POINTS);
	for (k = 0; k < POINTS; k++)
		for (i = 0; i < each; i++)
			close(export(timelines[k]));
	release(1 + POINTS);
	return n;
}

static const struct irqs_case cases[] = {
	{ "imports of a fence that a job signals", imports_of_a_job },
	{ "imports of a fence that a program signals", imports_of_a_program },
	{ "imports of a fence into timelines that end", imports_that_end },
	{ "fences of the points of jobs", exports },
};

int main(void)
{
	unsigned int i, n = sizeof(cases) / sizeof(cases[0]);

	irqs_begin();
	ksft_set_plan(2 * n);
	for (i = 0; i < n; i++)
		irqs_test(&cases[i], FEW, rig_times(MANY / 16, MANY));
	ksft_finished();
}
