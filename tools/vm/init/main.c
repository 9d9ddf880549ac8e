// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest does from its first process on, step by step, and how it ends. */
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
 * say() - write a line to the kernel log
 * @fmt: format of the text, as for printf()
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
	/* dprintf() would seek, which /dev/kmsg refuses. */
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
 * die() - end the guest before the command can run
 * @what: file or action that failed; errno says why
 *
 * The host finds no exit status of the command and shows the kernel log.
 */
void die(const char *what)
{
	say("%s: %s", what, strerror(errno));
	usleep(500000); /* let the kernel's thread print the log */
	power_off();
}

/* Record all calls of the driver's functions, and its trace events if this kernel has them. */
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

	if (conf->detached) {
		report_detached(status);
		return;
	}
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

/* Load the driver from the initramfs, as no other file system is mounted yet; then be saved. */
static void be_saved(char *run, size_t size)
{
	load_list("/modules.driver");
	load_module("/pinion.ko", DRIVER_OPTIONS);
	snapshot_wait(run, size);
}

/* Mount the root that the command sees, and load the driver. */
static void prepare(const struct vm_conf *conf)
{
	struct rlimit files = { 1024, 1048576 };

	if (conf->driver)
		load_list("/modules.driver");
	if (conf->detached)
		mount_own_root(conf);
	else
		mount_root(conf);
	setrlimit(RLIMIT_NOFILE, &files);
	if (conf->driver) {
		load_module(conf->module, DRIVER_OPTIONS);
		cards_check(conf);
	}
	if (conf->detached)
		detach(conf);
}

/* Run the command. If it succeeds and is to run in a second kernel, this does not return. */
static int run(const struct vm_conf *conf)
{
	bool second = conf->second;
	int status;

	if (conf->trace)
		trace_start();
	if ((conf->kexec || conf->kdump) && !second)
		kexec_load(conf);
	status = run_command(conf);
	if (conf->kexec && !second && !status)
		kexec_start();
	if (conf->trace)
		trace_save(conf);
	return status;
}

int main(int argc, char **argv)
{
	static struct vm_conf conf;
	char name[64];

	umask(022);
	mount_first();
	/* The kernel also passes options that it does not know; the name of the run is last. */
	snprintf(name, sizeof(name), "%s", argv[argc - 1]);
	if (strncmp(name, "run-", 4) && strcmp(name, "snapshot"))
		power_off(); /* a trial of KVM, which has succeeded if the kernel came here */
	klogctl(KLOG_CONSOLE_LEVEL, NULL, 7);
	load_list("/modules.root");
	disk_start();
	if (!strcmp(name, "snapshot"))
		be_saved(name, sizeof(name));
	mount_share();
	conf_read(&conf, name);
	conf.second = kexec_is_second(argc, argv);
	prepare(&conf);
	report(&conf, run(&conf));
	power_off();
}
