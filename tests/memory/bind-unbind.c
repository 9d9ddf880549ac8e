// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver is unbound in the middle of a VM_BIND of very many operations: unbinding does not wait
 * for those that are left.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "rig.h"

#define VA    0x80000000ull
#define PAGE  4096u
#define OPS   4096u
#define TRIES 20
#define DELAY 1000000u /* longest delay in us, which doubles with every second attempt */

/**
 * struct binder - a thread that binds without a pause until a VM_BIND fails
 * @fd: file of the accel node
 * @ops: the operations of each VM_BIND
 * @calls: number of calls that have begun
 * @count: number of operations of the last call that took effect
 * @error: error of the last call
 */
struct binder {
	int fd;
	struct drm_pinion_vm_bind_op *ops;
	atomic_uint calls;
	uint32_t count;
	int error;
};

static void *keep_binding(void *arg)
{
	struct binder *binder = arg;
	struct drm_pinion_vm_bind args;

	do {
		args = (struct drm_pinion_vm_bind){
			.stride = sizeof(binder->ops[0]),
			.count = OPS,
			.ops = (uintptr_t)binder->ops,
		};
		atomic_fetch_add(&binder->calls, 1);
		binder->error = try_ioctl(binder->fd, DRM_IOCTL_PINION_VM_BIND, &args);
	} while (!binder->error);
	binder->count = args.count;
	return NULL;
}

/* Map one page again and again. */
static void fill(struct binder *binder)
{
	uint32_t handle = rig_bo(binder->fd, PAGE, DRM_PINION_BO_DEVICE), i;

	for (i = 0; i < OPS; i++)
		binder->ops[i] = (struct drm_pinion_vm_bind_op){
			.flags = RIG_RWX,
			.handle = handle,
			.va = VA,
			.size = PAGE,
		};
}

/*
 * Unbind the driver @delay microseconds after a thread began to bind: whether the thread's last
 * call was cut short.
 */
static bool cut_short(struct binder *binder, unsigned int delay, unsigned int *wrong)
{
	pthread_t thread;

	binder->fd = rig_open_node();
	atomic_store(&binder->calls, 0);
	fill(binder);
	if (pthread_create(&thread, NULL, keep_binding, binder))
		ksft_exit_fail_msg("pthread_create\n");
	while (!atomic_load(&binder->calls))
		usleep(1000);
	usleep(delay);
	*wrong += try_driver("unbind") != 0;
	pthread_join(thread, NULL);
	*wrong += binder->error != -ENODEV;
	close(binder->fd);
	*wrong += try_driver("bind") != 0;
	return binder->count && binder->count < OPS;
}

int main(void)
{
	struct binder binder = { .ops = calloc(OPS, sizeof(*binder.ops)) };
	unsigned int wrong = 0, tries = 0;
	bool cut = false;

	rig_card();
	rig_pci_address();
	ksft_print_header();
	ksft_set_plan(2);
	/* The unbinding may also come while a call copies its operations, or between two calls. */
	while (!cut && tries < TRIES) {
		tries++;
		cut = cut_short(&binder, DELAY >> (TRIES - tries) / 2, &wrong);
	}
	ksft_test_result(cut, "%u of %u operations took effect, in attempt %u\n", binder.count, OPS,
			 tries);
	ksft_test_result(!wrong, "each VM_BIND ended with ENODEV, and the driver came back\n");
	free(binder.ops);
	ksft_finished();
}
