// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program of guests that go to sleep. Each of its processes has everything open that a card
 * offers: queues of the kernel and of user mode, mappings, exported dma-bufs, timelines. It keeps
 * jobs in flight, and checks that nothing but these is lost.
 *
 *   sleep-guest PROCESSES FILE=TEXT...
 *
 * writes each TEXT into its FILE, a pattern of glob(7), when all processes work. After each it
 * waits until each process has done two more rounds, and says so. A FILE named "state" puts the
 * guest to sleep: then each process must have lost the job that was waiting. An error of write() is
 * printed, and may be what the test expects.
 *
 * Two kinds of arguments are no FILE=TEXT: "look" waits for a line of input, and MIB=N, which comes
 * first, gives each process N MiB more of device memory, none of whose pages are zero.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pinion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES (128u << 10)
#define MOST  64

/**
 * struct progress - what a process tells the first one, in shared memory
 * @rounds: rounds that went well
 * @lost: jobs that waited, and ended with ECANCELED
 * @bad: something was wrong
 */
struct progress {
	unsigned int rounds;
	unsigned int lost;
	unsigned int bad;
};

struct program {
	struct progress *progress;
	unsigned int number;
	struct pinion_device *dev;
	struct pinion_buffer *host, *shown, *hidden, *word;
	struct pinion_queue *queue, *user, *stuck;
	struct pinion_cmdbuf *by_kernel, *by_user, *waits;
	struct pinion_timeline *tl;
	struct pinion_point waiting;
	uint32_t *exported; /* the dma-buf of @shown */
	uint64_t value;	    /* of @tl */
};

static struct pinion_error err;
static unsigned int mib; /* of device memory that each process has in addition */

static void fail(struct program *p, const char *what, const char *why)
{
	printf("bad: program %u, %s: %s\n", p->number, what, why);
	__atomic_store_n(&p->progress->bad, 1, __ATOMIC_SEQ_CST);
	exit(1);
}

static void check(struct program *p, int ret, const char *what)
{
	char why[600];

	snprintf(why, sizeof(why), "%s, %s", strerror(-ret), err.text);
	if (ret)
		fail(p, what, why);
}

static uint32_t pattern(const struct program *p, uint32_t i)
{
	return i * 2654435761u + p->number;
}

static void expect(struct program *p, const volatile uint32_t *words, const char *what)
{
	uint32_t i;

	for (i = 0; i < BYTES / 4; i++)
		if (words[i] != pattern(p, i))
			fail(p, what, "the content has changed");
}

static struct pinion_queue *queue_create(struct program *p, uint32_t flags)
{
	struct pinion_queue_options options = { .size = sizeof(options), .flags = flags };
	struct pinion_queue *queue;

	check(p, pinion_queue_create(p->dev, &options, &queue, &err), "queue");
	return queue;
}

static struct pinion_buffer *buffer_create(struct program *p, uint32_t flags, unsigned int n)
{
	struct pinion_buffer *buffer;

	check(p, pinion_buffer_create(p->dev, n * BYTES, flags, &buffer, &err), "buffer");
	return buffer;
}

static struct pinion_cmdbuf *copies(struct program *p, uint64_t to, uint64_t from)
{
	struct pinion_cmdbuf *cb;

	check(p, pinion_cmdbuf_create(p->dev, 0, &cb, &err), "command buffer");
	check(p, pinion_cmd_copy(cb, to, from, BYTES), "copy");
	return cb;
}

/* A job that nobody ends: it is in flight whenever the guest goes to sleep. */
static void submit_waiting(struct program *p)
{
	check(p, pinion_submit(p->stuck, p->waits, &p->waiting, &err), "job that waits");
}

static void open_buffers(struct program *p)
{
	uint32_t *words, i;
	int fd;

	p->host = buffer_create(p, PINION_BUFFER_HOST, 3);
	p->word = buffer_create(p, PINION_BUFFER_HOST, 1);
	p->shown = buffer_create(p, PINION_BUFFER_DEVICE | PINION_BUFFER_MAPPABLE, 1);
	p->hidden = buffer_create(p, PINION_BUFFER_DEVICE, 1);
	words = pinion_buffer_map(p->host);
	for (i = 0; i < BYTES / 4; i++)
		words[i] = pattern(p, i);
	memcpy(pinion_buffer_map(p->shown), words, BYTES);
	fd = pinion_buffer_export(p->shown, &err);
	check(p, fd < 0 ? fd : 0, "dma-buf");
	p->exported = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (p->exported == MAP_FAILED)
		fail(p, "mapping of the dma-buf", strerror(errno));
}

/* Device memory that has to be kept in a sleep, and is not looked at. */
static void open_ballast(struct program *p)
{
	struct pinion_buffer *ballast;
	struct pinion_cmdbuf *cb;
	struct pinion_point point;
	uint64_t bytes = (uint64_t)mib << 20;

	if (!mib)
		return;
	check(p, pinion_buffer_create(p->dev, bytes, PINION_BUFFER_DEVICE, &ballast, &err),
	      "ballast");
	check(p, pinion_cmdbuf_create(p->dev, 0, &cb, &err), "command buffer");
	check(p, pinion_cmd_fill(cb, pinion_buffer_address(ballast), bytes, ~0ull, 8), "fill");
	check(p, pinion_submit(p->queue, cb, &point, &err), "fill");
	check(p, pinion_wait(&point, PINION_WAIT_FOREVER, &err), "fill");
}

static void open_all(struct program *p)
{
	struct pinion_point point;
	uint64_t host;

	check(p, pinion_device_open(NULL, &p->dev, &err), "open");
	open_buffers(p);
	p->queue = queue_create(p, 0);
	open_ballast(p);
	p->stuck = queue_create(p, 0);
	p->user = queue_create(p, PINION_QUEUE_USER);
	check(p, pinion_timeline_create(p->dev, NULL, 0, &p->tl, &err), "timeline");
	host = pinion_buffer_address(p->host);
	p->by_kernel = copies(p, pinion_buffer_address(p->hidden), host);
	check(p, pinion_submit(p->queue, p->by_kernel, &point, &err), "first job");
	check(p, pinion_wait(&point, PINION_WAIT_FOREVER, &err), "first job");
	p->by_kernel = copies(p, host + BYTES, pinion_buffer_address(p->hidden));
	p->by_user = copies(p, host + 2 * BYTES, pinion_buffer_address(p->shown));
	check(p, pinion_cmdbuf_create(p->dev, 0, &p->waits, &err), "command buffer");
	check(p, pinion_cmd_wait(p->waits, pinion_buffer_address(p->word), 1), "wait");
	submit_waiting(p);
}

/* Whether the job went well. A job may be lost, and its queue is stopped until it is reset. */
static bool run(struct program *p, struct pinion_queue *queue, struct pinion_cmdbuf *cb,
		const struct pinion_submit_options *options)
{
	struct pinion_point point;
	int ret = pinion_submit_sync(queue, cb, options, &point, &err);

	if (!ret)
		ret = pinion_wait(&point, PINION_WAIT_FOREVER, &err);
	if (!ret)
		return true;
	if (ret != -ECANCELED && ret != -ESHUTDOWN)
		check(p, ret, "job");
	check(p, pinion_queue_reset(queue, &err), "reset of the queue");
	return false;
}

/* The job that waits has been lost in a sleep: submit another one on the same queue. */
static void look_after_waiting(struct program *p)
{
	int ret = pinion_wait(&p->waiting, 0, &err);

	if (ret == -ETIME)
		return;
	if (ret != -ECANCELED)
		check(p, ret ? ret : -EINVAL, "job that waits");
	check(p, pinion_queue_reset(p->stuck, &err), "reset of the queue that waits");
	submit_waiting(p);
	__atomic_fetch_add(&p->progress->lost, 1, __ATOMIC_SEQ_CST);
}

static void round_once(struct program *p)
{
	struct pinion_submit_options options = {
		.size = sizeof(options),
		.signal = { .timeline = p->tl, .value = ++p->value },
	};
	uint32_t *host = pinion_buffer_map(p->host);
	bool good;

	memset(host + BYTES / 4, 0, 2 * BYTES);
	good = run(p, p->queue, p->by_kernel, &options);
	good = run(p, p->user, p->by_user, NULL) && good;
	look_after_waiting(p);
	expect(p, pinion_buffer_map(p->shown), "the buffer in device memory that is mapped");
	expect(p, p->exported, "the dma-buf");
	if (!good)
		return;
	expect(p, host + BYTES / 4, "the buffer in device memory");
	expect(p, host + BYTES / 2, "what the queue of user mode copied");
	if (pinion_timeline_value(p->tl) != p->value)
		fail(p, "timeline", "the job has not raised it");
	__atomic_fetch_add(&p->progress->rounds, 1, __ATOMIC_SEQ_CST);
}

static void work(struct progress *progress, unsigned int number)
{
	struct program p = { .progress = progress, .number = number };

	open_all(&p);
	for (;;)
		round_once(&p);
}

static void put(const char *file, const char *text)
{
	glob_t found;
	int fd;

	if (glob(file, GLOB_NOCHECK, NULL, &found)) {
		perror("bad: glob");
		exit(1);
	}
	fd = open(found.gl_pathv[0], O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("%s: %s\n", found.gl_pathv[0], strerror(errno));
	close(fd);
	globfree(&found);
}

/* Wait until each process has done @rounds more rounds, and lost @lost more jobs, than before. */
static void await(const struct progress *now, const struct progress *before, unsigned int n,
		  unsigned int lost)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		while (__atomic_load_n(&now[i].rounds, __ATOMIC_SEQ_CST) < before[i].rounds + 2 ||
		       __atomic_load_n(&now[i].lost, __ATOMIC_SEQ_CST) < before[i].lost + lost) {
			if (__atomic_load_n(&now[i].bad, __ATOMIC_SEQ_CST))
				exit(1);
			usleep(20000);
		}
	}
}

static void look(void)
{
	printf("look\n");
	if (getchar() == EOF)
		exit(1);
}

/* Do what an argument says. */
static void act(char *argument, const struct progress *now, unsigned int n)
{
	char *text = strchr(argument, '=');
	struct progress before[MOST];
	const char *name;

	if (!text)
		look();
	memcpy(before, now, n * sizeof(*now));
	if (!text) {
		await(now, before, n, 0);
		return;
	}
	*text++ = '\0';
	name = strrchr(argument, '/') + 1;
	put(argument, text);
	await(now, before, n, !strcmp(name, "state"));
	printf("%u programs go on after %s > %s\n", n, text, name);
}

int main(int argc, char **argv)
{
	unsigned int i, n = argc > 1 ? atoi(argv[1]) : 0;
	static const struct progress none[MOST];
	struct progress *shared;
	int arg = 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!n || n > MOST || shared == MAP_FAILED)
		return 1;
	if (argc > arg && sscanf(argv[arg], "MIB=%u", &mib) == 1)
		arg++;
	put("/sys/bus/pci/drivers/pinion/0*/user_submission", "on");
	for (i = 0; i < n; i++)
		if (!fork())
			work(&shared[i], i + 1);
	await(shared, none, n, 0);
	for (; arg < argc; arg++)
		act(argv[arg], shared, n);
	return 0;
}
