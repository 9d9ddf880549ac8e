// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fdinfo of a queue file says what the oldest job waits for, and who has submitted a job that
 * ends the wait; the file queues in debugfs says it of all queues.
 */
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "userq.h"

static char text[65536];

static const char *read_text(const char *path)
{
	size_t n;
	FILE *file = fopen(path, "r");

	if (!file)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = 0;
	fclose(file);
	return text;
}

static const char *fdinfo(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return read_text(path);
}

/* Whether the text has a line of these words. */
static bool says(const char *from, const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (strstr(from, line))
		return true;
	ksft_print_msg("no '%s' in:\n%s\n", line, from);
	return false;
}

static unsigned int number_of(int fd)
{
	const char *line = strstr(fdinfo(fd), "pinion-queue:\t");

	return line ? strtoul(line + strlen("pinion-queue:\t"), NULL, 10) : ~0u;
}

/* Submit a job that waits for one point and raises another. */
static void submit(int queue, struct pinion_uring_point wait, struct pinion_uring_point signal)
{
	struct pinion_queue_exec args = { .waits = { wait }, .signal = signal };

	if (try_ioctl(queue, PINION_QUEUE_IOC_EXEC, &args))
		ksft_exit_fail_msg("EXEC: %s\n", strerror(errno));
}

static struct pinion_uring_point point(uint32_t timeline, uint64_t value)
{
	return (struct pinion_uring_point){ .timeline = timeline, .value = value };
}

static bool ends(int queue, uint64_t seq)
{
	struct pinion_queue_wait wait = { .seq = seq, .until_ns = ~0ull };

	return !try_ioctl(queue, PINION_QUEUE_IOC_WAIT, &wait) && !wait.result;
}

static void in_debugfs(int queue, uint32_t id)
{
	unsigned int number = number_of(queue);
	char path[128], line[64];
	const char *at;

	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%s/queues", rig_pci_address());
	snprintf(line, sizeof(line), "pinion-queue:\t%u\n", number);
	at = strstr(read_text(path), line);
	ksft_test_result(at && says(at, "pinion-waits-for:\ttimeline %u, value 5, now 2\n", id) &&
				 says(at, "pinion-process:\t%d\n", getpid()),
			 "debugfs says it of all queues, and whose they are\n");
}

/* Another user may know that somebody raises the timeline, and not who. */
static int read_as_other(int queue)
{
	if (setgid(65534) || setuid(65534))
		return 1;
	return says(fdinfo(queue), "pinion-raised-by:\ta queue of another user\n") ? 0 : 2;
}

static bool hidden_from_others(int queue)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(read_as_other(queue));
	waitpid(child, &status, 0);
	return !status;
}

static void kernel_queue(struct rig *rig)
{
	uint32_t id, host;
	int tl = rig_timeline(rig->fd, 2, &id), begin = rig_timeline(rig->fd, 0, &host);
	int raiser = rig_queue(rig->fd, 4);

	ksft_test_result(says(fdinfo(rig->queue), "pinion-state:\trunning\n") &&
				 says(text, "pinion-in-flight:\t0\n") &&
				 !strstr(text, "pinion-oldest-job:"),
			 "an idle queue has no oldest job\n");
	submit(rig->queue, point(id, 5), point(0, 0));
	ksft_test_result(says(fdinfo(rig->queue), "pinion-oldest-job:\t1\n") &&
				 says(text, "pinion-waits-for:\ttimeline %u, value 5, now 2\n", id),
			 "a job that waits: the timeline, the value and how far it is\n");
	ksft_test_result(says(fdinfo(rig->queue), "pinion-raised-by:\tnobody known\n"),
			 "nobody ends the wait\n");
	submit(raiser, point(host, 1), point(id, 4));
	ksft_test_result(says(fdinfo(rig->queue), "pinion-raised-by:\tnobody known\n"),
			 "a job that raises it to less does not count\n");
	submit(raiser, point(0, 0), point(id, 5));
	ksft_test_result(says(fdinfo(rig->queue),
			      "pinion-raised-by:\tqueue %u, job 2, process %d\n", number_of(raiser),
			      getpid()),
			 "the queue, the job and the process that end the wait\n");
	ksft_test_result(hidden_from_others(rig->queue), "others do not learn who it is\n");
	in_debugfs(rig->queue, id);
	rig_timeline_raise(begin, 1);
	ksft_test_result(ends(rig->queue, 1) &&
				 says(fdinfo(rig->queue), "pinion-in-flight:\t0\n") &&
				 says(text, "pinion-completed:\t1\n"),
			 "the wait ends\n");
	close(raiser);
	close(begin);
	close(tl);
}

static void user_queue(struct rig *rig)
{
	struct pinion_desc *desc;
	struct userq uq;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 3, &id);

	userq_open(&uq, rig->fd, 4, 0);
	desc = userq_put(&uq, 0, 0);
	desc->wait_va = rig_info(rig->fd).va_end + 4096ull * id;
	desc->wait_value = 9;
	userq_ring_page(&uq);
	ksft_test_result(says(fdinfo(uq.fd), "pinion-in-flight:\t1\n") &&
				 says(text, "pinion-waits-for:\ttimeline %u, value 9, now 3\n", id),
			 "a job of a user-mode queue, by its descriptor\n");
	rig_timeline_raise(tl, 9);
	while (!strstr(fdinfo(uq.fd), "pinion-in-flight:\t0\n"))
		usleep(1000);
	ksft_test_result(says(text, "pinion-completed:\t1\n"), "its wait ends\n");
	userq_close(&uq);
	close(tl);
}

static void stopped(struct rig *rig)
{
	rig->bytes = 0;
	rig_fill(rig, 0x700000000000, 4096, 1, 8);
	if (rig_run(rig).res != -EFAULT)
		ksft_exit_fail_msg("a job that accessed an unmapped address did not fail\n");
	ksft_test_result(says(fdinfo(rig->queue), "pinion-state:\tstopped\n") &&
				 says(text, "pinion-error:\t0x004 The job accessed an address"),
			 "a queue that stopped says why\n");
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(11);
	kernel_queue(&rig);
	user_queue(&rig);
	stopped(&rig);
	rig_close(&rig);
	ksft_finished();
}
