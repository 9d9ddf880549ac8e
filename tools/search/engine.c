// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a card, loading kernels and weights into its memory, and running jobs on it. */
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "pinion_kernels.h"

#define LOOK_NS	    (100 * 1000000ull)	  /* time between two checks for Ctrl-C during a wait */
#define PATIENCE_NS (120 * 1000000000ull) /* time limit of a job; a batch takes less than 1 s */
#define MAX_DEVICES 64

static const char *const kernel_names[K_COUNT] = {
	[K_GEMM] = "gemm",	     [K_POSITIONS] = "positions", [K_GATHER] = "gather",
	[K_LAYERNORM] = "layernorm", [K_ATTENTION] = "attention", [K_POOL] = "pool",
	[K_L2NORM] = "l2norm",	     [K_TOPK] = "topk",
};

uint64_t engine_weight(const struct engine *engine, unsigned int w)
{
	return pinion_buffer_address(engine->weights) + engine->offset[w];
}

int engine_buffer(struct engine *engine, size_t bytes, uint32_t flags,
		  struct pinion_buffer **buffer, struct err *err)
{
	struct pinion_error why = { 0 };
	int ret = pinion_buffer_create(engine->dev, bytes, flags, buffer, &why);

	if (ret == -ENOSPC)
		return fail(err, EXIT_MEMORY,
			    "the card's memory has no space for %zu more bytes: use "
			    "--limit, or a smaller --batch.",
			    bytes);
	if (ret == -ENOMEM)
		return fail_memory(err);
	return ret ? fail(err, EXIT_DEVICE, "%s", why.text) : 0;
}

int engine_submit(struct engine *engine, struct pinion_cmdbuf *cb, struct pinion_point *point,
		  struct err *err)
{
	struct pinion_error why = { 0 };

	if (!pinion_submit(engine->queue, cb, point, &why))
		return 0;
	return fail(err, EXIT_JOB, "the job was not accepted: %s", why.text);
}

int engine_wait(struct engine *engine, const struct pinion_point *point, struct err *err)
{
	struct pinion_error why = { 0 };
	uint64_t waited;
	int ret = -ETIME;

	for (waited = 0; ret == -ETIME && waited < PATIENCE_NS; waited += LOOK_NS) {
		if (interrupted())
			return fail(err, EXIT_INTERRUPT, "interrupted.");
		ret = pinion_wait(point, LOOK_NS, &why);
		if (ret == -EINTR)
			ret = -ETIME;
	}
	if (ret == -ETIME)
		return fail(err, EXIT_JOB, "the card did not finish a job in %llu s: see dmesg.",
			    PATIENCE_NS / 1000000000);
	if (ret)
		return fail(err, EXIT_JOB, "a job failed on the card: %s", why.text);
	engine->stats.jobs++;
	return 0;
}

int engine_run(struct engine *engine, struct pinion_cmdbuf *cb, struct err *err)
{
	struct pinion_point point;

	if (engine_submit(engine, cb, &point, err))
		return -1;
	return engine_wait(engine, &point, err);
}

int engine_clock(struct engine *engine, double *seconds, struct err *err)
{
	struct pinion_point point;

	pinion_cmdbuf_reset(engine->tick);
	pinion_cmd_barrier(engine->tick);
	if (engine_submit(engine, engine->tick, &point, err) || engine_wait(engine, &point, err))
		return -1;
	*seconds = (double)pinion_point_timestamp(&point) / (double)engine->info.time_freq;
	return 0;
}

static int open_device(struct engine *engine, unsigned int device, struct err *err)
{
	char(*paths)[64] = calloc(MAX_DEVICES, sizeof(*paths));
	struct pinion_error why = { 0 };
	int n, ret = -1;

	if (!paths)
		return fail_memory(err);
	n = pinion_device_list(paths, MAX_DEVICES);
	if (n > 0 && (device >= (unsigned int)n || device >= MAX_DEVICES))
		fail(err, EXIT_DEVICE, "there is no card number %u: the last is %d.", device,
		     n - 1);
	else if (pinion_device_open(n > 0 ? paths[device] : NULL, &engine->dev, &why))
		fail(err, EXIT_DEVICE,
		     "there is no card to use: %s. "
		     "Without a card, run this in tools/vm/pinion-vm.",
		     why.text);
	else
		ret = 0;
	free(paths);
	if (!ret && (pinion_device_info(engine->dev, &engine->info) || !engine->info.time_freq))
		ret = fail(err, EXIT_DEVICE, "the card does not answer: see dmesg.");
	return ret;
}

static int open_kernel(struct engine *engine, unsigned int k, const char *dir, struct err *err)
{
	struct pinion_error why = { 0 };
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s.elf", dir, kernel_names[k]) >= (int)sizeof(path))
		return fail(err, EXIT_DEVICE, "the path of the kernels' folder is too long.");
	if (pinion_program_open(engine->dev, path, &engine->programs[k], &why))
		return fail(err, EXIT_DEVICE,
			    "cannot load the kernel %s: %s (--kernels names "
			    "the folder of the kernels)",
			    path, why.text);
	engine->kernels[k] = pinion_program_kernel(engine->programs[k], kernel_names[k]);
	if (!engine->kernels[k])
		return fail(err, EXIT_DEVICE, "%s does not hold the kernel %s: build it again.",
			    path, kernel_names[k]);
	return 0;
}

/* Copy the weights into device memory, then compute the table of positions from its frequencies. */
static void record_upload(struct engine *engine, struct pinion_cmdbuf *cb, uint64_t from,
			  size_t bytes)
{
	struct pinion_positions_args args = {
		.inv = engine_weight(engine, W_POSITION_INV),
		.out = pinion_buffer_address(engine->positions),
		.rows = MODEL_MAX_TOKENS,
		.cols = MODEL_EMBED,
	};

	pinion_cmd_copy(cb, pinion_buffer_address(engine->weights), from, bytes);
	pinion_cmd_launch(cb, engine->kernels[K_POSITIONS], MODEL_MAX_TOKENS, 1, 1, &args,
			  sizeof(args));
	engine->stats.to_card += bytes;
}

static int run_upload(struct engine *engine, const struct model_files *files,
		      struct pinion_buffer *staging, struct err *err)
{
	struct pinion_cmdbuf *cb = NULL;
	int ret;

	if (!pinion_buffer_map(staging) || pinion_cmdbuf_create(engine->dev, 0, &cb, NULL))
		return fail_memory(err);
	memcpy(pinion_buffer_map(staging), files->weights, files->weights_bytes);
	record_upload(engine, cb, pinion_buffer_address(staging), files->weights_bytes);
	ret = engine_run(engine, cb, err);
	pinion_cmdbuf_free(cb);
	return ret;
}

void engine_stop(struct engine *engine)
{
	pinion_queue_close(engine->queue);
	engine->queue = NULL;
}

static int upload(struct engine *engine, const struct model_files *files, struct err *err)
{
	struct pinion_buffer *staging = NULL;
	int ret = -1;

	memcpy(engine->offset, files->offset, sizeof(engine->offset));
	if (engine_buffer(engine, files->weights_bytes, PINION_BUFFER_DEVICE, &engine->weights,
			  err) ||
	    engine_buffer(engine, MODEL_MAX_TOKENS * MODEL_EMBED * sizeof(float),
			  PINION_BUFFER_DEVICE, &engine->positions, err))
		return -1;
	if (!engine_buffer(engine, files->weights_bytes, PINION_BUFFER_HOST, &staging, err))
		ret = run_upload(engine, files, staging, err);
	if (ret)
		engine_stop(engine);
	pinion_buffer_free(staging);
	return ret;
}

int engine_open(struct engine *engine, unsigned int device, const char *kernels,
		const struct model_files *files, struct err *err)
{
	struct pinion_error why = { 0 };
	unsigned int k;

	memset(engine, 0, sizeof(*engine));
	if (open_device(engine, device, err))
		return -1;
	for (k = 0; k < K_COUNT; k++)
		if (open_kernel(engine, k, kernels, err))
			return -1;
	if (pinion_queue_create(engine->dev, NULL, &engine->queue, &why))
		return fail(err, EXIT_DEVICE, "cannot make a queue on the card: %s", why.text);
	if (pinion_cmdbuf_create(engine->dev, 0, &engine->tick, NULL))
		return fail_memory(err);
	return upload(engine, files, err);
}

void engine_close(struct engine *engine)
{
	unsigned int k;

	engine_stop(engine);
	pinion_cmdbuf_free(engine->tick);
	pinion_buffer_free(engine->weights);
	pinion_buffer_free(engine->positions);
	for (k = 0; k < K_COUNT; k++)
		pinion_program_free(engine->programs[k]);
	pinion_device_close(engine->dev);
	memset(engine, 0, sizeof(*engine));
}
