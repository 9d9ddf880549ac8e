// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block device is read into buffers of the card without a copy: by O_DIRECT and by io_uring's
 * registered buffers, into a mapped HOST buffer and into user memory that USERPTR made a buffer.
 * The number of bytes in the page cache tells whether there was a copy.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "rig.h"

#define VA    0x80000000ull
#define BYTES (256u << 10)
#define DISK  "/dev/ram0"

static struct rig rig;
static uint8_t pattern[BYTES];

static int open_disk(void)
{
	int fd, i;

	if (system("modprobe -q -d \"$PINION_MODULES\" brd rd_nr=1") || access(DISK, R_OK | W_OK))
		ksft_exit_skip("no block device of memory (brd) in this kernel\n");
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
		ksft_exit_fail_msg("writing the disk: %s\n", strerror(errno));
	free(mem);
}

static uint8_t *user_buffer(void)
{
	uint8_t *mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	struct drm_pinion_bo_userptr args = { .address = (uintptr_t)mem, .size = BYTES };

	if (try_ioctl(rig.fd, DRM_IOCTL_PINION_BO_USERPTR, &args))
		ksft_exit_fail_msg("BO_USERPTR\n");
	rig_map(rig.fd, args.handle, VA, BYTES);
	rig_bo_close(rig.fd, args.handle);
	return mem;
}

static uint8_t *host_buffer(uint32_t flags)
{
	uint32_t handle = rig_bo(rig.fd, BYTES, DRM_PINION_BO_HOST | flags);
	uint8_t *mem = rig_mmap(rig.fd, handle, BYTES);

	rig_map(rig.fd, handle, VA, BYTES);
	rig_bo_close(rig.fd, handle);
	return mem;
}

/* Whether the card reads the pattern of the disk at VA. */
static bool card_sees_pattern(void)
{
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, BYTES);
	return !rig_run(&rig).res && !memcmp(rig.data, pattern, BYTES);
}

/* Number of bytes of the disk that are in the page cache. */
static long cached(int fd)
{
	struct {
		uint64_t off, len;
	} range = { 0, BYTES };
	struct {
		uint64_t cache, dirty, writeback, evicted, recent;
	} stat;

	if (syscall(451 /* cachestat */, fd, &range, &stat, 0))
		return -1;
	return stat.cache * 4096;
}

static void direct(int fd, uint8_t *mem, const char *what)
{
	int through = open(DISK, O_RDONLY | O_CLOEXEC);

	posix_fadvise(through, 0, BYTES, POSIX_FADV_DONTNEED);
	memset(mem, 0, BYTES);
	ksft_test_result(pread(fd, mem, BYTES, 0) == BYTES && card_sees_pattern(),
			 "%s: O_DIRECT: the card sees it\n", what);
	ksft_test_result(cached(through) == 0,
			 "%s: O_DIRECT: no byte went through the page cache\n", what);
	ksft_test_result(pread(through, mem, BYTES, 0) == BYTES && cached(through) == BYTES,
			 "%s: without O_DIRECT all %u were copied once more\n", what, BYTES);
	close(through);
}

static void write_back(int fd, uint8_t *mem, const char *what)
{
	uint8_t *check = aligned_alloc(4096, BYTES);

	rig.bytes = 0;
	rig_fill(&rig, VA, BYTES, 0x99, 1);
	ksft_test_result(!rig_run(&rig).res && pwrite(fd, mem, BYTES, 0) == BYTES &&
				 pread(fd, check, BYTES, 0) == BYTES && rig_all(check, BYTES, 0x99),
			 "%s: O_DIRECT write of what the card wrote\n", what);
	free(check);
	write_disk(fd);
}

static struct io_uring_sqe *read_fixed(int fd, uint8_t *mem)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&rig.ring);

	io_uring_prep_read_fixed(sqe, fd, mem, BYTES, 0, 0);
	sqe->user_data = 1000;
	return sqe;
}

/* READ_FIXED and the job that uses the data are one chain, in which the program has no part. */
static void chain(int fd, uint8_t *mem, const char *what)
{
	struct iovec vec = { mem, BYTES };
	struct done first, second;

	ksft_test_result(!io_uring_register_buffers(&rig.ring, &vec, 1),
			 "%s: register it with io_uring\n", what);
	memset(mem, 0, BYTES);
	read_fixed(fd, mem)->flags |= IOSQE_IO_LINK;
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, BYTES);
	memset(rig.data, 0, BYTES);
	rig_sqe(&rig, RIG_VA, rig.bytes)->flags |= IOSQE_ASYNC;
	rig_submit(&rig);
	first = rig_wait(&rig);
	second = rig_wait(&rig);
	ksft_test_result(first.mark == 1000 && first.res == BYTES && !second.res &&
				 !memcmp(rig.data, pattern, BYTES),
			 "%s: disk, buffer and job as one chain\n", what);
	io_uring_unregister_buffers(&rig.ring);
}

/* Whether new buffers of another file are zero, and so show nothing of the disk. */
static bool fresh_are_zero(int other)
{
	bool zero = true;
	uint8_t *mem;
	int i;

	for (i = 0; i < 64; i++) {
		mem = rig_mmap(other, rig_bo(other, BYTES, DRM_PINION_BO_HOST), BYTES);
		zero &= rig_all(mem, BYTES, 0);
		munmap(mem, BYTES);
	}
	return zero;
}

/* The buffer has ended, and only io_uring's pins hold its pages, when the disk writes to them. */
static void outlived(int fd)
{
	uint8_t *mem = host_buffer(0), *check = aligned_alloc(4096, BYTES);
	int other = rig_open_node();
	struct iovec vec = { mem, BYTES };
	struct done done;

	memset(mem, 0x77, BYTES);
	if (io_uring_register_buffers(&rig.ring, &vec, 1))
		ksft_exit_fail_msg("registering a buffer\n");
	munmap(mem, BYTES);
	ksft_test_result(!try_unmap(rig.fd, VA, BYTES) && fresh_are_zero(other),
			 "a buffer ended with its pages registered: nobody gets them\n");
	read_fixed(fd, mem);
	rig_submit(&rig);
	done = rig_wait(&rig);
	ksft_test_result(done.res == BYTES && fresh_are_zero(other),
			 "pages of an ended buffer that the disk is read into: nobody gets them\n");
	memset(check, 0, BYTES);
	io_uring_prep_write_fixed(io_uring_get_sqe(&rig.ring), fd, mem, BYTES, 0, 0);
	rig_submit(&rig);
	done = rig_wait(&rig);
	ksft_test_result(done.res == BYTES && pread(fd, check, BYTES, 0) == BYTES &&
				 !memcmp(check, pattern, BYTES),
			 "pages of an ended buffer keep what was read while they are registered\n");
	io_uring_unregister_buffers(&rig.ring);
	ksft_test_result(fresh_are_zero(other),
			 "pages of an ended buffer are zero for their next owner\n");
	close(other);
	free(check);
}

/* The memory of a HOST buffer becomes a buffer by USERPTR, and outlives the HOST buffer. */
static void wrapped(void)
{
	uint8_t *mem = host_buffer(0);
	struct drm_pinion_bo_userptr args = { .address = (uintptr_t)mem, .size = BYTES };

	ksft_test_result(!try_ioctl(rig.fd, DRM_IOCTL_PINION_BO_USERPTR, &args),
			 "USERPTR of a mapped HOST buffer\n");
	memcpy(mem, pattern, BYTES);
	munmap(mem, BYTES);
	rig_map(rig.fd, args.handle, VA, BYTES);
	ksft_test_result(card_sees_pattern(),
			 "the USERPTR buffer keeps the memory of a HOST buffer that is gone\n");
	rig_bo_close(rig.fd, args.handle);
	try_unmap(rig.fd, VA, BYTES);
}

/* Neither way works with device memory, which has no pages that could be pinned. */
static void not_this(int fd)
{
	uint8_t *device = rig_mmap(rig.fd,
				   rig_bo(rig.fd, BYTES,
					  DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE),
				   BYTES);
	struct iovec vec = { device, BYTES };

	ksft_test_result(pread(fd, device, BYTES, 0) < 0 && errno == EFAULT,
			 "O_DIRECT into device memory: EFAULT\n");
	ksft_test_result(io_uring_register_buffers(&rig.ring, &vec, 1) == -EFAULT,
			 "registering device memory with io_uring: EFAULT\n");
	munmap(device, BYTES);
}

static void all_ways(int fd, uint8_t *mem, const char *what)
{
	direct(fd, mem, what);
	write_back(fd, mem, what);
	chain(fd, mem, what);
	try_unmap(rig.fd, VA, BYTES);
	munmap(mem, BYTES);
}

int main(void)
{
	int fd = open_disk();

	ksft_print_header();
	ksft_set_plan(26);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", DISK, strerror(errno));
	write_disk(fd);
	rig_open(&rig, 4);
	all_ways(fd, user_buffer(), "user memory");
	all_ways(fd, host_buffer(0), "HOST buffer");
	all_ways(fd, host_buffer(DRM_PINION_BO_WC), "write-combined HOST buffer");
	outlived(fd);
	wrapped();
	not_this(fd);
	rig_close(&rig);
	close(fd);
	ksft_finished();
}
