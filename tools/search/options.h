/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user asked for. */
#ifndef SEARCH_OPTIONS_H
#define SEARCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct options - the command line
 * @file: lines to search, NULL with @man
 * @queries: arguments that are queries
 * @nqueries: how many; 0: read them from standard input
 * @sections: of the manual, with @man
 * @model: folder of the model
 * @kernels: folder of the kernels
 * @embed: file to write the embeddings to, or NULL
 * @limit: lines taken at most
 * @top: lines shown per query
 * @batch: sentences per batch
 * @device: number of the card
 * @man: search what the manual pages are about
 * @json: print one JSON object
 * @stats: print figures at the end
 * @list: print what would be embedded, use no card
 */
struct options {
	const char *file;
	char **queries;
	size_t nqueries;
	const char *sections;
	const char *model;
	const char *kernels;
	const char *embed;
	size_t limit;
	uint32_t top;
	uint32_t batch;
	unsigned int device;
	bool man;
	bool json;
	bool stats;
	bool list;
};

/* Ends the program with EXIT_USAGE if the command line is wrong. */
void options_parse(struct options *options, int argc, char **argv);

#endif /* SEARCH_OPTIONS_H */
