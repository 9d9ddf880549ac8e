// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Helper of the tests: print the token ids of each line of a file, or compare
 * embeddings of a file's lines with the network in double precision.
 *
 *   search-tokens MODEL FILE                ids, a line each
 *   search-tokens MODEL FILE EMBEDDINGS     "N lines, min cosine X"
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/search/tokenizer.h"
#include "hostref.h"

#define MOST_IDS	TEXT_MAX_BYTES	/* a token is at least a byte long */

static void die(const char *what)
{
	fprintf(stderr, "search-tokens: %s\n", what);
	exit(2);
}

static int ids_of(const struct tokenizer *tok, const char *line, size_t len, uint32_t *ids,
		  unsigned int max)
{
	struct text text;
	int n;

	if (len && line[len - 1] == '\n')
		len--;
	if (text_from_bytes(line, len, &text))
		die("out of memory");
	n = tokenizer_encode(tok, &text, ids, max);
	text_free(&text);
	if (n < 0)
		die("out of memory");
	return n;
}

static void print_ids(const struct tokenizer *tok, const char *line, size_t len)
{
	static uint32_t ids[MOST_IDS];
	int n = ids_of(tok, line, len, ids, MOST_IDS), i;

	for (i = 0; i < n; i++)
		printf("%s%u", i ? " " : "", ids[i]);
	putchar('\n');
}

static double cosine(const struct model_files *files, const struct tokenizer *tok,
		     const char *line, size_t len, FILE *embeddings)
{
	uint32_t ids[MODEL_MAX_TOKENS];
	double want[MODEL_WIDTH];
	float have[MODEL_WIDTH];
	int n = ids_of(tok, line, len, ids, MODEL_MAX_TOKENS);

	if (fread(have, sizeof(have), 1, embeddings) != 1)
		die("fewer embeddings than lines");
	hostref_embed(files, ids, (unsigned int)n, want);
	return hostref_cosine(have, want, MODEL_WIDTH);
}

static double each_line(const struct model_files *files, const struct tokenizer *tok, FILE *in,
			FILE *embeddings)
{
	double least = 1;
	char *line = NULL;
	size_t room = 0, lines = 0;
	ssize_t len;

	for (; (len = getline(&line, &room, in)) >= 0; lines++) {
		if (embeddings)
			least = fmin(least, cosine(files, tok, line, (size_t)len, embeddings));
		else
			print_ids(tok, line, (size_t)len);
	}
	if (embeddings)
		printf("%zu lines, min cosine %.9f\n", lines, least);
	free(line);
	return least;
}

int main(int argc, char **argv)
{
	struct model_files files;
	struct tokenizer *tok;
	struct err err;
	const char *why;
	FILE *in, *embeddings = NULL;
	double least;

	if (argc < 3 || model_files_load(argv[1], &files, &err))
		die(argc < 3 ? "MODEL FILE [EMBEDDINGS]" : err.text);
	if (tokenizer_new(files.vocab, files.vocab_bytes, &tok, &why))
		die(why);
	in = fopen(argv[2], "rb");
	if (argc > 3)
		embeddings = fopen(argv[3], "rb");
	if (!in || (argc > 3 && !embeddings))
		die("cannot open a file");
	least = each_line(&files, tok, in, embeddings);
	fclose(in);
	if (embeddings)
		fclose(embeddings);
	tokenizer_free(tok);
	model_files_free(&files);
	return least > 0.99999 ? 0 : 1;
}
