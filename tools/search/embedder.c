// SPDX-License-Identifier: GPL-2.0-or-later
/* Embeds texts on the card, in batches: some are in flight while the next is tokenised. */
#include "embedder.h"

#include <stddef.h>
#include <string.h>

#include "network.h"

/* Tokens allocated per sentence; descriptions of manual pages have 12 on average. */
#define TOKENS_PER_SENTENCE 32

/*
 * Layout of a slot's buffers, in host memory and in device memory:
 *   ids        max_tokens u32
 *   positions  max_tokens u32
 *   starts     max_sentences + 1 u32
 *   tail       64-byte aligned; in host memory two timestamps, in device memory the network's work
 */
static size_t positions_at(const struct embedder *e)
{
	return e->max_tokens * sizeof(uint32_t);
}

static size_t starts_at(const struct embedder *e)
{
	return 2 * positions_at(e);
}

static size_t tail_at(const struct embedder *e)
{
	return (starts_at(e) + (e->max_sentences + 1ul) * sizeof(uint32_t) + 63) & ~63ul;
}

static int open_slot(struct embedder *e, struct slot *slot, struct err *err)
{
	const size_t work = network_work_bytes(e->max_tokens, e->max_sentences);

	if (pinion_cmdbuf_create(e->engine->dev, 0, &slot->cb, NULL))
		return fail_memory(err);
	if (engine_buffer(e->engine, tail_at(e) + 2 * sizeof(uint64_t), PINION_BUFFER_HOST,
			  &slot->host, err) ||
	    engine_buffer(e->engine, tail_at(e) + work, PINION_BUFFER_DEVICE, &slot->device, err))
		return -1;
	return pinion_buffer_map(slot->host) ? 0 : fail_memory(err);
}

int embedder_open(struct embedder *e, struct engine *engine, const struct tokenizer *tok,
		  uint32_t batch, struct err *err)
{
	unsigned int i;

	memset(e, 0, sizeof(*e));
	e->engine = engine;
	e->tok = tok;
	e->max_sentences = batch;
	e->max_tokens = batch * TOKENS_PER_SENTENCE;
	if (e->max_tokens < MODEL_MAX_TOKENS)
		e->max_tokens = MODEL_MAX_TOKENS;
	for (i = 0; i < EMBEDDER_SLOTS; i++)
		if (open_slot(e, &e->slots[i], err))
			return -1;
	return 0;
}

void embedder_close(struct embedder *e)
{
	unsigned int i;

	for (i = 0; i < EMBEDDER_SLOTS; i++) {
		pinion_cmdbuf_free(e->slots[i].cb);
		pinion_buffer_free(e->slots[i].host);
		pinion_buffer_free(e->slots[i].device);
	}
	memset(e, 0, sizeof(*e));
}

/* Tokenise as many lines as fit into a batch. Return: their number, or -1. */
static int fill(struct embedder *e, struct slot *slot, const struct line *lines, size_t count,
		struct err *err)
{
	char *host = pinion_buffer_map(slot->host);
	uint32_t *ids = (uint32_t *)host;
	uint32_t *positions = (uint32_t *)(host + positions_at(e));
	uint32_t *starts = (uint32_t *)(host + starts_at(e));
	uint32_t tokens = 0, s;
	int n, i;

	starts[0] = 0;
	for (s = 0; s < count && s < e->max_sentences; s++) {
		if (e->max_tokens - tokens < MODEL_MAX_TOKENS)
			break;
		n = tokenizer_encode(e->tok, &lines[s].text, ids + tokens, MODEL_MAX_TOKENS);
		if (n < 0)
			return fail_memory(err);
		for (i = 0; i < n; i++)
			positions[tokens + i] = (uint32_t)i;
		tokens += (uint32_t)n;
		starts[s + 1] = tokens;
	}
	slot->tokens = tokens;
	slot->sentences = s;
	return (int)s;
}

static void copy_in(struct embedder *e, struct slot *slot, size_t at, size_t bytes)
{
	pinion_cmd_copy(slot->cb, pinion_buffer_address(slot->device) + at,
			pinion_buffer_address(slot->host) + at, bytes);
	e->engine->stats.to_card += bytes;
}

static void record(struct embedder *e, struct slot *slot, uint64_t out)
{
	const uint64_t device = pinion_buffer_address(slot->device);
	const uint64_t stamps = pinion_buffer_address(slot->host) + tail_at(e);
	const struct network_batch batch = {
		.ids = device,
		.positions = device + positions_at(e),
		.starts = device + starts_at(e),
		.work = device + tail_at(e),
		.out = out,
		.tokens = slot->tokens,
		.sentences = slot->sentences,
	};

	pinion_cmdbuf_reset(slot->cb);
	pinion_cmd_timestamp(slot->cb, stamps);
	copy_in(e, slot, 0, slot->tokens * sizeof(uint32_t));
	copy_in(e, slot, positions_at(e), slot->tokens * sizeof(uint32_t));
	copy_in(e, slot, starts_at(e), (slot->sentences + 1) * sizeof(uint32_t));
	network_record(e->engine, slot->cb, &batch);
	pinion_cmd_timestamp(slot->cb, stamps + sizeof(uint64_t));
}

/* Wait for the slot's job, if it has one. Return: number of sentences it embedded, or -1. */
static int retire(struct embedder *e, struct slot *slot, struct err *err)
{
	const uint64_t *stamps;

	if (!slot->busy)
		return 0;
	if (engine_wait(e->engine, &slot->point, err))
		return -1;
	slot->busy = false;
	stamps = (uint64_t *)((char *)pinion_buffer_map(slot->host) + tail_at(e));
	if (stamps[1] > stamps[0])
		e->engine->stats.busy_ticks += stamps[1] - stamps[0];
	return (int)slot->sentences;
}

/*
 * After a failed job the queue refuses further jobs, and that error does not say what went wrong.
 * So replace it by the error of the oldest job that failed, if there is one.
 */
static void blame_oldest(struct embedder *e, struct err *err)
{
	struct err older;
	unsigned int i;

	for (i = 0; i < EMBEDDER_SLOTS; i++) {
		if (retire(e, &e->slots[(e->next + i) % EMBEDDER_SLOTS], &older) < 0) {
			*err = older;
			return;
		}
	}
}

/* Fill the next slot and submit its job. Return: number of lines taken, or -1; @done grows. */
static int send(struct embedder *e, const struct line *lines, size_t count, uint64_t out,
		size_t *done, struct err *err)
{
	struct slot *slot = &e->slots[e->next];
	int finished = retire(e, slot, err), taken;

	if (finished < 0)
		return -1;
	*done += (size_t)finished;
	taken = fill(e, slot, lines, count, err);
	if (taken < 0)
		return -1;
	record(e, slot, out);
	if (engine_submit(e->engine, slot->cb, &slot->point, err)) {
		blame_oldest(e, err);
		return -1;
	}
	slot->busy = true;
	e->next = (e->next + 1) % EMBEDDER_SLOTS;
	return taken;
}

int embedder_run(struct embedder *e, const struct line *lines, size_t count, uint64_t out,
		 void (*progress)(size_t done, size_t count), struct err *err)
{
	size_t sent = 0, done = 0;
	unsigned int i;
	int n;

	while (sent < count) {
		n = send(e, lines + sent, count - sent, out + sent * MODEL_WIDTH * sizeof(float),
			 &done, err);
		if (n < 0)
			return -1;
		sent += (size_t)n;
		if (progress)
			progress(done, count);
	}
	for (i = 0; i < EMBEDDER_SLOTS; i++) {
		n = retire(e, &e->slots[(e->next + i) % EMBEDDER_SLOTS], err);
		if (n < 0)
			return -1;
		done += (size_t)n;
		if (progress)
			progress(done, count);
	}
	return 0;
}
