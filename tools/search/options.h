/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of pinion-search. */
#ifndef SEARCH_OPTIONS_H
#define SEARCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct options - the options and arguments of the command line
 * @file: file with the lines to search; NULL with @man
 * @queries: arguments that are queries
 * @nqueries: number of @queries; 0: read queries from standard input
 * @sections: sections of the manual to search with @man, a digit each
 * @model: folder of the model's files
 * @kernels: folder of the kernels' ELF files
 * @embed: file to write the embeddings to, or NULL
 * @limit: largest number of lines to take
 * @top: number of lines to show per query
 * @batch: number of sentences per batch
 * @device: number of the card, from 0
 * @man: search the descriptions of the manual pages
 * @json: print one JSON object
 * @stats: print figures at the end
 * @list: print the lines that would be embedded, and use no card
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

/* Parse the command line; if it is wrong, end the program with EXIT_USAGE. */
void options_parse(struct options *options, int argc, char **argv);

#endif /* SEARCH_OPTIONS_H */
