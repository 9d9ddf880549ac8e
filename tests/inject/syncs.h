/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations with drm_syncobjs; a part of ops.h, whose variables and functions they use. */
#ifndef PINION_INJECT_SYNCS_H
#define PINION_INJECT_SYNCS_H

#include <xf86drm.h>

static uint32_t held, raised; /* drm_syncobjs */

/* What an EXEC of an empty job passes with PINION_EXEC_SYNCS. */
static int exec_syncs(int on, const struct drm_pinion_sync *syncs, uint32_t count,
		      struct pinion_queue_exec args)
{
	struct pinion_exec_buffer empty = {};
	struct pinion_exec_syncs list = {
		.buffers = (uintptr_t)&empty,
		.syncs = (uintptr_t)syncs,
		.nbuffers = 1,
		.nsyncs = count,
		.stride = sizeof(*syncs),
		.fd = card,
	};

	args.addr = (uintptr_t)&list;
	args.len = sizeof(list);
	args.flags = PINION_EXEC_SYNCS;
	return try_ioctl(on, PINION_QUEUE_IOC_EXEC, &args);
}

/* A job that raises a drm_syncobj at point 2 of a timeline, and another queue. */
static void prepare_syncs(void)
{
	struct pinion_queue_exec args = {};
	struct drm_pinion_sync sync = { .flags = DRM_PINION_SYNC_SIGNAL };

	prepare_timeline();
	if (drmSyncobjCreate(card, 0, &held) || drmSyncobjCreate(card, 0, &raised))
		ksft_exit_fail_msg("drmSyncobjCreate: %s\n", strerror(errno));
	sync.handle = held;
	args.waits[0] = (struct pinion_uring_point){ .value = 2, .timeline = id };
	queue = rig_queue(card, 4);
	if (exec_syncs(queue, &sync, 1, args))
		ksft_exit_fail_msg("EXEC: %s\n", strerror(errno));
	made = rig_queue(card, 4);
}

static int run_exec_syncs(void)
{
	struct drm_pinion_sync syncs[] = {
		{ .handle = held },
		{ .handle = raised, .flags = DRM_PINION_SYNC_SIGNAL },
		{ .handle = raised, .flags = DRM_PINION_SYNC_SIGNAL, .point = 3 },
	};

	return exec_syncs(made, syncs, 3, (struct pinion_queue_exec){});
}

static void undo_syncs(int result)
{
	rig_timeline_raise(tl, 2);
	if (!result && drmSyncobjWait(card, &raised, 1, INT64_MAX, 0, NULL))
		ksft_exit_fail_msg("a drm_syncobj is not raised\n");
	drmSyncobjDestroy(card, held);
	drmSyncobjDestroy(card, raised);
	close(made);
	close(queue);
	undo_timeline(0);
}

static void prepare_async_syncs(void)
{
	prepare_host_bo();
	prepare_syncs();
}

static int run_async_syncs(void)
{
	struct drm_pinion_sync syncs[] = {
		{ .handle = held },
		{ .handle = raised, .flags = DRM_PINION_SYNC_SIGNAL },
		{ .handle = raised, .flags = DRM_PINION_SYNC_SIGNAL, .point = 3 },
	};
	struct drm_pinion_vm_bind_op op = {
		.flags = RIG_RWX,
		.handle = bo,
		.va = BIND_VA,
		.size = BIND_BYTES,
	};
	struct drm_pinion_vm_bind args = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(op),
		.count = 1,
		.ops = (uintptr_t)&op,
		.syncs = (uintptr_t)syncs,
		.nsyncs = 3,
		.sync_stride = sizeof(syncs[0]),
	};

	return try_ioctl(card, DRM_IOCTL_PINION_VM_BIND, &args);
}

static void undo_async_syncs(int result)
{
	undo_syncs(result);
	undo_map(result);
}

#endif
