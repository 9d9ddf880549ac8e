// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modes of user-mode queues: one writes the ring with the least code possible and without the
 * shadow doorbell, the other goes through libpinion as an SDK does. Both poll for results instead
 * of sleeping.
 */
#include <errno.h>
#include <stdlib.h>

#include "modes.h"
#include "pinion.h"

int user_prepare(struct lane *lane)
{
	lane->node = rig_open_node();
	userq_open(&lane->user, lane->node, LANE_DEPTH, 0);
	return 0;
}

void user_finish(struct lane *lane)
{
	if (lane->user.ring)
		userq_close(&lane->user);
}

void user_submit(struct lane *lane, unsigned int n, unsigned int wait)
{
	struct pinion_cqe rec;

	while (n--)
		userq_put(&lane->user, lane->addr, lane->bytes)->flags = PINION_DESC_F_NO_IRQ;
	userq_ring_page(&lane->user);
	while (lane->waited < wait)
		if (userq_look(&lane->user, &rec)) {
			errno = rec.status;
			need(!errno, "a job");
			lane->waited++;
		}
}

unsigned int user_reap(struct lane *lane)
{
	unsigned int n = lane->waited;
	struct pinion_cqe rec;

	while (userq_look(&lane->user, &rec))
		n++;
	lane->waited = 0;
	return n;
}

/**
 * struct lane_library - objects of libpinion that a submitter uses
 * @dev: the open device
 * @queue: user-mode queue whose waits poll
 * @cb: an empty command buffer
 * @last: point of the job submitted last
 */
struct lane_library {
	struct pinion_device *dev;
	struct pinion_queue *queue;
	struct pinion_cmdbuf *cb;
	struct pinion_point last;
};

int library_prepare(struct lane *lane)
{
	struct pinion_queue_options options = {
		.size = sizeof(options),
		.entries = LANE_DEPTH,
		.flags = PINION_QUEUE_USER | PINION_QUEUE_POLLED,
	};
	struct lane_library *lib = calloc(1, sizeof(*lib));
	struct pinion_error err;

	errno = 0;
	need(lib, "memory");
	need(!userq_policy("on"), "user_submission");
	need(!pinion_device_open(NULL, &lib->dev, &err) &&
		     !pinion_queue_create(lib->dev, &options, &lib->queue, &err) &&
		     !pinion_cmdbuf_create(lib->dev, 0, &lib->cb, &err),
	     err.text);
	lane->library = lib;
	return 0;
}

void library_finish(struct lane *lane)
{
	struct lane_library *lib = lane->library;

	if (!lib)
		return;
	pinion_cmdbuf_free(lib->cb);
	pinion_queue_close(lib->queue);
	pinion_device_close(lib->dev);
	free(lib);
}

/* Jobs of a queue complete in order, so waiting for the last one waits for all. */
void library_submit(struct lane *lane, unsigned int n, unsigned int wait)
{
	struct lane_library *lib = lane->library;
	struct pinion_point point;

	errno = 0;
	while (n--)
		need(!pinion_submit(lib->queue, lib->cb, &lib->last, NULL), "pinion_submit()");
	if (!wait)
		return;
	point = (struct pinion_point){ lib->queue, lane->taken + wait };
	need(!pinion_wait(&point, PINION_WAIT_FOREVER, NULL), "pinion_wait()");
	lane->waited = point.seq;
}

unsigned int library_reap(struct lane *lane)
{
	unsigned int n = lane->waited - lane->taken;

	lane->taken = lane->waited;
	return n;
}
