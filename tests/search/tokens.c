// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Helper of the tests: token ids of each line of a file, and its lines' embeddings
 * by the network in double precision.
 *
 *   search-tokens ids MODEL FILE              ids, a line each
 *   search-tokens embed MODEL FILE OUT        embeddings, 512 float32 a line
 *   search-tokens compare EMBEDDINGS OTHERS   "N lines, min cosine X"; fails below 0.99999
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/search/tokenizer.h"
#include "hostref.h"

#define MOST_IDS TEXT_MAX_BYTES /* a token is at least a byte long */

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

static void write_embedding(const struct model_files *files, const struct tokenizer *tok,
			    const char *line, size_t len, FILE *out)
{
	uint32_t ids[MODEL_MAX_TOKENS];
	double exact[MODEL_WIDTH];
	float row[MODEL_WIDTH];
	int n = ids_of(tok, line, len, ids, MODEL_MAX_TOKENS), i;

	hostref_embed(files, ids, (unsigned int)n, exact);
	for (i = 0; i < MODEL_WIDTH; i++)
		row[i] = (float)exact[i];
	if (fwrite(row, sizeof(row), 1, out) != 1)
		die("cannot write embeddings");
}

static FILE *open_file(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (!f)
		die(path);
	return f;
}

/* @out NULL: print ids. */
static void each_line(const char *model, FILE *in, FILE *out)
{
	struct model_files files;
	struct tokenizer *tok;
	struct err err;
	const char *why;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (model_files_load(model, &files, &err))
		die(err.text);
	if (tokenizer_new(files.vocab, files.vocab_bytes, &tok, &why))
		die(why);
	while ((len = getline(&line, &room, in)) >= 0) {
		if (out)
			write_embedding(&files, tok, line, (size_t)len, out);
		else
			print_ids(tok, line, (size_t)len);
	}
	free(line);
	tokenizer_free(tok);
	model_files_free(&files);
}

static int compare(FILE *a, FILE *b)
{
	float x[MODEL_WIDTH], y[MODEL_WIDTH];
	double least = 1, cosine;
	size_t lines = 0, n, m;

	for (;; lines++) {
		n = fread(x, 1, sizeof(x), a);
		m = fread(y, 1, sizeof(y), b);
		if (n != m || (n && n != sizeof(x)))
			die("not as many embeddings in one file as in the other");
		if (!n)
			break;
		cosine = hostref_cosine(x, y, MODEL_WIDTH);
		/* Written so that a NaN fails. */
		least = cosine >= least ? least : cosine;
	}
	printf("%zu lines, min cosine %.9f\n", lines, least);
	return lines && least >= 0.99999 ? 0 : 1;
}

int main(int argc, char **argv)
{
	FILE *out;

	if (argc == 4 && !strcmp(argv[1], "compare"))
		return compare(open_file(argv[2], "rb"), open_file(argv[3], "rb"));
	if (argc == 4 && !strcmp(argv[1], "ids")) {
		each_line(argv[2], open_file(argv[3], "rb"), NULL);
		return 0;
	}
	if (argc != 5 || strcmp(argv[1], "embed"))
		die("ids MODEL FILE | embed MODEL FILE OUT | compare EMBEDDINGS OTHERS");
	out = open_file(argv[4], "wb");
	each_line(argv[2], open_file(argv[3], "rb"), out);
	if (fclose(out))
		die("cannot write embeddings");
	return 0;
}
