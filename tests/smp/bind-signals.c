// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several threads bind one buffer while signals interrupt them: repeating a call that has failed
 * with EINTR, with the arguments as they then are, completes the bind.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define THREADS 6u
#define BYTES	(4ull << 20)
#define VA	0x40000000ull

/**
 * struct binder - a thread that binds buffers in an address space of its own
 * @vm: id of the address space
 * @bo: handle of the buffer to bind; written between two barriers
 * @ret: result of the last call
 * @count: count in the ioctl's arguments after the last call
 */
struct binder {
	uint32_t vm;
	uint32_t bo;
	int ret;
	uint32_t count;
};

static int fd;
static bool over;
static pthread_barrier_t barrier;

static void on_signal(int number __attribute__((unused)))
{
}

/* Send the calling thread a signal every 50 us. */
static timer_t storm(void)
{
	struct itimerspec every = { .it_interval.tv_nsec = 50000, .it_value.tv_nsec = 50000 };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
		._sigev_un._tid = syscall(SYS_gettid),
	};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &every, NULL))
		ksft_exit_fail_msg("a timer: %s\n", strerror(errno));
	return timer;
}

static void bind_it(struct binder *b)
{
	struct drm_pinion_vm_bind_op ops[] = {
		{ .op = DRM_PINION_VM_BIND_UNMAP, .va = VA, .size = BYTES },
		{ .flags = RIG_RWX, .handle = b->bo, .va = VA, .size = BYTES },
	};
	struct drm_pinion_vm_bind args = {
		.vm = b->vm,
		.stride = sizeof(ops[0]),
		.count = 2,
		.ops = (uintptr_t)ops,
	};

	do {
		b->ret = ioctl(fd, DRM_IOCTL_PINION_VM_BIND, &args) ? -errno : 0;
	} while (b->ret == -EINTR && args.count == 2);
	b->count = args.count;
}

static void *binder_main(void *arg)
{
	timer_t timer = storm();

	for (;;) {
		pthread_barrier_wait(&barrier);
		if (over)
			break;
		bind_it(arg);
		pthread_barrier_wait(&barrier);
	}
	timer_delete(timer);
	return NULL;
}

/* All threads bind a buffer that has no pages yet, at the same time. */
static bool round_of(struct binder *binders)
{
	uint32_t bo = rig_bo(fd, BYTES, DRM_PINION_BO_HOST);
	unsigned int i, bad = 0;

	for (i = 0; i < THREADS; i++)
		binders[i].bo = bo;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < THREADS; i++) {
		if (!binders[i].ret)
			continue;
		ksft_print_msg("%s after %u ops\n", strerror(-binders[i].ret), binders[i].count);
		bad++;
	}
	rig_bo_close(fd, bo);
	return !bad;
}

int main(void)
{
	unsigned int i, good = 0, n = rig_times(100, 3000);
	struct binder binders[THREADS] = {};
	pthread_t threads[THREADS];

	ksft_print_header();
	ksft_set_plan(1);
	fd = rig_open_node();
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++) {
		struct drm_pinion_vm_create args = {};

		if (try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &args))
			ksft_exit_fail_msg("an address space\n");
		binders[i].vm = args.vm;
		if (pthread_create(&threads[i], NULL, binder_main, &binders[i]))
			ksft_exit_fail_msg("a thread\n");
	}
	for (i = 0; i < n; i++)
		good += round_of(binders);
	over = true;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ksft_test_result(good == n, "%u of %u rounds of %u threads\n", good, n, THREADS);
	close(fd);
	ksft_finished();
}
