// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Storage into memory of the card: O_DIRECT and registered buffers of io_uring
 * on memory that USERPTR made a buffer, from a block device. How many bytes
 * passed through the page cache tells how many copies there were.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "rig.h"

#define VA	0x80000000ull
#define BYTES	(256u << 10)
#define DISK	"/dev/ram0"

static struct rig rig;
static uint8_t pattern[BYTES];

static int open_disk(void)
{
	int fd, i;

	if (system("modprobe -q -d \"$PINION_MODULES\" brd rd_nr=1") || access(DISK, R_OK | W_OK)) {
		printf("1..0 # SKIP no block device of memory (brd) in this kernel\n");
		exit(4);
	}
	for (i = 0; i < (int)BYTES; i++)
		pattern[i] = i * 7 + i / 4096;
	fd = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);
	return fd;
}

static void write_disk(int fd)
{
	void *mem = aligned_alloc(4096, BYTES);

	memcpy(mem, pattern, BYTES);
	if (pwrite(fd, mem, BYTES, 0) != BYTES)
		tap_bail("writing the disk: %s", strerror(errno));
	free(mem);
}

static uint8_t *user_buffer(void)
{
	uint8_t *mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct drm_pinion_bo_userptr args = { .address = (uintptr_t)mem, .size = BYTES };

	if (try_ioctl(rig.fd, DRM_IOCTL_PINION_BO_USERPTR, &args))
		tap_bail("BO_USERPTR");
	rig_map(rig.fd, args.handle, VA, BYTES);
	rig_bo_close(rig.fd, args.handle);
	return mem;
}

/* What the card finds at VA. */
static bool card_sees_pattern(void)
{
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, BYTES);
	return !rig_run(&rig).res && !memcmp(rig.data, pattern, BYTES);
}

/* Bytes of the disk in the page cache. */
static long cached(int fd)
{
	struct { uint64_t off, len; } range = { 0, BYTES };
	struct { uint64_t cache, dirty, writeback, evicted, recent; } stat;

	if (syscall(451 /* cachestat */, fd, &range, &stat, 0))
		return -1;
	return stat.cache * 4096;
}

static void direct(int fd, uint8_t *mem)
{
	int through = open(DISK, O_RDONLY | O_CLOEXEC);

	posix_fadvise(through, 0, BYTES, POSIX_FADV_DONTNEED);
	memset(mem, 0, BYTES);
	tap_ok(pread(fd, mem, BYTES, 0) == BYTES && card_sees_pattern(), "O_DIRECT: the card sees it");
	tap_ok(cached(through) == 0, "and no byte went through the page cache");
	tap_ok(pread(through, mem, BYTES, 0) == BYTES && cached(through) == BYTES,
	       "without O_DIRECT all %u were copied once more", BYTES);
	close(through);
}

static void write_back(int fd, uint8_t *mem)
{
	uint8_t *check = aligned_alloc(4096, BYTES);

	rig.bytes = 0;
	rig_fill(&rig, VA, BYTES, 0x99, 1);
	tap_ok(!rig_run(&rig).res && pwrite(fd, mem, BYTES, 0) == BYTES &&
	       pread(fd, check, BYTES, 0) == BYTES && rig_all(check, BYTES, 0x99),
	       "O_DIRECT write of what the card wrote");
	free(check);
	write_disk(fd);
}

/* READ_FIXED, then the job, as one chain: no thought of the host in between. */
static void chain(int fd, uint8_t *mem)
{
	struct iovec vec = { mem, BYTES };
	struct io_uring_sqe *sqe;
	struct done first, second;

	tap_ok(!io_uring_register_buffers(&rig.ring, &vec, 1), "register it with io_uring");
	memset(mem, 0, BYTES);
	sqe = io_uring_get_sqe(&rig.ring);
	io_uring_prep_read_fixed(sqe, fd, mem, BYTES, 0, 0);
	sqe->user_data = 1000;
	sqe->flags |= IOSQE_IO_LINK;
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, BYTES);
	memset(rig.data, 0, BYTES);
	rig_sqe(&rig, RIG_VA, rig.bytes)->flags |= IOSQE_ASYNC;
	rig_submit(&rig);
	first = rig_wait(&rig);
	second = rig_wait(&rig);
	tap_ok(first.mark == 1000 && first.res == BYTES && !second.res &&
	       !memcmp(rig.data, pattern, BYTES), "disk, buffer and job as one chain");
	io_uring_unregister_buffers(&rig.ring);
}

/* What cannot be pinned cannot be read into: its pages are the driver's to revoke. */
static void not_these(int fd)
{
	uint8_t *host = rig_mmap(rig.fd, rig_bo(rig.fd, BYTES, DRM_PINION_BO_HOST), BYTES);
	uint8_t *device = rig_mmap(rig.fd, rig_bo(rig.fd, BYTES, DRM_PINION_BO_DEVICE |
						  DRM_PINION_BO_MAPPABLE), BYTES);
	struct iovec vec = { host, BYTES };

	tap_ok(pread(fd, host, BYTES, 0) < 0 && errno == EFAULT, "O_DIRECT into a mapped HOST buffer: EFAULT");
	tap_ok(pread(fd, device, BYTES, 0) < 0 && errno == EFAULT, "into device memory: EFAULT");
	tap_ok(io_uring_register_buffers(&rig.ring, &vec, 1) == -EFAULT, "registering it: EFAULT");
	munmap(host, BYTES);
	munmap(device, BYTES);
}

int main(void)
{
	int fd = open_disk();
	uint8_t *mem;

	tap_plan(9);
	if (fd < 0)
		tap_bail("%s: %s", DISK, strerror(errno));
	write_disk(fd);
	rig_open(&rig, 4);
	mem = user_buffer();
	direct(fd, mem);
	write_back(fd, mem);
	chain(fd, mem);
	not_these(fd);
	rig_close(&rig);
	munmap(mem, BYTES);
	close(fd);
	return tap_result();
}
