/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SentencePiece unigram tokeniser over the model's vocab.json: of all ways to split a text into
 * pieces, it finds the one with the largest sum of scores. The ids are those of the reference
 * implementation, even in corner cases (see tokenizer.c).
 */
#ifndef SEARCH_TOKENIZER_H
#define SEARCH_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct tokenizer;

/**
 * tokenizer_new() - create a tokeniser from the text of vocab.json
 * @json: text of vocab.json, an array of [piece, score]
 * @len: length of @json in bytes
 * @tok: out; to be freed by tokenizer_free()
 * @why: out if -EINVAL is returned: the reason, a constant string
 *
 * Return: 0; -EINVAL if @json is not such an array; -ENOMEM.
 */
int tokenizer_new(const char *json, size_t len, struct tokenizer **tok, const char **why);
void tokenizer_free(struct tokenizer *tok);
/* Return: the number of ids, which are 0 and up. */
size_t tokenizer_size(const struct tokenizer *tok);

/**
 * tokenizer_encode() - split a text into the ids of its pieces
 * @tok: tokeniser of the model
 * @text: text to split; an empty one has no ids
 * @ids: out: the ids, an array of @max elements
 * @max: largest number of ids to write; if the text has more, the first are written
 *
 * Id 0 stands for a run of characters that no piece covers.
 *
 * Return: number of ids; -ENOMEM.
 */
int tokenizer_encode(const struct tokenizer *tok, const struct text *text, uint32_t *ids,
		     unsigned int max);

#endif /* SEARCH_TOKENIZER_H */
