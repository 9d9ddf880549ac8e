// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes of unknown origin become text; files become lines. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/search/lines.h"
#include "../tap.h"

#define FFFD "\xef\xbf\xbd"

struct sample {
	const char *name;
	const char *raw;
	size_t len;
	const char *want;
	size_t want_len;
};

#define SAMPLE(name, raw, want) { name, raw, sizeof(raw) - 1, want, sizeof(want) - 1 }

static const struct sample samples[] = {
	SAMPLE("ASCII", "abc", "abc"),
	SAMPLE("two, three and four bytes", "\xc3\xa9\xe2\x96\x81\xf0\x9f\x98\x80",
	       "\xc3\xa9\xe2\x96\x81\xf0\x9f\x98\x80"),
	SAMPLE("a NUL is kept", "a\0b", "a\0b"),
	SAMPLE("a byte that begins nothing",
	       "a\x80\xff"
	       "b",
	       "a" FFFD FFFD "b"),
	SAMPLE("an overlong form", "\xc0\xaf\xe0\x80\xaf", FFFD FFFD FFFD FFFD FFFD),
	SAMPLE("a surrogate", "\xed\xa0\x80x", FFFD FFFD FFFD "x"),
	SAMPLE("beyond the last code point", "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD),
	SAMPLE("cut short by another character",
	       "\xe2\x96"
	       "a\xf0\x9f\x98",
	       FFFD "a" FFFD),
	SAMPLE("nothing", "", ""),
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void check_sample(const struct sample *s)
{
	struct text text;
	bool ok = !text_from_bytes(s->raw, s->len, &text);

	ok = ok && text.len == s->want_len && !memcmp(text.bytes, s->want, s->want_len + 1);
	tap_ok(ok, "UTF-8: %s", s->name);
	text_free(&text);
}

/* A character stands across the place where the line is cut. */
static void check_cut(void)
{
	static char raw[TEXT_MAX_BYTES + 100];
	struct text text;
	size_t i;

	for (i = 0; i + 3 <= sizeof(raw); i += 3)
		memcpy(raw + i, "\xe2\x96\x81", 3);
	if (text_from_bytes(raw, sizeof(raw), &text))
		tap_bail("out of memory");
	tap_ok(text.len == TEXT_MAX_BYTES / 3 * 3 && !strstr(text.bytes, FFFD),
	       "a long text is cut between characters");
	text_free(&text);
}

/* Read @bytes as a file of lines. */
static int read_bytes(const char *bytes, size_t len, size_t limit, struct lines *lines,
		      struct err *err)
{
	char path[] = "/tmp/pinion-lines-XXXXXX";
	int fd = mkstemp(path), ret;

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		tap_bail("cannot write %s", path);
	close(fd);
	ret = lines_read_file(path, limit, lines, err);
	unlink(path);
	return ret;
}

static bool is(const struct line *line, const char *want)
{
	return line->text.len == strlen(want) && !strcmp(line->text.bytes, want);
}

static void check_lines(void)
{
	static const char bytes[] = "one\r\n\n  \ttwo\none\nthree\0!\n four";
	struct lines lines;
	struct err err;
	int ret = read_bytes(bytes, sizeof(bytes) - 1, 100, &lines, &err);

	tap_ok(!ret && lines.count == 4 && is(&lines.v[0], "one") && is(&lines.v[1], "  \ttwo") &&
		       lines.v[2].text.len == 7 && is(&lines.v[3], " four"),
	       "lines end with LF, CR LF or the file, and may hold a NUL");
	tap_ok(!ret && lines.blank == 1 && lines.repeated == 1,
	       "blank and repeated lines are left out");
	lines_free(&lines);
	ret = read_bytes(bytes, sizeof(bytes) - 1, 2, &lines, &err);
	tap_ok(!ret && lines.count == 2 && lines.beyond == 3, "no more lines than the limit");
	lines_free(&lines);
}

static void check_bad_files(void)
{
	const size_t mega = 1 << 20;
	char *big = malloc(mega);
	struct lines lines;
	struct err err = { 0 };

	if (!big)
		tap_bail("out of memory");
	tap_ok(read_bytes("", 0, 9, &lines, &err) && err.status == EXIT_INPUT, "an empty file: %s",
	       err.text);
	tap_ok(read_bytes("\n \n", 3, 9, &lines, &err) && err.status == EXIT_INPUT,
	       "a file of blank lines is refused");
	tap_ok(lines_read_file("/nonexistent", 9, &lines, &err) && err.status == EXIT_INPUT,
	       "a missing file: %s", err.text);
	tap_ok(lines_read_file("/tmp", 9, &lines, &err) && err.status == EXIT_INPUT, "a folder: %s",
	       err.text);
	memset(big, 'x', mega);
	tap_ok(!read_bytes(big, mega, 9, &lines, &err) && lines.count == 1 &&
		       lines.v[0].text.len == TEXT_MAX_BYTES,
	       "a line of 1 MB is cut");
	lines_free(&lines);
	free(big);
}

int main(void)
{
	size_t i;

	tap_plan(SAMPLES + 9);
	for (i = 0; i < SAMPLES; i++)
		check_sample(&samples[i]);
	check_cut();
	check_lines();
	check_bad_files();
	return tap_result();
}
