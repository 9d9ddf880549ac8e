// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program of the guest in which an idle card rests (runtime power management). It says in
 * which state the kernel has the card, and waits for a line of input after each "look", while the
 * test looks at the card in QEMU.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pinion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CARD  "/sys/bus/pci/drivers/pinion/0*/"
#define BYTES (64u << 10)
#define DELAY 200 /* autosuspend delay in ms */

static struct pinion_error err;

static void check(int ret, const char *what)
{
	if (!ret)
		return;
	printf("bad: %s: %s, %s\n", what, strerror(-ret), err.text);
	exit(1);
}

/* Open a file of the card's folder in sysfs. */
static int open_file(const char *name, int flags)
{
	char pattern[256];
	glob_t found;
	int fd;

	snprintf(pattern, sizeof(pattern), CARD "%s", name);
	check(glob(pattern, 0, NULL, &found) ? -ENOENT : 0, pattern);
	fd = open(found.gl_pathv[0], flags | O_CLOEXEC);
	check(fd < 0 ? -errno : 0, pattern);
	globfree(&found);
	return fd;
}

static void put(const char *name, const char *text)
{
	int fd = open_file(name, O_WRONLY);

	check(write(fd, text, strlen(text)) < 0 ? -errno : 0, name);
	close(fd);
}

static const char *get(const char *name)
{
	static char text[256];
	int fd = open_file(name, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	check(n < 0 ? -errno : 0, name);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	close(fd);
	return text;
}

static bool rests(void)
{
	return !strcmp(get("power/runtime_status"), "suspended");
}

static void await_rest(void)
{
	while (!rests())
		usleep(DELAY * 100);
}

/* The card is in use: it must not rest, however long nothing happens. */
static void expect_no_rest(const char *what)
{
	int i;

	for (i = 0; i < 50; i++) {
		check(rests() ? -EIO : 0, what);
		usleep(DELAY * 100);
	}
}

static void look(const char *what)
{
	char line[16];

	printf("look: %s, %s\n", what, get("power/runtime_status"));
	check(fgets(line, sizeof(line), stdin) ? 0 : -EPIPE, "input");
}

static void read_sysfs(void)
{
	static const char *const names[] = { "health/state",	"health/firmware_version",
					     "errors/last",	"limits/job_ms",
					     "user_submission", "power/runtime_active_time" };
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		get(names[i]);
	check(strcmp(get("health/state"), "ok") ? -EIO : 0, "health");
}

static void run_job(struct pinion_device *dev, struct pinion_queue *queue,
		    struct pinion_buffer *card, struct pinion_buffer *host)
{
	struct pinion_cmdbuf *cb;
	struct pinion_point point;

	check(pinion_cmdbuf_create(dev, 0, &cb, &err), "command buffer");
	check(pinion_cmd_copy(cb, pinion_buffer_address(host), pinion_buffer_address(card), BYTES),
	      "copy");
	check(pinion_submit(queue, cb, &point, &err), "submit");
	check(pinion_wait(&point, PINION_WAIT_FOREVER, &err), "wait");
	check(memcmp(pinion_buffer_map(host), pinion_buffer_map(card), BYTES) ? -EIO : 0,
	      "what the job copied");
}

/* A queue of either kind keeps the card awake from its creation to its end. */
static void use_queue(struct pinion_device *dev, uint32_t flags, struct pinion_buffer *card,
		      struct pinion_buffer *host)
{
	struct pinion_queue_options options = { .size = sizeof(options), .flags = flags };
	struct pinion_queue *queue;

	await_rest();
	look("before a queue");
	check(pinion_queue_create(dev, &options, &queue, &err), "queue");
	run_job(dev, queue, card, host);
	expect_no_rest("a card with a queue");
	look("with a queue");
	run_job(dev, queue, card, host);
	pinion_queue_close(queue);
}

int main(void)
{
	struct pinion_buffer *card, *host;
	struct pinion_device *dev;
	unsigned char *bytes;

	setvbuf(stdout, NULL, _IOLBF, 0);
	put("user_submission", "on");
	put("power/autosuspend_delay_ms", "200");
	check(strcmp(get("power/control"), "on") ? -EIO : 0, "power/control is on by default");
	expect_no_rest("a card whose power/control is on");
	put("power/control", "auto");
	await_rest();
	read_sysfs();
	look("nobody");
	check(pinion_device_open(NULL, &dev, &err), "open");
	check(pinion_buffer_create(dev, BYTES, PINION_BUFFER_DEVICE | PINION_BUFFER_MAPPABLE, &card,
				   &err),
	      "buffer");
	check(pinion_buffer_create(dev, BYTES, PINION_BUFFER_HOST, &host, &err), "buffer");
	bytes = pinion_buffer_map(card);
	memset(bytes, 0x5a, BYTES);
	await_rest();
	look("buffers");
	check(bytes[BYTES - 1] == 0x5a ? 0 : -EIO, "device memory");
	check(rests() ? -EIO : 0, "a card whose memory is read");
	use_queue(dev, 0, card, host);
	use_queue(dev, PINION_QUEUE_USER, card, host);
	await_rest();
	look("after queues");
	put("power/control", "on");
	expect_no_rest("a card whose power/control is on again");
	look("on");
	return 0;
}
