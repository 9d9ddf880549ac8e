// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing files. A key file is text: first comments, lines that begin with '#', then a
 * line of 64 hexadecimal digits. They are the Ed25519 seed in a secret key's file, and the key
 * itself in a public key's file.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fwsign.h"

/**
 * file_read() - read a whole file; exits on failure
 * @path: file to read
 * @max: length in bytes above which the file is refused
 *
 * Return: the content, followed by a zero byte that the blob's length does not count.
 */
struct blob file_read(const char *path, size_t max)
{
	struct blob blob = { malloc(max + 2), 0 };
	FILE *f = fopen(path, "rb");

	if (!f)
		die("%s: %s", path, strerror(errno));
	if (!blob.data)
		die("out of memory");
	blob.bytes = fread(blob.data, 1, max + 1, f);
	if (ferror(f))
		die("%s: %s", path, strerror(errno));
	fclose(f);
	if (blob.bytes > max)
		die("%s: longer than %zu bytes", path, max);
	blob.data[blob.bytes] = 0;
	return blob;
}

/**
 * file_write() - create or replace a file as a whole; exits on failure
 * @path: file to write
 * @data: content of the file
 * @bytes: length of @data
 * @mode: permissions of the file, as for chmod()
 */
void file_write(const char *path, const void *data, size_t bytes, unsigned int mode)
{
	char *temp;
	FILE *f;
	int fd;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		die("out of memory");
	fd = mkstemp(temp);
	f = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!f)
		die("%s: %s", path, strerror(errno));
	if (fwrite(data, 1, bytes, f) != bytes || fchmod(fd, mode) || fclose(f) ||
	    rename(temp, path)) {
		int err = errno;

		unlink(temp);
		die("%s: %s", path, strerror(err));
	}
	free(temp);
}

/**
 * key_read() - read a key from a key file; exits on failure
 * @path: key file to read
 * @key: out: the seed or the public key
 */
void key_read(const char *path, uint8_t key[32])
{
	struct blob text = file_read(path, 4096);
	char *save, *line;
	size_t bytes = 0;

	for (line = strtok_r((char *)text.data, "\n", &save); line && *line == '#';
	     line = strtok_r(NULL, "\n", &save))
		;
	if (!line || sodium_hex2bin(key, 32, line, strlen(line), NULL, &bytes, NULL) || bytes != 32)
		die("%s: not a key file (comments, then a line of 64 hexadecimal digits)", path);
	sodium_memzero(text.data, text.bytes);
	free(text.data);
}

/**
 * key_write() - create or replace a key file; exits on failure
 * @path: key file to write
 * @comment: first line of the file, without the '#'
 * @key: seed or public key
 * @mode: permissions of the file, as for chmod()
 */
void key_write(const char *path, const char *comment, const uint8_t key[32], unsigned int mode)
{
	char hex[65], *text;
	int len;

	sodium_bin2hex(hex, sizeof(hex), key, 32);
	len = asprintf(&text, "# %s\n%s\n", comment, hex);
	if (len < 0)
		die("out of memory");
	file_write(path, text, (size_t)len, mode);
	sodium_memzero(text, (size_t)len);
	sodium_memzero(hex, sizeof(hex));
	free(text);
}
