// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uploads firmware while jobs are in flight: update-guest GOOD ALTERED CRASHING, each a file.
 * update-guest --unbind GOOD unbinds the driver as soon as an upload has begun, several times.
 * Prints a line for each step, which update.sh compares with what it expects.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../selftests/rig.h"

#define FOLDER	"/sys/class/firmware/pinion0/"
#define SECONDS 120

static uint8_t image[PINION_FW_MAX_BYTES];

/* What a file of the upload says, without the newline. */
static void ask(const char *file, char *text, size_t size)
{
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), FOLDER "%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	close(fd);
}

static void copy_to_data(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to = open(FOLDER "data", O_WRONLY | O_CLOEXEC);
	ssize_t n = read(from, image, sizeof(image)), done = 0, part;

	while (n > 0 && done < n && (part = write(to, image + done, n - done)) > 0)
		done += part;
	if (n <= 0 || done != n)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	close(from);
	close(to);
}

static void begin_upload(const char *path)
{
	if (try_write(FOLDER "loading", "1"))
		ksft_exit_fail_msg(FOLDER "loading: %s\n", strerror(errno));
	copy_to_data(path);
	if (try_write(FOLDER "loading", "0"))
		ksft_exit_fail_msg(FOLDER "loading: %s\n", strerror(errno));
}

/* Upload a file. Return: what the kernel says in the end: "" or the error. */
static const char *upload(const char *path)
{
	static char text[128];
	int i;

	begin_upload(path);
	for (i = 0; i < 10 * SECONDS; i++) {
		ask("status", text, sizeof(text));
		if (!strcmp(text, "idle"))
			break;
		usleep(100000);
	}
	ask("error", text, sizeof(text));
	return text;
}

/* A queue that was there before, and a queue that is made now. */
static bool jobs_run(struct rig *rig)
{
	struct rig other;
	bool good;

	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 4096, 0x5a, 1);
	good = !rig_run(rig).res && rig_all(rig->data, 4096, 0x5a);
	rig_open(&other, 4);
	good = good && !rig_run(&other).res;
	rig_close(&other);
	return good;
}

/*
 * The kernel asks the upload once to end. In a guest with one processor that happens before its
 * first step, as the worker of the upload has a lower priority than this process.
 */
static int unbind(const char *path)
{
	struct sched_param highest = { .sched_priority = 1 };
	unsigned int i;

	rig_pci_address();
	if (sched_setscheduler(0, SCHED_FIFO, &highest))
		ksft_exit_fail_msg("sched_setscheduler: %s\n", strerror(errno));
	for (i = 0; i < 10; i++) {
		begin_upload(path);
		if (try_driver("unbind") || try_driver("bind"))
			ksft_exit_fail_msg("unbind and bind\n");
	}
	printf("unbound in an upload: %u times\n", i);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "good", "altered", "crashing" };
	struct rig hung, rig;
	int i;

	if (argc > 4)
		return 2;
	if (argc == 3 && !strcmp(argv[1], "--unbind"))
		return unbind(argv[2]);
	rig_open(&hung, 4);
	rig_open(&rig, 4);
	rig_hang(&hung);
	for (i = 1; i < argc; i++) {
		printf("%s: %s\n", names[i - 1], upload(argv[i]));
		printf("jobs %s\n", jobs_run(&rig) ? "run" : "do not run");
	}
	rig_unhang(&hung);
	printf("the job that was in flight: %d\n", rig_wait(&hung).res);
	rig_close(&rig);
	rig_close(&hung);
	return 0;
}
