/* SPDX-License-Identifier: MIT */
/* Helpers of the runtime's tests: opening a card, loading probe kernels, and giving up in words. */
#ifndef RT_H
#define RT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/probe.h"
#include "pinion.h"
#include "tap.h"

#define RT_MS	1000000ull
#define RT_SOON (20 * RT_MS)	/* how long to watch that something does not happen */
#define RT_LONG (60000 * RT_MS) /* last resort for what must happen */

static struct pinion_error rt_err;

/* Make a call that the test depends on, and give up if it fails. */
#define RT(call)                                                \
	do {                                                    \
		if (call)                                       \
			tap_bail("%s: %s", #call, rt_err.text); \
	} while (0)

static inline struct pinion_device *rt_device(void)
{
	struct pinion_device *dev;

	RT(pinion_device_open(NULL, &dev, &rt_err));
	return dev;
}

/* Path of a file in the build folder, valid until the next call. */
static inline const char *rt_build(const char *name)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);

	if (n < 0)
		tap_bail("/proc/self/exe: %s", strerror(errno));
	path[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(path, '/') = '\0';
	strcat(path, "/");
	return strncat(path, name, 60);
}

static inline struct pinion_program *rt_probe(struct pinion_device *dev)
{
	struct pinion_program *prog;

	RT(pinion_program_open(dev, rt_build("kernels/test/probe.elf"), &prog, &rt_err));
	return prog;
}

static inline struct pinion_buffer *rt_host(struct pinion_device *dev, size_t bytes)
{
	struct pinion_buffer *buf;

	RT(pinion_buffer_create(dev, bytes, PINION_BUFFER_HOST, &buf, &rt_err));
	if (!pinion_buffer_map(buf))
		tap_bail("a host buffer cannot be mapped");
	return buf;
}

static inline struct pinion_cmdbuf *rt_cmdbuf(struct pinion_device *dev)
{
	struct pinion_cmdbuf *cb;

	RT(pinion_cmdbuf_create(dev, 0, &cb, &rt_err));
	return cb;
}

static inline struct pinion_queue *rt_queue(struct pinion_device *dev, uint32_t entries)
{
	struct pinion_queue_options options = { .size = sizeof(options), .entries = entries };
	struct pinion_queue *queue;

	RT(pinion_queue_create(dev, &options, &queue, &rt_err));
	return queue;
}

/* Submit a command buffer and wait for the job; returns 0 or the error of either call. */
static inline int rt_run(struct pinion_queue *queue, struct pinion_cmdbuf *cb)
{
	struct pinion_point point;
	int ret = pinion_submit(queue, cb, &point, &rt_err);

	return ret ? ret : pinion_wait(&point, RT_LONG, &rt_err);
}

/* Record one launch of a probe kernel and nothing else into a command buffer. */
static inline void rt_launch(struct pinion_cmdbuf *cb, struct pinion_program *prog,
			     const char *kernel, uint64_t address, uint64_t value)
{
	struct probe_args args = { address, value };

	pinion_cmdbuf_reset(cb);
	if (pinion_cmd_launch(cb, pinion_program_kernel(prog, kernel), 1, 1, 1, &args,
			      sizeof(args)))
		tap_bail("launch of %s cannot be recorded", kernel);
}

#endif /* RT_H */
