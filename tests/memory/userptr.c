// SPDX-License-Identifier: GPL-2.0-or-later
/* USERPTR: which user memory can be a buffer, how long it stays pinned, whose limit counts. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define VA	 0x80000000ull
#define PAGE	 4096u
#define BYTES	 (64u << 10)
#define READONLY DRM_PINION_USERPTR_READONLY

static struct rig rig;

static int try_userptr_of(int fd, uint64_t address, uint64_t size, uint32_t flags, uint32_t *handle)
{
	struct drm_pinion_bo_userptr args = { .address = address, .size = size, .flags = flags };
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_BO_USERPTR, &args);

	*handle = args.handle;
	return ret;
}

static int try_userptr(void *mem, uint64_t size, uint32_t flags, uint32_t *handle)
{
	return try_userptr_of(rig.fd, (uintptr_t)mem, size, flags, handle);
}

static int card_fills(uint8_t value)
{
	rig.bytes = 0;
	rig_fill(&rig, VA, BYTES, value, 1);
	return rig_run(&rig).res;
}

static int card_reads(void)
{
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, BYTES);
	return rig_run(&rig).res;
}

static void *anonymous(int prot)
{
	void *mem = mmap(NULL, BYTES, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return mem;
}

/* The card writes and reads @mem as a buffer, and then the buffer is closed. */
static void works(void *mem, const char *what)
{
	uint32_t handle;
	int ret = try_userptr(mem, BYTES, 0, &handle);

	ksft_test_result(!ret, "%s: %s\n", what, strerror(-ret));
	if (ret)
		return;
	rig_map(rig.fd, handle, VA, BYTES);
	rig_bo_close(rig.fd, handle);
	ksft_test_result(!card_fills(0x5a) && rig_all(mem, BYTES, 0x5a), "%s: the card writes it\n",
			 what);
	memset(mem, 0x33, BYTES);
	ksft_test_result(!card_reads() && rig_all(rig.data, BYTES, 0x33), "%s: the card reads it\n",
			 what);
	try_unmap(rig.fd, VA, BYTES);
}

static void kinds(void)
{
	int memfd = memfd_create("pages", 0), file = open("/proc/self/exe", O_RDONLY);
	void *mem = anonymous(PROT_READ | PROT_WRITE);

	works(mem, "anonymous memory");
	munmap(mem, BYTES);
	if (ftruncate(memfd, BYTES))
		ksft_exit_fail_msg("ftruncate: %s\n", strerror(errno));
	mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	works(mem, "a shared memfd");
	munmap(mem, BYTES);
	mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	works(mem, "a private mapping of a file");
	munmap(mem, BYTES);
	close(memfd);
	close(file);
}

static void huge(void)
{
	const size_t bytes = 2u << 20;
	void *mem;

	if (try_write("/proc/sys/vm/nr_hugepages", "2") ||
	    (mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0)) == MAP_FAILED) {
		rig_skip(3, "no huge pages in this kernel");
		return;
	}
	works(mem, "a huge page");
	munmap(mem, bytes);
	try_write("/proc/sys/vm/nr_hugepages", "0");
}

static void read_only(void)
{
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE);
	uint32_t handle;

	memset(mem, 0x44, BYTES);
	mprotect(mem, BYTES, PROT_READ);
	ksft_test_result(try_userptr(mem, BYTES, 0, &handle) == -EFAULT,
			 "memory that we may not write: EFAULT\n");
	ksft_test_result(!try_userptr(mem, BYTES, READONLY, &handle),
			 "memory that we may not write, with READONLY\n");
	ksft_test_result(try_map(rig.fd, handle, 0, VA, BYTES, RIG_RWX) == -EACCES,
			 "a READONLY buffer is not bound with WRITE\n");
	ksft_test_result(!try_map(rig.fd, handle, 0, VA, BYTES, DRM_PINION_VM_BIND_READ) &&
				 !card_reads() && rig_all(rig.data, BYTES, 0x44),
			 "the card reads a READONLY buffer\n");
	ksft_test_result(card_fills(1) == -EFAULT && rig_all(mem, BYTES, 0x44),
			 "the card cannot write a READONLY buffer\n");
	try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL);
	try_unmap(rig.fd, VA, BYTES);
	rig_bo_close(rig.fd, handle);
	munmap(mem, BYTES);
}

/* The same memory is two buffers at a time: each shows what was written through the other one. */
static void twice(void)
{
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE);
	uint32_t one, two;

	if (try_userptr(mem, BYTES, 0, &one) || try_userptr(mem, BYTES, 0, &two))
		ksft_exit_fail_msg("userptr\n");
	rig_map(rig.fd, one, VA, BYTES);
	rig_map(rig.fd, two, VA + BYTES, BYTES);
	memset(rig.data, 0, BYTES);
	rig.bytes = 0;
	rig_fill(&rig, VA, BYTES, 0x12, 1);
	rig_copy(&rig, RIG_DATA_VA, VA + BYTES, BYTES);
	ksft_test_result(!rig_run(&rig).res && rig_all(rig.data, BYTES, 0x12),
			 "two buffers of the same memory\n");
	rig_bo_close(rig.fd, one);
	try_unmap(rig.fd, VA, BYTES);
	rig.bytes = 0;
	rig_fill(&rig, VA + BYTES, BYTES, 0x34, 1);
	ksft_test_result(!rig_run(&rig).res && rig_all(mem, BYTES, 0x34),
			 "one of two buffers of the same memory is closed, the other still works\n");
	rig_bo_close(rig.fd, two);
	try_unmap(rig.fd, VA + BYTES, BYTES);
	munmap(mem, BYTES);
}

static void refused(void *mem, uint64_t size, uint32_t flags, int want, const char *what)
{
	uint32_t handle;
	int ret = try_userptr(mem, size, flags, &handle);

	ksft_test_result(ret == want, "%s: %s\n", what, strerror(-ret));
}

static void refusals(void)
{
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE);
	uint32_t host = rig_bo(rig.fd, BYTES, DRM_PINION_BO_HOST), handle;
	void *device = rig_mmap(rig.fd,
				rig_bo(rig.fd, BYTES,
				       DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE),
				BYTES);

	refused(mem + 8, PAGE, 0, -EINVAL, "misaligned address");
	refused(mem, 100, 0, -EINVAL, "misaligned size");
	refused(mem, 0, 0, -EINVAL, "size 0");
	refused(mem, PAGE, 2, -EINVAL, "unknown flag");
	refused((void *)~0xfffull, 2 * PAGE, 0, -EINVAL, "address that overflows");
	refused((void *)(1ull << 63), PAGE, 0, -EFAULT, "the kernel's memory");
	refused(NULL, PAGE, 0, -EFAULT, "nothing there");
	refused(mem, 1ull << 50, 0, -ENOMEM, "more than there is memory");
	refused(device, BYTES, 0, -EFAULT, "device memory");
	munmap(mem + BYTES / 2, PAGE);
	refused(mem, BYTES, 0, -EFAULT, "a hole in the middle");
	if (try_userptr(mem, PAGE, 0, &handle))
		ksft_exit_fail_msg("userptr\n");
	ksft_test_result(try_export(rig.fd, handle) == -EPERM,
			 "a USERPTR buffer cannot be exported\n");
	ksft_test_result(try_mmap(rig.fd, handle, PAGE, &device) == -EPERM,
			 "a USERPTR buffer cannot be mapped by mmap\n");
	ksft_test_result(try_map(rig.fd, handle, 0, VA, 2 * PAGE, RIG_RWX) == -EINVAL,
			 "a USERPTR buffer is not bound beyond its end\n");
	rig_bo_close(rig.fd, handle);
	rig_bo_close(rig.fd, host);
	munmap(mem, BYTES);
}

static void unmapped_meanwhile(void)
{
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE), *again;
	uint32_t handle;

	memset(mem, 0x55, BYTES);
	if (try_userptr(mem, BYTES, 0, &handle))
		ksft_exit_fail_msg("userptr\n");
	rig_map(rig.fd, handle, VA, BYTES);
	munmap(mem, BYTES);
	again = mmap(mem, BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
	ksft_test_result(!card_reads() && rig_all(rig.data, BYTES, 0x55),
			 "unmapped: the card keeps the old pages\n");
	ksft_test_result(!card_fills(0x66) && rig_all(again, BYTES, 0),
			 "the card does not see the new pages at the same address\n");
	try_unmap(rig.fd, VA, BYTES);
	rig_bo_close(rig.fd, handle);
	munmap(again, BYTES);
}

static void forked(void)
{
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE);
	uint32_t handle;
	int status;

	memset(mem, 0x10, BYTES);
	if (try_userptr(mem, BYTES, 0, &handle))
		ksft_exit_fail_msg("userptr\n");
	rig_map(rig.fd, handle, VA, BYTES);
	if (!fork()) {
		memset(mem, 0x20, BYTES);
		_exit(!rig_all(mem, BYTES, 0x20));
	}
	wait(&status);
	ksft_test_result(!status && !card_fills(0x30) && rig_all(mem, BYTES, 0x30),
			 "after a fork the card and the parent still share the pages\n");
	try_unmap(rig.fd, VA, BYTES);
	rig_bo_close(rig.fd, handle);
	munmap(mem, BYTES);
}

static long locked_kib(void)
{
	char line[128];
	long kib = -1;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "VmLck: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

/* In a child without privileges, which may lock BYTES bytes: 0, or the step that failed. */
static int limited(int fd)
{
	struct rlimit limit = { BYTES, BYTES };
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE);
	long before = locked_kib();
	uint32_t handle, more;

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setuid(65534))
		return 2;
	if (try_userptr_of(fd, (uintptr_t)mem, BYTES, 0, &handle))
		return 3;
	if (locked_kib() != before + BYTES / 1024)
		return 4;
	if (try_userptr_of(fd, (uintptr_t)mem, PAGE, 0, &more) != -ENOMEM)
		return 5;
	rig_bo_close(fd, handle);
	if (locked_kib() != before)
		return 6;
	return try_userptr_of(fd, (uintptr_t)mem, BYTES, 0, &handle) ? 7 : 0;
}

static void memlock(void)
{
	int status = -1, fd = rig_open_node();

	if (!fork())
		_exit(limited(fd));
	wait(&status);
	ksft_test_result(!status,
			 "a buffer counts against RLIMIT_MEMLOCK until it is closed (step %d)\n",
			 WEXITSTATUS(status));
	close(fd);
}

static void unbound(void)
{
	uint8_t *mem = anonymous(PROT_READ | PROT_WRITE);
	uint32_t handle;

	if (try_userptr(mem, BYTES, 0, &handle))
		ksft_exit_fail_msg("userptr\n");
	rig_map(rig.fd, handle, VA, BYTES);
	ksft_test_result(!try_driver("unbind"), "the card is taken away with pages pinned\n");
	memset(mem, 1, BYTES);
	ksft_test_result(rig_all(mem, BYTES, 1), "the memory stays ours\n");
	rig_close(&rig);
	ksft_test_result(!try_driver("bind"), "bind again\n");
	munmap(mem, BYTES);
}

int main(void)
{
	long before = locked_kib();

	ksft_print_header();
	ksft_set_plan(40);
	rig_open(&rig, 4);
	kinds();
	huge();
	read_only();
	twice();
	refusals();
	unmapped_meanwhile();
	forked();
	memlock();
	ksft_test_result(locked_kib() == before, "nothing is left on the account of the process\n");
	unbound();
	ksft_finished();
}
