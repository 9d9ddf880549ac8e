// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SentencePiece unigram tokeniser.
 *
 * The reference implementation has corner cases that change ids, which are repeated here:
 * - the first RESERVED entries of the vocabulary are never matched;
 * - a piece whose score is null has score 0;
 * - a place whose best sum is exactly 0 counts as not reached yet;
 * - of two ways to a place with equal sums, the one whose last piece starts later wins;
 * - of two equal pieces, the later entry of the vocabulary counts.
 */
#include "tokenizer.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "trie.h"

#define RESERVED   6	  /* entries for unknown, sentence marks and extra tokens */
#define SPACE_MARK 0x2581 /* code point that replaces a space, and stands before the first word */

/**
 * struct tokenizer - a vocabulary, prepared for matching
 * @trie: prefix tree of the pieces
 * @lengths: length of each piece in code points, by id; 1 for the RESERVED entries
 * @size: number of ids
 */
struct tokenizer {
	struct trie trie;
	uint32_t *lengths;
	size_t size;
};

/* Convert the piece of an entry to code points. Return: their number, or 0 if malformed. */
static size_t piece_points(const json_t *entry, int32_t *points, size_t max)
{
	const json_t *piece = json_array_get(entry, 0);
	const json_t *score = json_array_get(entry, 1);
	utf8proc_ssize_t n;

	if (!json_is_string(piece) || !(json_is_number(score) || json_is_null(score)))
		return 0;
	n = utf8proc_decompose((const utf8proc_uint8_t *)json_string_value(piece),
			       (utf8proc_ssize_t)json_string_length(piece), points,
			       (utf8proc_ssize_t)max, 0);
	return n < 0 || (size_t)n > max ? 0 : (size_t)n;
}

static size_t bytes_of_pieces(const json_t *root)
{
	size_t i, sum = 0;

	for (i = 0; i < json_array_size(root); i++)
		sum += json_string_length(json_array_get(json_array_get(root, i), 0));
	return sum;
}

static int fill(struct tokenizer *tok, const json_t *root, const char **why)
{
	int32_t points[64];
	size_t i, n;

	for (i = 0; i < tok->size; i++) {
		const json_t *entry = json_array_get(root, i);

		n = piece_points(entry, points, 64);
		if (!n) {
			*why = "an entry is not a [piece, score] pair";
			return -EINVAL;
		}
		tok->lengths[i] = 1;
		if (i < RESERVED)
			continue;
		tok->lengths[i] = (uint32_t)n;
		trie_insert(&tok->trie, points, n, json_number_value(json_array_get(entry, 1)),
			    (uint32_t)i);
	}
	return 0;
}

static int from_root(const json_t *root, struct tokenizer **out, const char **why)
{
	struct tokenizer *tok;
	int ret = -ENOMEM;

	*why = "not an array of pieces";
	if (!json_is_array(root) || json_array_size(root) <= RESERVED ||
	    json_array_size(root) > 1u << 20)
		return -EINVAL;
	tok = calloc(1, sizeof(*tok));
	if (!tok)
		return -ENOMEM;
	tok->size = json_array_size(root);
	tok->lengths = calloc(tok->size, sizeof(*tok->lengths));
	if (tok->lengths && !trie_init(&tok->trie, bytes_of_pieces(root)))
		ret = fill(tok, root, why);
	if (ret) {
		tokenizer_free(tok);
		return ret;
	}
	*out = tok;
	return 0;
}

int tokenizer_new(const char *json, size_t len, struct tokenizer **tok, const char **why)
{
	json_t *root = json_loadb(json, len, 0, NULL);
	int ret;

	*why = "not JSON";
	if (!root)
		return -EINVAL;
	ret = from_root(root, tok, why);
	json_decref(root);
	return ret;
}

void tokenizer_free(struct tokenizer *tok)
{
	if (!tok)
		return;
	trie_fini(&tok->trie);
	free(tok->lengths);
	free(tok);
}

size_t tokenizer_size(const struct tokenizer *tok)
{
	return tok->size;
}

/**
 * struct place - a position between two characters of the text
 * @best: largest sum of scores with which pieces cover the text up to here; 0: none found yet
 * @id: id of the last piece of that cover
 */
struct place {
	double best;
	uint32_t id;
};

static void reach(struct place *place, double score, uint32_t id)
{
	if (place->best == 0 || score >= place->best) {
		place->best = score;
		place->id = id;
	}
}

/* Find the best cover of each prefix of the text. @places has @n + 1 elements, all zero. */
static void walk(const struct tokenizer *tok, const int32_t *points, size_t n, struct place *places)
{
	size_t start, end;

	for (start = 0; start < n; start++) {
		uint32_t node = 0;
		int found = 0;

		for (end = start; end < n; end++) {
			const struct trie_node *at;

			node = trie_next(&tok->trie, node, points[end]);
			if (!node)
				break;
			at = &tok->trie.nodes[node];
			if (!at->id)
				continue;
			found = 1;
			reach(&places[end + 1], at->score + places[start].best, at->id);
		}
		if (!found)
			reach(&places[start + 1], places[start].best, 0);
	}
}

/*
 * Collect the ids of the best cover from the end of the text backwards, one id for a run of unknown
 * characters. They are written to the end of @row, which has @n elements. Return: their number.
 */
static size_t way_back(const struct tokenizer *tok, const struct place *places, size_t n,
		       uint32_t *row)
{
	size_t count = 0, at = n;
	int unknown = 0;

	while (at > 0) {
		uint32_t id = places[at].id;

		if (id || !unknown)
			row[n - ++count] = id;
		unknown = !id;
		at -= tok->lengths[id];
	}
	return count;
}

static size_t put_marks(const int32_t *points, size_t count, int32_t *marked)
{
	size_t i;

	marked[0] = SPACE_MARK;
	for (i = 0; i < count; i++)
		marked[i + 1] = points[i] == ' ' ? SPACE_MARK : points[i];
	return count + 1;
}

static int encode_points(const struct tokenizer *tok, const int32_t *points, size_t count,
			 uint32_t *ids, unsigned int max)
{
	int32_t *marked = malloc((count + 1) * sizeof(*marked));
	struct place *places = calloc(count + 2, sizeof(*places));
	uint32_t *row = malloc((count + 1) * sizeof(*row));
	size_t n, i, found;
	int ret = -ENOMEM;

	if (marked && places && row) {
		n = put_marks(points, count, marked);
		walk(tok, marked, n, places);
		found = way_back(tok, places, n, row);
		ret = found < max ? (int)found : (int)max;
		for (i = 0; i < (size_t)ret; i++)
			ids[i] = row[n - found + i];
	}
	free(marked);
	free(places);
	free(row);
	return ret;
}

int tokenizer_encode(const struct tokenizer *tok, const struct text *text, uint32_t *ids,
		     unsigned int max)
{
	int32_t *points;
	size_t count;
	int ret;

	if (!text->len)
		return 0;
	ret = text_nfkc(text, &points, &count);
	if (ret)
		return ret;
	ret = count ? encode_points(tok, points, count, ids, max) : 0;
	free(points);
	return ret;
}
