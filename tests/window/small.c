// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BAR4 shows only a part of device memory, and the card's DMA addresses reach only a part of host
 * memory: buffers are placed where they can be used, and allocations fail only when that is full.
 */
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pinion_regs.h"

#include "../selftests/rig.h"

#define MAPPABLE   (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)
#define MIB	   (1u << 20)
#define STEP	   (256u << 10)
#define VRAM_VA	   0x80000000ull
#define HOST_BYTES (64u << 20)

/* Allocate buffers of 1 MiB until that fails with *@ret. Return: the number of buffers. */
static unsigned int fill_up(int fd, uint32_t flags, int *ret)
{
	unsigned int n = 0;
	uint32_t handle;

	while (!(*ret = try_bo(fd, MIB, flags, &handle)))
		n++;
	return n;
}

static void placement(const struct drm_pinion_dev_info *info)
{
	unsigned int shown = info->window_bytes / MIB, all = info->memory_bytes / MIB;
	unsigned int outside = 0, n;
	int first = rig_open_node(), second = rig_open_node(), ret;
	uint32_t handle;

	/* Not all memory outside the window is free: the driver has a save area there. */
	for (; rig_info(first).memory_free >= info->window_bytes + MIB; outside++)
		rig_bo(first, MIB, DRM_PINION_BO_DEVICE);
	n = fill_up(second, MAPPABLE, &ret);
	ksft_test_result(ret == -ENOSPC && n + 2 > shown && n <= shown,
			 "what is never mapped leaves the window free: %u of %u MiB\n", n, shown);
	ksft_test_result(rig_info(first).memory_free < 2 * MIB,
			 "with the window full all memory is in use\n");
	close(first);
	ksft_test_result(try_bo(second, MIB, MAPPABLE, &handle) == -ENOSPC,
			 "the window stays full when memory outside it is given back\n");
	n = fill_up(second, DRM_PINION_BO_DEVICE, &ret);
	ksft_test_result(n >= outside,
			 "memory outside the window can be had without mapping: %u MiB\n", n);
	close(second);
	n = fill_up(first = rig_open_node(), DRM_PINION_BO_DEVICE, &ret);
	ksft_test_result(ret == -ENOSPC && n > outside,
			 "buffers that are not mapped use the window, too, "
			 "when the rest is full: %u of %u MiB\n",
			 n, all);
	close(first);
	ksft_test_result(try_bo(second = rig_open_node(), info->window_bytes + 4096, MAPPABLE,
				&handle) == -ENOSPC,
			 "more than the window cannot be mapped\n");
	close(second);
}

/* The processor writes half of the window, and the card reads what the processor wrote. */
static void seen_alike(struct rig *rig, const struct drm_pinion_dev_info *info)
{
	uint64_t bytes = info->window_bytes / 2, at;
	uint32_t handle = rig_bo(rig->fd, bytes, MAPPABLE);
	uint8_t *mem = rig_mmap(rig->fd, handle, bytes);
	unsigned int wrong = 0;

	rig_map(rig->fd, handle, VRAM_VA, bytes);
	for (at = 0; at < bytes; at += 8)
		*(volatile uint64_t *)(mem + at) = at * 0x9e3779b97f4a7c15ull;
	for (at = 0; at < bytes; at += STEP) {
		rig->bytes = 0;
		rig_copy(rig, RIG_DATA_VA, VRAM_VA + at, STEP);
		wrong += rig_run(rig).res || memcmp(rig->data, mem + at, STEP);
	}
	ksft_test_result(!wrong, "half of the window: card and processor see the same\n");
	munmap(mem, bytes);
	rig_bo_close(rig->fd, handle);
	try_unmap(rig->fd, VRAM_VA, bytes);
}

/* A buffer so large that not all of it is within reach by chance, written after it was mapped. */
static void host_memory(struct rig *rig)
{
	uint32_t handle = rig_bo(rig->fd, HOST_BYTES, DRM_PINION_BO_HOST);
	uint8_t *mem = rig_mmap(rig->fd, handle, HOST_BYTES);
	unsigned int wrong = 0;
	uint64_t at;

	rig_map(rig->fd, handle, VRAM_VA, HOST_BYTES);
	for (at = 0; at < HOST_BYTES; at += 4096)
		*(volatile uint64_t *)(mem + at) = at + 1;
	rig->bytes = 0;
	for (at = 0; at < HOST_BYTES; at += MIB)
		rig_copy(rig, VRAM_VA + at + 8, VRAM_VA + at, 8);
	ksft_test_result(!rig_run(rig).res, "the card reaches each MiB of %u\n", HOST_BYTES / MIB);
	for (at = 0; at < HOST_BYTES; at += MIB)
		wrong += *(volatile uint64_t *)(mem + at + 8) != at + 1;
	ksft_test_result(!wrong, "both see what the other wrote without a copy in between\n");
	munmap(mem, HOST_BYTES);
}

static void imports(int fd)
{
	struct dma_heap_allocation_data alloc = { .len = 65536, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDWR);
	uint32_t handle;

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc))
		ksft_exit_fail_msg("system heap: %s\n", strerror(errno));
	ksft_test_result(try_import(fd, alloc.fd, &handle) == -EOPNOTSUPP,
			 "memory of others, which may be out of reach, is refused\n");
	close(alloc.fd);
	close(heap);
}

int main(void)
{
	struct drm_pinion_dev_info info;
	int fd = rig_open_node();
	struct rig rig;

	info = rig_info(fd);
	if (info.window_bytes == info.memory_bytes)
		ksft_exit_skip("BAR4 shows all of the memory\n");
	ksft_print_header();
	ksft_set_plan(10);
	/* First, as memory that was just freed is not available until the card has zeroed it. */
	placement(&info);
	close(fd);
	rig_open(&rig, 4);
	seen_alike(&rig, &info);
	host_memory(&rig);
	imports(rig.fd);
	rig_close(&rig);
	ksft_finished();
}
