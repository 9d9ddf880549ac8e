// SPDX-License-Identifier: GPL-2.0-or-later
/* 100,000 buffers in one address space: the card reaches each buffer, and all memory is freed. */
#include <stdlib.h>
#include <unistd.h>

#include "rig.h"

#define PAGE	4096u
#define VA	0x100000000ull
#define ARRAY	256 /* ops in one VM_BIND */
#define HALF(i) ((i) & 1 ? DRM_PINION_BO_HOST : DRM_PINION_BO_DEVICE)

static void create(struct rig *rig, uint32_t *handle, uint32_t count)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < count && !ret; i++)
		ret = try_bo(rig->fd, PAGE, HALF(i), &handle[i]);
	ksft_test_result(!ret, "create %u buffers, one half in device memory: %s\n", count,
			 strerror(-ret));
	if (ret)
		ksft_exit_fail_msg("after %u\n", i);
}

static int bind_ops(struct rig *rig, struct drm_pinion_vm_bind_op *ops, uint32_t count)
{
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(*ops),
		.count = count,
		.ops = (uintptr_t)ops,
	};

	return try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

/* Map the buffers two pages apart, so that no two mappings can be joined. */
static void bind_all(struct rig *rig, const uint32_t *handle, uint32_t count)
{
	struct drm_pinion_vm_bind_op ops[ARRAY];
	uint32_t i, n = 0;
	int ret = 0;

	for (i = 0; i < count && !ret; i++) {
		ops[n++] = (struct drm_pinion_vm_bind_op){
			.flags = RIG_RWX,
			.handle = handle[i],
			.va = VA + i * 2ull * PAGE,
			.size = PAGE,
		};
		if (n == ARRAY || i + 1 == count) {
			ret = bind_ops(rig, ops, n);
			n = 0;
		}
	}
	ksft_test_result(!ret, "bind all buffers: %s\n", strerror(-ret));
}

/* Write its number into each buffer, with as many buffers in a job as a command buffer takes. */
static void write_all(struct rig *rig, uint32_t count)
{
	uint32_t i;
	int res = 0;

	rig->bytes = 0;
	for (i = 0; i < count && !res; i++) {
		rig_fill(rig, VA + i * 2ull * PAGE, 8, i + 1, 8);
		if (rig->bytes + 64 > RIG_DATA || i + 1 == count) {
			res = rig_run(rig).res;
			rig->bytes = 0;
		}
	}
	ksft_test_result(!res, "write to each buffer: %s\n", strerror(-res));
}

static void read_all(struct rig *rig, uint32_t count)
{
	const uint64_t *out = (const uint64_t *)rig->data;
	uint32_t room = (RIG_BYTES - RIG_DATA) / 8, at, i, n, wrong = 0;

	for (at = 0; at < count; at += n) {
		struct pinion_pkt_copy *copy;

		n = count - at < room ? count - at : room;
		rig->bytes = 0;
		copy = rig_packet(rig, PINION_PKT_COPY, sizeof(*copy));
		copy->src = VA + at * 2ull * PAGE;
		copy->src_pitch = 2 * PAGE;
		copy->dst = RIG_DATA_VA;
		copy->dst_pitch = 8;
		copy->row_bytes = 8;
		copy->rows = n;
		wrong += rig_run(rig).res != 0;
		for (i = 0; i < n; i++)
			wrong += out[i] != at + i + 1;
	}
	ksft_test_result(!wrong, "each buffer holds what was written to it\n");
}

int main(void)
{
	uint32_t count = rig_times(5000, 100000), i;
	uint32_t *handle = calloc(count, sizeof(*handle));
	int node = rig_open_node();
	uint64_t free_before = rig_info(node).memory_free;
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(6);
	if (!handle)
		ksft_exit_fail_msg("no memory\n");
	rig_open(&rig, 4);
	create(&rig, handle, count);
	bind_all(&rig, handle, count);
	write_all(&rig, count);
	read_all(&rig, count);
	for (i = 0; i < count; i++)
		rig_bo_close(rig.fd, handle[i]);
	ksft_test_result(!try_unmap(rig.fd, VA, count * 2ull * PAGE), "unmap all at once\n");
	rig_close(&rig);
	ksft_test_result(rig_free_settled(free_before) == free_before,
			 "all device memory is back\n");
	close(node);
	ksft_finished();
}
