// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mailbox of the firmware is shared fairly: whatever another user sends, a request waits for
 * few of the other user's requests. The test counts requests in the driver's trace, not time.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "pinion_regs.h"
#include "tenants.h"
#include "tracefs.h"

#define THREADS	  64
#define FILES	  4
#define QUEUES	  21 /* queues that the victim makes and closes: two requests each */
/* The request that is under way, and one that the other user sends in its own turn. */
#define AHEAD	  2
/*
 * Requests of others in the time in which a queue is made: twice AHEAD, and as many as there are
 * turns while the kernel gets memory, more on a busy machine. They were 200 without turns.
 */
#define MEANWHILE 64

static atomic_uint *sent; /* requests of the attacker that have been answered, in all processes */
static int files[FILES];
static int marker; /* the file trace_marker, which only root may open */

static void mark(const char *what)
{
	if (write(marker, what, strlen(what)) < 0)
		ksft_exit_fail_msg("trace_marker: %s\n", strerror(errno));
}

static void *reset_for_ever(void *arg)
{
	int queue = rig_queue(files[(uintptr_t)arg % FILES], 2);

	for (;; atomic_fetch_add(sent, 1))
		if (ioctl(queue, PINION_QUEUE_IOC_RESET))
			return NULL;
}

static void *create_for_ever(void *arg)
{
	struct drm_pinion_queue_create args;

	for (;; atomic_fetch_add(sent, 1)) {
		args = (struct drm_pinion_queue_create){ .entries = 2, .priority = 1 };
		if (!try_queue(files[(uintptr_t)arg % FILES], &args))
			close(args.fd);
	}
	return NULL;
}

/* Start a process of another user that attacks the mailbox, and wait until it is at work. */
static pid_t attack(void *(*thread)(void *))
{
	pthread_t id;
	uintptr_t i;
	pid_t pid;

	atomic_store(sent, 0);
	fflush(stdout);
	pid = fork();
	if (pid) {
		while (atomic_load(sent) < 2 * THREADS)
			usleep(1000);
		return pid;
	}
	tenant_become(ATTACKER_UID);
	for (i = 0; i < FILES; i++)
		files[i] = rig_open_node();
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&id, NULL, thread, (void *)i))
			_exit(1);
	for (;;)
		pause();
}

/* Make and close queues in a process of the victim's: its pid, once it has ended. */
static pid_t be_victim(void)
{
	int i, fd, status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		tenant_become(VICTIM_UID);
		fd = rig_open_node();
		close(rig_queue(fd, 8));
		for (i = 0; i < QUEUES; i++) {
			mark("queue");
			close(rig_queue(fd, 8));
		}
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		ksft_exit_fail_msg("the victim got no queue\n");
	return pid;
}

/**
 * struct count - what the trace says about the requests of two processes
 * @requests: requests of the victim
 * @ahead: most requests of others that were answered while one of the victim's waited
 * @waits: the victim waits for a reply
 * @others: requests of others that were answered since the victim's last request
 * @queues: queues that the victim made and closed
 * @meanwhile: requests of others that were answered while the victim made a queue and closed it
 * @killed: the attacker has been killed
 * @resets: queue resets that were answered after that
 */
struct count {
	unsigned int requests;
	unsigned int ahead;
	bool waits;
	unsigned int others;
	unsigned int queues;
	unsigned int meanwhile[QUEUES + 1];
	bool killed;
	unsigned int resets;
};

/* Count the event of the line @line of the trace; @who is in the lines of the victim. */
static void count_line(struct count *count, const char *line, const char *who)
{
	bool mine = strstr(line, who), reply = strstr(line, "pinion_mbox_reply:");

	if (strstr(line, "tracing_mark_write: queue") && count->queues < QUEUES)
		count->queues++;
	count->killed |= strstr(line, "tracing_mark_write: killed") != NULL;
	count->resets += count->killed && reply && strstr(line, "type=0x4 res=0");
	if (mine && strstr(line, "pinion_mbox_request:")) {
		count->waits = true;
		count->others = 0;
		count->requests++;
	}
	count->others += count->waits && !mine && reply;
	count->meanwhile[count->queues] += !mine && reply;
	if (mine && reply) {
		count->waits = false;
		count->ahead = count->others > count->ahead ? count->others : count->ahead;
	}
}

/* Read the trace; @victim is the pid of the victim. */
static struct count read_trace(pid_t victim)
{
	FILE *file = trace_open();
	struct count count = { 0 };
	char line[512], who[32];

	snprintf(who, sizeof(who), "-%d ", victim);
	while (fgets(line, sizeof(line), file))
		count_line(&count, line, who);
	fclose(file);
	return count;
}

static int compare(const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void test_ahead(void *(*thread)(void *), const char *what)
{
	struct count count;
	pid_t attacker = attack(thread), victim;

	trace_set("trace", "");
	trace_set("tracing_on", "1");
	victim = be_victim();
	trace_set("tracing_on", "0");
	kill(attacker, SIGKILL);
	waitpid(attacker, NULL, 0);
	count = read_trace(victim);
	ksft_test_result(count.requests > 2 * QUEUES && count.ahead <= AHEAD,
			 "%s: %u requests waited for %u others at most\n", what, count.requests,
			 count.ahead);
	/* The median: a victim that the scheduler has stopped elsewhere does not wait for a turn.
	 */
	qsort(count.meanwhile + 1, QUEUES, sizeof(*count.meanwhile), compare);
	ksft_test_result(count.queues == QUEUES && count.meanwhile[1 + QUEUES / 2] <= MEANWHILE,
			 "%s: another makes a queue and closes it beside %u requests\n", what,
			 count.meanwhile[1 + QUEUES / 2]);
}

/* Requests that wait for their turn end with their process. */
static void test_kill(void)
{
	pid_t attacker = attack(reset_for_ever);
	struct count count;

	trace_set("trace", "");
	trace_set("tracing_on", "1");
	kill(attacker, SIGKILL);
	mark("killed");
	waitpid(attacker, NULL, 0);
	trace_set("tracing_on", "0");
	count = read_trace(attacker);
	ksft_test_result(count.resets <= AHEAD, "a process is killed: %u resets follow\n",
			 count.resets);
}

int main(void)
{
	char node[64];

	if (!trace_mount())
		ksft_exit_skip("this kernel has no tracepoints\n");
	ksft_print_header();
	ksft_set_plan(5);
	sent = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	if (sent == MAP_FAILED || chmod(node, 0666))
		ksft_exit_fail_msg("%s: %s\n", node, strerror(errno));
	trace_set("tracing_on", "0");
	marker = open(TRACEFS "trace_marker", O_WRONLY);
	trace_set("events/pinion/pinion_mbox_request/enable", "1");
	trace_set("events/pinion/pinion_mbox_reply/enable", "1");
	test_ahead(reset_for_ever, "a user resets queues");
	test_ahead(create_for_ever, "a user makes queues");
	test_kill();
	trace_set("events/pinion/enable", "0");
	trace_set("trace", "");
	trace_set("tracing_on", "1");
	ksft_finished();
}
