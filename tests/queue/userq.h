/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of DRM_PINION_QUEUE_USER: jobs go in and results come out in memory. */
#ifndef PINION_TESTS_USERQ_H
#define PINION_TESTS_USERQ_H

#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pinion_ring.h"
#include "rig.h"

/**
 * struct userq - a queue whose rings and doorbell are mapped
 * @fd: file of the queue
 * @entries: number of slots in each ring
 * @ring: first slot of the descriptor ring
 * @cq: first slot of the completion ring
 * @shadow: doorbell in memory; NULL: only the page is used
 * @doorbell: page of the doorbell register
 * @status: page in which the kernel says whether the queue runs
 * @tail: number of descriptors written to the ring
 * @head: number of records read
 */
struct userq {
	int fd;
	uint32_t entries;
	struct pinion_desc *ring;
	const struct pinion_cqe *cq;
	struct pinion_shadow *shadow;
	volatile uint32_t *doorbell;
	const volatile struct pinion_queue_status *status;
	uint32_t tail;
	uint32_t head;
};

static inline int userq_policy(const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/user_submission", rig_pci_address());
	return try_write(path, text);
}

static inline int try_userq_map(int fd, size_t bytes, int prot, off_t offset, void **out)
{
	*out = mmap(NULL, bytes, prot, MAP_SHARED, fd, offset);
	return *out == MAP_FAILED ? -errno : 0;
}

static inline void *userq_map(int fd, size_t bytes, int prot, off_t offset)
{
	void *mem;

	if (try_userq_map(fd, bytes, prot, offset, &mem))
		ksft_exit_fail_msg("mmap of a queue at %#lx: %s\n", (long)offset, strerror(errno));
	return mem;
}

static inline size_t userq_ring_bytes(const struct userq *uq)
{
	return uq->entries * sizeof(*uq->ring) + sizeof(*uq->shadow);
}

/* As userq_open(), for users who cannot set the policy: it is "on" already. */
static inline void userq_open_allowed(struct userq *uq, int node, uint32_t entries, uint32_t job_ms)
{
	struct drm_pinion_queue_create args = {
		.entries = entries, .priority = 1, .job_ms = job_ms, .flags = DRM_PINION_QUEUE_USER
	};

	if (try_queue(node, &args))
		ksft_exit_fail_msg("a queue of DRM_PINION_QUEUE_USER: %s\n", strerror(errno));
	*uq = (struct userq){ .fd = args.fd, .entries = args.entries };
	uq->ring = userq_map(uq->fd, userq_ring_bytes(uq), PROT_READ | PROT_WRITE,
			     PINION_QUEUE_MAP_RING);
	uq->cq = userq_map(uq->fd, uq->entries * sizeof(*uq->cq), PROT_READ, PINION_QUEUE_MAP_CQ);
	uq->doorbell = userq_map(uq->fd, 4096, PROT_READ | PROT_WRITE, PINION_QUEUE_MAP_DOORBELL);
	uq->status = userq_map(uq->fd, 4096, PROT_READ, PINION_QUEUE_MAP_STATUS);
}

static inline void userq_open(struct userq *uq, int node, uint32_t entries, uint32_t job_ms)
{
	if (userq_policy("on"))
		ksft_exit_fail_msg("user_submission: %s\n", strerror(errno));
	userq_open_allowed(uq, node, entries, job_ms);
}

static inline void userq_close(struct userq *uq)
{
	munmap((void *)uq->status, 4096);
	munmap((void *)uq->doorbell, 4096);
	munmap((void *)uq->cq, uq->entries * sizeof(*uq->cq));
	munmap(uq->ring, userq_ring_bytes(uq));
	close(uq->fd);
}

/* Write a job of @bytes at @va to the next slot, which the caller knows to be free. */
static inline struct pinion_desc *userq_put(struct userq *uq, uint64_t va, uint32_t bytes)
{
	struct pinion_desc *desc = &uq->ring[pinion_ring_slot(uq->tail++, uq->entries)];

	*desc = (struct pinion_desc){
		.opcode = bytes ? PINION_DESC_EXEC : PINION_DESC_NOP,
		.bytes = bytes,
		.cmd_va = va,
		.cookie = uq->tail,
	};
	return desc;
}

static inline void userq_ring_by(struct userq *uq, struct pinion_shadow *shadow)
{
	if (pinion_ring_announce(shadow, shadow ? shadow->tail : 0, uq->tail))
		uq->doorbell[PINION_DOORBELL_TAIL / 4] = uq->tail;
}

/* Announce the descriptors by the doorbell's page alone, although there may be a shadow. */
static inline void userq_ring_page(struct userq *uq)
{
	userq_ring_by(uq, NULL);
}

static inline void userq_ring(struct userq *uq)
{
	userq_ring_by(uq, uq->shadow);
}

/* Announce descriptors by the doorbell in memory from now on. */
static inline void userq_use_shadow(struct userq *uq)
{
	uq->shadow = (struct pinion_shadow *)(uq->ring + uq->entries);
}

static inline bool userq_look(struct userq *uq, struct pinion_cqe *rec)
{
	if (!pinion_ring_read_record(uq->cq, uq->head, uq->entries, rec))
		return false;
	rec->status &= PINION_CQE_STATUS;
	uq->head++;
	return true;
}

/* The next record, waited for up to 60 s. */
static inline struct pinion_cqe userq_wait(struct userq *uq)
{
	time_t end = time(NULL) + 60;
	struct pinion_cqe rec;

	while (!userq_look(uq, &rec))
		if (time(NULL) > end)
			ksft_exit_fail_msg("no record %u within 60 s\n", uq->head);
	return rec;
}

static inline int userq_arm(struct userq *uq, uint64_t records)
{
	return try_ioctl(uq->fd, PINION_QUEUE_IOC_ARM, &records);
}

/* What poll() says after @ms at most: POLLIN, POLLERR or 0. */
static inline short userq_poll(struct userq *uq, int ms)
{
	struct pollfd pfd = { .fd = uq->fd, .events = POLLIN };

	return poll(&pfd, 1, ms) < 1 ? 0 : pfd.revents;
}

static inline struct pinion_queue_fault userq_fault(struct userq *uq)
{
	struct pinion_queue_fault fault;

	if (try_ioctl(uq->fd, PINION_QUEUE_IOC_FAULT, &fault))
		ksft_exit_fail_msg("PINION_QUEUE_IOC_FAULT: %s\n", strerror(errno));
	return fault;
}

/* Whether the status page says that the queue is in @state because of @error. */
static inline bool userq_says(const struct userq *uq, uint32_t state, uint32_t error)
{
	return uq->status->state == state && uq->status->error == error;
}

static inline int userq_reset(struct userq *uq)
{
	uq->tail = 0;
	uq->head = 0;
	return try_ioctl(uq->fd, PINION_QUEUE_IOC_RESET, NULL);
}

/* A job that waits for a word of the rig's memory, until userq_unhang(). */
static inline void userq_hang(struct userq *uq, struct rig *rig)
{
	struct pinion_desc *desc = userq_put(uq, 0, 0);

	__atomic_store_n((uint64_t *)(rig->cmd + RIG_BYTES - 16), 0, __ATOMIC_RELEASE);
	desc->wait_va = RIG_VA + RIG_BYTES - 16;
	desc->wait_value = 1;
	userq_ring(uq);
}

static inline void userq_unhang(struct rig *rig)
{
	__atomic_store_n((uint64_t *)(rig->cmd + RIG_BYTES - 16), 1, __ATOMIC_RELEASE);
}

#endif /* PINION_TESTS_USERQ_H */
