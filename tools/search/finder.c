// SPDX-License-Identifier: GPL-2.0-or-later
/* The index on the card, with a row per line, and the search for the rows nearest to a query. */
#include "finder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "network.h"
#include "pinion_kernels.h"

#define ROW_BYTES (MODEL_WIDTH * sizeof(float))
#define SAVE_ROWS 1024u /* rows copied to the host at a time */

/* Layout of finder->work: the query, the scores of all lines, values and indices of the hits. */
static uint64_t scores_at(const struct finder *f)
{
	return pinion_buffer_address(f->work) + ROW_BYTES;
}

static uint64_t values_at(const struct finder *f)
{
	return scores_at(f) + ((f->lines->count * sizeof(float) + 63) & ~63ul);
}

static uint64_t indices_at(const struct finder *f)
{
	return values_at(f) + FINDER_MAX_TOP * sizeof(float);
}

static size_t hits_bytes(void)
{
	return FINDER_MAX_TOP * (sizeof(float) + sizeof(uint32_t));
}

int finder_open(struct finder *f, struct embedder *embedder, const struct lines *lines,
		uint32_t top, struct err *err)
{
	struct engine *engine = embedder->engine;
	const size_t work = ROW_BYTES + lines->count * sizeof(float) + 64 + hits_bytes();

	memset(f, 0, sizeof(*f));
	f->embedder = embedder;
	f->lines = lines;
	f->top = top < lines->count ? top : (uint32_t)lines->count;
	if (pinion_cmdbuf_create(engine->dev, 0, &f->cb, NULL))
		return fail_memory(err);
	if (engine_buffer(engine, lines->count * ROW_BYTES, PINION_BUFFER_DEVICE, &f->matrix,
			  err) ||
	    engine_buffer(engine, work, PINION_BUFFER_DEVICE, &f->work, err) ||
	    engine_buffer(engine, hits_bytes() + 2 * sizeof(uint64_t), PINION_BUFFER_HOST, &f->host,
			  err))
		return -1;
	return pinion_buffer_map(f->host) ? 0 : fail_memory(err);
}

void finder_close(struct finder *f)
{
	pinion_cmdbuf_free(f->cb);
	pinion_buffer_free(f->matrix);
	pinion_buffer_free(f->work);
	pinion_buffer_free(f->host);
	memset(f, 0, sizeof(*f));
}

int finder_index(struct finder *f, void (*progress)(size_t done, size_t count), struct err *err)
{
	return embedder_run(f->embedder, f->lines->v, f->lines->count,
			    pinion_buffer_address(f->matrix), progress, err);
}

/* Record a search: compute the scores of all lines, find the best, copy them to the host. */
static void record_search(struct finder *f)
{
	struct engine *engine = f->embedder->engine;
	const uint32_t n = (uint32_t)f->lines->count;
	const uint64_t host = pinion_buffer_address(f->host);
	const struct pinion_topk_args topk = {
		.x = scores_at(f),
		.values = values_at(f),
		.indices = indices_at(f),
		.rows = 1,
		.cols = n,
		.ldx = n,
		.k = f->top,
	};

	pinion_cmdbuf_reset(f->cb);
	pinion_cmd_timestamp(f->cb, host + hits_bytes());
	network_scores(engine, f->cb, pinion_buffer_address(f->work), 1,
		       pinion_buffer_address(f->matrix), n, scores_at(f));
	pinion_cmd_launch(f->cb, engine->kernels[K_TOPK], 1, 1, 1, &topk, sizeof(topk));
	pinion_cmd_copy(f->cb, host, values_at(f), hits_bytes());
	pinion_cmd_timestamp(f->cb, host + hits_bytes() + sizeof(uint64_t));
	engine->stats.from_card += hits_bytes();
}

/* Read the hits that the card wrote, and check that each is the number of a line. */
static int take_hits(struct finder *f, struct hit *hits, struct err *err)
{
	const char *host = pinion_buffer_map(f->host);
	const float *values = (const float *)host;
	const uint32_t *indices = (const uint32_t *)(values + FINDER_MAX_TOP);
	const uint64_t *stamps = (const uint64_t *)(host + hits_bytes());
	uint32_t i;

	if (stamps[1] > stamps[0])
		f->embedder->engine->stats.busy_ticks += stamps[1] - stamps[0];
	for (i = 0; i < f->top; i++) {
		hits[i] = (struct hit){ indices[i], values[i] };
		if (hits[i].line >= f->lines->count)
			return fail(err, EXIT_JOB,
				    "the card found line %u of %zu: its memory "
				    "or its top-k kernel is wrong.",
				    hits[i].line, f->lines->count);
	}
	return 0;
}

int finder_search(struct finder *f, const struct text *query, struct hit *hits, struct err *err)
{
	const struct line line = { .text = *query };

	if (embedder_run(f->embedder, &line, 1, pinion_buffer_address(f->work), NULL, err))
		return -1;
	record_search(f);
	if (engine_run(f->embedder->engine, f->cb, err))
		return -1;
	return take_hits(f, hits, err);
}

static int save_rows(struct finder *f, struct pinion_buffer *staging, FILE *out, struct err *err)
{
	struct engine *engine = f->embedder->engine;
	size_t row, n;

	for (row = 0; row < f->lines->count; row += n) {
		n = f->lines->count - row < SAVE_ROWS ? f->lines->count - row : SAVE_ROWS;
		pinion_cmdbuf_reset(f->cb);
		pinion_cmd_copy(f->cb, pinion_buffer_address(staging),
				pinion_buffer_address(f->matrix) + row * ROW_BYTES, n * ROW_BYTES);
		engine->stats.from_card += n * ROW_BYTES;
		if (engine_run(engine, f->cb, err))
			return -1;
		if (fwrite(pinion_buffer_map(staging), ROW_BYTES, n, out) != n)
			return fail(err, EXIT_OUTPUT, "cannot write the embeddings: %s.",
				    strerror(errno));
	}
	return 0;
}

int finder_save(struct finder *f, const char *path, struct err *err)
{
	struct pinion_buffer *staging = NULL;
	FILE *out = fopen(path, "wb");
	int ret;

	if (!out)
		return fail(err, EXIT_OUTPUT, "cannot open %s: %s.", path, strerror(errno));
	ret = engine_buffer(f->embedder->engine, SAVE_ROWS * ROW_BYTES, PINION_BUFFER_HOST,
			    &staging, err);
	if (!ret && !pinion_buffer_map(staging))
		ret = fail_memory(err);
	if (!ret)
		ret = save_rows(f, staging, out, err);
	if (ret)
		engine_stop(f->embedder->engine);
	pinion_buffer_free(staging);
	if (fclose(out) && !ret)
		ret = fail(err, EXIT_OUTPUT, "cannot write %s: %s.", path, strerror(errno));
	return ret;
}
