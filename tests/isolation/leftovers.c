// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The owner of a buffer closes it while a CPU mapping or a dma-buf of the buffer is still there.
 * That may keep the memory, but must never show what the next owner of the memory writes.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "tenants.h"

#define BYTES  (1u << 20)
#define MARK   0x1111111111111111ull
#define DEVICE (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)

enum { SHARE, TAKE_BACK, TAKE_ALL, ALL_MINE, DROP_ALL };

static struct rig owner;
static uint32_t shared;

/* Send the attacker a dma-buf of a new buffer, of which the victim keeps only the handle. */
static uint64_t share(uint32_t flags)
{
	struct drm_prime_handle prime = { .flags = DRM_RDWR | DRM_CLOEXEC };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} room = {};
	struct iovec byte = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	shared = rig_bo(owner.fd, BYTES, flags);
	prime.handle = shared;
	if (try_ioctl(owner.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		return 0;
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &prime.fd, sizeof(int));
	if (sendmsg(tenant_link, &msg, 0) != 1)
		return 0;
	close(prime.fd);
	return 1;
}

static uint64_t serve(uint64_t op, uint64_t arg)
{
	static struct hoard hoard;

	if (!owner.cmd) {
		rig_open(&owner, 4);
		rig_open(&hoard.rig, 4);
	}
	switch (op) {
	case SHARE:
		return share(arg);
	case TAKE_BACK:
		rig_bo_close(owner.fd, shared);
		return 1;
	case TAKE_ALL:
		hoard_take(&hoard);
		hoard_fill(&hoard, SECRET);
		return 1;
	case ALL_MINE:
		return !hoard_differs(&hoard, SECRET);
	default:
		hoard_drop(&hoard);
		return 1;
	}
}

static int receive(uint32_t flags)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} room = {};
	uint64_t order[2] = { SHARE, flags }, answer;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &room,
		.msg_controllen = sizeof(room),
	};
	int fd = -1;

	if (write(tenant_link, order, sizeof(order)) != sizeof(order) ||
	    recvmsg(tenant_link, &msg, MSG_CMSG_CLOEXEC) != 1 ||
	    read(tenant_link, &answer, sizeof(answer)) != sizeof(answer) || !answer)
		ksft_exit_fail_msg("the victim does not share\n");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static void fill_words(uint64_t *mem, uint64_t word)
{
	unsigned int i;

	for (i = 0; i < BYTES / 8; i++)
		mem[i] = word;
}

/* The victim fills all of its memory: nothing of that is at @mem, which the attacker has mapped. */
static void stays_apart(uint64_t *mem, const char *what)
{
	bool same, kept;

	ask(TAKE_ALL, 0);
	same = all_words(mem, BYTES, MARK);
	fill_words(mem, ~MARK);
	kept = ask(ALL_MINE, 0);
	ksft_test_result(same && kept,
			 "%s: shows none of the next owner's memory and writes to none\n", what);
	ask(DROP_ALL, 0);
}

static void after_close(struct rig *rig, uint32_t flags, const char *what)
{
	struct drm_pinion_bo_mmap_offset offset = { .handle = rig_bo(rig->fd, BYTES, flags) };
	uint64_t *mem = rig_mmap(rig->fd, offset.handle, BYTES);
	void *again;

	try_ioctl(rig->fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &offset);
	fill_words(mem, MARK);
	rig_bo_close(rig->fd, offset.handle);
	again = mmap(NULL, 4096, PROT_READ, MAP_SHARED, rig->fd, offset.offset);
	ksft_test_result(again == MAP_FAILED, "%s: no second mmap after the handle is closed\n",
			 what);
	ksft_test_result(mremap(mem, BYTES, 2 * BYTES, MREMAP_MAYMOVE) == MAP_FAILED,
			 "%s: a mapping does not grow\n", what);
	stays_apart(mem, what);
	munmap(mem, BYTES);
}

static void after_taking_back(struct rig *rig, uint32_t flags, const char *what)
{
	int dmabuf = receive(flags);
	uint64_t *mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	struct drm_prime_handle prime = { .fd = dmabuf };

	if (mem == MAP_FAILED || try_ioctl(rig->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime))
		ksft_exit_fail_msg("using the dma-buf: %s\n", strerror(errno));
	fill_words(mem, MARK);
	ask(TAKE_BACK, 0);
	stays_apart(mem, what);
	munmap(mem, BYTES);
	close(dmabuf);
	/* Now the buffer exists only by the handle that was imported from the dma-buf. */
	rig_map(rig->fd, prime.handle, 1ull << 40, BYTES);
	ask(TAKE_ALL, 0);
	rig->bytes = 0;
	rig_copy(rig, RIG_DATA_VA, 1ull << 40, BYTES / 2);
	ksft_test_result(!rig_run(rig).res && all_words(rig->data, BYTES / 2, ~MARK),
			 "%s: a job with the imported handle shows nothing of the next owner's\n",
			 what);
	rig_bo_close(rig->fd, prime.handle);
	try_unmap(rig->fd, 1ull << 40, BYTES);
	ask(DROP_ALL, 0);
}

/* A received dma-buf that is closed without being used keeps no memory. */
static void closed_at_once(struct rig *rig)
{
	int dmabuf = receive(DEVICE);
	struct drm_prime_handle prime = { .fd = dmabuf };
	uint64_t before, after;

	before = rig_info(rig->fd).memory_free;
	close(dmabuf);
	ask(TAKE_BACK, 0);
	after = rig_free_settled(before + BYTES);
	ksft_test_result(after == before + BYTES,
			 "a dma-buf closed and taken back: its memory is free\n");
	ksft_test_result(try_ioctl(rig->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) == -EBADF,
			 "the number of a closed dma-buf means nothing\n");
}

static void attack(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(12);
	after_close(&rig, DEVICE, "device memory");
	after_close(&rig, DRM_PINION_BO_HOST, "host memory");
	after_taking_back(&rig, DEVICE, "a dma-buf of device memory");
	after_taking_back(&rig, DRM_PINION_BO_HOST, "a dma-buf of host memory");
	closed_at_once(&rig);
}

int main(void)
{
	return two_tenants(serve, attack);
}
