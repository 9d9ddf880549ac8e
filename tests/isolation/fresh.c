// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * New memory never shows what its last owner wrote, whether the owner unmapped it, ended, was
 * killed, or writes and frees memory at the same time.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "tenants.h"

#define HOST_BYTES  (32u << 20)
#define SMALL	    (256u << 10)
#define TABLE_COUNT 3000u
#define MAPPABLE    (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)

enum { SPILL, CHURN, STOP };

/* Ways in which the victim gives its memory back. */
enum { UNMAP, EXIT, KILLED, TABLES, WAYS };

static const char *const way_names[] = {
	[UNMAP] = "unmapped it",
	[EXIT] = "ended",
	[KILLED] = "was killed while it wrote",
	[TABLES] = "left page tables",
};

/*
 * Wait until the memory of a process that owned all of it is free. The kernel ends the process's
 * io_uring from a work item, so that may be after the process was reaped.
 */
static void await_memory(void)
{
	int fd = rig_open_node();
	uint32_t bo;

	while (try_bo(fd, 16 << 20, DRM_PINION_BO_DEVICE, &bo))
		usleep(1000);
	rig_bo_close(fd, bo);
	close(fd);
}

/* Have the driver write page tables: some lose all their entries, others have entries at the end.
 */
static void spill_tables(void)
{
	uint64_t va = 1ull << 40, step = 2 << 20, i;
	int fd = rig_open_node();
	uint32_t bo = rig_bo(fd, 4096, DRM_PINION_BO_DEVICE);

	for (i = 0; i < TABLE_COUNT; i++)
		rig_map(fd, bo, va + i * step, 4096);
	for (i = 0; i < TABLE_COUNT; i += 3)
		if (try_unmap(fd, va + i * step, 4096))
			_exit(1);
	_exit(0);
}

static void spill(unsigned int way)
{
	struct hoard hoard;
	uint32_t host;

	await_memory();
	if (way == TABLES)
		spill_tables();
	rig_open(&hoard.rig, 4);
	host = rig_bo(hoard.rig.fd, HOST_BYTES, DRM_PINION_BO_HOST);
	memset(rig_mmap(hoard.rig.fd, host, HOST_BYTES), SECRET & 0xff, HOST_BYTES);
	hoard_take(&hoard);
	hoard_fill(&hoard, SECRET);
	if (way == UNMAP)
		hoard_drop(&hoard);
	if (way == KILLED) {
		rig_sqe(&hoard.rig, RIG_VA, hoard.rig.bytes);
		rig_submit(&hoard.rig);
		raise(SIGKILL);
	}
	_exit(0);
}

/* Allocate, write and free small buffers for ever. */
static void churn(void)
{
	struct rig rig;
	uint32_t bo;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rig_open(&rig, 4);
	for (;;) {
		bo = rig_bo(rig.fd, SMALL, DRM_PINION_BO_DEVICE);
		rig_map(rig.fd, bo, 1ull << 40, SMALL);
		rig_bo_close(rig.fd, bo);
		rig.bytes = 0;
		rig_fill(&rig, 1ull << 40, SMALL, SECRET, 8);
		if (rig_run(&rig).res)
			_exit(1);
	}
}

static uint64_t serve(uint64_t op, uint64_t arg)
{
	static pid_t churning;
	int status;
	pid_t pid;

	if (op == STOP) {
		kill(churning, SIGKILL);
		return waitpid(churning, &status, 0) == churning && WIFSIGNALED(status);
	}
	pid = fork();
	if (!pid && op == CHURN)
		churn();
	if (!pid)
		spill(arg);
	if (op == CHURN) {
		churning = pid;
		return 1;
	}
	waitpid(pid, &status, 0);
	return arg == KILLED ? WIFSIGNALED(status) : !status;
}

/* The number of pieces of 64 KiB of a new buffer that the CPU does not find to be zero. */
static uint64_t mapped_dirt(int fd, uint32_t flags, uint64_t bytes)
{
	uint32_t bo = rig_bo(fd, bytes, flags);
	uint8_t *mem = rig_mmap(fd, bo, bytes);
	uint64_t at, dirt = 0;

	for (at = 0; at < bytes; at += 65536)
		dirt += !all_words(mem + at, 65536, 0);
	munmap(mem, bytes);
	rig_bo_close(fd, bo);
	return dirt;
}

static void look(unsigned int way)
{
	uint64_t want = ask(SPILL, way), host, window, differs;
	struct hoard hoard;

	await_memory();
	rig_open(&hoard.rig, 4);
	host = mapped_dirt(hoard.rig.fd, DRM_PINION_BO_HOST, HOST_BYTES);
	window = mapped_dirt(hoard.rig.fd, MAPPABLE, 4 << 20);
	hoard_take(&hoard);
	differs = hoard_differs(&hoard, 0);
	ksft_test_result(want && hoard.bytes && !differs,
			 "the victim %s: %llu MiB of device memory are zero\n", way_names[way],
			 (unsigned long long)hoard.bytes >> 20);
	ksft_test_result(!host && !window, "the victim %s: so are mapped host and device memory\n",
			 way_names[way]);
	rig_close(&hoard.rig);
}

/* Allocate buffers beside a victim that frees the same memory all the time. */
static void beside(unsigned int times)
{
	uint64_t differs = 0;
	struct rig rig;
	unsigned int i;
	uint32_t bo;

	await_memory();
	rig_open(&rig, 4);
	ask(CHURN, 0);
	for (i = 0; i < times; i++) {
		bo = rig_bo(rig.fd, SMALL, DRM_PINION_BO_DEVICE);
		rig_map(rig.fd, bo, 1ull << 40, SMALL);
		rig_bo_close(rig.fd, bo);
		rig.bytes = 0;
		rig_copy(&rig, RIG_DATA_VA, 1ull << 40, SMALL);
		if (rig_run(&rig).res)
			ksft_exit_fail_msg("COPY failed\n");
		differs += !all_words(rig.data, SMALL, 0);
	}
	ksft_test_result(ask(STOP, 0) && !differs,
			 "%u buffers beside a victim that writes and frees: zero\n", times);
	rig_close(&rig);
}

static void attack(void)
{
	unsigned int rounds = rig_times(1, 20), i;

	ksft_print_header();
	ksft_set_plan(rounds * WAYS * 2 + 1);
	for (i = 0; i < rounds * WAYS; i++)
		look(i % WAYS);
	beside(rig_times(200, 20000));
}

int main(void)
{
	return two_tenants(serve, attack);
}
