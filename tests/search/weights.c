// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of the model: missing, truncated, longer, altered; each is refused in words. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/search/weights.h"
#include "../tap.h"

static char model[PATH_MAX];
static char dir[] = "/tmp/pinion-model-XXXXXX";

static void find_model(void)
{
	const char *cache = getenv("CACHE"), *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char below[PATH_MAX / 2];

	if (cache)
		snprintf(below, sizeof(below), "%s", cache);
	else if (xdg && *xdg)
		snprintf(below, sizeof(below), "%s/pinion", xdg);
	else
		snprintf(below, sizeof(below), "%s/.cache/pinion", home ? home : "");
	snprintf(model, sizeof(model),
		 "%s/npm/current/node_modules/@energetic-ai/"
		 "model-embeddings-en/dist",
		 below);
}

static void path_of(const char *in, const char *name, char *path)
{
	snprintf(path, PATH_MAX, "%.2000s/%.200s", in, name);
}

/* @dir gets a link to each file of the model, or loses it. */
static void link_model(bool make)
{
	char from[PATH_MAX], to[PATH_MAX];
	DIR *d = opendir(model);
	struct dirent *entry;

	if (!d)
		tap_bail("the model is not in %s: run 'make setup'", model);
	while ((entry = readdir(d))) {
		path_of(model, entry->d_name, from);
		path_of(dir, entry->d_name, to);
		unlink(to);
		if (make && entry->d_name[0] != '.' && symlink(from, to))
			tap_bail("symlink %s: %s", to, strerror(errno));
	}
	closedir(d);
}

/* Instead of the link to @name: @keep bytes of it, the byte @flip altered, @more added. */
static void spoil(const char *name, long keep, long flip, size_t more)
{
	char from[PATH_MAX], to[PATH_MAX];
	static char data[8 << 20];
	ssize_t len;
	int fd;

	path_of(model, name, from);
	path_of(dir, name, to);
	fd = open(from, O_RDONLY);
	len = fd < 0 ? -1 : read(fd, data, sizeof(data) - more);
	if (len < 0)
		tap_bail("read %s: %s", from, strerror(errno));
	close(fd);
	if (keep >= 0 && keep < len)
		len = keep;
	if (flip >= 0)
		data[flip] ^= 0x10;
	unlink(to);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, data, (size_t)len + more) != len + (ssize_t)more)
		tap_bail("write %s: %s", to, strerror(errno));
	close(fd);
}

static void refused(const char *what, const char *name, const char *word)
{
	struct model_files files;
	struct err err = { 0 };
	int ret = model_files_load(dir, &files, &err);

	tap_ok(ret && err.status == EXIT_MODEL && strstr(err.text, name) && strstr(err.text, word),
	       "%s: %.90s", what, ret ? err.text : "taken");
	if (!ret)
		model_files_free(&files);
	link_model(true);
}

static void good(void)
{
	struct model_files files;
	struct err err = { 0 };
	int ret = model_files_load(dir, &files, &err);

	tap_ok(!ret, "the model as published is taken%s%s", ret ? ": " : "", err.text);
	/* A layer norm's factors are near 1: the tensor is found where it is. */
	tap_ok(!ret && model_weight(&files, layer_weight(1, LW_NORM_GAMMA))[7] > 0.1f &&
		       model_weight(&files, W_POSITION_INV)[0] == 1.0f,
	       "tensors are where they should be");
	if (!ret)
		model_files_free(&files);
}

int main(void)
{
	char path[PATH_MAX];

	tap_plan(8);
	find_model();
	if (!mkdtemp(dir))
		tap_bail("mkdtemp: %s", strerror(errno));
	link_model(true);
	good();
	path_of(dir, "group1-shard3of7", path);
	unlink(path);
	refused("a shard is missing", "group1-shard3of7", "No such file");
	spoil("group1-shard7of7", 1000000, -1, 0);
	refused("a shard is truncated", "group1-shard7of7", "truncated");
	spoil("group1-shard5of7", -1, 12345, 0);
	refused("one bit of a shard is flipped", "group1-shard5of7", "altered");
	spoil("group1-shard1of7", -1, -1, 1);
	refused("a shard is longer", "group1-shard1of7", "altered");
	spoil("vocab.json", -1, 5000, 0);
	refused("the vocabulary is altered", "vocab.json", "altered");
	spoil("model.json", -1, 100000, 0);
	refused("the graph is altered", "model.json", "altered");
	link_model(false);
	rmdir(dir);
	return tap_result();
}
