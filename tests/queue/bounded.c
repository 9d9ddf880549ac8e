// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Work with interrupts off is bounded, however many jobs, points, fences and deadlines a process
 * has. The kernel's trace shows what one interrupt, one expiry of a timer and one run of a work
 * item do: the test counts events and measures no time.
 */
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tracefs.h"

#define ENTRIES 4096u
#define FENCES	600u
#define CPUS	64
#define MOST	41 /* events at a time: those of 40 jobs, and one for what begins or ends there */

static struct rig rig;

static const char *const events[] = {
	"irq/irq_handler_entry",	   "irq/irq_handler_exit",
	"timer/hrtimer_expire_entry",	   "timer/hrtimer_expire_exit",
	"workqueue/workqueue_queue_work",  "workqueue/workqueue_execute_start",
	"workqueue/workqueue_execute_end", "dma_fence/dma_fence_signaled",
	"pinion/pinion_complete",	   "pinion/pinion_cancel",
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void trace_events(const char *on)
{
	char file[96];

	for (unsigned int i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(file, sizeof(file), "events/%s/enable", events[i]);
		trace_set(file, on);
	}
}

static void trace_begin(void)
{
	trace_set("trace", "");
	trace_events("1");
}

/* Where a line of the trace comes from: a hard interrupt, a soft interrupt or a task. */
static unsigned int context_of(char flag)
{
	return flag == 'h' || flag == 'H' ? 0 : flag == 's' ? 1 : 2;
}

/* Whether a line of the trace begins or ends an interrupt, a timer's function or a work item. */
static bool is_border(const char *event)
{
	return !strncmp(event, "irq_handler_", 12) || !strncmp(event, "hrtimer_expire_", 15) ||
	       !strncmp(event, "workqueue_execute_", 18);
}

/*
 * End the trace. Return: the number of events called @name that it has, in @most the largest number
 * between two borders of one context, and in @soft the number in soft interrupts.
 */
static unsigned int trace_end(const char *name, unsigned int *most, unsigned int *soft)
{
	unsigned int count[CPUS][3] = {}, all = 0, cpu, context, *here;
	char line[512], *at, *event;
	FILE *file;

	trace_events("0");
	file = trace_open();
	*soft = 0;
	for (*most = 0; fgets(line, sizeof(line), file);) {
		at = strchr(line, '[');
		event = strstr(line, ": ");
		if (*line == '#' || !at || !event || sscanf(at, "[%u]", &cpu) != 1 || cpu >= CPUS)
			continue;
		context = context_of(strchr(at, ' ')[3]);
		here = &count[cpu][context];
		if (is_border(event + 2))
			*here = 0;
		if (strncmp(event + 2, name, strlen(name)))
			continue;
		all++;
		*soft += context == 1;
		if (++*here > *most)
			*most = *here;
	}
	fclose(file);
	return all;
}

static void report(const char *name, unsigned int least, unsigned int limit, const char *what)
{
	unsigned int most, soft, all = trace_end(name, &most, &soft);

	ksft_test_result(all >= least && most <= limit, "%s: %u, at most %u at a time\n", what, all,
			 most);
	/* A soft interrupt has a higher priority than any task. */
	ksft_test_result(!soft, "%s: none in a soft interrupt\n", what);
}

/* A queue whose interrupt comes only when it has nothing left to do. */
static void open_queue(void)
{
	struct drm_pinion_queue_create args = {
		.entries = ENTRIES,
		.priority = 1,
		.irq_count = 65535,
		.irq_us = 65535,
	};

	rig_open(&rig, 4);
	close(rig.queue);
	if (try_queue(rig.fd, &args))
		ksft_exit_fail_msg("QUEUE_CREATE\n");
	rig.queue = args.fd;
	rig_long_ring(&rig, ENTRIES);
}

static void block(void)
{
	rig.bytes = 0;
	__atomic_store_n((uint64_t *)rig.data, 0, __ATOMIC_RELEASE);
	rig_sem(&rig, PINION_PKT_WAIT, RIG_DATA_VA, 1);
	rig_sqe_long(&rig, RIG_VA, rig.bytes);
}

static void unblock(void)
{
	__atomic_store_n((uint64_t *)rig.data, 1, __ATOMIC_RELEASE);
}

/* Wait for @n jobs. Return: how many ended with @res. */
static unsigned int wait_for(unsigned int n, int res)
{
	unsigned int found = 0;

	while (n--)
		found += rig_wait(&rig).res == res;
	return found;
}

static void completions(void)
{
	unsigned int i;

	block();
	for (i = 1; i < ENTRIES; i++)
		rig_sqe_long(&rig, 0, 0);
	rig_submit(&rig);
	trace_begin();
	unblock();
	ksft_test_result(wait_for(ENTRIES, 0) == ENTRIES, "a full queue of jobs completes\n");
	report("pinion_complete", ENTRIES, MOST, "jobs that complete");
}

/* A job fails, and with it all jobs behind it. */
static void failures(void)
{
	unsigned int i;

	block();
	rig_sqe_long(&rig, RIG_DATA_VA + (1ull << 40), 8);
	for (i = 2; i < ENTRIES; i++)
		rig_sqe_long(&rig, 0, 0);
	rig_submit(&rig);
	trace_begin();
	unblock();
	wait_for(2, 0);
	ksft_test_result(wait_for(ENTRIES - 2, -ECANCELED) == ENTRIES - 2,
			 "the jobs behind a job that failed do not run\n");
	report("pinion_complete", ENTRIES, MOST, "jobs that fail");
	ksft_test_result(!try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
			 "the queue can be reset at once\n");
}

/* All deadlines pass at the same time. */
static void deadlines(void)
{
	uint64_t deadline = now() + 300000000;
	unsigned int i;

	block();
	for (i = 1; i < ENTRIES; i++)
		rig_sqe_long(&rig, 0, 0)->deadline_ns = deadline;
	trace_begin();
	rig_submit(&rig);
	ksft_test_result(wait_for(ENTRIES - 1, -ETIMEDOUT) == ENTRIES - 1,
			 "jobs end at one deadline\n");
	report("pinion_cancel", ENTRIES - 1, MOST, "deadlines that pass");
	unblock();
	wait_for(1, 0);
}

/* A point with many sync_files, all of which one job's completion signals. */
static void points(void)
{
	struct pinion_timeline_fence_export args[FENCES];
	unsigned int i, good = 0;
	uint32_t id;
	int tl = rig_timeline(rig.fd, 0, &id);

	block();
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 1,
									.timeline = id };
	rig_submit(&rig);
	for (i = 0; i < FENCES; i++) {
		args[i] = (struct pinion_timeline_fence_export){ .value = 1, .timeout_ms = 10000 };
		good += !try_ioctl(tl, PINION_TIMELINE_IOC_EXPORT_FENCE, &args[i]);
	}
	ksft_test_result(good == FENCES, "%u sync_files of a point\n", good);
	trace_begin();
	unblock();
	wait_for(2, 0);
	for (i = 0; i < FENCES; i++) {
		poll(&(struct pollfd){ .fd = args[i].fd, .events = POLLIN }, 1, -1);
		close(args[i].fd);
	}
	report("dma_fence_signaled", FENCES, MOST, "fences that signal");
	close(tl);
}

/* One sync_file that many timelines import. */
static void imports(void)
{
	struct pinion_timeline_fence_export args = { .value = 1, .timeout_ms = 10000 };
	struct pinion_timeline_fence_import from = {};
	struct pinion_timeline_wait wait = { .value = FENCES, .until_ns = INT64_MAX };
	uint32_t id, unused;
	unsigned int good = 0;
	int tl = rig_timeline(rig.fd, 0, &id), other = rig_timeline(rig.fd, 0, &unused);

	block();
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 1,
									.timeline = id };
	rig_submit(&rig);
	if (try_ioctl(tl, PINION_TIMELINE_IOC_EXPORT_FENCE, &args))
		ksft_exit_fail_msg("EXPORT_FENCE\n");
	from.fd = args.fd;
	for (from.value = 1; from.value <= FENCES; from.value++)
		good += !try_ioctl(other, PINION_TIMELINE_IOC_IMPORT_FENCE, &from);
	ksft_test_result(good == FENCES, "%u imports of a sync_file\n", good);
	trace_begin();
	unblock();
	wait_for(2, 0);
	ksft_test_result(!try_ioctl(other, PINION_TIMELINE_IOC_WAIT, &wait),
			 "the imports raise a timeline\n");
	report("workqueue_queue_work", 1, MOST, "work items that an imported fence queues");
	close(args.fd);
	close(other);
	close(tl);
}

int main(void)
{
	open_queue();
	if (!trace_mount())
		ksft_exit_skip("this kernel has no tracepoints\n");
	ksft_print_header();
	ksft_set_plan(17);
	trace_set("buffer_size_kb", "16384");
	/* The kernel's own delayed work is queued by its timers, in soft interrupts. */
	trace_set("events/workqueue/workqueue_queue_work/filter", "workqueue == \"pinion-signal\"");
	completions();
	failures();
	deadlines();
	points();
	imports();
	trace_set("buffer_size_kb", "1408");
	rig_close(&rig);
	ksft_finished();
}
