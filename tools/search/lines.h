/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines to search: those of a file, or the descriptions of the machine's manual pages. */
#ifndef SEARCH_LINES_H
#define SEARCH_LINES_H

#include <stddef.h>

#include "err.h"
#include "text.h"

/**
 * struct line - a line to search
 * @text: text that is embedded
 * @label: text that is shown for the line; if empty, @text is shown
 */
struct line {
	struct text text;
	struct text label;
};

/**
 * struct lines - all lines to search
 * @v: array of the lines
 * @count: number of lines in @v
 * @capacity: number of lines that @v is allocated for
 * @repeated: number of lines left out because an equal line came before
 * @blank: number of lines left out because they have only white space
 * @beyond: number of lines left out because of the limit
 */
struct lines {
	struct line *v;
	size_t count;
	size_t capacity;
	size_t repeated;
	size_t blank;
	size_t beyond;
};

/**
 * lines_add() - append a line
 * @lines: array to append to
 * @text: text to embed; the array owns it from now on, or it is freed on failure
 * @label: text to show, owned like @text; an empty struct if @text is to be shown
 * @err: out: reason of a failure
 *
 * Return: 0, or -1 if memory is short.
 */
int lines_add(struct lines *lines, struct text *text, struct text *label, struct err *err);

/**
 * lines_read_file() - read the lines of a file
 * @path: file to read; "-" is standard input
 * @limit: largest number of lines to take
 * @lines: out; to be freed by lines_free()
 * @err: out: reason of a failure
 *
 * A line ends with LF or CR LF, or with the file. Blank and repeated lines are left out and
 * counted.
 *
 * Return: 0, or -1 if the file cannot be read or no line is left.
 */
int lines_read_file(const char *path, size_t limit, struct lines *lines, struct err *err);

/**
 * lines_read_man() - read the descriptions of the manual pages
 * @sections: sections to read, in this order: a digit each, such as "128"
 * @limit: largest number of lines to take
 * @lines: out; to be freed by lines_free()
 * @err: out: reason of a failure
 *
 * Pages of one section with the same description are one line, which is shown as "names (section) -
 * description". Only the description is embedded.
 *
 * Return: 0, or -1 if no manual page has a description.
 */
int lines_read_man(const char *sections, size_t limit, struct lines *lines, struct err *err);

void lines_free(struct lines *lines);

#endif /* SEARCH_LINES_H */
