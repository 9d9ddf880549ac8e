/* SPDX-License-Identifier: MIT */
/*
 * A driver that is not there: linked with --wrap in place of libdrm's ioctl and
 * of liburing's system calls, it lets libpinion run without card and kernel
 * module and decides when which job completes. See runtime_mock.c.
 */
#ifndef RUNTIME_MOCK_H
#define RUNTIME_MOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "pinion.h"
#include "pinion_accel.h"
#include "pinion_packet.h"

#define MOCK_BOS  64
#define MOCK_JOBS 256

/**
 * struct mock - the fake driver's state and knobs
 * @fail_at: this call (ioctl or ring set-up), counted from 1, fails; 0 none
 * @fail_errno: with this errno
 * @calls: counted so far
 * @enters: system calls of the ring so far
 * @submit_error: io_uring_submit() returns this once, if it is not 0
 * @entries: size of ring that QUEUE_CREATE answers with, 0 for the size it was asked for
 * @contract: version of the hardware contract that DEV_QUERY reports
 * @driver: name that drmGetVersion() reports
 * @refuse: res of jobs that are not queued, 0 to queue them
 * @state: content of the file health/state of the card; NULL: there is no folder health/
 * @automatic: jobs complete at once
 * @interrupt: io_uring_enter2() returns -EINTR this often before it works
 * @fault: what PINION_QUEUE_IOC_FAULT reports
 * @bos: number of buffers that exist
 * @bound: bytes mapped into the address space
 * @binds: the last VM_BIND operations, newest last
 * @bind_count: number of VM_BIND operations so far
 * @resets: number of resets of the queue
 * @job: the queued jobs, oldest first
 * @jobs: number of jobs in @job
 * @last: the last SQE that was submitted
 */
struct mock {
	unsigned int fail_at;
	int fail_errno;
	unsigned int calls;
	unsigned int enters;
	int submit_error;
	uint32_t entries;
	uint32_t contract;
	const char *driver;
	int refuse;
	const char *state;
	bool automatic;
	unsigned int interrupt;
	struct pinion_queue_fault fault;
	int bos;
	uint64_t bound;
	struct drm_pinion_vm_bind_op binds[16];
	unsigned int bind_count;
	unsigned int resets;
	uint64_t job[MOCK_JOBS];
	unsigned int jobs;
	struct {
		uint64_t addr;
		uint32_t len, cmd_op;
		uint8_t flags;
		int fd;
	} last;
};

extern struct mock mock;

#define MOCK_REASON "0x701 No reset made the card work again."
#define MOCK_ACTION "Power-cycle the card."

/* All knobs and counts to their defaults. */
void mock_reset(void);
/* A device over the mock, or exit. */
struct pinion_device *mock_device(void);
/* Path that pinion_device_open() takes. */
const char *mock_path(void);
/* Complete the oldest job. */
void mock_complete(int res, uint64_t timestamp);
/* Complete the newest one: what the kernel posts for several threads may come in any order. */
void mock_complete_newest(int res, uint64_t timestamp);
/* Memory of a buffer by its handle's offset in the node. */
void *mock_memory(uint64_t offset);
/* Jobs in flight, read safely beside other threads. */
unsigned int mock_in_flight(void);

/* runtime_elf.c: a small valid program in @elf; returns its length. */
#define MOCK_ELF_BYTES 4096
#define MOCK_ELF_ARGS  24
size_t mock_elf(unsigned char *elf);

#endif /* RUNTIME_MOCK_H */
