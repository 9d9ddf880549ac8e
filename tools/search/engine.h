/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The card as the search job sees it: kernels and weights in place, one queue. */
#ifndef SEARCH_ENGINE_H
#define SEARCH_ENGINE_H

#include <pinion.h>
#include <stdint.h>

#include "err.h"
#include "weights.h"

enum engine_kernel {
	K_GEMM,
	K_POSITIONS,
	K_GATHER,
	K_LAYERNORM,
	K_ATTENTION,
	K_POOL,
	K_L2NORM,
	K_TOPK,
	K_COUNT,
};

/**
 * struct engine_stats - what the card did
 * @jobs: command buffers completed
 * @to_card: bytes copied from host memory
 * @from_card: bytes copied to host memory
 * @busy_ticks: device time between the first and the last packet, summed over the jobs
 */
struct engine_stats {
	uint64_t jobs;
	uint64_t to_card;
	uint64_t from_card;
	uint64_t busy_ticks;
};

/**
 * struct engine - an open card
 * @dev: device
 * @info: of it
 * @queue: the one queue; its jobs run in order
 * @programs: one per kernel
 * @kernels: of the programs
 * @tick: a command buffer that does nothing, for engine_clock()
 * @weights: struct model_files' weights, in device memory
 * @positions: MODEL_MAX_TOKENS x MODEL_EMBED sines and cosines, in device memory
 * @offset: of each weight in @weights
 * @stats: so far
 */
struct engine {
	struct pinion_device *dev;
	struct pinion_device_info info;
	struct pinion_queue *queue;
	struct pinion_program *programs[K_COUNT];
	const struct pinion_kernel *kernels[K_COUNT];
	struct pinion_cmdbuf *tick;
	struct pinion_buffer *weights;
	struct pinion_buffer *positions;
	uint64_t offset[WEIGHTS];
	struct engine_stats stats;
};

/**
 * engine_open() - open a card and put kernels and weights on it
 * @engine: out; engine_close() also after failure
 * @device: number of the card, from 0
 * @kernels: folder of the kernels' ELF files
 * @files: the model
 * @err: reason
 *
 * Return: 0 or -1.
 */
int engine_open(struct engine *engine, unsigned int device, const char *kernels,
		const struct model_files *files, struct err *err);
void engine_close(struct engine *engine);
/*
 * Close the queue alone. After an error jobs may still run, and what they use
 * must stay until they are stopped: call this before freeing buffers.
 */
void engine_stop(struct engine *engine);

/* Card address of a weight. */
uint64_t engine_weight(const struct engine *engine, unsigned int w);

/* A buffer, with an error that says what to do when memory is short. */
int engine_buffer(struct engine *engine, size_t bytes, uint32_t flags,
		  struct pinion_buffer **buffer, struct err *err);
int engine_submit(struct engine *engine, struct pinion_cmdbuf *cb, struct pinion_point *point,
		  struct err *err);
/* Wait for a job; ends early with EXIT_INTERRUPT when the user pressed Ctrl-C. */
int engine_wait(struct engine *engine, const struct pinion_point *point, struct err *err);
/* Both. */
int engine_run(struct engine *engine, struct pinion_cmdbuf *cb, struct err *err);
/*
 * Seconds on the card's clock once all jobs before are complete. Durations are
 * taken from it alone: a virtual machine's own clock may run fast or slow.
 */
int engine_clock(struct engine *engine, double *seconds, struct err *err);

#endif /* SEARCH_ENGINE_H */
