// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card is reset in the middle of a VM_BIND of as many operations as a call may have: the reset
 * does not wait for those that are left, which are carried out after it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../selftests/pci.h"

#define VA    0x80000000ull
#define PAGE  4096u
#define OPS   65536u
#define TRIES 20

/**
 * struct binder - a thread that makes one VM_BIND
 * @fd: file of the accel node
 * @ops: the operations of the VM_BIND
 * @begun: whether the call is about to begin
 * @ended: whether the call has ended
 * @error: error of the call
 */
struct binder {
	int fd;
	struct drm_pinion_vm_bind_op *ops;
	atomic_bool begun;
	atomic_bool ended;
	int error;
};

static void *bind_all(void *arg)
{
	struct binder *binder = arg;
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(binder->ops[0]),
		.count = OPS,
		.ops = (uintptr_t)binder->ops,
	};

	atomic_store(&binder->begun, true);
	binder->error = try_ioctl(binder->fd, DRM_IOCTL_PINION_VM_BIND, &args);
	atomic_store(&binder->ended, true);
	return NULL;
}

/* Map one page again and again. */
static void fill(struct binder *binder, uint32_t handle)
{
	for (uint32_t i = 0; i < OPS; i++)
		binder->ops[i] = (struct drm_pinion_vm_bind_op){
			.flags = RIG_RWX,
			.handle = handle,
			.va = VA,
			.size = PAGE,
		};
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

/* How long the call takes in us if nothing comes between its operations. */
static uint64_t measure(struct binder *binder)
{
	uint64_t start = now_us();

	bind_all(binder);
	if (binder->error)
		ksft_exit_fail_msg("VM_BIND: %s\n", strerror(-binder->error));
	return now_us() - start;
}

/* Reset the card @delay us after the call has begun: whether operations were left then. */
static bool reset_between(struct binder *binder, unsigned int delay, unsigned int *wrong)
{
	pthread_t thread;
	bool left;

	atomic_store(&binder->begun, false);
	atomic_store(&binder->ended, false);
	if (pthread_create(&thread, NULL, bind_all, binder))
		ksft_exit_fail_msg("pthread_create\n");
	while (!atomic_load(&binder->begun))
		usleep(1000);
	usleep(delay);
	left = !atomic_load(&binder->ended);
	*wrong += pci_reset() != 0;
	left = left && !atomic_load(&binder->ended);
	pthread_join(thread, NULL);
	*wrong += binder->error != 0;
	return left;
}

int main(void)
{
	struct binder binder = { .ops = calloc(OPS, sizeof(*binder.ops)) };
	unsigned int wrong = 0, tries = 0;
	bool between = false;
	uint64_t usual;
	struct rig rig;

	rig_open(&rig, 4);
	binder.fd = rig.fd;
	fill(&binder, rig_bo(rig.fd, PAGE, DRM_PINION_BO_DEVICE));
	ksft_print_header();
	ksft_set_plan(3);
	usual = measure(&binder);
	/* Copying the operations into the kernel takes a small part of the time. */
	for (; !between && tries < TRIES; tries++)
		between = reset_between(&binder, usual * (1 + tries % 4) / 8, &wrong);
	ksft_test_result(between, "the reset is over before the VM_BIND, after %u attempts\n",
			 tries);
	ksft_test_result(!wrong, "each VM_BIND carries out all its operations\n");
	rig.bytes = 0;
	rig_fill(&rig, VA, PAGE, 7, 1);
	ksft_test_result(!rig_run(&rig).res, "a job uses what was mapped\n");
	rig_close(&rig);
	free(binder.ops);
	ksft_finished();
}
