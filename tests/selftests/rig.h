/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the driver's interfaces share: raw ioctls and io_uring on one card, without
 * libpinion. A rig_ function ends the test if the driver refuses the call; a try_ function
 * returns 0 or -errno, for tests that expect a refusal.
 */
#ifndef PINION_SELFTESTS_RIG_H
#define PINION_SELFTESTS_RIG_H

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "pinion_accel.h"
#include "pinion_packet.h"

/* The tests report by the kernel's header, a reproducer outside the tree by the tree's own. */
#if __has_include("kselftest.h")
#include "kselftest.h"

/* Report @n planned tests as skipped. */
static inline void rig_skip(unsigned int n, const char *why)
{
	while (n--)
		ksft_test_result_skip("%s\n", why);
}
#else
#include "tap.h"
#endif

#define RIG_VA	    0x10000000ull /* host memory: commands, then data */
#define RIG_BYTES   0x100000u
#define RIG_DATA    0x10000u /* offset of the data */
#define RIG_DATA_VA (RIG_VA + RIG_DATA)
#define RIG_RWX	    (DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE | DRM_PINION_VM_BIND_EXEC)

/**
 * struct rig - an open card with a queue, an io_uring and mapped host memory
 * @fd: file of the accel node
 * @queue: file of the queue
 * @ring: io_uring with 32-byte completions
 * @cmd: command buffer: RIG_DATA bytes at the card's address RIG_VA
 * @bytes: bytes of packets in @cmd
 * @data: memory for the packets' operands, at the card's address RIG_DATA_VA
 * @mark: user_data of the job that was prepared last
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

/**
 * struct done - completion of a job
 * @mark: user_data of the job
 * @res: 0 or -errno
 * @end: time on the card's clock at which the job ended
 */
struct done {
	uint64_t mark;
	int res;
	uint64_t end;
};

/* Number N of the first card's /dev/accel/accelN, or -1 if there is no card. */
int rig_find_card(void);
/* Number of the first card. Without a card the test is skipped; if there was one, it has failed. */
int rig_card(void);
int rig_open_node(void);
/* Open the accel node number @card: its file, or -1. */
int rig_open_other(int card);
void rig_open(struct rig *rig, uint32_t entries);
/* The same on a file of an accel node. */
void rig_open_on(struct rig *rig, int fd, uint32_t entries);
void rig_close(struct rig *rig);

int try_ioctl(int fd, unsigned long request, void *arg);
struct drm_pinion_dev_info rig_info(int fd);
int try_bo(int fd, uint64_t size, uint32_t flags, uint32_t *handle);
uint32_t rig_bo(int fd, uint64_t size, uint32_t flags);
int try_mmap(int fd, uint32_t handle, size_t bytes, void **out);
void *rig_mmap(int fd, uint32_t handle, size_t bytes);
void rig_bo_close(int fd, uint32_t handle);
/* Export a buffer: the file of its dma-buf, or -errno. */
int try_export(int fd, uint32_t handle);
int try_import(int fd, int dmabuf, uint32_t *handle);
int try_bind(int fd, const struct drm_pinion_vm_bind_op *op);
int try_map(int fd, uint32_t handle, uint64_t offset, uint64_t va, uint64_t size, uint32_t flags);
int try_unmap(int fd, uint64_t va, uint64_t size);
void rig_map(int fd, uint32_t handle, uint64_t va, uint64_t size);
int try_queue(int fd, struct drm_pinion_queue_create *args);
int rig_queue(int fd, uint32_t entries);

/* Create a timeline in the address space @vm: its file, or -errno. */
int try_timeline(int fd, uint32_t vm, uint64_t value, uint32_t *id);
int try_timeline_destroy(int fd, uint32_t id);
int rig_timeline(int fd, uint64_t value, uint32_t *id);
uint64_t rig_timeline_value(int timeline);
void rig_timeline_raise(int timeline, uint64_t value);

/* Append a packet to the command buffer, which rig->bytes = 0 empties. */
void *rig_packet(struct rig *rig, int op, size_t bytes);
void rig_copy(struct rig *rig, uint64_t dst, uint64_t src, uint64_t bytes);
void rig_fill(struct rig *rig, uint64_t dst, uint64_t bytes, uint64_t pattern, uint32_t width);
void rig_sem(struct rig *rig, int op, uint64_t va, uint64_t value);

/* Prepare an SQE of a job whose command buffer has @bytes bytes at @va. */
struct io_uring_sqe *rig_sqe(struct rig *rig, uint64_t va, uint32_t bytes);
/* Prepare a 64-byte SQE of a job that waits until @timeline has reached @value. */
struct pinion_uring_exec *rig_sqe_wait(struct rig *rig, uint32_t bytes, uint32_t timeline,
				       uint64_t value);
/* Prepare a 128-byte SQE, which rig->ring takes after rig_long_ring(). */
struct pinion_uring_exec128 *rig_sqe_long(struct rig *rig, uint64_t va, uint32_t bytes);
void rig_long_ring(struct rig *rig, uint32_t entries);
void rig_submit(struct rig *rig);
/* Wait for one completion; after 60 s the test has failed. */
struct done rig_wait(struct rig *rig);
/* Submit the command buffer and wait for it. */
struct done rig_run(struct rig *rig);
/* Submit a job that waits for a word of memory until rig_unhang() writes the word. */
void rig_hang(struct rig *rig);
void rig_unhang(struct rig *rig);

struct pinion_queue_fault rig_fault(struct rig *rig);
/* Whether @bytes bytes (a multiple of 8) of @mem are all @value. */
bool rig_all(const void *mem, size_t bytes, uint8_t value);
/* Bytes of free device memory, read until they are @want or 30 s have passed. */
uint64_t rig_free_settled(uint64_t want);
/* How often a test repeats something: @soak times in a soak, @usual times otherwise. */
unsigned int rig_times(unsigned int usual, unsigned int soak);
/* After repetition @done of @total: say how far a long test is, ten times in all. */
void rig_progress(unsigned int done, unsigned int total);
/* Replace the content of a file of /proc or /sys: 0 or -errno. */
int try_write(const char *path, const char *text);
/* PCI address of the first card, such as 0000:01:00.0. Later only that card is found. */
const char *rig_pci_address(void);
/* Bind the driver to the first card, or unbind the driver. */
int try_driver(const char *bind_or_unbind);

#endif /* PINION_SELFTESTS_RIG_H */
