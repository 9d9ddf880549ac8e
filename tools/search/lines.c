// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the lines of a file. */
#include "lines.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lines_add(struct lines *lines, struct text *text, struct text *label, struct err *err)
{
	if (lines->count == lines->capacity) {
		size_t capacity = lines->capacity ? 2 * lines->capacity : 1024;
		struct line *v = reallocarray(lines->v, capacity, sizeof(*v));

		if (!v) {
			text_free(text);
			text_free(label);
			return fail_memory(err);
		}
		lines->v = v;
		lines->capacity = capacity;
	}
	lines->v[lines->count++] = (struct line){ *text, *label };
	return 0;
}

void lines_free(struct lines *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++) {
		text_free(&lines->v[i].text);
		text_free(&lines->v[i].label);
	}
	free(lines->v);
	memset(lines, 0, sizeof(*lines));
}

static int compare_texts(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->bytes, y->bytes, x->len);
}

static void forget(void *node)
{
	text_free(node);
	free(node);
}

/* Add a copy of @text to the tree @seen. */
static int remember(void **seen, const struct text *text, struct err *err)
{
	struct text *copy = malloc(sizeof(*copy));

	if (!copy)
		return fail_memory(err);
	copy->len = text->len;
	copy->bytes = malloc(text->len + 1);
	if (copy->bytes) {
		memcpy(copy->bytes, text->bytes, text->len + 1);
		if (tsearch(copy, seen, compare_texts))
			return 0;
	}
	forget(copy);
	return fail_memory(err);
}

static int blank(const char *raw, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!strchr(" \t\v\f\r", raw[i]) || !raw[i])
			return 0;
	return 1;
}

/* Add a line of the file, without its LF or CR LF. @seen has all lines added so far. */
static int take(struct lines *lines, void **seen, const char *raw, size_t len, size_t limit,
		struct err *err)
{
	struct text text, none = { 0 };

	if (blank(raw, len)) {
		lines->blank++;
		return 0;
	}
	if (lines->count >= limit) {
		lines->beyond++;
		return 0;
	}
	if (text_from_bytes(raw, len, &text))
		return fail_memory(err);
	if (tfind(&text, seen, compare_texts)) {
		lines->repeated++;
		text_free(&text);
		return 0;
	}
	if (remember(seen, &text, err)) {
		text_free(&text);
		return -1;
	}
	return lines_add(lines, &text, &none, err);
}

static int read_stream(FILE *f, const char *path, size_t limit, struct lines *lines,
		       struct err *err)
{
	char *raw = NULL;
	size_t size = 0;
	void *seen = NULL;
	ssize_t len;
	int ret = 0;

	while (!ret && (len = getline(&raw, &size, f)) >= 0) {
		if (len && raw[len - 1] == '\n')
			len--;
		if (len && raw[len - 1] == '\r')
			len--;
		ret = take(lines, &seen, raw, (size_t)len, limit, err);
	}
	if (!ret && ferror(f))
		ret = fail(err, EXIT_INPUT, "cannot read %s: %s.", path, strerror(errno));
	else if (!ret && !feof(f))
		ret = fail_memory(err);
	tdestroy(seen, forget);
	free(raw);
	return ret;
}

int lines_read_file(const char *path, size_t limit, struct lines *lines, struct err *err)
{
	int is_stdin = !strcmp(path, "-");
	FILE *f = is_stdin ? stdin : fopen(path, "rb");
	int ret;

	memset(lines, 0, sizeof(*lines));
	if (!f)
		return fail(err, EXIT_INPUT, "cannot open %s: %s.", path, strerror(errno));
	ret = read_stream(f, path, limit, lines, err);
	if (!is_stdin)
		fclose(f);
	if (!ret && !lines->count)
		ret = fail(err, EXIT_INPUT, "%s has only white space: there is nothing to search.",
			   path);
	if (ret)
		lines_free(lines);
	return ret;
}
