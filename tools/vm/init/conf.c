// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the files in which the host says what the guest is to do. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

static char *read_file(const char *path, size_t *len)
{
	struct stat st;
	size_t done = 0;
	char *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		die(path);
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		die("malloc");
	while (done < (size_t)st.st_size) {
		ssize_t n = read(fd, text + done, (size_t)st.st_size - done);

		if (n <= 0)
			die(path);
		done += (size_t)n;
	}
	close(fd);
	text[done] = '\0';
	*len = done;
	return text;
}

static void read_list(const struct vm_conf *conf, const char *name, struct vm_list *list)
{
	char path[sizeof(conf->run) + 64];
	size_t len, count = 0, pos;
	char *text;

	snprintf(path, sizeof(path), "%s/%s", conf->run, name);
	text = read_file(path, &len);
	for (pos = 0; pos < len; pos += strlen(text + pos) + 1)
		count++;
	list->items = calloc(count + 1, sizeof(*list->items));
	if (!list->items)
		die("calloc");
	list->count = 0;
	for (pos = 0; pos < len; pos += strlen(text + pos) + 1)
		list->items[list->count++] = text + pos;
}

static void copy_path(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size)
		die("a path from the host is too long");
	strcpy(to, from);
}

static void set_option(struct vm_conf *conf, const char *item)
{
	if (!strncmp(item, "build=", 6))
		copy_path(conf->build, sizeof(conf->build), item + 6);
	else if (!strncmp(item, "cwd=", 4))
		copy_path(conf->cwd, sizeof(conf->cwd), item + 4);
	else if (!strncmp(item, "module=", 7))
		copy_path(conf->module, sizeof(conf->module), item + 7);
	else if (!strncmp(item, "image=", 6))
		copy_path(conf->image, sizeof(conf->image), item + 6);
	else if (!strcmp(item, "kexec=1"))
		conf->kexec = true;
	else if (!strcmp(item, "kdump=1"))
		conf->kdump = true;
	else if (!strcmp(item, "detached=1"))
		conf->detached = true;
	else if (!strcmp(item, "driver=1"))
		conf->driver = true;
	else if (!strcmp(item, "tty=1"))
		conf->tty = true;
	else if (!strcmp(item, "trace=1"))
		conf->trace = true;
}

/**
 * conf_read() - read what the host asks for; ends the guest on failure
 * @conf: out: what the host asks for
 * @run: name of the run's folder below build/vm
 *
 * Every file must exist: the host writes all of them before it starts the guest.
 */
void conf_read(struct vm_conf *conf, const char *run)
{
	struct vm_list options;
	size_t i;

	memset(conf, 0, sizeof(*conf));
	if (snprintf(conf->run, sizeof(conf->run), SHARE_DIR "/vm/%s", run) >=
	    (int)sizeof(conf->run))
		die("the run's name is too long");
	read_list(conf, "options", &options);
	for (i = 0; i < options.count; i++)
		set_option(conf, options.items[i]);
	read_list(conf, "files", &conf->files);
	read_list(conf, "keep", &conf->keep);
	read_list(conf, "argv", &conf->argv);
	read_list(conf, "env", &conf->env);
	if (!conf->argv.count)
		die("no command");
}

/**
 * write_file() - replace the content of a file
 * @path: file to write, created if it does not exist
 * @text: new content of the file
 *
 * Return: 0, or -1 with errno set.
 */
int write_file(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	if (close(fd) || n != (ssize_t)len)
		return -1;
	return 0;
}

/**
 * run_path() - find the path that a file of the run's folder has after mount_root()
 * @conf: what the host asks for
 * @name: name of the file
 * @path: out: path of the file
 * @size: size of @path in bytes
 */
void run_path(const struct vm_conf *conf, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s%s/%s", conf->build, conf->run + strlen(SHARE_DIR), name);
}
