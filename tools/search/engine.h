/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card with kernels and weights loaded, and one queue to run jobs on. */
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
 * struct engine_stats - figures of what the card has done so far
 * @jobs: command buffers completed
 * @to_card: bytes copied from host memory
 * @from_card: bytes copied to host memory
 * @busy_ticks: ticks between the first and the last packet of a job, summed over the jobs
 */
struct engine_stats {
	uint64_t jobs;
	uint64_t to_card;
	uint64_t from_card;
	uint64_t busy_ticks;
};

/**
 * struct engine - an open card
 * @dev: open device of the card
 * @info: properties of the device
 * @queue: the only queue, whose jobs run in order
 * @programs: program of each kernel, by enum engine_kernel
 * @kernels: the kernels, by enum engine_kernel
 * @tick: a command buffer that does nothing, for engine_clock()
 * @weights: weights of struct model_files, in device memory
 * @positions: MODEL_MAX_TOKENS x MODEL_EMBED sines and cosines, in device memory
 * @offset: offset of each weight in @weights, by enum weight
 * @stats: figures of what the card has done so far
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
 * engine_open() - open a card and load kernels and weights into its memory
 * @engine: out; to be closed by engine_close(), after a failure, too
 * @device: number of the card, from 0
 * @kernels: folder of the kernels' ELF files
 * @files: files of the model
 * @err: out: reason of a failure
 *
 * Return: 0 or -1.
 */
int engine_open(struct engine *engine, unsigned int device, const char *kernels,
		const struct model_files *files, struct err *err);
void engine_close(struct engine *engine);
/*
 * Close the queue, which stops all jobs. To be called after an error, before buffers are freed,
 * because jobs that still run may use the buffers.
 */
void engine_stop(struct engine *engine);

/* Return: the card address of weight @w of enum weight. */
uint64_t engine_weight(const struct engine *engine, unsigned int w);

/* Create a buffer. If memory is short, the error says what the user can do. */
int engine_buffer(struct engine *engine, size_t bytes, uint32_t flags,
		  struct pinion_buffer **buffer, struct err *err);
int engine_submit(struct engine *engine, struct pinion_cmdbuf *cb, struct pinion_point *point,
		  struct err *err);
/* Wait for the end of a job; fails with EXIT_INTERRUPT if the user presses Ctrl-C meanwhile. */
int engine_wait(struct engine *engine, const struct pinion_point *point, struct err *err);
/* Submit a job and wait for its end. */
int engine_run(struct engine *engine, struct pinion_cmdbuf *cb, struct err *err);
/*
 * Wait for all earlier jobs and read the card's clock, in seconds. Durations are measured by this
 * clock only, as the clock of a virtual machine may run fast or slow.
 */
int engine_clock(struct engine *engine, double *seconds, struct err *err);

#endif /* SEARCH_ENGINE_H */
