// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files. A key file is text: lines that begin with '#' are comments, then 64 hexadecimal digits:
 * the Ed25519 seed (secret key file) or the public key.
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
 * file_read() - all of a file, or the end of the program
 * @path: file to read
 * @max: refuse anything longer
 *
 * Return: its content, with one zero byte after it that @bytes does not count.
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
 * file_write() - create or replace a file, never leaving half of one
 * @path: file to write
 * @data: content
 * @bytes: its length
 * @mode: permissions
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
 * key_read() - a key out of a key file, or the end of the program
 * @path: key file
 * @key: out
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
		die("%s: not a key file (comments, then 64 hexadecimal digits)", path);
	sodium_memzero(text.data, text.bytes);
	free(text.data);
}

/**
 * key_write() - write a key file
 * @path: key file
 * @comment: first line, without the '#'
 * @key: bytes
 * @mode: permissions
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
