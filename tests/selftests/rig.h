/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the selftests share: raw ioctls and io_uring on one card, without the
 * runtime. Calls that a test expects to work end the test if they do not; the
 * try_ calls return 0 or -errno.
 */
#ifndef PINION_SELFTESTS_RIG_H
#define PINION_SELFTESTS_RIG_H

#include <errno.h>
#include <liburing.h>
#include <stdint.h>
#include <string.h>

#include "pinion_accel.h"
#include "pinion_packet.h"

#include "../tap.h"

#define RIG_VA	    0x10000000ull /* host memory: commands, then data */
#define RIG_BYTES   0x100000u
#define RIG_DATA    0x10000u /* offset of the data */
#define RIG_DATA_VA (RIG_VA + RIG_DATA)
#define RIG_RWX	    (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE | DRM_PINION_VM_BIND_EXEC)

/**
 * struct rig - a card opened, with a queue, a ring and some mapped host memory
 * @fd: accel node
 * @queue: queue file
 * @ring: io_uring with 32-byte completions
 * @cmd: command buffer, RIG_DATA bytes at RIG_VA
 * @bytes: of packets in it
 * @data: the rest, at RIG_DATA_VA
 * @mark: user_data of the next job
 */
struct rig {
	int fd;
	int queue;
	struct io_uring ring;
	uint8_t *cmd;
	uint32_t bytes;
	uint8_t *data;
	uint64_t mark;
};

struct done {
	uint64_t mark;
	int res;
	uint64_t end;
};

/* Number of the card's node; exits with 4 where there is none. */
int rig_card(void);
int rig_open_node(void);
/* The node of a card by number, or -1. */
int rig_open_other(int card);
void rig_open(struct rig *rig, uint32_t entries);
void rig_close(struct rig *rig);

int try_ioctl(int fd, unsigned long request, void *arg);
struct drm_pinion_dev_info rig_info(int fd);
int try_bo(int fd, uint64_t size, uint32_t flags, uint32_t *handle);
uint32_t rig_bo(int fd, uint64_t size, uint32_t flags);
int try_mmap(int fd, uint32_t handle, size_t bytes, void **out);
void *rig_mmap(int fd, uint32_t handle, size_t bytes);
void rig_bo_close(int fd, uint32_t handle);
/* dma-buf of a buffer, or -errno; the other way, 0 or -errno. */
int try_export(int fd, uint32_t handle);
int try_import(int fd, int dmabuf, uint32_t *handle);
int try_bind(int fd, const struct drm_pinion_vm_bind_op *op);
int try_map(int fd, uint32_t handle, uint64_t offset, uint64_t va, uint64_t size, uint32_t flags);
int try_unmap(int fd, uint64_t va, uint64_t size);
void rig_map(int fd, uint32_t handle, uint64_t va, uint64_t size);
int try_queue(int fd, struct drm_pinion_queue_create *args);
int rig_queue(int fd, uint32_t entries);

/* A new timeline of address space @vm: its file, or -errno. */
int try_timeline(int fd, uint32_t vm, uint64_t value, uint32_t *id);
int try_timeline_destroy(int fd, uint32_t id);
int rig_timeline(int fd, uint64_t value, uint32_t *id);
uint64_t rig_timeline_value(int timeline);
void rig_timeline_raise(int timeline, uint64_t value);

/* Packets: rig->bytes = 0 starts a new command buffer. */
void *rig_packet(struct rig *rig, int op, size_t bytes);
void rig_copy(struct rig *rig, uint64_t dst, uint64_t src, uint64_t bytes);
void rig_fill(struct rig *rig, uint64_t dst, uint64_t bytes, uint64_t pattern, uint32_t width);
void rig_sem(struct rig *rig, int op, uint64_t va, uint64_t value);

struct io_uring_sqe *rig_sqe(struct rig *rig, uint64_t va, uint32_t bytes);
/* A job that waits for one point, in a 64-byte SQE. */
struct pinion_uring_exec *rig_sqe_wait(struct rig *rig, uint32_t bytes, uint32_t timeline,
				       uint64_t value);
/* One for a ring of 128-byte SQEs: rig->ring after rig_long_ring(). */
struct pinion_uring_exec128 *rig_sqe_long(struct rig *rig, uint64_t va, uint32_t bytes);
void rig_long_ring(struct rig *rig, uint32_t entries);
void rig_submit(struct rig *rig);
/* One completion, waited for up to 60 s; a test that waits longer has failed. */
struct done rig_wait(struct rig *rig);
/* Submit the command buffer and wait for it. */
struct done rig_run(struct rig *rig);
/* A job of one WAIT for a word that nobody raises, and how to end it. */
void rig_hang(struct rig *rig);
void rig_unhang(struct rig *rig);

struct pinion_queue_fault rig_fault(struct rig *rig);
bool rig_all(const void *mem, size_t bytes, uint8_t value);
/* Device memory free, once the card's bookkeeping has come to rest at @want. */
uint64_t rig_free_settled(uint64_t want);
unsigned int rig_times(unsigned int usual, unsigned int soak);
/* Write a file of /proc or /sys, which forgets what it had: 0 or -errno. */
int try_write(const char *path, const char *text);
/* PCI address of the card, such as 0000:01:00.0. */
const char *rig_pci_address(void);
int try_driver(const char *bind_or_unbind);

#endif /* PINION_SELFTESTS_RIG_H */
