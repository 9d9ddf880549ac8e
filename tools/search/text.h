/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as it comes from files and users, made valid UTF-8 once, where it enters. */
#ifndef SEARCH_TEXT_H
#define SEARCH_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Longer lines are cut here; what the network reads (128 tokens) ends far before. */
#define TEXT_MAX_BYTES 16384

/**
 * struct text - a piece of valid UTF-8
 * @bytes: allocated, zero-terminated behind @len; may hold NUL characters
 * @len: bytes
 */
struct text {
	char *bytes;
	size_t len;
};

/**
 * text_from_bytes() - take bytes of unknown origin as UTF-8
 * @raw: bytes, need not be valid
 * @len: how many; only the first TEXT_MAX_BYTES are used, cut at a character
 * @text: out; free with text_free()
 *
 * Each maximal part of an invalid sequence becomes one U+FFFD, as in the
 * WHATWG's decoder (and so in the reference).
 *
 * Return: 0, or -ENOMEM.
 */
int text_from_bytes(const char *raw, size_t len, struct text *text);
void text_free(struct text *text);

/**
 * text_nfkc() - compatibility normal form, as code points
 * @text: valid UTF-8
 * @points: out, allocated; free()
 * @count: out
 *
 * Return: 0, or -ENOMEM.
 */
int text_nfkc(const struct text *text, int32_t **points, size_t *count);

#endif /* SEARCH_TEXT_H */
