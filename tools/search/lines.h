/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines to search: from a file, or what the machine's manual pages are about. */
#ifndef SEARCH_LINES_H
#define SEARCH_LINES_H

#include <stddef.h>

#include "err.h"
#include "text.h"

/**
 * struct line - something to find
 * @text: what is embedded
 * @label: what is shown; the same text unless it stands for a manual page
 */
struct line {
	struct text text;
	struct text label;
};

/**
 * struct lines - all of them
 * @v: array
 * @count: used
 * @room: allocated
 * @repeated: lines left out since the same line was there already
 * @blank: lines left out since they held nothing but white space
 * @beyond: lines left out since there were more than the limit
 */
struct lines {
	struct line *v;
	size_t count;
	size_t room;
	size_t repeated;
	size_t blank;
	size_t beyond;
};

/**
 * lines_add() - append a line
 * @lines: to append to
 * @text: taken over, also on failure
 * @label: taken over, also on failure; an empty struct: as @text
 * @err: reason
 *
 * Return: 0, or -1 if memory is short.
 */
int lines_add(struct lines *lines, struct text *text, struct text *label, struct err *err);

/**
 * lines_read_file() - a line of the file each
 * @path: file; "-" is standard input
 * @limit: lines taken at most
 * @lines: out; free with lines_free()
 * @err: reason
 *
 * A line ends with LF or CR LF, or with the file. Lines without anything but
 * white space, and repeated ones, are left out and counted.
 *
 * Return: 0, or -1: not readable, or no line in it.
 */
int lines_read_file(const char *path, size_t limit, struct lines *lines, struct err *err);

/**
 * lines_read_man() - a line for each thing that the manual pages describe
 * @sections: characters such as "128": sections taken, in this order
 * @limit: lines taken at most
 * @lines: out; free with lines_free()
 * @err: reason
 *
 * Pages of one section with the same description are one line, "names
 * (section) - description"; the description alone is embedded.
 *
 * Return: 0, or -1: no manual pages, or none described.
 */
int lines_read_man(const char *sections, size_t limit, struct lines *lines, struct err *err);

void lines_free(struct lines *lines);

#endif /* SEARCH_LINES_H */
