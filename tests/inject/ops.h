/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations that fail-nth makes fail: each ioctl, and what is done with the files. */
#ifndef PINION_INJECT_OPS_H
#define PINION_INJECT_OPS_H

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../queue/userq.h"
#include "rig.h"

#define BIND_BYTES 0x10000u
#define BIND_VA	   0x700000000ull
#define DEVICE	   (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)

/**
 * struct op - operation of the driver that is made to fail
 * @name: name in the report
 * @on_file: whether the operation is given a file of its own, opened for it (@card)
 * @prepare: does what @run needs, without failures; may be NULL
 * @run: carries out the operation: 0 or -errno
 * @undo: undoes @prepare, and @run if its result was 0; may be NULL
 */
struct op {
	const char *name;
	bool on_file;
	void (*prepare)(void);
	int (*run)(void);
	void (*undo)(int result);
};

static struct rig rig;
static char node[64];
static uint32_t bo;
static int card = -1, made = -1, tl = -1, queue = -1;
static uint32_t id, space;
static void *memory;
static uint8_t own[BIND_BYTES] __attribute__((aligned(4096)));

/* Whether an operation of which an allocation or a copy failed may have this result. */
static bool allowed(int ret)
{
	return !ret || ret == -ENOMEM || ret == -EFAULT || ret == -ENOSPC;
}

static int run_query(void)
{
	struct drm_pinion_dev_info info;
	struct drm_pinion_dev_query args = { .size = sizeof(info), .pointer = (uintptr_t)&info };

	return try_ioctl(card, DRM_IOCTL_PINION_DEV_QUERY, &args);
}

static int run_host_bo(void)
{
	return try_bo(card, BIND_BYTES, DRM_PINION_BO_HOST, &bo);
}

static int run_device_bo(void)
{
	return try_bo(card, BIND_BYTES, DEVICE, &bo);
}

static void undo_bo(int result)
{
	if (!result)
		rig_bo_close(card, bo);
}

static void prepare_host_bo(void)
{
	bo = rig_bo(card, BIND_BYTES, DRM_PINION_BO_HOST);
}

static int run_map(void)
{
	return try_map(card, bo, 0, BIND_VA, BIND_BYTES, RIG_RWX);
}

static void undo_map(int result)
{
	if (!result && try_unmap(card, BIND_VA, BIND_BYTES))
		ksft_exit_fail_msg("unmap after a map\n");
	rig_bo_close(card, bo);
}

static void prepare_mapped(void)
{
	prepare_host_bo();
	rig_map(card, bo, BIND_VA, BIND_BYTES);
}

/* A hole in the middle of a mapping needs two new mappings. */
static int run_unmap(void)
{
	return try_unmap(card, BIND_VA + 4096, 4096);
}

static void undo_unmap(int result)
{
	(void)result;
	undo_map(0);
}

static int run_mmap(void)
{
	return try_mmap(card, bo, BIND_BYTES, &memory);
}

static void undo_mmap(int result)
{
	if (!result) {
		memset(memory, 1, BIND_BYTES);
		munmap(memory, BIND_BYTES);
	}
	rig_bo_close(card, bo);
}

static int run_vm(void)
{
	struct drm_pinion_vm_create args = {};
	int ret = try_ioctl(card, DRM_IOCTL_PINION_VM_CREATE, &args);

	made = args.vm;
	return ret;
}

static void undo_vm(int result)
{
	struct drm_pinion_vm_destroy args = { .vm = made };

	if (!result && try_ioctl(card, DRM_IOCTL_PINION_VM_DESTROY, &args))
		ksft_exit_fail_msg("VM_DESTROY after VM_CREATE\n");
}

static int run_userptr(void)
{
	struct drm_pinion_bo_userptr args = { .address = (uintptr_t)own, .size = sizeof(own) };
	int ret = try_ioctl(card, DRM_IOCTL_PINION_BO_USERPTR, &args);

	bo = args.handle;
	return ret;
}

static void prepare_dmabuf(void)
{
	int other = rig_open_node();
	uint32_t handle = rig_bo(other, BIND_BYTES, DRM_PINION_BO_HOST);

	made = try_export(other, handle);
	close(other);
}

static int run_import(void)
{
	return try_import(card, made, &bo);
}

static void undo_import(int result)
{
	undo_bo(result);
	close(made);
}

static int run_queue(void)
{
	struct drm_pinion_queue_create args = { .entries = 64, .priority = 1 };
	int ret = try_queue(card, &args);

	made = args.fd;
	return ret;
}

static void prepare_user_queue(void)
{
	if (userq_policy("on"))
		ksft_exit_fail_msg("user_submission: %s\n", strerror(errno));
	close(rig_queue(card, 64));
}

static int run_user_queue(void)
{
	struct drm_pinion_queue_create args = { .entries = 64,
						.priority = 1,
						.flags = DRM_PINION_QUEUE_USER };
	int ret = try_queue(card, &args);

	made = args.fd;
	return ret;
}

static void undo_made(int result)
{
	if (!result)
		close(made);
}

static void prepare_queue(void)
{
	close(rig_queue(card, 64));
}

static int run_open(void)
{
	made = open(node, O_RDWR | O_CLOEXEC);
	return made < 0 ? -errno : 0;
}

static int run_export(void)
{
	struct drm_prime_handle args = { .handle = bo, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = try_ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	made = args.fd;
	return ret;
}

static void undo_export(int result)
{
	undo_made(result);
	rig_bo_close(card, bo);
}

static int run_reset(void)
{
	return try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL);
}

static int run_fault(void)
{
	struct pinion_queue_fault fault;

	return try_ioctl(rig.queue, PINION_QUEUE_IOC_FAULT, &fault);
}

static int run_exec_ioctl(void)
{
	struct pinion_queue_exec args = {};

	return try_ioctl(rig.queue, PINION_QUEUE_IOC_EXEC, &args);
}

static int run_wait_ioctl(void)
{
	struct pinion_queue_wait args = { .seq = 1, .until_ns = INT64_MAX };

	return try_ioctl(rig.queue, PINION_QUEUE_IOC_WAIT, &args);
}

static void prepare_hang(void)
{
	rig_hang(&rig);
}

static void undo_hang(int result)
{
	if (result)
		rig_unhang(&rig);
	rig_wait(&rig);
}

static int run_cancel_ioctl(void)
{
	uint64_t all = 0;

	return try_ioctl(rig.queue, PINION_QUEUE_IOC_CANCEL, &all);
}

static int run_usage(void)
{
	struct drm_pinion_usage_info info;
	struct drm_pinion_usage args = { .size = sizeof(info), .pointer = (uintptr_t)&info };

	return try_ioctl(card, DRM_IOCTL_PINION_USAGE, &args);
}

static void prepare_vm(void)
{
	struct drm_pinion_vm_create args = {};

	if (try_ioctl(card, DRM_IOCTL_PINION_VM_CREATE, &args))
		ksft_exit_fail_msg("VM_CREATE\n");
	space = args.vm;
}

static int run_vm_destroy(void)
{
	struct drm_pinion_vm_destroy args = { .vm = space };

	return try_ioctl(card, DRM_IOCTL_PINION_VM_DESTROY, &args);
}

static int run_queue_in(void)
{
	struct drm_pinion_queue_create args = { .entries = 64, .priority = 1, .vm = space };
	int ret = try_queue(card, &args);

	made = args.fd;
	return ret;
}

static int run_sparse(void)
{
	return try_map(card, 0, 0, BIND_VA, 4ull << 30,
		       DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_SPARSE);
}

static void undo_sparse(int result)
{
	if (!result && try_unmap(card, BIND_VA, 4ull << 30))
		ksft_exit_fail_msg("unmap after a sparse map\n");
	rig_bo_close(card, bo);
}

static int run_timeline(void)
{
	tl = try_timeline(card, 0, 0, &id);
	return tl < 0 ? tl : 0;
}

static void undo_timeline(int result)
{
	if (!result && try_timeline_destroy(card, id))
		ksft_exit_fail_msg("TIMELINE_DESTROY\n");
	if (!result)
		close(tl);
}

static void prepare_timeline(void)
{
	tl = rig_timeline(card, 0, &id);
}

static int run_timeline_destroy(void)
{
	return try_timeline_destroy(card, id);
}

static void undo_timeline_file(int result)
{
	(void)result;
	close(tl);
}

static int run_timeline_import(void)
{
	struct drm_pinion_timeline_import args = { .fd = tl };

	return try_ioctl(card, DRM_IOCTL_PINION_TIMELINE_IMPORT, &args);
}

static int run_timeline_file(void)
{
	struct pinion_timeline_wait wait = { .value = 1 };
	uint64_t value = 1;
	int ret = try_ioctl(tl, PINION_TIMELINE_IOC_SIGNAL, &value);

	if (!ret)
		ret = try_ioctl(tl, PINION_TIMELINE_IOC_QUERY, &value);
	if (!ret)
		ret = try_ioctl(tl, PINION_TIMELINE_IOC_ARM, &value);
	if (!ret)
		ret = try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &wait);
	if (ret)
		return ret;
	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, tl, 0);
	if (memory == MAP_FAILED)
		return -errno;
	munmap(memory, 4096);
	return 0;
}

/* A job waits for point 2 of a timeline and raises point 1, which can be exported meanwhile. */
static void prepare_point(void)
{
	struct pinion_queue_exec exec = {};

	prepare_timeline();
	exec.waits[0] = (struct pinion_uring_point){ .value = 2, .timeline = id };
	exec.signal = (struct pinion_uring_point){ .value = 1, .timeline = id };
	queue = rig_queue(card, 4);
	if (try_ioctl(queue, PINION_QUEUE_IOC_EXEC, &exec))
		ksft_exit_fail_msg("EXEC: %s\n", strerror(errno));
}

static int run_fence(void)
{
	struct pinion_timeline_fence_export args = { .value = 1, .timeout_ms = 100 };
	int ret = try_ioctl(tl, PINION_TIMELINE_IOC_EXPORT_FENCE, &args);

	made = args.fd;
	return ret;
}

static void undo_fence(int result)
{
	undo_made(result);
	undo_timeline_file(result);
	close(queue);
}

static void prepare_fence(void)
{
	prepare_point();
	if (run_fence())
		ksft_exit_fail_msg("EXPORT: %s\n", strerror(errno));
}

static int run_fence_import(void)
{
	struct pinion_timeline_fence_import args = { .value = 2, .fd = made };

	return try_ioctl(tl, PINION_TIMELINE_IOC_IMPORT_FENCE, &args);
}

static void undo_fence_import(int result)
{
	(void)result;
	undo_fence(0);
}

static void prepare_async(void)
{
	prepare_host_bo();
	prepare_timeline();
}

static int run_async(void)
{
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
		.wait_timeline = id,
		.wait_value = 1,
		.signal_timeline = id,
		.signal_value = 2,
	};

	return try_ioctl(card, DRM_IOCTL_PINION_VM_BIND, &args);
}

static void undo_async(int result)
{
	struct pinion_timeline_wait wait = { .value = 2, .until_ns = ~0ull >> 1 };

	rig_timeline_raise(tl, 1);
	if (!result && try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &wait))
		ksft_exit_fail_msg("an asynchronous bind does not end\n");
	undo_map(result);
	undo_timeline(0);
}

#include "syncs.h"

/* A command that io_uring did not take stays in the ring, and undo_exec() submits it. */
static int run_exec(void)
{
	int ret;

	rig_sqe(&rig, 0, 0);
	ret = io_uring_submit(&rig.ring);
	return ret < 0 ? ret : 0;
}

static void undo_exec(int result)
{
	struct done done;

	if (result)
		rig_submit(&rig);
	done = rig_wait(&rig);
	if (!allowed(done.res) && done.res != -EAGAIN && done.res != -ECANCELED)
		ksft_exit_fail_msg("a job ended with %s\n", strerror(-done.res));
}

/* Wait on the rig's ring for a value that undo_wait() raises. */
static int run_wait(void)
{
	struct io_uring_sqe *sqe = rig_sqe(&rig, 0, 0);
	struct pinion_uring_wait *wait = (void *)sqe->cmd;
	int ret;

	sqe->fd = tl;
	sqe->off = PINION_URING_WAIT;
	*wait = (struct pinion_uring_wait){ .value = 1 };
	ret = io_uring_submit(&rig.ring);
	return ret < 0 ? ret : 0;
}

static void undo_wait(int result)
{
	struct done done;

	if (result)
		rig_submit(&rig);
	rig_timeline_raise(tl, 1);
	done = rig_wait(&rig);
	if (!allowed(done.res) && done.res != -ECANCELED)
		ksft_exit_fail_msg("a wait ended with %s\n", strerror(-done.res));
	undo_timeline(0);
}

static const struct op ops[] = {
	{ "DEV_QUERY", true, NULL, run_query, NULL },
	{ "BO_CREATE of host memory", true, NULL, run_host_bo, undo_bo },
	{ "BO_CREATE of device memory", true, NULL, run_device_bo, undo_bo },
	{ "BO_MMAP_OFFSET and mmap", true, prepare_host_bo, run_mmap, undo_mmap },
	{ "VM_BIND MAP", true, prepare_host_bo, run_map, undo_map },
	{ "VM_BIND UNMAP", true, prepare_mapped, run_unmap, undo_unmap },
	{ "open", true, NULL, run_open, undo_made },
	{ "the first QUEUE_CREATE of a file", true, NULL, run_queue, undo_made },
	{ "VM_CREATE", true, NULL, run_vm, undo_vm },
	{ "BO_USERPTR", true, NULL, run_userptr, undo_bo },
	{ "PRIME_FD_TO_HANDLE", true, prepare_dmabuf, run_import, undo_import },
	{ "VM_BIND MAP of a sparse range", true, prepare_host_bo, run_sparse, undo_sparse },
	{ "VM_BIND at a point", true, prepare_async, run_async, undo_async },
	{ "VM_BIND with drm_syncobjs", true, prepare_async_syncs, run_async_syncs,
	  undo_async_syncs },
	{ "VM_DESTROY", true, prepare_vm, run_vm_destroy, NULL },
	{ "QUEUE_CREATE in a VM", true, prepare_vm, run_queue_in, undo_made },
	{ "USAGE", true, NULL, run_usage, NULL },
	{ "TIMELINE_CREATE", true, NULL, run_timeline, undo_timeline },
	{ "TIMELINE_DESTROY", true, prepare_timeline, run_timeline_destroy, undo_timeline_file },
	{ "TIMELINE_IMPORT", true, prepare_timeline, run_timeline_import, undo_timeline_file },
	{ "a timeline's file", true, prepare_timeline, run_timeline_file, undo_timeline_file },
	{ "a timeline's sync_file", true, prepare_point, run_fence, undo_fence },
	{ "a sync_file for a timeline", true, prepare_fence, run_fence_import, undo_fence_import },
	{ "WAIT", true, prepare_timeline, run_wait, undo_wait },
	{ "QUEUE_CREATE", true, prepare_queue, run_queue, undo_made },
	{ "QUEUE_CREATE of one that its process submits to", true, prepare_user_queue,
	  run_user_queue, undo_made },
	{ "PRIME_HANDLE_TO_FD", true, prepare_host_bo, run_export, undo_export },
	{ "PINION_QUEUE_IOC_RESET", false, NULL, run_reset, NULL },
	{ "PINION_QUEUE_IOC_FAULT", false, NULL, run_fault, NULL },
	{ "PINION_QUEUE_IOC_EXEC", false, NULL, run_exec_ioctl, NULL },
	{ "PINION_QUEUE_IOC_EXEC with drm_syncobjs", true, prepare_syncs, run_exec_syncs,
	  undo_syncs },
	{ "PINION_QUEUE_IOC_CANCEL", true, prepare_hang, run_cancel_ioctl, undo_hang },
	{ "PINION_QUEUE_IOC_WAIT", false, NULL, run_wait_ioctl, NULL },
	{ "EXEC", false, NULL, run_exec, undo_exec },
};

#endif
