// SPDX-License-Identifier: GPL-2.0-or-later
/* An asynchronous VM_BIND waits for drm_syncobjs and raises them. */
#include <linux/sync_file.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xf86drm.h>

#include "rig.h"
#include "syncobj.h"

#define VA	0x80000000ull
#define BYTES	0x10000u
#define FOREVER INT64_MAX

static struct rig rig;
static uint32_t buffer;
static uint8_t *memory;

/* Bind the buffer at VA, with what @args has beside the operation. */
static int try_async(uint32_t vm, struct drm_pinion_vm_bind args,
		     const struct drm_pinion_sync *syncs, uint32_t count)
{
	struct drm_pinion_vm_bind_op op = {
		.flags = RIG_RWX,
		.handle = buffer,
		.va = VA,
		.size = BYTES,
	};

	args.vm = vm;
	args.stride = sizeof(op);
	args.count = 1;
	args.ops = (uintptr_t)&op;
	args.syncs = (uintptr_t)syncs;
	args.nsyncs = count;
	args.sync_stride = count ? sizeof(*syncs) : 0;
	return try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

static const struct drm_pinion_vm_bind async = { .flags = DRM_PINION_VM_BIND_ASYNC };

static int wait_binary(uint32_t handle)
{
	return drmSyncobjWait(rig.fd, &handle, 1, FOREVER, 0, NULL);
}

static int wait_point(uint32_t handle, uint64_t point)
{
	return drmSyncobjTimelineWait(rig.fd, &handle, &point, 1, FOREVER, 0, NULL);
}

/* State of the fence of a binary drm_syncobj: 1: signalled, 0: not yet, -errno: with an error. */
static int state(uint32_t handle)
{
	struct sync_file_info info = {};
	int fd;

	if (drmSyncobjExportSyncFile(rig.fd, handle, &fd) || ioctl(fd, SYNC_IOC_FILE_INFO, &info))
		ksft_exit_fail_msg("a sync_file of a drm_syncobj: %s\n", strerror(errno));
	close(fd);
	return info.status;
}

/* Have a job of a queue of its own, which is returned, raise a drm_syncobj at a value of a
 * timeline.
 */
static int hold(struct drm_pinion_sync sync, uint32_t timeline, uint64_t value)
{
	struct pinion_exec_buffer empty = {};
	struct pinion_exec_syncs syncs = {
		.buffers = (uintptr_t)&empty,
		.syncs = (uintptr_t)&sync,
		.nbuffers = 1,
		.nsyncs = 1,
		.stride = sizeof(sync),
		.fd = rig.fd,
	};
	struct pinion_queue_exec args = {
		.addr = (uintptr_t)&syncs,
		.len = sizeof(syncs),
		.flags = PINION_EXEC_SYNCS,
		.waits[0] = { .value = value, .timeline = timeline },
	};
	int queue = rig_queue(rig.fd, 4);

	if (try_ioctl(queue, PINION_QUEUE_IOC_EXEC, &args))
		ksft_exit_fail_msg("EXEC: %s\n", strerror(errno));
	return queue;
}

/* Whether a job can write to what is bound at VA. */
static bool is_mapped(uint8_t value)
{
	int res;

	rig.bytes = 0;
	rig_fill(&rig, VA, BYTES, value, 1);
	res = rig_run(&rig).res;
	if (res && try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("RESET: %s\n", strerror(errno));
	return !res && rig_all(memory, BYTES, value);
}

static void binds(int tl, uint32_t id)
{
	uint32_t in = syncobj_new(rig.fd), out = syncobj_new(rig.fd), points = syncobj_new(rig.fd);
	struct drm_pinion_sync three[] = { wait_for(in, 0), raise_at_end(out, 0),
					   raise_at_end(points, 4) };
	int queue = hold(raise_at_end(in, 0), id, 1);

	ksft_test_result(!try_async(0, async, three, 3) && !state(out) && !is_mapped(1),
			 "a bind waits for a drm_syncobj\n");
	rig_timeline_raise(tl, 1);
	ksft_test_result(!wait_binary(out) && !wait_point(points, 4) && state(out) == 1 &&
				 is_mapped(2),
			 "a bind raises drm_syncobjs when it has taken effect\n");
	three[0] = wait_for(points, 4);
	ksft_test_result(!try_async(0, async, three, 2) && !wait_binary(out),
			 "a bind that waits for nothing any more\n");
	close(queue);
	drmSyncobjDestroy(rig.fd, in);
	drmSyncobjDestroy(rig.fd, out);
	drmSyncobjDestroy(rig.fd, points);
}

/* A bind that raises a drm_syncobj waits for what ends in time, and not for a program. */
static void endless(int tl, uint32_t id)
{
	struct drm_pinion_vm_bind args = async;
	uint32_t out = syncobj_new(rig.fd), end = syncobj_new(rig.fd);
	struct drm_pinion_sync sync = raise_at_end(out, 0);
	int queue;

	args.wait_timeline = id;
	args.wait_value = 11;
	ksft_test_result(try_async(0, args, &sync, 1) == -EINVAL &&
				 drmSyncobjWait(rig.fd, &out, 1, 0, 0, NULL) == -EINVAL,
			 "no drm_syncobj that waits for a program\n");
	queue = hold(raise_at_end(end, 0), id, 10);
	sync = wait_for(end, 0);
	ksft_test_result(!try_async(0, args, &sync, 1),
			 "a bind that raises none may wait for both\n");
	rig_timeline_raise(tl, 11);
	args.wait_value = 11;
	sync = raise_at_end(out, 0);
	ksft_test_result(!try_async(0, args, &sync, 1) && !wait_binary(out) && state(out) == 1,
			 "a point that is reached may be waited for\n");
	close(queue);
	drmSyncobjDestroy(rig.fd, out);
	drmSyncobjDestroy(rig.fd, end);
}

static void arguments(void)
{
	uint32_t handle = syncobj_new(rig.fd);
	struct drm_pinion_sync sync = raise_at_end(handle, 0);

	ksft_test_result(try_async(0, (struct drm_pinion_vm_bind){}, &sync, 1) == -EINVAL,
			 "only an asynchronous bind has drm_syncobjs\n");
	ksft_test_result(try_async(0, async, (void *)8, 0) == -EINVAL &&
				 try_async(0, async, (void *)8, 1) == -EFAULT &&
				 try_async(0, async, &sync, 65) == -EINVAL,
			 "arrays that are none\n");
	sync.flags = 2;
	ksft_test_result(try_async(0, async, &sync, 1) == -EINVAL, "an unknown flag\n");
	sync = wait_for(handle, 0);
	ksft_test_result(try_async(0, async, &sync, 1) == -EINVAL,
			 "a drm_syncobj without a fence\n");
	sync = wait_for(0x7777, 0);
	ksft_test_result(try_async(0, async, &sync, 1) == -ENOENT, "no such drm_syncobj\n");
	drmSyncobjDestroy(rig.fd, handle);
}

/* The address space ends while a bind is pending. */
static void dropped(int tl, uint32_t id)
{
	struct drm_pinion_vm_create space = {};
	struct drm_pinion_vm_destroy end;
	uint32_t in = syncobj_new(rig.fd), out = syncobj_new(rig.fd);
	struct drm_pinion_sync two[] = { wait_for(in, 0), raise_at_end(out, 0) };
	int queue = hold(raise_at_end(in, 0), id, 20), ret;

	if (try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &space))
		ksft_exit_fail_msg("VM_CREATE: %s\n", strerror(errno));
	ret = try_async(space.vm, async, two, 2);
	end = (struct drm_pinion_vm_destroy){ .vm = space.vm };
	ksft_test_result(!ret && !try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_DESTROY, &end) &&
				 !wait_binary(out) && state(out) == -ECANCELED,
			 "a bind that is dropped raises its drm_syncobj with an error\n");
	rig_timeline_raise(tl, 20);
	ksft_test_result(!wait_binary(in), "what the bind waited for comes later\n");
	close(queue);
	drmSyncobjDestroy(rig.fd, in);
	drmSyncobjDestroy(rig.fd, out);
}

int main(void)
{
	uint32_t id;
	int tl;

	rig_open(&rig, 4);
	buffer = rig_bo(rig.fd, BYTES, DRM_PINION_BO_HOST);
	memory = rig_mmap(rig.fd, buffer, BYTES);
	tl = rig_timeline(rig.fd, 0, &id);
	ksft_print_header();
	ksft_set_plan(13);
	binds(tl, id);
	endless(tl, id);
	arguments();
	dropped(tl, id);
	close(tl);
	rig_close(&rig);
	ksft_finished();
}
