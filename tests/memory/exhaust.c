// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No page of device memory is free: a call that needs device memory fails with ENOSPC and changes
 * nothing. Other calls work, above all calls that free memory, and so do jobs.
 */
#include <unistd.h>

#include "rig.h"

#define BIG_VA	    0x80000000ull /* 2 MiB pages */
#define BIG_BYTES   (4u << 20)
#define SMALL_VA    0x90000000ull /* 4 KiB pages */
#define SMALL_BYTES 0x3000u
#define FAR_VA	    0x700000000000ull /* needs new page tables */

static struct rig rig;
static uint32_t big, small;

static void set_up(void)
{
	big = rig_bo(rig.fd, BIG_BYTES, DRM_PINION_BO_DEVICE);
	small = rig_bo(rig.fd, SMALL_BYTES, DRM_PINION_BO_DEVICE);
	rig_map(rig.fd, big, BIG_VA, BIG_BYTES);
	rig_map(rig.fd, small, SMALL_VA, SMALL_BYTES);
}

/* Open a file that owns all of the device memory that is free. */
static int hoard(void)
{
	int fd = rig_open_node();
	uint64_t bytes = 8 << 20;
	uint32_t handle;

	for (; bytes >= 4096; bytes /= 2)
		while (!try_bo(fd, bytes, DRM_PINION_BO_DEVICE, &handle))
			;
	return fd;
}

/* Run a job that writes [va, va + bytes) and reads the last page of the range. */
static int use(uint64_t va, uint32_t bytes)
{
	rig.bytes = 0;
	rig_fill(&rig, va, bytes, 0x5a, 1);
	rig_copy(&rig, RIG_DATA_VA, va + bytes - 4096, 4096);
	return rig_run(&rig).res;
}

static void refused(void)
{
	struct drm_pinion_vm_create vm = {};
	uint32_t handle, timeline;
	int other = rig_open_node();

	ksft_test_result(!rig_info(rig.fd).memory_free, "not a page of device memory is free\n");
	ksft_test_result(try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &handle) == -ENOSPC,
			 "a buffer: ENOSPC\n");
	ksft_test_result(try_map(rig.fd, small, 0, FAR_VA, SMALL_BYTES, RIG_RWX) == -ENOSPC,
			 "a mapping that needs page tables: ENOSPC\n");
	ksft_test_result(use(FAR_VA, 4096) == -EFAULT &&
				 !try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
			 "a mapping that was refused is not there\n");
	ksft_test_result(try_unmap(rig.fd, BIG_VA + 4096, 4096) == -ENOSPC,
			 "an unmap that must split a 2 MiB page: ENOSPC\n");
	ksft_test_result(!use(BIG_VA, BIG_BYTES),
			 "after the refused unmap all of the page is still mapped\n");
	ksft_test_result(try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &vm) == -ENOSPC,
			 "an address space: ENOSPC\n");
	ksft_test_result(try_timeline(rig.fd, 0, 0, &timeline) == -ENOSPC, "a timeline: ENOSPC\n");
	ksft_test_result(try_map(other, 1, 0, FAR_VA, 4096, RIG_RWX) == -ENOSPC,
			 "the first address space of another file: ENOSPC\n");
	close(other);
}

static void goes_on(void)
{
	uint32_t host = rig_bo(rig.fd, SMALL_BYTES, DRM_PINION_BO_HOST);
	int queue;

	ksft_test_result(!try_map(rig.fd, host, 0, SMALL_VA, SMALL_BYTES, RIG_RWX) &&
				 !use(SMALL_VA, SMALL_BYTES),
			 "a mapping in the place of another needs no memory\n");
	ksft_test_result(!try_map(rig.fd, small, 0, SMALL_VA, SMALL_BYTES, RIG_RWX) &&
				 !use(SMALL_VA, SMALL_BYTES),
			 "mapping the old buffer again needs no memory\n");
	ksft_test_result(!try_unmap(rig.fd, SMALL_VA + 4096, 4096) &&
				 use(SMALL_VA, SMALL_BYTES) == -EFAULT &&
				 !try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
			 "an unmap of small pages needs no memory\n");
	queue = rig_queue(rig.fd, 4);
	ksft_test_result(queue >= 0, "a queue needs no device memory\n");
	close(queue);
	ksft_test_result(!try_unmap(rig.fd, BIG_VA, BIG_BYTES) && use(BIG_VA, 4096) == -EFAULT &&
				 !try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
			 "an unmap of whole 2 MiB pages needs no memory\n");
	rig_bo_close(rig.fd, big);
	ksft_test_result(rig_info(rig.fd).memory_free >= BIG_BYTES, "memory can be given back\n");
	ksft_test_result(!try_map(rig.fd, small, 0, FAR_VA, SMALL_BYTES, RIG_RWX) &&
				 !use(FAR_VA, SMALL_BYTES),
			 "with memory given back, what was refused works\n");
	rig_bo_close(rig.fd, host);
}

static void let_go(int fd)
{
	close(fd);
	rig_bo_close(rig.fd, small);
	if (try_unmap(rig.fd, SMALL_VA, SMALL_BYTES) || try_unmap(rig.fd, FAR_VA, SMALL_BYTES))
		ksft_exit_fail_msg("unmap at the end\n");
}

int main(void)
{
	uint64_t before;
	int fd;

	ksft_print_header();
	ksft_set_plan(17);
	rig_open(&rig, 4);
	before = rig_info(rig.fd).memory_free;
	set_up();
	fd = hoard();
	refused();
	goes_on();
	let_go(fd);
	ksft_test_result(rig_free_settled(before) == before, "in the end all memory is back\n");
	rig_close(&rig);
	ksft_finished();
}
