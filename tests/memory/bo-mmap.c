// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap of buffers in device memory, which the window shows, and in host memory. */
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define MAPPABLE (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)
#define WC	 (DRM_PINION_BO_HOST | DRM_PINION_BO_WC)
#define BYTES	 (3u << 20)

static void read_write(int fd, uint32_t flags, const char *what)
{
	uint32_t handle = rig_bo(fd, BYTES, flags);
	uint8_t *mem = rig_mmap(fd, handle, BYTES), *again;

	ksft_test_result(rig_all(mem, BYTES, 0), "%s: zero at first\n", what);
	memset(mem, 0x5a, BYTES);
	ksft_test_result(rig_all(mem, BYTES, 0x5a), "%s: keeps what is written\n", what);
	rig_bo_close(fd, handle);
	mem[BYTES - 1] = 7;
	ksft_test_result(mem[BYTES - 1] == 7, "%s: the mapping outlives the handle\n", what);
	munmap(mem, BYTES);

	handle = rig_bo(fd, BYTES, flags);
	again = rig_mmap(fd, handle, BYTES);
	ksft_test_result(rig_all(again, BYTES, 0), "%s: zero again in the next buffer\n", what);
	munmap(again, BYTES);
	rig_bo_close(fd, handle);
}

/* A mapping whose first pages are unmapped before any access still shows the right pages. */
static void partial(int fd, uint32_t flags, const char *what)
{
	uint32_t handle = rig_bo(fd, BYTES, flags);
	uint8_t *all = rig_mmap(fd, handle, BYTES), *part = rig_mmap(fd, handle, BYTES);

	memset(all, 1, 1 << 20);
	memset(all + (1 << 20), 2, BYTES - (1 << 20));
	munmap(part, 1 << 20);
	ksft_test_result(rig_all(part + (1 << 20), BYTES - (1 << 20), 2),
			 "%s: a mapping without its first MiB\n", what);
	munmap(part + (1 << 20), BYTES - (1 << 20));
	munmap(all, BYTES);
	rig_bo_close(fd, handle);
}

static void refusals(int fd)
{
	struct drm_pinion_bo_mmap_offset args = { .handle = 12345 };
	uint32_t handle = rig_bo(fd, 8192, DRM_PINION_BO_DEVICE);
	void *mem;

	ksft_test_result(try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &args) == -ENOENT,
			 "unknown handle\n");
	args = (struct drm_pinion_bo_mmap_offset){ .handle = handle, .pad = 1 };
	ksft_test_result(try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &args) == -EINVAL,
			 "padding\n");
	ksft_test_result(try_mmap(fd, handle, 8192, &mem) == -EPERM,
			 "device memory without MAPPABLE\n");
	rig_bo_close(fd, handle);

	handle = rig_bo(fd, 8192, MAPPABLE);
	ksft_test_result(try_mmap(fd, handle, 12288, &mem) == -EINVAL, "longer than the buffer\n");
	args = (struct drm_pinion_bo_mmap_offset){ .handle = handle };
	try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &args);
	mem = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, args.offset);
	ksft_test_result(mem == MAP_FAILED && errno == EINVAL, "a private writable mapping\n");
	mem = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	ksft_test_result(mem == MAP_FAILED, "offset 0\n");
	rig_bo_close(fd, handle);
}

/* The mmap offset of a buffer is of no use to a file that was not given the buffer. */
static void stranger(int fd)
{
	struct drm_pinion_bo_mmap_offset args = { .handle = rig_bo(fd, 8192, MAPPABLE) };
	int other = rig_open_node();
	void *mem;

	try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &args);
	mem = mmap(NULL, 8192, PROT_READ, MAP_SHARED, other, args.offset);
	ksft_test_result(mem == MAP_FAILED && errno == EACCES, "another open file cannot map it\n");
	close(other);
}

int main(void)
{
	int fd = rig_open_node();

	ksft_print_header();
	ksft_set_plan(22);
	read_write(fd, MAPPABLE, "device memory");
	read_write(fd, DRM_PINION_BO_HOST, "host memory");
	read_write(fd, WC, "write-combined host memory");
	partial(fd, MAPPABLE, "device memory");
	partial(fd, DRM_PINION_BO_HOST, "host memory");
	partial(fd, WC, "write-combined host memory");
	refusals(fd);
	stranger(fd);
	close(fd);
	ksft_finished();
}
