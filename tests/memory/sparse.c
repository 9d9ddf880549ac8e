// SPDX-License-Identifier: GPL-2.0-or-later
/* Sparse ranges are addresses without memory: they read as zeroes, and writes are discarded. */
#include <unistd.h>

#include "../isolation/code.h"
#include "rig.h"

#define VA     0x4000000000ull
#define M      (1ull << 20)
#define G      (1ull << 30)
#define READ   DRM_PINION_VM_BIND_READ
#define WRITE  DRM_PINION_VM_BIND_WRITE
#define SPARSE DRM_PINION_VM_BIND_SPARSE
#define CODE   4096u /* CODE and ARGS: offsets in rig.data */
#define ARGS   8192u

static struct rig rig;
static uint64_t all_free; /* free device memory before anything was mapped */

static int run(void)
{
	int res = rig_run(&rig).res;

	if (res)
		try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL);
	return res;
}

/* Write 64 bytes of 0x5a at @va and read them: the byte that is there, or -errno. */
static int write_read(uint64_t va)
{
	int res;

	memset(rig.data, 0xee, 64);
	rig.bytes = 0;
	rig_fill(&rig, va, 64, 0x5a, 1);
	rig_copy(&rig, RIG_DATA_VA, va, 64);
	res = run();
	if (res)
		return res;
	return rig_all(rig.data, 64, rig.data[0]) ? rig.data[0] : -EIO;
}

static int sparse(uint64_t va, uint64_t bytes, uint32_t flags)
{
	return try_map(rig.fd, 0, 0, va, bytes, flags | SPARSE);
}

static void reads_and_writes(void)
{
	uint64_t before = rig_info(rig.fd).memory_free, cost;

	ksft_test_result(!sparse(VA, 64 * G, READ | WRITE), "64 GiB of a card that has less\n");
	cost = before - rig_info(rig.fd).memory_free;
	ksft_test_result(cost <= 3 * 4096, "64 GiB cost %llu page tables\n",
			 (unsigned long long)cost / 4096);
	ksft_test_result(!write_read(VA) && !write_read(VA + 40 * G + 12345) &&
				 !write_read(VA + 64 * G - 64),
			 "written and read: zeroes\n");
	ksft_test_result(write_read(VA + 64 * G) == -EFAULT && write_read(VA - 64) == -EFAULT,
			 "nothing is mapped beside a sparse range\n");
	memset(rig.data, 0x77, 256);
	rig.bytes = 0;
	rig_copy(&rig, VA + G, RIG_DATA_VA, 256);
	rig_copy(&rig, VA + 2 * G, VA + G, 64 * M);
	rig_copy(&rig, RIG_DATA_VA, VA + 2 * G, 256);
	ksft_test_result(!run() && rig_all(rig.data, 256, 0),
			 "copied into, through and out of: zeroes\n");
}

static void semaphores(void)
{
	rig.bytes = 0;
	rig_sem(&rig, PINION_PKT_SIGNAL, VA, 7);
	rig_sem(&rig, PINION_PKT_WAIT, VA, 0);
	rig_sem(&rig, PINION_PKT_TIMESTAMP, VA + 8, 0);
	rig_copy(&rig, RIG_DATA_VA, VA, 64);
	ksft_test_result(!run() && rig_all(rig.data, 64, 0),
			 "SIGNAL and TIMESTAMP are forgotten, WAIT sees 0\n");
}

/* A core stores to a sparse address, loads from it, and leaves what it got in args[1]. */
static void cores(void)
{
	static const uint32_t code[] = {
		LD(T1, A0, 0), ADDI(T0, ZERO, 99), SD(T1, T0, 0), LD(T0, T1, 0), SD(A0, T0, 8), RET,
	};
	uint64_t *args = (uint64_t *)(rig.data + ARGS);

	memcpy(rig.data + CODE, code, sizeof(code));
	args[0] = VA + 3 * G;
	args[1] = 1;
	rig.bytes = 0;
	code_launch(&rig, RIG_DATA_VA + CODE, RIG_DATA_VA + ARGS, 1);
	ksft_test_result(!run() && !args[1], "a core's store is forgotten, its load gives 0\n");
	rig.bytes = 0;
	code_launch(&rig, VA + 4096, RIG_DATA_VA + ARGS, 1);
	ksft_test_result(run() == -EFAULT, "a core cannot execute in a sparse range\n");
}

static void rights(void)
{
	ksft_test_result(!sparse(VA, 2 * M, READ) && write_read(VA) == -EFAULT &&
				 !write_read(VA + 2 * M),
			 "without WRITE a write faults\n");
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, 64);
	ksft_test_result(!run() && rig_all(rig.data, 64, 0), "without WRITE a read gives zeroes\n");
}

static void beside_memory(void)
{
	uint32_t bo = rig_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE);

	ksft_test_result(!sparse(VA, 8 * M, READ | WRITE) &&
				 !try_map(rig.fd, bo, 0, VA + 2 * M + 4096, 8192, RIG_RWX),
			 "two pages of memory in the middle of a sparse range\n");
	ksft_test_result(write_read(VA + 2 * M + 4096) == 0x5a &&
				 write_read(VA + 2 * M + 8192) == 0x5a && !write_read(VA + 2 * M) &&
				 !write_read(VA + 2 * M + 12288) && !write_read(VA + 4 * M),
			 "pages of memory keep what is written, the sparse pages around them do not\n");
	ksft_test_result(!sparse(VA + 2 * M + 4096, 4096, READ | WRITE) &&
				 !write_read(VA + 2 * M + 4096) &&
				 write_read(VA + 2 * M + 8192) == 0x5a,
			 "a new SPARSE takes one of the two pages away again\n");
	ksft_test_result(!try_unmap(rig.fd, VA + M, 4096) && write_read(VA + M) == -EFAULT &&
				 !write_read(VA + M - 4096) && !write_read(VA + M + 4096),
			 "a hole in a sparse range faults\n");
	ksft_test_result(!try_map(rig.fd, bo, 0, VA, 4 * M, RIG_RWX) && write_read(VA) == 0x5a &&
				 write_read(VA + 4 * M - 64) == 0x5a && !write_read(VA + 4 * M),
			 "memory for half of a sparse range\n");
	rig_bo_close(rig.fd, bo);
}

static void in_order(void)
{
	uint32_t bo = rig_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE), id;
	int tl = rig_timeline(rig.fd, 0, &id);
	struct drm_pinion_vm_bind_op ops[] = {
		{ .flags = RIG_RWX, .handle = bo, .va = VA, .size = 4096 },
		{ .flags = READ | WRITE | SPARSE, .va = VA + 4096, .size = 4 * M },
	};
	struct drm_pinion_vm_bind args = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(ops[0]),
		.count = 2,
		.ops = (uintptr_t)ops,
		.wait_timeline = id,
		.wait_value = 1,
		.signal_timeline = id,
		.signal_value = 2,
	};
	struct pinion_timeline_wait wait = { .value = 2, .until_ns = ~0ull >> 1 };

	try_unmap(rig.fd, VA, 64 * G);
	ksft_test_result(!try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args) &&
				 write_read(VA + 4096) == -EFAULT,
			 "a sparse range at a point is not there before the point\n");
	rig_timeline_raise(tl, 1);
	ksft_test_result(!try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &wait) &&
				 write_read(VA) == 0x5a && !write_read(VA + 4096) &&
				 !write_read(VA + 4 * M),
			 "a sparse range at a point is there from the point on\n");
	close(tl);
	try_timeline_destroy(rig.fd, id);
	rig_bo_close(rig.fd, bo);
}

/* Ranges whose ends cut what is shared by all sparse ranges, in one address space. */
static void large(void)
{
	uint64_t before, cost, va = VA + G / 2 + 4096, end = VA + (32ull << 40);
	uint32_t bo = rig_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE);

	try_unmap(rig.fd, VA, 64 * G);
	/* What the tests before this one freed comes back a little later. */
	before = rig_free_settled(all_free - 4096);
	ksft_test_result(!sparse(va, end - va, READ | WRITE), "32 TiB in one operation\n");
	cost = before - rig_info(rig.fd).memory_free;
	ksft_test_result(cost <= 5 * 4096, "32 TiB cost %llu page tables\n",
			 (unsigned long long)cost / 4096);
	ksft_test_result(!write_read(va) && !write_read(va + G) && !write_read(VA + (7ull << 40)) &&
				 !write_read(end - 64) && write_read(va - 64) == -EFAULT &&
				 write_read(end) == -EFAULT,
			 "32 TiB are written and read as zeroes, and no byte more\n");
	ksft_test_result(!try_map(rig.fd, bo, 0, VA + (9ull << 40), 4096, RIG_RWX) &&
				 write_read(VA + (9ull << 40)) == 0x5a &&
				 !write_read(VA + (9ull << 40) - 64) &&
				 !write_read(VA + (9ull << 40) + 4096) &&
				 !write_read(VA + (10ull << 40)),
			 "a page of memory in 32 sparse TiB\n");
	ksft_test_result(!try_unmap(rig.fd, VA + (5ull << 40), 3 * G + 4096) &&
				 write_read(VA + (5ull << 40) + 3 * G) == -EFAULT &&
				 !write_read(VA + (5ull << 40) + 3 * G + 4096) &&
				 !write_read(VA + (5ull << 40) - 64) &&
				 !write_read(VA + (6ull << 40)),
			 "a hole in 32 sparse TiB\n");
	ksft_test_result(!sparse(VA + (5ull << 40), 2ull << 40, READ) &&
				 write_read(VA + (6ull << 40)) == -EFAULT &&
				 !write_read(VA + (7ull << 40)),
			 "2 of 32 sparse TiB become read-only\n");
	ksft_test_result(!try_unmap(rig.fd, VA, end - VA) && rig_free_settled(before) == before &&
				 write_read(VA + (7ull << 40)) == -EFAULT,
			 "32 TiB unmapped in one operation: all page tables are back\n");
	rig_bo_close(rig.fd, bo);
}

/* All addresses above those of the rig. */
static void all_addresses(void)
{
	uint64_t before = rig_info(rig.fd).memory_free, bytes = rig_info(rig.fd).va_end - VA;

	ksft_test_result(!sparse(VA, bytes, READ) &&
				 before - rig_info(rig.fd).memory_free <= 20480 &&
				 write_read(VA + bytes - 4096) == -EFAULT,
			 "all addresses from 256 GiB on\n");
	ksft_test_result(!try_unmap(rig.fd, VA, bytes), "no addresses\n");
}

static void refusals(void)
{
	uint32_t bo = rig_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE);

	ksft_test_result(sparse(VA, 4096, 0) == -EINVAL, "SPARSE with neither READ nor WRITE\n");
	ksft_test_result(sparse(VA, 4096, READ | DRM_PINION_VM_BIND_EXEC) == -EINVAL, "EXEC\n");
	ksft_test_result(sparse(VA, 4096, READ | 16) == -EINVAL, "unknown flag\n");
	ksft_test_result(try_map(rig.fd, bo, 0, VA, 4096, READ | SPARSE) == -EINVAL,
			 "SPARSE with a buffer\n");
	ksft_test_result(try_map(rig.fd, 0, 4096, VA, 4096, READ | SPARSE) == -EINVAL,
			 "SPARSE with an offset\n");
	ksft_test_result(sparse(VA, ~0xfffull, READ) == -EINVAL, "a size that overflows\n");
	rig_bo_close(rig.fd, bo);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(33);
	rig_open(&rig, 4);
	all_free = rig_info(rig.fd).memory_free;
	reads_and_writes();
	semaphores();
	cores();
	rights();
	beside_memory();
	in_order();
	large();
	all_addresses();
	refusals();
	try_unmap(rig.fd, VA, 64 * G);
	ksft_test_result(rig_free_settled(all_free) == all_free,
			 "unmapped: all page tables are back\n");
	rig_close(&rig);
	ksft_finished();
}
