// SPDX-License-Identifier: GPL-2.0-or-later
/* VM_BIND, judged by what the card reads and writes through the mappings; see vm-bind-args.c. */
#include <unistd.h>

#include "rig.h"

#define VA  0x40000000ull
#define M   (1u << 20)
#define OUT RIG_DATA_VA

static uint32_t device_bo(struct rig *rig, uint64_t bytes)
{
	return rig_bo(rig->fd, bytes, DRM_PINION_BO_DEVICE);
}

/* Have the card fill @bytes bytes at @va with @value: 0 or -errno. */
static int fill(struct rig *rig, uint64_t va, uint64_t bytes, uint8_t value)
{
	int res;

	rig->bytes = 0;
	rig_fill(rig, va, bytes, value, 1);
	res = rig_run(rig).res;
	if (res)
		try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
	return res;
}

/* Have the card read the byte at @va: the byte or -errno. */
static int peek(struct rig *rig, uint64_t va)
{
	int res;

	rig->bytes = 0;
	rig->data[0] = 0xcc;
	rig_copy(rig, OUT, va, 1);
	res = rig_run(rig).res;
	if (res)
		try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
	return res ? res : rig->data[0];
}

static void map_unmap(struct rig *rig, uint64_t bytes, const char *what)
{
	uint32_t bo = device_bo(rig, bytes);

	ksft_test_result(!try_map(rig->fd, bo, 0, VA, bytes, RIG_RWX), "%s: map\n", what);
	ksft_test_result(!fill(rig, VA, bytes, 0x11) && peek(rig, VA) == 0x11 &&
				 peek(rig, VA + bytes - 1) == 0x11,
			 "%s: the card reaches all of it\n", what);
	ksft_test_result(peek(rig, VA + bytes) == -EFAULT && peek(rig, VA - 1) == -EFAULT,
			 "%s: the card reaches nothing beside it\n", what);
	rig_bo_close(rig->fd, bo);
	ksft_test_result(peek(rig, VA) == 0x11, "%s: a mapping outlives the handle\n", what);
	ksft_test_result(!try_unmap(rig->fd, VA, bytes) && peek(rig, VA) == -EFAULT, "%s: unmap\n",
			 what);
}

static void cut(struct rig *rig)
{
	uint64_t free_before = rig_info(rig->fd).memory_free;
	uint32_t bo = device_bo(rig, 8 * M), small = device_bo(rig, M);

	try_map(rig->fd, bo, 0, VA, 8 * M, RIG_RWX);
	fill(rig, VA, 8 * M, 0x22);
	ksft_test_result(!try_unmap(rig->fd, VA + 3 * M, 4096),
			 "unmap a page out of a 2 MiB leaf\n");
	ksft_test_result(peek(rig, VA + 3 * M) == -EFAULT && peek(rig, VA + 3 * M - 1) == 0x22 &&
				 peek(rig, VA + 3 * M + 4096) == 0x22,
			 "the pages beside an unmapped page stay mapped\n");
	ksft_test_result(!try_map(rig->fd, small, 0, VA + 3 * M + 0x8000, M, RIG_RWX),
			 "map a buffer over the middle of another\n");
	ksft_test_result(!fill(rig, VA + 3 * M + 0x8000, M, 0x33) &&
				 peek(rig, VA + 3 * M + 0x7fff) == 0x22 &&
				 peek(rig, VA + 4 * M + 0x8000) == 0x22 &&
				 peek(rig, VA + 4 * M + 0x7fff) == 0x33,
			 "the new buffer is in the middle, the old one on both sides\n");
	try_map(rig->fd, bo, 3 * M, VA + 16 * M, 2 * M, RIG_RWX);
	ksft_test_result(peek(rig, VA + 16 * M + 0x8000) == 0x22,
			 "the old buffer was not written\n");
	ksft_test_result(!try_map(rig->fd, bo, 0, VA, 8 * M, RIG_RWX) &&
				 peek(rig, VA + 3 * M) == 0x22 && peek(rig, VA + 4 * M) == 0x22,
			 "map all of it again\n");
	ksft_test_result(!try_unmap(rig->fd, 0x10000 + VA, 64 * M - 0x10000) &&
				 peek(rig, VA + 0xffff) == 0x22 &&
				 peek(rig, VA + 0x10000) == -EFAULT,
			 "unmap across holes and a part\n");
	ksft_test_result(!try_unmap(rig->fd, VA, 64 * M), "unmap the rest\n");
	rig_bo_close(rig->fd, bo);
	rig_bo_close(rig->fd, small);
	ksft_test_result(rig_info(rig->fd).memory_free == free_before,
			 "page tables and buffers are given back\n");
}

static void rights(struct rig *rig)
{
	uint32_t bo = device_bo(rig, 4096);

	try_map(rig->fd, bo, 0, VA, 4096, DRM_PINION_VM_BIND_READ);
	ksft_test_result(peek(rig, VA) == 0 && fill(rig, VA, 8, 1) == -EFAULT, "READ alone\n");
	try_map(rig->fd, bo, 0, VA, 4096, DRM_PINION_VM_BIND_WRITE);
	ksft_test_result(peek(rig, VA) == -EFAULT && !fill(rig, VA, 8, 1), "WRITE alone\n");
	try_unmap(rig->fd, VA, 4096);
	rig_bo_close(rig->fd, bo);
}

int main(void)
{
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(26);
	rig_open(&rig, 4);
	/* The first mapping allocates the upper page tables, which cut() must not count. */
	map_unmap(&rig, 4096, "4 KiB");
	map_unmap(&rig, 5 * 65536 + 4096, "64 KiB pages and a rest");
	map_unmap(&rig, 6 * M, "2 MiB pages");
	cut(&rig);
	rights(&rig);
	rig_close(&rig);
	ksft_finished();
}
