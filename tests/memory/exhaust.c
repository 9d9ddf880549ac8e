// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device memory to its last page: what needs some is refused with ENOSPC and
 * changes nothing; what needs none, above all giving back, works, and so do jobs.
 */
#include <unistd.h>

#include "rig.h"

#define BIG_VA	    0x80000000ull /* 2 MiB pages */
#define BIG_BYTES   (4u << 20)
#define SMALL_VA    0x90000000ull /* 4 KiB pages */
#define SMALL_BYTES 0x3000u
#define FAR_VA	    0x700000000000ull /* where there are no tables */

static struct rig rig;
static uint32_t big, small;

static void set_up(void)
{
	big = rig_bo(rig.fd, BIG_BYTES, DRM_PINION_BO_DEVICE);
	small = rig_bo(rig.fd, SMALL_BYTES, DRM_PINION_BO_DEVICE);
	rig_map(rig.fd, big, BIG_VA, BIG_BYTES);
	rig_map(rig.fd, small, SMALL_VA, SMALL_BYTES);
}

/* The file that has all the rest. */
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

/* The job that writes [va, va + bytes) and reads it back. */
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

	tap_ok(!rig_info(rig.fd).memory_free, "not a page of device memory is free");
	tap_ok(try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &handle) == -ENOSPC, "a buffer: ENOSPC");
	tap_ok(try_map(rig.fd, small, 0, FAR_VA, SMALL_BYTES, RIG_RWX) == -ENOSPC,
	       "a mapping that needs page tables: ENOSPC");
	tap_ok(use(FAR_VA, 4096) == -EFAULT && !try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
	       "and there is none");
	tap_ok(try_unmap(rig.fd, BIG_VA + 4096, 4096) == -ENOSPC,
	       "an unmap that must split a 2 MiB page: ENOSPC");
	tap_ok(!use(BIG_VA, BIG_BYTES), "and all of it is still mapped");
	tap_ok(try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &vm) == -ENOSPC,
	       "an address space: ENOSPC");
	tap_ok(try_timeline(rig.fd, 0, 0, &timeline) == -ENOSPC, "a timeline: ENOSPC");
	tap_ok(try_map(other, 1, 0, FAR_VA, 4096, RIG_RWX) == -ENOSPC,
	       "the first address space of another file: ENOSPC");
	close(other);
}

static void goes_on(void)
{
	uint32_t host = rig_bo(rig.fd, SMALL_BYTES, DRM_PINION_BO_HOST);
	int queue;

	tap_ok(!try_map(rig.fd, host, 0, SMALL_VA, SMALL_BYTES, RIG_RWX) &&
		       !use(SMALL_VA, SMALL_BYTES),
	       "a mapping in the place of another needs no memory");
	tap_ok(!try_map(rig.fd, small, 0, SMALL_VA, SMALL_BYTES, RIG_RWX) &&
		       !use(SMALL_VA, SMALL_BYTES),
	       "nor does the old one back again");
	tap_ok(!try_unmap(rig.fd, SMALL_VA + 4096, 4096) && use(SMALL_VA, SMALL_BYTES) == -EFAULT &&
		       !try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
	       "nor does an unmap of small pages");
	queue = rig_queue(rig.fd, 4);
	tap_ok(queue >= 0, "nor a queue");
	close(queue);
	tap_ok(!try_unmap(rig.fd, BIG_VA, BIG_BYTES) && use(BIG_VA, 4096) == -EFAULT &&
		       !try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL),
	       "nor an unmap of whole 2 MiB pages");
	rig_bo_close(rig.fd, big);
	tap_ok(rig_info(rig.fd).memory_free >= BIG_BYTES, "so memory can be given back");
	tap_ok(!try_map(rig.fd, small, 0, FAR_VA, SMALL_BYTES, RIG_RWX) &&
		       !use(FAR_VA, SMALL_BYTES),
	       "and what was refused works");
	rig_bo_close(rig.fd, host);
}

static void let_go(int fd)
{
	close(fd);
	rig_bo_close(rig.fd, small);
	if (try_unmap(rig.fd, SMALL_VA, SMALL_BYTES) || try_unmap(rig.fd, FAR_VA, SMALL_BYTES))
		tap_bail("unmap at the end");
}

int main(void)
{
	uint64_t before;
	int fd;

	tap_plan(17);
	rig_open(&rig, 4);
	before = rig_info(rig.fd).memory_free;
	set_up();
	fd = hoard();
	refused();
	goes_on();
	let_go(fd);
	tap_ok(rig_free_settled(before) == before, "in the end all of it is back");
	rig_close(&rig);
	return tap_result();
}
