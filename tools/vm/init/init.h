/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first process of the guest that pinion-vm boots. It mounts the host's file system, loads the
 * driver, runs one command and reports the exit status of the command.
 */
#ifndef PINION_VM_INIT_H
#define PINION_VM_INIT_H

#include <stdbool.h>
#include <stddef.h>

/* Mount points of the host's / and of the writable build folder, until the root is switched. */
#define ROOT_DIR  "/root"
#define SHARE_DIR "/share"

/**
 * struct vm_list - the strings in a file, which ends each with a NUL
 * @items: array of the strings, with NULL after the last
 * @count: number of strings
 */
struct vm_list {
	char **items;
	size_t count;
};

/**
 * struct vm_conf - what the host asks of this boot
 * @run: folder of this run below the build folder, as seen before the root is switched
 * @build: absolute path of the build folder on the host
 * @cwd: working directory of the command
 * @image: folder with the kernel and the initramfs of the guest
 * @files: with @detached, the files that the guest gets
 * @keep: paths that stay visible although a tmpfs is mounted on a folder above
 * @argv: command to run and its arguments
 * @env: environment of the command
 * @detached: no file system of the host is mounted while the command runs
 * @kexec: run the command in a second kernel as well, when it has succeeded in the first one
 * @kdump: run the command in a second kernel as well, when the first one has panicked
 * @second: the kernel that runs now is the second one
 * @driver: load the driver
 * @module: path of the driver's module
 * @tty: the command's streams are the terminal hvc0, not the virtio ports
 * @trace: record the driver's function calls and trace events
 */
struct vm_conf {
	char run[64];
	char build[1024];
	char cwd[1024];
	char module[1024];
	char image[1024];
	struct vm_list files;
	struct vm_list keep;
	struct vm_list argv;
	struct vm_list env;
	bool detached;
	bool kexec;
	bool kdump;
	bool second;
	bool driver;
	bool tty;
	bool trace;
};

/* main.c */
void die(const char *what) __attribute__((noreturn));
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* conf.c */
void conf_read(struct vm_conf *conf, const char *run);
int write_file(const char *path, const char *text);
void run_path(const struct vm_conf *conf, const char *name, char *path, size_t size);

/* detached.c */
void mount_own_root(const struct vm_conf *conf);
void detach(const struct vm_conf *conf);
void report_detached(int status);

/* kexec.c */
bool kexec_is_second(int argc, char **argv);
void kexec_load(const struct vm_conf *conf);
void kexec_start(void);

/* disk.c */
void disk_start(void);

/* cards.c */
void cards_check(const struct vm_conf *conf);

/* mounts.c */
void mount_share(void);
void mount_root(const struct vm_conf *conf);
void mount_host(const char *dir);
void mount_pseudo(void);
void make_path(const char *base, const char *path);
void below_root(char *out, size_t size, const char *path);
void move_root(void);

/* modules.c: the firmware of the model is signed with the public test key */
#define DRIVER_OPTIONS "allow_test_key=1"
void load_list(const char *list);
void load_module(const char *path, const char *options);

/* snapshot.c */
void snapshot_wait(char *run, size_t size);

/* relay.c */
int run_command(const struct vm_conf *conf);

#endif
