// SPDX-License-Identifier: GPL-2.0-or-later
/* VM_BIND, judged by what the card reads and writes through the mappings. */
#include <unistd.h>

#include "rig.h"

#define VA  0x40000000ull
#define M   (1u << 20)
#define OUT RIG_DATA_VA

static uint32_t device_bo(struct rig *rig, uint64_t bytes)
{
	return rig_bo(rig->fd, bytes, DRM_PINION_BO_DEVICE);
}

/* Fill [va, va + bytes) with @value through the card; its errno. */
static int fill(struct rig *rig, uint64_t va, uint64_t bytes, uint8_t value)
{
	int res;

	rig->bytes = 0;
	rig_fill(rig, va, bytes, value, 1);
	res = rig_run(rig).res;
	if (res)
		try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
	return res;
}

/* The byte at @va as the card reads it, or its errno. */
static int peek(struct rig *rig, uint64_t va)
{
	int res;

	rig->bytes = 0;
	rig->data[0] = 0xcc;
	rig_copy(rig, OUT, va, 1);
	res = rig_run(rig).res;
	if (res)
		try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
	return res ? res : rig->data[0];
}

static void map_unmap(struct rig *rig, uint64_t bytes, const char *what)
{
	uint32_t bo = device_bo(rig, bytes);

	tap_ok(!try_map(rig->fd, bo, 0, VA, bytes, RIG_RWX), "%s: map", what);
	tap_ok(!fill(rig, VA, bytes, 0x11) && peek(rig, VA) == 0x11 &&
		       peek(rig, VA + bytes - 1) == 0x11,
	       "%s: the card reaches all of it", what);
	tap_ok(peek(rig, VA + bytes) == -EFAULT && peek(rig, VA - 1) == -EFAULT,
	       "%s: and nothing beside it", what);
	rig_bo_close(rig->fd, bo);
	tap_ok(peek(rig, VA) == 0x11, "%s: a mapping outlives the handle", what);
	tap_ok(!try_unmap(rig->fd, VA, bytes) && peek(rig, VA) == -EFAULT, "%s: unmap", what);
}

static void cut(struct rig *rig)
{
	uint64_t free_before = rig_info(rig->fd).memory_free;
	uint32_t bo = device_bo(rig, 8 * M), small = device_bo(rig, M);

	try_map(rig->fd, bo, 0, VA, 8 * M, RIG_RWX);
	fill(rig, VA, 8 * M, 0x22);
	tap_ok(!try_unmap(rig->fd, VA + 3 * M, 4096), "a page out of a 2 MiB leaf");
	tap_ok(peek(rig, VA + 3 * M) == -EFAULT && peek(rig, VA + 3 * M - 1) == 0x22 &&
		       peek(rig, VA + 3 * M + 4096) == 0x22,
	       "its neighbours stay");
	tap_ok(!try_map(rig->fd, small, 0, VA + 3 * M + 0x8000, M, RIG_RWX), "map over the middle");
	tap_ok(!fill(rig, VA + 3 * M + 0x8000, M, 0x33) && peek(rig, VA + 3 * M + 0x7fff) == 0x22 &&
		       peek(rig, VA + 4 * M + 0x8000) == 0x22 &&
		       peek(rig, VA + 4 * M + 0x7fff) == 0x33,
	       "the new one is there, the rests are the old one");
	try_map(rig->fd, bo, 3 * M, VA + 16 * M, 2 * M, RIG_RWX);
	tap_ok(peek(rig, VA + 16 * M + 0x8000) == 0x22, "the old buffer was not written");
	tap_ok(!try_map(rig->fd, bo, 0, VA, 8 * M, RIG_RWX) && peek(rig, VA + 3 * M) == 0x22 &&
		       peek(rig, VA + 4 * M) == 0x22,
	       "map all of it again");
	tap_ok(!try_unmap(rig->fd, 0x10000 + VA, 64 * M - 0x10000) &&
		       peek(rig, VA + 0xffff) == 0x22 && peek(rig, VA + 0x10000) == -EFAULT,
	       "unmap across holes and a part");
	tap_ok(!try_unmap(rig->fd, VA, 64 * M), "unmap the rest");
	rig_bo_close(rig->fd, bo);
	rig_bo_close(rig->fd, small);
	tap_ok(rig_info(rig->fd).memory_free == free_before,
	       "page tables and buffers are given back");
}

static void rights(struct rig *rig)
{
	uint32_t bo = device_bo(rig, 4096);

	try_map(rig->fd, bo, 0, VA, 4096, DRM_PINION_VM_BIND_READ);
	tap_ok(peek(rig, VA) == 0 && fill(rig, VA, 8, 1) == -EFAULT, "READ alone");
	try_map(rig->fd, bo, 0, VA, 4096, DRM_PINION_VM_BIND_WRITE);
	tap_ok(peek(rig, VA) == -EFAULT && !fill(rig, VA, 8, 1), "WRITE alone");
	try_unmap(rig->fd, VA, 4096);
	rig_bo_close(rig->fd, bo);
}

static void refusal(struct rig *rig, struct drm_pinion_vm_bind_op op, int want, const char *what)
{
	int ret = try_bind(rig->fd, &op);

	tap_ok(ret == want, "%s: %s", what, strerror(-ret));
}

static void refusals(struct rig *rig)
{
	const struct drm_pinion_vm_bind_op map = {
		.flags = RIG_RWX, .handle = device_bo(rig, 8192), .va = VA, .size = 8192,
	}, unmap = { .op = DRM_PINION_VM_BIND_UNMAP, .va = VA, .size = 8192 };
	struct drm_pinion_vm_bind_op op;
#define BAD(base, field, value, want, what)   \
	do {                                  \
		op = base;                    \
		op.field = value;             \
		refusal(rig, op, want, what); \
	} while (0)

	BAD(map, op, 2, -EINVAL, "unknown op");
	BAD(map, flags, 8, -EINVAL, "unknown flag");
	BAD(map, flags, 0, -EINVAL, "no access at all");
	BAD(map, handle, 9999, -ENOENT, "unknown handle");
	BAD(map, pad, 1, -EINVAL, "padding");
	BAD(map, offset, 8192, -EINVAL, "offset at the end");
	BAD(map, offset, 4096, -EINVAL, "beyond the end");
	BAD(map, offset, 1ull << 63, -EINVAL, "offset that overflows");
	BAD(map, offset, 8, -EINVAL, "misaligned offset");
	BAD(map, va, VA + 8, -EINVAL, "misaligned va");
	BAD(map, va, 0, -EINVAL, "va 0");
	BAD(map, va, (1ull << 48) - 4096, -EINVAL, "across the end of the address space");
	BAD(map, va, ~0xfffull, -EINVAL, "va that overflows");
	BAD(map, size, 0, -EINVAL, "size 0");
	BAD(map, size, 100, -EINVAL, "misaligned size");
	BAD(map, size, ~0xfffull, -EINVAL, "size that overflows");
	BAD(unmap, flags, 1, -EINVAL, "unmap with flags");
	BAD(unmap, handle, 1, -EINVAL, "unmap with a handle");
	BAD(unmap, offset, 4096, -EINVAL, "unmap with an offset");
	rig_bo_close(rig->fd, map.handle);
}

/* clang-format off */
static void array(struct rig *rig)
{
	struct { struct drm_pinion_vm_bind_op op; uint64_t more; } ops[3];
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(ops[0]), .count = 3, .ops = (uintptr_t)ops,
	}, bad;
	uint32_t bo = device_bo(rig, 4096);
	int i;

	memset(ops, 0, sizeof(ops));
	for (i = 0; i < 3; i++)
		ops[i].op = (struct drm_pinion_vm_bind_op) {
			.flags = RIG_RWX, .handle = bo, .va = VA + i * 0x100000, .size = 4096,
		};
	bad = args;
	tap_ok(!try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &args) && args.count == 3 &&
	       !fill(rig, VA, 4096, 0x44) && peek(rig, VA + 0x200000) == 0x44,
	       "three ops of a newer, longer struct");
	ops[2].more = 1;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -EINVAL && bad.count == 2,
	       "an unknown member that is not zero: the two before it took effect");
	bad = args;
	bad.vm = 1;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -ENOENT, "unknown vm");
	bad = args;
	bad.flags = 1;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -EINVAL, "flags");
	bad = args;
	bad.count = 0;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -EINVAL, "no op");
	bad = args;
	bad.count = 65537;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -EINVAL, "65537 ops");
	bad = args;
	bad.stride = 8;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -EINVAL, "short stride");
	bad = args;
	bad.ops = 8;
	tap_ok(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bad) == -EFAULT && !bad.count,
	       "bad pointer");
}
/* clang-format on */

int main(void)
{
	struct rig rig;

	tap_plan(53);
	rig_open(&rig, 4);
	/* A first mapping there brings the upper tables, which the accounting then leaves out. */
	map_unmap(&rig, 4096, "4 KiB");
	map_unmap(&rig, 5 * 65536 + 4096, "64 KiB pages and a rest");
	map_unmap(&rig, 6 * M, "2 MiB pages");
	cut(&rig);
	rights(&rig);
	refusals(&rig);
	array(&rig);
	rig_close(&rig);
	return tap_result();
}
