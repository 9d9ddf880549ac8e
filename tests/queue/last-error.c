// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fdinfo of a queue file tells the owner of the queue which error stopped it last, which job
 * that cost, when, and what the driver did, without the group that may read errors/blame.
 */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "../selftests/pci.h"

static char text[4096];

/* The value of a line of the queue's fdinfo; "" if there is no such line. */
static const char *line_of(int queue, const char *name)
{
	static char path[64], value[256];
	char *at;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", queue);
	file = fopen(path, "r");
	if (!file)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = 0;
	fclose(file);
	at = strstr(text, name);
	snprintf(value, sizeof(value), "%s", at ? at + strlen(name) + 2 : "");
	value[strcspn(value, "\n")] = 0;
	return value;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static bool is_last(int queue, const char *code, uint64_t job, uint64_t since, const char *cost)
{
	uint64_t at = strtoull(line_of(queue, "pinion-last-error-ns"), NULL, 10);
	bool good = !strncmp(line_of(queue, "pinion-last-error"), code, 5) &&
		    strtoull(line_of(queue, "pinion-last-error-job"), NULL, 10) == job &&
		    at >= since && at <= now_ns() &&
		    !strcmp(line_of(queue, "pinion-last-error-cost"), cost);

	if (!good)
		ksft_print_msg("%s", text);
	return good;
}

/* A job accesses an address that is not mapped. */
static void mistake(struct rig *rig)
{
	uint64_t since = now_ns();

	rig->bytes = 0;
	rig_fill(rig, 0x700000000000, 4096, 1, 8);
	if (rig_run(rig).res != -EFAULT)
		ksft_exit_fail_msg("the job did not fault\n");
	ksft_test_result(is_last(rig->queue, "0x004", 1, since, "the job's own error"),
			 "a job's own error\n");
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("the queue was not reset\n");
	ksft_test_result(is_last(rig->queue, "0x004", 1, since, "the job's own error") &&
				 !*line_of(rig->queue, "pinion-error"),
			 "the queue was reset since\n");
}

static void reset(struct rig *rig, struct rig *idle)
{
	uint64_t since = now_ns();

	rig_hang(rig);
	if (pci_reset() || rig_wait(rig).res != -ECANCELED)
		ksft_exit_fail_msg("a reset of the card did not end the job\n");
	ksft_test_result(is_last(rig->queue, "0x700", 2, since, "a reset of the card"),
			 "a reset of the card, and the reason for it\n");
	ksft_test_result(!*line_of(idle->queue, "pinion-last-error"),
			 "a queue that lost nothing has no such lines\n");
}

/* As a user without any right but that to the queue's file. */
static int as_nobody(int queue)
{
	if (setgid(65534) || setuid(65534) || prctl(PR_SET_DUMPABLE, 1))
		return 1;
	return strncmp(line_of(queue, "pinion-last-error"), "0x700", 5) ? 2 : 0;
}

static bool nobody_reads(int queue)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(as_nobody(queue));
	waitpid(child, &status, 0);
	return !status;
}

int main(void)
{
	struct rig rig, idle;

	rig_open(&rig, 4);
	rig_open(&idle, 4);
	ksft_print_header();
	ksft_set_plan(5);
	mistake(&rig);
	reset(&rig, &idle);
	ksft_test_result(nobody_reads(rig.queue), "whoever has the queue's file reads the lines\n");
	rig_close(&rig);
	rig_close(&idle);
	ksft_finished();
}
