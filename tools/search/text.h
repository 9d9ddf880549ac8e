/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from files and users, which is made valid UTF-8 where it enters the program. */
#ifndef SEARCH_TEXT_H
#define SEARCH_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Longer lines are cut to this length, which is far more than the 128 tokens the network reads. */
#define TEXT_MAX_BYTES 16384

/**
 * struct text - a piece of valid UTF-8
 * @bytes: the text and a NUL after it, allocated; the text itself may have NUL characters
 * @len: length of the text in bytes, without the final NUL
 */
struct text {
	char *bytes;
	size_t len;
};

/**
 * text_from_bytes() - make valid UTF-8 of any bytes
 * @raw: bytes that may be invalid UTF-8
 * @len: number of bytes; if more than TEXT_MAX_BYTES, the text is cut there between two characters
 * @text: out; to be freed by text_free()
 *
 * Each maximal part of an invalid sequence becomes one U+FFFD, as the WHATWG's decoder does it and
 * so the reference implementation.
 *
 * Return: 0, or -ENOMEM.
 */
int text_from_bytes(const char *raw, size_t len, struct text *text);
void text_free(struct text *text);

/**
 * text_nfkc() - convert a text to code points in normal form KC
 * @text: text to convert
 * @points: out: array of code points, to be freed by free()
 * @count: out: number of code points
 *
 * Return: 0, or -ENOMEM.
 */
int text_nfkc(const struct text *text, int32_t **points, size_t *count);

#endif /* SEARCH_TEXT_H */
