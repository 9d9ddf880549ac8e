// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffers are shared with another open file as dma-bufs. */
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define VA	 0x80000000ull
#define MAPPABLE (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)

static uint32_t import(int fd, int dmabuf)
{
	uint32_t handle;
	int ret = try_import(fd, dmabuf, &handle);

	if (ret)
		ksft_exit_fail_msg("PRIME_FD_TO_HANDLE: %s\n", strerror(-ret));
	return handle;
}

static void share(struct rig *rig, uint32_t flags, const char *what)
{
	uint32_t mine = rig_bo(rig->fd, 8192, flags), theirs;
	int dmabuf = try_export(rig->fd, mine);
	struct rig other;

	ksft_test_result(dmabuf >= 0, "%s: exported\n", what);
	rig_open(&other, 4);
	theirs = import(other.fd, dmabuf);
	rig_map(rig->fd, mine, VA, 8192);
	rig_map(other.fd, theirs, 2 * VA, 8192);
	rig->bytes = 0;
	rig_fill(rig, VA, 8192, 0x77, 1);
	other.bytes = 0;
	rig_copy(&other, RIG_DATA_VA, 2 * VA, 8192);
	ksft_test_result(!rig_run(rig).res && !rig_run(&other).res &&
				 rig_all(other.data, 8192, 0x77),
			 "%s: another file's jobs see it\n", what);
	close(dmabuf);
	rig_bo_close(rig->fd, mine);
	try_unmap(rig->fd, VA, 8192);
	ksft_test_result(!rig_run(&other).res, "%s: another file's mapping keeps it\n", what);
	rig_close(&other);
}

static void mmap_dmabuf(int fd, uint32_t flags, const char *what)
{
	uint32_t handle = rig_bo(fd, 8192, flags);
	uint8_t *direct = rig_mmap(fd, handle, 8192), *mem;
	int dmabuf = try_export(fd, handle);

	direct[5000] = 9;
	mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 4096);
	ksft_test_result(mem != MAP_FAILED && mem[5000 - 4096] == 9,
			 "%s: mmap of the dma-buf's second page\n", what);
	munmap(mem, 4096);
	munmap(direct, 8192);
	close(dmabuf);
	rig_bo_close(fd, handle);
}

int main(void)
{
	uint64_t free_before;
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(9);
	free_before = rig_info(rig.fd).memory_free;
	share(&rig, DRM_PINION_BO_HOST, "host memory");
	share(&rig, DRM_PINION_BO_DEVICE, "device memory");
	mmap_dmabuf(rig.fd, DRM_PINION_BO_HOST, "host memory");
	mmap_dmabuf(rig.fd, MAPPABLE, "device memory");
	rig_close(&rig);
	rig_open(&rig, 4);
	ksft_test_result(rig_info(rig.fd).memory_free == free_before, "memory is where it was\n");
	rig_close(&rig);
	ksft_finished();
}
