// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the descriptions of the machine's manual pages from the index of man-db. */
#include "lines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND	  "LC_ALL=C.UTF-8 whatis --long --wildcard '*' 2>/dev/null"
#define MAX_NAMES 6 /* names shown of pages that share a description */

/**
 * struct page - a line of whatis
 * @line: the line, allocated; @name, @section and @about point into it
 * @name: name of the page, such as "inotify_init"
 * @section: section of the page, such as "2"
 * @about: description of the page, such as "initialize an inotify instance"
 * @rank: index of the section in the list of sections that the user wants
 */
struct page {
	char *line;
	const char *name;
	const char *section;
	const char *about;
	size_t rank;
};

struct pages {
	struct page *v;
	size_t count;
	size_t capacity;
};

/* Split "name (section) - about" in place. Return: 0, or -1 if the line has no description. */
static int split(struct page *page)
{
	char *open = strstr(page->line, " ("), *close, *dash;

	close = open ? strchr(open, ')') : NULL;
	dash = close ? strstr(close, " - ") : NULL;
	if (!dash)
		return -1;
	page->name = page->line;
	page->section = open + 2;
	page->about = dash + 3 + strspn(dash + 3, " ");
	*close = '\0';
	do
		*open-- = '\0';
	while (open > page->line && *open == ' ');
	return *page->about && strcmp(page->about, "(unknown subject)") ? 0 : -1;
}

static int keep(struct pages *pages, const struct page *page)
{
	if (pages->count == pages->capacity) {
		size_t capacity = pages->capacity ? 2 * pages->capacity : 4096;
		struct page *v = reallocarray(pages->v, capacity, sizeof(*v));

		if (!v)
			return -1;
		pages->v = v;
		pages->capacity = capacity;
	}
	pages->v[pages->count++] = *page;
	return 0;
}

/* Keep a line of whatis if its page is wanted, else free it. */
static int take(struct pages *pages, char *line, const char *sections, struct err *err)
{
	struct page page = { .line = line };
	const char *place = NULL;

	line[strcspn(line, "\n")] = '\0';
	if (!split(&page) && isdigit((unsigned char)*page.section))
		place = strchr(sections, *page.section);
	if (!place) {
		free(line);
		return 0;
	}
	page.rank = (size_t)(place - sections);
	if (!keep(pages, &page))
		return 0;
	free(line);
	return fail_memory(err);
}

static int same_subject(const struct page *a, const struct page *b)
{
	return !strcmp(a->section, b->section) && !strcmp(a->about, b->about);
}

static int by_subject(const void *a, const void *b)
{
	const struct page *x = a, *y = b;
	int d = (x->rank > y->rank) - (x->rank < y->rank);

	d = d ? d : strcmp(x->section, y->section);
	d = d ? d : strcmp(x->about, y->about);
	return d ? d : strcmp(x->name, y->name);
}

/* Return: the label "a, b (2) - about" of @n pages that share a description, or NULL. */
static char *label_of(const struct page *pages, size_t n)
{
	char *label = NULL;
	size_t size, i;
	FILE *f = open_memstream(&label, &size);

	if (!f)
		return NULL;
	for (i = 0; i < n && i < MAX_NAMES; i++)
		fprintf(f, "%s%s", i ? ", " : "", pages[i].name);
	fprintf(f, "%s (%s) - %s", n > MAX_NAMES ? ", ..." : "", pages->section, pages->about);
	if (fclose(f)) {
		free(label);
		return NULL;
	}
	return label;
}

static int add_subject(struct lines *lines, const struct page *pages, size_t n, struct err *err)
{
	struct text text = { 0 }, shown = { 0 };
	char *label = label_of(pages, n);
	int ret = -1;

	if (label && !text_from_bytes(pages->about, strlen(pages->about), &text))
		ret = text_from_bytes(label, strlen(label), &shown);
	free(label);
	if (!ret)
		return lines_add(lines, &text, &shown, err);
	text_free(&text);
	return fail_memory(err);
}

static int group(struct pages *pages, size_t limit, struct lines *lines, struct err *err)
{
	size_t i, n;

	qsort(pages->v, pages->count, sizeof(*pages->v), by_subject);
	for (i = 0; i < pages->count; i += n) {
		for (n = 1; i + n < pages->count; n++)
			if (!same_subject(&pages->v[i], &pages->v[i + n]))
				break;
		lines->repeated += n - 1;
		if (lines->count >= limit)
			lines->beyond++;
		else if (add_subject(lines, &pages->v[i], n, err))
			return -1;
	}
	return 0;
}

static int read_pages(struct pages *pages, const char *sections, struct err *err)
{
	FILE *f = popen(COMMAND, "r");
	size_t size = 0;
	char *line = NULL;
	int ret = 0;

	if (!f)
		return fail(err, EXIT_INPUT, "cannot run whatis: install the package man-db.");
	while (!ret && getline(&line, &size, f) >= 0) {
		ret = take(pages, line, sections, err);
		line = NULL;
		size = 0;
	}
	free(line);
	pclose(f);
	return ret;
}

int lines_read_man(const char *sections, size_t limit, struct lines *lines, struct err *err)
{
	struct pages pages = { 0 };
	size_t i;
	int ret;

	memset(lines, 0, sizeof(*lines));
	ret = read_pages(&pages, sections, err);
	if (!ret)
		ret = group(&pages, limit, lines, err);
	if (!ret && !lines->count)
		ret = fail(err, EXIT_INPUT,
			   "whatis knows no manual page of sections %s: install "
			   "man-db and manpages, then run mandb.",
			   sections);
	for (i = 0; i < pages.count; i++)
		free(pages.v[i].line);
	free(pages.v);
	if (ret)
		lines_free(lines);
	return ret;
}
