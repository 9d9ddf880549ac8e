// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts are never off for long, however many objects a process makes and leaves behind, and
 * however much work it gives to the kernel and to the firmware.
 */
#include <pthread.h>

#include "irqs.h"

#define FEW	1024u
#define MANY	(1u << 20)
#define PER_VM	16000u
#define PAGE	4096u
#define THREADS 64u

/* Timelines, whose files are closed, in as many address spaces as they need. */
static unsigned int timelines(unsigned int n)
{
	struct drm_pinion_vm_create vm;
	int fd = rig_open_node(), tl;
	unsigned int done;
	uint32_t id;

	for (done = 0; done < n; done++) {
		vm = done % PER_VM ? vm : (struct drm_pinion_vm_create){};
		if (!vm.vm && try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &vm))
			break;
		tl = try_timeline(fd, vm.vm, 0, &id);
		if (tl < 0)
			break;
		close(tl);
	}
	return done;
}

static unsigned int buffers(unsigned int n)
{
	int fd = rig_open_node();
	unsigned int done = 0;
	uint32_t handle;

	while (done < n &&
	       !try_bo(fd, PAGE, done % 2 ? DRM_PINION_BO_HOST : DRM_PINION_BO_DEVICE, &handle))
		done++;
	return done;
}

/* Mappings of one page, no two of which are neighbours. */
static unsigned int mappings(unsigned int n)
{
	int fd = rig_open_node();
	uint32_t handle = rig_bo(fd, PAGE, DRM_PINION_BO_DEVICE);
	unsigned int done = 0;

	while (done < n && !try_map(fd, handle, 0, RIG_VA + 2ull * done * PAGE, PAGE, RIG_RWX))
		done++;
	return done;
}

/* A sparse range of @n times 32 MiB: the largest is of 32 TiB. */
static unsigned int sparse(unsigned int n)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_MAP,
		.flags = DRM_PINION_VM_BIND_SPARSE | DRM_PINION_VM_BIND_READ,
		.va = 1ull << 40,
		.size = (uint64_t)n << 25,
	};
	int fd = rig_open_node();

	if (try_bind(fd, &op) || try_unmap(fd, op.va, op.size))
		ksft_exit_fail_msg("a sparse bind of %u times 32 MiB\n", n);
	return n;
}

/* A buffer of @n * 128 bytes in device memory is zeroed, often. */
static unsigned int zeroing(unsigned int n)
{
	int fd = rig_open_node();
	uint32_t handle;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		handle = rig_bo(fd, (uint64_t)n * 128, DRM_PINION_BO_DEVICE);
		rig_bo_close(fd, handle);
	}
	return n;
}

static void *reset(void *queue)
{
	unsigned int i;

	for (i = 0; i < FEW / THREADS; i++)
		try_ioctl(*(int *)queue, PINION_QUEUE_IOC_RESET, NULL);
	return NULL;
}

/* Threads have the firmware reset their queues: @n requests in all, but at most FEW. */
static unsigned int mailbox(unsigned int n)
{
	unsigned int i, threads = n / (FEW / THREADS) < THREADS ? n / (FEW / THREADS) : THREADS;
	int fd = rig_open_node(), queues[THREADS];
	pthread_t thread[THREADS];

	set_limit("process_queues", "max");
	set_limit("user_queues", "max");
	for (i = 0; i < threads; i++) {
		queues[i] = rig_queue(fd, 2);
		if (pthread_create(&thread[i], NULL, reset, &queues[i]))
			ksft_exit_fail_msg("pthread_create\n");
	}
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return threads * (FEW / THREADS);
}

static const struct irqs_case cases[] = {
	{ "timelines", timelines },
	{ "buffers", buffers },
	{ "mappings", mappings },
	{ "times 32 MiB of sparse memory", sparse },
	{ "times 128 bytes of device memory that is zeroed", zeroing },
};

int main(void)
{
	const struct irqs_case requests = { "requests to the firmware", mailbox };
	unsigned int i, n = sizeof(cases) / sizeof(cases[0]);

	irqs_begin();
	ksft_set_plan(2 * (n + 1));
	for (i = 0; i < n; i++)
		irqs_test(&cases[i], FEW, rig_times(MANY / 16, MANY));
	irqs_test(&requests, FEW / THREADS, FEW);
	ksft_finished();
}
