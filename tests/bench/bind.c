// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps and unmaps buffers in the guest, between the marks by which QEMU's plugin counts
 * instructions. submit.c runs before and has told the plugin what to leave out. Instructions are
 * counted per 4 KiB page, so large ranges must be cheaper. At the end, counts how often the card's
 * translations are invalidated for one VM_BIND of many operations.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "marks.h"

#define VA	  0x4000000000ull
#define PAGE	  4096u
#define INTERVALS 101
#define OPS	  512u
#define TRACING	  "/sys/kernel/tracing/"

static int node;

static void need(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bind: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Measure MAP and UNMAP of the same range. */
static void measure(const char *name, uint32_t flags, uint64_t bytes)
{
	uint32_t bo = rig_bo(node, bytes, flags);
	unsigned int i;

	rig_map(node, bo, VA, bytes);
	need(!try_unmap(node, VA, bytes), "unmap");
	for (i = 0; i < INTERVALS; i++) {
		MARK(MARK_BEGIN);
		rig_map(node, bo, VA, bytes);
		MARK(MARK_END);
		need(!try_unmap(node, VA, bytes), "unmap");
	}
	MARK(MARK_REPORT);
	printf("measured bind_map_%s %llu any\n", name, (unsigned long long)bytes / PAGE);
	for (i = 0; i < INTERVALS; i++) {
		rig_map(node, bo, VA, bytes);
		MARK(MARK_BEGIN);
		need(!try_unmap(node, VA, bytes), "unmap");
		MARK(MARK_END);
	}
	MARK(MARK_REPORT);
	printf("measured bind_unmap_%s %llu any\n", name, (unsigned long long)bytes / PAGE);
	rig_bo_close(node, bo);
}

static void bind_many(void)
{
	static struct drm_pinion_vm_bind_op ops[OPS];
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(ops[0]),
		.count = OPS,
		.ops = (uintptr_t)ops,
	};
	uint32_t bo = rig_bo(node, PAGE, DRM_PINION_BO_DEVICE), i;

	for (i = 0; i < OPS; i++)
		ops[i] = (struct drm_pinion_vm_bind_op){
			.op = i & 1 ? DRM_PINION_VM_BIND_UNMAP : DRM_PINION_VM_BIND_MAP,
			.flags = i & 1 ? 0 : RIG_RWX,
			.handle = i & 1 ? 0 : bo,
			.va = VA + (i / 2) * 2 * PAGE,
			.size = PAGE,
		};
	need(!try_ioctl(node, DRM_IOCTL_PINION_VM_BIND, &args), "VM_BIND");
	rig_bo_close(node, bo);
}

static unsigned int count_lines(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	unsigned int n = 0;
	char line[256];

	need(!!file, path);
	while (fgets(line, sizeof(line), file))
		n += !!strstr(line, word);
	fclose(file);
	return n;
}

/* Count the invalidations of one VM_BIND of OPS operations by the function tracer. */
static void flushes(void)
{
	need(!mount("tracefs", TRACING, "tracefs", 0, NULL) || errno == EBUSY, TRACING);
	need(!try_write(TRACING "set_ftrace_filter", "pinion_mmu_flush") &&
		     !try_write(TRACING "current_tracer", "function") &&
		     !try_write(TRACING "trace", ""),
	     "the function tracer");
	bind_many();
	try_write(TRACING "tracing_on", "0");
	printf("bind_flushes %u per-VM_BIND-of-%u\n",
	       count_lines(TRACING "trace", "pinion_mmu_flush <-"), OPS);
	try_write(TRACING "current_tracer", "nop");
}

int main(void)
{
	node = rig_open_node();
	measure("4k", DRM_PINION_BO_DEVICE, PAGE);
	measure("64k", DRM_PINION_BO_DEVICE, 64u << 10);
	measure("2m", DRM_PINION_BO_DEVICE, 2u << 20);
	measure("64m", DRM_PINION_BO_DEVICE, 64u << 20);
	measure("host_4k", DRM_PINION_BO_HOST, PAGE);
	measure("host_2m", DRM_PINION_BO_HOST, 2u << 20);
	flushes();
	return 0;
}
