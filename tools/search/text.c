// SPDX-License-Identifier: GPL-2.0-or-later
/* Text from files and users, which is made valid UTF-8 where it enters the program. */
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Return: the length of the longest prefix of @s that begins a valid character, at least 1; *@whole
 * tells whether the character is complete. The bounds of the second byte exclude overlong forms,
 * surrogates and code points beyond U+10FFFF.
 */
static size_t character(const unsigned char *s, size_t len, int *whole)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t want, i;

	*whole = 0;
	if (s[0] < 0x80)
		want = 1;
	else if (s[0] >= 0xc2 && s[0] <= 0xdf)
		want = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		want = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		want = 4;
	else
		return 1;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	for (i = 1; i < want && i < len; i++) {
		if (s[i] < lo || s[i] > hi)
			return i;
		lo = 0x80;
		hi = 0xbf;
	}
	*whole = i == want;
	return i;
}

/* Return: the length to which a line is cut if it is too long, not inside a character. */
static size_t cut(const char *raw, size_t len)
{
	size_t at = TEXT_MAX_BYTES;
	int i;

	if (len <= TEXT_MAX_BYTES)
		return len;
	for (i = 0; i < 3 && (raw[at] & 0xc0) == 0x80; i++)
		at--;
	return at;
}

int text_from_bytes(const char *raw, size_t len, struct text *text)
{
	const unsigned char *s = (const unsigned char *)raw;
	size_t i, n, out = 0;
	int whole;

	len = cut(raw, len);
	/* The worst case is one U+FFFD of three bytes for every byte. */
	text->bytes = malloc(3 * len + 1);
	if (!text->bytes)
		return -ENOMEM;
	for (i = 0; i < len; i += n) {
		n = character(s + i, len - i, &whole);
		memcpy(text->bytes + out, whole ? raw + i : REPLACEMENT, whole ? n : 3);
		out += whole ? n : 3;
	}
	text->bytes[out] = '\0';
	text->len = out;
	return 0;
}

void text_free(struct text *text)
{
	free(text->bytes);
	text->bytes = NULL;
	text->len = 0;
}

int text_nfkc(const struct text *text, int32_t **points, size_t *count)
{
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE;
	const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)text->bytes;
	utf8proc_ssize_t need, n;
	int32_t *buf;

	need = utf8proc_decompose(s, (utf8proc_ssize_t)text->len, NULL, 0, options);
	if (need < 0)
		return -ENOMEM;
	buf = malloc(((size_t)need + 1) * sizeof(*buf));
	if (!buf)
		return -ENOMEM;
	n = utf8proc_decompose(s, (utf8proc_ssize_t)text->len, buf, need, options);
	if (n == need)
		n = utf8proc_normalize_utf32(buf, need, options);
	if (n < 0 || n > need) {
		free(buf);
		return -ENOMEM;
	}
	*points = buf;
	*count = (size_t)n;
	return 0;
}
