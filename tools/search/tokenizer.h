/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SentencePiece unigram tokeniser over the model's vocab.json: a text becomes
 * the row of pieces with the largest sum of scores. Equal to the reference's
 * tokeniser id by id, its corner cases included (see tokenizer.c).
 */
#ifndef SEARCH_TOKENIZER_H
#define SEARCH_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct tokenizer;

/**
 * tokenizer_new() - from the text of vocab.json
 * @json: array of [piece, score]
 * @len: bytes
 * @tok: out; free with tokenizer_free()
 * @why: out on -EINVAL: what is wrong, a constant string
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int tokenizer_new(const char *json, size_t len, struct tokenizer **tok, const char **why);
void tokenizer_free(struct tokenizer *tok);
/* Number of ids: every id that tokenizer_encode() gives is smaller. */
size_t tokenizer_size(const struct tokenizer *tok);

/**
 * tokenizer_encode() - ids of a text
 * @tok: tokeniser
 * @text: text; an empty one has no ids
 * @ids: out, room for @max
 * @max: ids wanted at most: the first ones
 *
 * Id 0 stands for a run of characters that no piece covers.
 *
 * Return: number of ids; -ENOMEM.
 */
int tokenizer_encode(const struct tokenizer *tok, const struct text *text, uint32_t *ids,
		     unsigned int max);

#endif /* SEARCH_TOKENIZER_H */
