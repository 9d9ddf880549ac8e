// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long the driver takes to bring back a queue and a card, in a guest of pinion-vm --icount 0:
 * an instruction takes 1 ns of the guest's time there, and the time that the driver waits for the
 * card counts as well. The waits that a rule demands are subtracted.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <time.h>

#include "../knobs/knobs.h"
#include "../selftests/pci.h"

#define TRACING	 "/sys/kernel/tracing/"
#define ROUNDS	 10u
#define MS	 1000000ull
#define ENTRIES	 4096u
#define QUEUE_NS (10 * MS)
#define CARD_NS	 (200 * MS)
#define FLR_NS	 (100 * MS) /* PCI Express 6.6.2: without access to a function after its reset */

static struct rig rig;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static void report(const char *what, uint64_t ns, uint64_t wait, uint64_t limit)
{
	ns -= wait;
	ksft_test_result(ns <= limit, "%s: %" PRIu64 " instructions, at most %" PRIu64 "\n", what,
			 ns, limit);
}

/* The largest of ROUNDS times that @once returns. */
static uint64_t longest(uint64_t (*once)(void))
{
	uint64_t ns, most = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ns = once();
		if (ns > most)
			most = ns;
	}
	return most;
}

/* A program resets its queue after a fault. */
static uint64_t reset_queue(void)
{
	uint64_t start;

	rig_sqe(&rig, RIG_DATA_VA + (1ull << 40), 8);
	rig_submit(&rig);
	if (!rig_wait(&rig).res)
		ksft_exit_fail_msg("a job without memory worked\n");
	start = now();
	if (try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("RESET\n");
	return now() - start;
}

static void trace_set(const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "%s", file);
	if (try_write(path, value))
		ksft_exit_fail_msg("%s\n", path);
}

/* Trace when work items begin, by CLOCK_MONOTONIC. */
static void trace_begin(void)
{
	mount("nodev", "/sys/kernel/tracing", "tracefs", 0, NULL);
	trace_set("options/record-cmd", "0");
	trace_set("trace_clock", "mono");
	trace_set("events/workqueue/workqueue_execute_start/enable", "1");
}

/* When the work item began that ends the wait for a card which was asked to end a job. */
static uint64_t trace_find_grace(void)
{
	FILE *file = fopen(TRACING "trace", "r");
	char line[512], *at;
	double s = 0;

	while (file && fgets(line, sizeof(line), file)) {
		at = strstr(line, ": workqueue_execute_start");
		if (!at || !strstr(at, "cancel_grace"))
			continue;
		*at = 0;
		s = strtod(strrchr(line, ' '), NULL);
	}
	if (!s)
		ksft_exit_fail_msg("the wait for the card never ended\n");
	fclose(file);
	return s * 1e9;
}

/* The card does not end a job, and its time to do so is over: the driver resets the queue. */
static uint64_t stop_queue(void)
{
	struct pollfd pfd = { .fd = rig.queue };
	uint64_t all = 0, ns;

	rig_hang(&rig);
	knobs[PINION_REG_DEBUG_DEAF / 4] = 1;
	if (try_ioctl(rig.queue, PINION_QUEUE_IOC_CANCEL, &all) || rig_wait(&rig).res != -ECANCELED)
		ksft_exit_fail_msg("CANCEL\n");
	if (poll(&pfd, 1, -1) != 1 || pfd.revents != POLLERR)
		ksft_exit_fail_msg("the queue was not stopped\n");
	ns = now();
	ns -= trace_find_grace();
	knobs[PINION_REG_DEBUG_DEAF / 4] = 0;
	if (try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("RESET\n");
	return ns;
}

/* The card is reset with a job in flight, and the next job of another queue works. */
static uint64_t reset_card(void)
{
	struct rig other;
	uint64_t start, ns;

	rig_open(&other, 4);
	rig_hang(&rig);
	start = now();
	if (pci_reset())
		ksft_exit_fail_msg("reset\n");
	other.bytes = 0;
	if (rig_wait(&rig).res != -ECANCELED || rig_run(&other).res)
		ksft_exit_fail_msg("the jobs around a reset\n");
	ns = now() - start;
	if (try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("RESET\n");
	rig_close(&other);
	return ns;
}

int main(void)
{
	rig_open(&rig, ENTRIES);
	knobs_find();
	trace_begin();
	ksft_print_header();
	ksft_set_plan(3);
	report("a program resets a queue", longest(reset_queue), 0, QUEUE_NS);
	report("the driver resets a queue", longest(stop_queue), 0, QUEUE_NS);
	report("a function-level reset of the card", longest(reset_card), FLR_NS, CARD_NS);
	rig_close(&rig);
	ksft_finished();
}
