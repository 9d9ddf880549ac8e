// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dma-bufs that others export, imported by the driver: pages of a memfd (udmabuf), of the system
 * heap, of another DRM driver (vgem), of another card. vgem imports buffers of the driver.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "rig.h"

#define VA    0x80000000ull
#define BYTES (256u << 10)

static struct rig rig;

/* What the card writes to the dma-buf is read at @mem, and the reverse. */
static void both_ways(int dmabuf, uint8_t *mem, const char *what)
{
	uint32_t handle;
	int ret = try_import(rig.fd, dmabuf, &handle);

	ksft_test_result(!ret, "%s: import: %s\n", what, strerror(-ret));
	if (ret)
		return;
	rig_map(rig.fd, handle, VA, BYTES);
	rig_bo_close(rig.fd, handle);
	rig.bytes = 0;
	rig_fill(&rig, VA, BYTES, 0x5a, 1);
	ksft_test_result(!rig_run(&rig).res && rig_all(mem, BYTES, 0x5a),
			 "%s: the card writes all of it\n", what);
	memset(mem, 0x33, BYTES);
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, BYTES);
	ksft_test_result(!rig_run(&rig).res && rig_all(rig.data, BYTES, 0x33),
			 "%s: the card reads it\n", what);
	close(dmabuf);
	rig.data[0] = 0;
	ksft_test_result(!rig_run(&rig).res && rig_all(rig.data, BYTES, 0x33),
			 "%s: the mapping outlives handle and file descriptor\n", what);
	ksft_test_result(!try_unmap(rig.fd, VA, BYTES), "%s: unmap\n", what);
}

static int memfd_sealed(size_t bytes)
{
	int fd = memfd_create("pages", MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, bytes) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		ksft_exit_fail_msg("memfd: %s\n", strerror(errno));
	return fd;
}

static void udmabuf(void)
{
	struct udmabuf_create create = { .size = BYTES };
	int dev = open("/dev/udmabuf", O_RDWR), memfd = memfd_sealed(BYTES), fd;
	uint8_t *mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);

	if (dev < 0) {
		rig_skip(5, "no udmabuf in this kernel");
		return;
	}
	create.memfd = memfd;
	fd = ioctl(dev, UDMABUF_CREATE, &create);
	if (fd < 0)
		ksft_exit_fail_msg("UDMABUF_CREATE: %s\n", strerror(errno));
	both_ways(fd, mem, "udmabuf");
	munmap(mem, BYTES);
	close(memfd);
	close(dev);
}

static void heap(void)
{
	struct dma_heap_allocation_data alloc = { .len = BYTES, .fd_flags = O_RDWR | O_CLOEXEC };
	int dev = open("/dev/dma_heap/system", O_RDWR);
	uint8_t *mem;

	if (dev < 0) {
		rig_skip(5, "no system heap in this kernel");
		return;
	}
	if (ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &alloc))
		ksft_exit_fail_msg("DMA_HEAP_IOCTL_ALLOC: %s\n", strerror(errno));
	mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, alloc.fd, 0);
	both_ways(alloc.fd, mem, "system heap");
	munmap(mem, BYTES);
	close(dev);
}

static uint8_t *dumb_mmap(int card, uint32_t handle)
{
	struct drm_mode_map_dumb map = { .handle = handle };

	if (try_ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map))
		ksft_exit_fail_msg("MAP_DUMB: %s\n", strerror(errno));
	return mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
}

static void from_vgem(int card)
{
	struct drm_mode_create_dumb dumb = { .width = BYTES / 4, .height = 1, .bpp = 32 };
	uint8_t *mem;

	if (try_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		ksft_exit_fail_msg("CREATE_DUMB: %s\n", strerror(errno));
	mem = dumb_mmap(card, dumb.handle);
	both_ways(try_export(card, dumb.handle), mem, "vgem");
	munmap(mem, BYTES);
}

/* vgem imports a buffer of the driver twice: it is one object, and keeps the memory. */
static void to_vgem(int card)
{
	uint32_t handle = rig_bo(rig.fd, BYTES, DRM_PINION_BO_HOST), theirs, again;
	uint8_t *mem = rig_mmap(rig.fd, handle, BYTES);
	int fd = try_export(rig.fd, handle);

	ksft_test_result(!try_import(card, fd, &theirs) && !try_import(card, fd, &again) &&
				 theirs == again,
			 "vgem imports host memory of ours\n");
	memset(mem, 0x77, BYTES);
	munmap(mem, BYTES);
	rig_bo_close(rig.fd, handle);
	close(fd);
	fd = try_export(card, theirs);
	ksft_test_result(fd >= 0 && !try_import(rig.fd, fd, &handle),
			 "the buffer comes back from vgem\n");
	mem = rig_mmap(rig.fd, handle, BYTES);
	ksft_test_result(rig_all(mem, BYTES, 0x77), "the buffer that comes back has its content\n");
	munmap(mem, BYTES);
	rig_bo_close(rig.fd, handle);
	close(fd);
}

static void vgem(void)
{
	int card;

	if (system("modprobe -q -d \"$PINION_MODULES\" vgem"))
		card = -1;
	else
		card = drmOpen("vgem", NULL);
	if (card < 0) {
		rig_skip(8, "no vgem in this kernel");
		return;
	}
	from_vgem(card);
	to_vgem(card);
	close(card);
}

static void other_card(void)
{
	int other = rig_open_other(rig_card() ? 0 : 1);
	uint32_t handle, device, imported;
	uint8_t *mem;
	int fd;

	if (other < 0) {
		rig_skip(7, "one card");
		return;
	}
	handle = rig_bo(other, BYTES, DRM_PINION_BO_HOST);
	mem = rig_mmap(other, handle, BYTES);
	both_ways(try_export(other, handle), mem, "another card's host memory");
	munmap(mem, BYTES);
	device = rig_bo(other, BYTES, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE);
	fd = try_export(other, device);
	ksft_test_result(fd >= 0, "another card's device memory is exported\n");
	ksft_test_result(try_import(rig.fd, fd, &imported) == -ENOSYS,
			 "another card's device memory is not imported: this kernel has no DMA from card to card\n");
	close(fd);
	close(other);
}

static void refusals(void)
{
	uint32_t handle;
	int memfd = memfd_sealed(BYTES), pipes[2];

	ksft_test_result(try_import(rig.fd, memfd, &handle) == -EINVAL,
			 "a file that is no dma-buf\n");
	ksft_test_result(try_import(rig.fd, -1, &handle) == -EBADF, "no file at all\n");
	ksft_test_result(!pipe(pipes) && try_import(rig.fd, pipes[0], &handle) == -EINVAL,
			 "a pipe\n");
	ksft_test_result(try_export(rig.fd, 9999) == -ENOENT, "export of a handle made up\n");
	close(memfd);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(29);
	rig_open(&rig, 4);
	udmabuf();
	heap();
	vgem();
	other_card();
	refusals();
	rig_close(&rig);
	ksft_finished();
}
