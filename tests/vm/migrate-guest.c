// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first process of the guests that migrate.py saves, unplug.py pulls a card out of, and
 * recover.py resets the card of. It loads the driver, then runs job after job with one queue and
 * checks what each wrote. If the card goes, it waits for another. Two variables, given on the
 * kernel's command line, add to that:
 *   programs=N   N processes do so at once
 *   sleeps=MODE  the guest goes to sleep again and again: MODE is a word of /sys/power/state
 */
#include <errno.h>
#include <fcntl.h>
#include <pinion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BYTES (256u << 10)

static struct pinion_error err;
static char name[32]; /* what each line that the program prints begins with */

static bool failed(int ret, const char *what)
{
	if (ret)
		printf("bad: %s%s: %s, %s\n", name, what, strerror(-ret), err.text);
	return ret;
}

static void park(void)
{
	for (;;)
		pause();
}

static void check(int ret, const char *what)
{
	if (failed(ret, what))
		park();
}

static void load_module(const char *path, const char *options)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, options, 0))
		check(-errno, path);
	close(fd);
}

static void prepare(void)
{
	char line[256];
	FILE *list;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	list = fopen("/modules.driver", "r");
	if (!list)
		check(-errno, "/modules.driver");
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line, "");
	}
	fclose(list);
	load_module("/pinion.ko", "allow_test_key=1");
}

/*
 * Runs jobs until two in a row fail, as they do once the card is gone. After a reset of the card
 * one fails, and the queue has to be reset.
 */
static void run_rounds(struct pinion_queue *queue, struct pinion_cmdbuf *cb, uint32_t *words)
{
	uint32_t *back = words + BYTES / 4, round, i;
	struct pinion_point point;
	unsigned int failures = 0;

	for (round = 1; failures < 2; round++) {
		for (i = 0; i < BYTES / 4; i++)
			words[i] = round * 2654435761u + i;
		if (failed(pinion_submit(queue, cb, &point, &err), "submit") ||
		    failed(pinion_wait(&point, PINION_WAIT_FOREVER, &err), "wait")) {
			failures++;
			failed(pinion_queue_reset(queue, &err), "reset");
			continue;
		}
		failures = 0;
		if (memcmp(words, back, BYTES))
			printf("bad: %sround %u came back altered\n", name, round);
		printf("%sround %u\n", name, round);
	}
}

static void use_card(struct pinion_device *dev)
{
	struct pinion_buffer *host = NULL, *card = NULL;
	struct pinion_cmdbuf *cb = NULL;
	struct pinion_queue *queue = NULL;
	uint64_t from, via;

	if (!failed(pinion_buffer_create(dev, 2 * BYTES, PINION_BUFFER_HOST, &host, &err),
		    "host buffer") &&
	    !failed(pinion_buffer_create(dev, BYTES, PINION_BUFFER_DEVICE, &card, &err),
		    "card buffer") &&
	    !failed(pinion_cmdbuf_create(dev, 0, &cb, &err), "command buffer") &&
	    !failed(pinion_queue_create(dev, NULL, &queue, &err), "queue")) {
		from = pinion_buffer_address(host);
		via = pinion_buffer_address(card);
		check(pinion_cmd_copy(cb, via, from, BYTES), "copy in");
		check(pinion_cmd_copy(cb, from + BYTES, via, BYTES), "copy out");
		run_rounds(queue, cb, pinion_buffer_map(host));
	}
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_buffer_free(card);
	pinion_buffer_free(host);
}

/* Use the card, and the next one if it is replaced. */
static void work(void)
{
	struct pinion_device *dev;

	for (;;) {
		while (pinion_device_open(NULL, &dev, &err))
			usleep(20000);
		use_card(dev);
		pinion_device_close(dev);
		usleep(20000);
	}
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		check(-errno, path);
	close(fd);
}

/* The kernel's test mode ends each sleep after a second, when the card is in D3hot. */
static void sleep_often(const char *mode)
{
	unsigned int n;

	put("/sys/module/suspend/parameters/pm_test_delay", "1");
	put("/sys/power/pm_test", "platform");
	for (n = 1;; n++) {
		put("/sys/power/state", mode);
		printf("slept %u\n", n);
		usleep(300000);
	}
}

int main(void)
{
	const char *programs = getenv("programs"), *mode = getenv("sleeps");
	int i, n = programs ? atoi(programs) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	prepare();
	if (!n)
		work();
	for (i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "program %d, ", i);
		if (!fork())
			work();
	}
	if (mode)
		sleep_often(mode);
	park();
}
