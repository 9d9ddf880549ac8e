// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of things in the guest, and how it ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

#define EXIT_PORT	   0xf4 /* isa-debug-exit: any write ends QEMU at once */
#define KLOG_CONSOLE_LEVEL 8
#define TRACING		   "/sys/kernel/tracing"

/**
 * say() - put a line into the kernel log
 * @fmt: as printf
 */
void say(const char *fmt, ...)
{
	char line[512] = "<3>pinion-vm: ";
	size_t start = strlen(line);
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(line + start, sizeof(line) - start, fmt, ap);
	va_end(ap);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* not dprintf(): it seeks, which this file refuses */
	if (write(fd, line, strlen(line)) < 0)
		write_file("/dev/console", line);
	close(fd);
}

static void power_off(void) __attribute__((noreturn));
static void power_off(void)
{
	sync();
	if (!ioperm(EXIT_PORT, 4, 1))
		outl(0, EXIT_PORT);
	reboot(RB_AUTOBOOT);
	_exit(125);
}

/**
 * die() - end the guest because it could not be made ready
 * @what: what could not be done; errno says why
 *
 * The host sees that there is no exit status and shows the kernel log.
 */
void die(const char *what)
{
	say("%s: %s", what, strerror(errno));
	usleep(500000); /* the kernel prints its log from a thread of its own */
	power_off();
}

/* Each call of a function of the driver, and its trace events if it has any. */
static void trace_start(void)
{
	if (write_file(TRACING "/set_ftrace_filter", ":mod:pinion") ||
	    write_file(TRACING "/current_tracer", "function"))
		say("no trace: %s", strerror(errno));
	write_file(TRACING "/events/pinion/enable", "1");
}

static void trace_save(const struct vm_conf *conf)
{
	char path[sizeof(conf->build) + 32], buf[65536];
	int from = open(TRACING "/trace", O_RDONLY | O_CLOEXEC), to;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/vm/trace.log", conf->build);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	while (from >= 0 && to >= 0 && (n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			break;
}

static void report(const struct vm_conf *conf, int status)
{
	char path[sizeof(conf->build) + sizeof(conf->run) + 32], text[16];

	run_path(conf, "status", path, sizeof(path));
	snprintf(text, sizeof(text), "%d\n", status);
	if (write_file(path, text))
		say("%s: %s", path, strerror(errno));
}

static void mount_first(void)
{
	static const char *const dirs[] = { "/dev", "/proc" };
	static const char *const types[] = { "devtmpfs", "proc" };
	size_t i;

	for (i = 0; i < 2; i++) {
		mkdir(dirs[i], 0755);
		if (mount(types[i], dirs[i], types[i], 0, NULL))
			die(types[i]);
	}
}

/* The driver is loaded from the initramfs, as there is nothing else yet. */
static void be_saved(char *run, size_t size)
{
	load_list("/modules.driver");
	load_module("/pinion.ko");
	snapshot_wait(run, size);
}

int main(int argc, char **argv)
{
	static struct vm_conf conf;
	struct rlimit files = { 1024, 1048576 };
	char run[64];
	int status;

	umask(022);
	mount_first();
	/* The kernel passes options that it does not know as well; ours is last. */
	snprintf(run, sizeof(run), "%s", argv[argc - 1]);
	if (strncmp(run, "run-", 4) && strcmp(run, "snapshot"))
		power_off(); /* a trial boot: that it came here is the answer */
	klogctl(KLOG_CONSOLE_LEVEL, NULL, 7);
	load_list("/modules.root");
	if (!strcmp(run, "snapshot"))
		be_saved(run, sizeof(run));
	mount_share();
	conf_read(&conf, run);
	if (conf.driver)
		load_list("/modules.driver");
	mount_root(&conf);
	setrlimit(RLIMIT_NOFILE, &files);
	if (conf.driver) {
		load_module(conf.module);
		cards_check(&conf);
	}
	if (conf.trace)
		trace_start();
	status = run_command(&conf);
	if (conf.trace)
		trace_save(&conf);
	report(&conf, status);
	power_off();
}
