// SPDX-License-Identifier: GPL-2.0-or-later
/* Asynchronous VM_BIND: the order of binds, errors, and files closed while binds are pending. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define VA	0x4000000000ull
#define PAGE	4096u
#define PAGES	8
#define BUFFERS 8
#define NEVER	UINT64_MAX

static struct rig rig;
static uint32_t id;
static int tl;
static uint64_t value;
static uint32_t buffer[BUFFERS];

static int try_async(uint32_t vm, const struct drm_pinion_vm_bind_op *ops, uint32_t count,
		     uint64_t wait, uint64_t signal)
{
	struct drm_pinion_vm_bind args = {
		.vm = vm,
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(*ops),
		.count = count,
		.ops = (uintptr_t)ops,
		.wait_timeline = wait ? id : 0,
		.wait_value = wait,
		.signal_timeline = signal ? id : 0,
		.signal_value = signal,
	};

	return try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

/* The operation that maps buffer @n, whose words are n + 1, at page @page; -1 unmaps the page. */
static struct drm_pinion_vm_bind_op op_of(int n, unsigned int page)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = VA + page * PAGE,
		.size = PAGE,
	};

	if (n >= 0) {
		op.op = DRM_PINION_VM_BIND_MAP;
		op.flags = DRM_PINION_VM_BIND_READ;
		op.handle = buffer[n];
	}
	return op;
}

static int try_one(int n, unsigned int page, uint64_t wait, uint64_t signal)
{
	struct drm_pinion_vm_bind_op op = op_of(n, page);

	return try_async(0, &op, 1, wait, signal);
}

static int wait_for(uint64_t point)
{
	struct pinion_timeline_wait args = { .value = point, .until_ns = NEVER };

	return try_ioctl(tl, PINION_TIMELINE_IOC_WAIT, &args);
}

#define FAULT  -1
#define ZEROES -2

/* Have the card read a page: the number of the buffer that is mapped there, FAULT or ZEROES. */
static int seen(unsigned int page)
{
	struct done done;

	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA + page * PAGE, 8);
	rig_sqe(&rig, RIG_VA, rig.bytes);
	rig_submit(&rig);
	done = rig_wait(&rig);
	if (done.res == -EFAULT) {
		try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL);
		return FAULT;
	}
	if (done.res)
		ksft_exit_fail_msg("reading: %s\n", strerror(-done.res));
	return *(uint64_t *)rig.data ? (int)*(uint64_t *)rig.data - 1 : ZEROES;
}

static void make_buffers(void)
{
	uint64_t *mem;
	int n, i;

	for (n = 0; n < BUFFERS; n++) {
		buffer[n] = rig_bo(rig.fd, PAGE, DRM_PINION_BO_HOST);
		mem = rig_mmap(rig.fd, buffer[n], PAGE);
		for (i = 0; i < (int)PAGE / 8; i++)
			mem[i] = n + 1;
	}
}

static void arguments(void)
{
	struct drm_pinion_vm_bind_op ops[3] = { op_of(0, 0), op_of(1, 1), op_of(2, 2) };
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(ops[0]),
		.count = 1,
		.ops = (uintptr_t)ops,
		.wait_value = 1,
	};

	ksft_test_result(try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args) == -EINVAL &&
				 !args.count,
			 "a point without ASYNC: EINVAL\n");
	args.count = 1;
	args.flags = DRM_PINION_VM_BIND_ASYNC;
	ksft_test_result(try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args) == -EINVAL,
			 "a value of no timeline: EINVAL\n");
	args.count = 1;
	args.wait_timeline = id + 100;
	ksft_test_result(try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args) == -ENOENT,
			 "unknown timeline: ENOENT\n");
	args.count = 1;
	args.flags = 2;
	ksft_test_result(try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args) == -EINVAL, "flags\n");
	ops[1].handle = 9999;
	ksft_test_result(try_async(0, ops, 3, 0, NEVER) == -ENOENT,
			 "a bad handle in the middle: ENOENT\n");
	ops[1] = op_of(1, 1);
	ops[2].va += 1;
	ksft_test_result(try_async(0, ops, 3, 0, NEVER) == -EINVAL,
			 "a bad address at the end: EINVAL\n");
	ksft_test_result(seen(0) == FAULT && rig_timeline_value(tl) == value,
			 "a bind that is refused changes no mapping and raises no point\n");
}

static void in_and_out(void)
{
	uint32_t lost = rig_bo(rig.fd, PAGE, DRM_PINION_BO_DEVICE);
	struct drm_pinion_vm_bind_op op = op_of(0, 1);

	ksft_test_result(!try_one(0, 0, 0, ++value) && !wait_for(value) && seen(0) == 0,
			 "a bind without an in point takes effect at once\n");
	ksft_test_result(!try_one(1, 0, value + 1, value + 2) && seen(0) == 0,
			 "a bind takes no effect before its in point\n");
	rig_timeline_raise(tl, value + 1);
	value += 2;
	ksft_test_result(!wait_for(value) && seen(0) == 1,
			 "a bind takes effect at its in point, then its out point is raised\n");
	op.handle = lost;
	ksft_test_result(!try_async(0, &op, 1, value + 1, value + 2), "map a buffer at a point\n");
	rig_bo_close(rig.fd, lost);
	rig_timeline_raise(tl, value + 1);
	value += 2;
	wait_for(value);
	ksft_test_result(seen(1) == ZEROES, "the buffer of a pending map is closed meanwhile\n");
	ksft_test_result(!try_one(-1, 1, 0, ++value) && !wait_for(value) && seen(1) == FAULT,
			 "an asynchronous unmap\n");
}

static void *sync_bind(void *arg)
{
	struct drm_pinion_vm_bind_op op = op_of(3, 0);

	*(int *)arg = try_bind(rig.fd, &op);
	return NULL;
}

static void order(void)
{
	int ret = -1, first, i;
	pthread_t thread;

	/* Only the first bind waits for a point, but binds of an address space keep their order. */
	try_one(5, 0, value + 1, 0);
	for (i = 0; i < 3; i++)
		try_one(6 + (i & 1), 0, 0, 0);
	ksft_test_result(!try_one(2, 0, 0, value + 2) && seen(0) == 1,
			 "five in a row, the first waits\n");
	pthread_create(&thread, NULL, sync_bind, &ret);
	usleep(50000);
	ksft_test_result(ret == -1 && seen(0) == 1,
			 "a bind without ASYNC waits for pending binds\n");
	rig_timeline_raise(tl, value + 1);
	value += 2;
	wait_for(value);
	first = seen(0);
	pthread_join(thread, NULL);
	ksft_test_result((first == 2 || first == 3) && !ret && seen(0) == 3,
			 "all binds took effect in order\n");
}

#define STEPS 16

/* Submit a bind of two random pages, noted in @now, that waits for @wait and raises @wait + 1. */
static int random_bind(int *now, uint64_t wait)
{
	unsigned int at = rand() % (PAGES - 1), i;
	struct drm_pinion_vm_bind_op ops[2];

	for (i = 0; i < 2; i++) {
		now[at + i] = rand() % BUFFERS;
		ops[i] = op_of(now[at + i], at + i);
	}
	return try_async(0, ops, 2, wait, wait + 1);
}

/* Prepare a job that copies a word of each page; it waits for @wait and raises @wait + 1. */
static void put_reader(unsigned int step, uint64_t wait)
{
	struct pinion_uring_exec128 *exec;
	uint32_t begin = rig.bytes;
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		rig_copy(&rig, RIG_DATA_VA + 8 * (step * PAGES + page), VA + page * PAGE, 8);
	exec = rig_sqe_long(&rig, RIG_VA + begin, rig.bytes - begin);
	exec->exec.wait_timeline = id;
	exec->exec.wait_value = wait;
	exec->signal = (struct pinion_uring_point){ .value = wait + 1, .timeline = id };
}

static unsigned int random_round(int *now)
{
	uint64_t base = value + 1, *words = (uint64_t *)rig.data;
	unsigned int i, page, wrong = 0;
	int want[STEPS][PAGES];

	rig.bytes = 0;
	for (i = 0; i < STEPS; i++) {
		wrong += random_bind(now, base + 2 * i) != 0;
		memcpy(want[i], now, sizeof(want[i]));
		put_reader(i, base + 2 * i + 1);
	}
	rig_submit(&rig);
	value = base + 2 * STEPS;
	rig_timeline_raise(tl, base);
	for (i = 0; i < STEPS; i++)
		wrong += rig_wait(&rig).res != 0;
	for (i = 0; i < STEPS; i++)
		for (page = 0; page < PAGES; page++)
			wrong += words[i * PAGES + page] != want[i][page] + 1ull;
	return wrong;
}

/* Binds and jobs wait for each other in turn, and all are submitted before the first may start. */
static void random_mix(void)
{
	unsigned int rounds = rig_times(20, 5000), round, page, wrong = 0;
	int now[PAGES];

	for (page = 0; page < PAGES; page++) {
		now[page] = page % BUFFERS;
		try_one(now[page], page, 0, ++value);
	}
	wait_for(value);
	for (round = 0; round < rounds && !wrong; round++)
		wrong = random_round(now);
	ksft_test_result(!wrong, "%u rounds of %d binds and jobs that wait for each other\n", round,
			 STEPS);
}

/* Large pages are split and joined: the page tables for that are reserved at submission. */
static void tables(void)
{
	uint32_t big = rig_bo(rig.fd, 8 << 20, DRM_PINION_BO_DEVICE), i;
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_MAP,
		.flags = DRM_PINION_VM_BIND_READ,
		.handle = big,
		.va = VA + (1ull << 30),
		.size = 8 << 20,
	};
	struct drm_pinion_vm_bind_op hole = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = op.va + 5 * PAGE,
		.size = (2 << 20) + PAGE,
	};
	uint64_t before = rig_info(rig.fd).memory_free, during;
	int bad = 0;

	bad += try_async(0, &op, 1, value + 1, 0) != 0;
	for (i = 0; i < 50; i++) {
		bad += try_async(0, &hole, 1, 0, 0) != 0;
		bad += try_async(0, &op, 1, 0, 0) != 0;
	}
	bad += try_async(0, &hole, 1, 0, value + 2) != 0;
	during = rig_info(rig.fd).memory_free;
	rig_timeline_raise(tl, value + 1);
	value += 2;
	wait_for(value);
	ksft_test_result(!bad && during < before,
			 "page tables of pending binds are reserved: %llu bytes\n",
			 (unsigned long long)(before - during));
	op.op = DRM_PINION_VM_BIND_UNMAP;
	op.flags = 0;
	op.handle = 0;
	try_bind(rig.fd, &op);
	ksft_test_result(rig_info(rig.fd).memory_free == before,
			 "page tables that no bind needed are given back\n");
	rig_bo_close(rig.fd, big);
}

static void no_memory(void)
{
	uint64_t left, before = rig_info(rig.fd).memory_free;
	struct drm_pinion_vm_bind_op ops[64];
	uint32_t filler[64], i, n = 0;
	int ret;

	for (left = before; left >= PAGE && n < 64; left = rig_info(rig.fd).memory_free) {
		while (left & (left - 1))
			left &= left - 1;
		if (try_bo(rig.fd, left, DRM_PINION_BO_DEVICE, &filler[n]))
			break;
		n++;
	}
	for (i = 0; i < 64; i++)
		ops[i] = op_of(i % BUFFERS, 1000000 + 1000000 * i);
	ret = try_async(0, ops, 64, value + 1, NEVER);
	ksft_test_result(ret == -ENOSPC, "no device memory for tables: %s\n", strerror(-ret));
	while (n)
		rig_bo_close(rig.fd, filler[--n]);
	ksft_test_result(rig_info(rig.fd).memory_free == before && rig_timeline_value(tl) == value,
			 "a bind without memory for tables leaves nothing behind\n");
}

static void vm_ends(void)
{
	struct drm_pinion_vm_create vm = {};
	struct drm_pinion_timeline_import import = { .fd = tl };
	struct drm_pinion_vm_bind_op op = op_of(0, 0);
	uint64_t before = rig_info(rig.fd).memory_free;
	struct drm_pinion_vm_bind args = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(op),
		.ops = (uintptr_t)&op,
	};
	struct drm_pinion_vm_destroy end = {};
	int i, bad = 0;

	bad += try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &vm) != 0;
	import.vm = args.vm = end.vm = vm.vm;
	bad += try_ioctl(rig.fd, DRM_IOCTL_PINION_TIMELINE_IMPORT, &import) != 0;
	for (i = 0; i < 10; i++) {
		args.count = 1;
		args.wait_timeline = args.signal_timeline = import.timeline;
		args.wait_value = NEVER;
		args.signal_value = ++value;
		bad += try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args) != 0;
	}
	ksft_test_result(!bad && rig_timeline_value(tl) == value - 10,
			 "ten binds that wait for ever\n");
	ksft_test_result(!try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_DESTROY, &end) &&
				 rig_timeline_value(tl) == value,
			 "VM_DESTROY raises the out points of pending binds\n");
	ksft_test_result(rig_info(rig.fd).memory_free == before,
			 "VM_DESTROY gives all memory back\n");
}

static void child(void)
{
	int i;

	rig_open(&rig, 4);
	tl = rig_timeline(rig.fd, 0, &id);
	make_buffers();
	for (i = 0; i < 100; i++)
		try_one(i % BUFFERS, i, NEVER, i + 1);
	kill(getpid(), SIGKILL);
}

static void killed(void)
{
	unsigned int n = rig_times(5, 500), i;
	uint64_t before = rig_info(rig.fd).memory_free;
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (!pid)
			child();
		waitpid(pid, NULL, 0);
	}
	ksft_test_result(rig_free_settled(before) == before,
			 "%u processes killed with 100 binds pending\n", n);
}

static void unplugged(void)
{
	struct drm_pinion_vm_bind_op op = op_of(0, 0);
	int ret = 0;
	pthread_t thread;

	try_one(0, 0, value + 1, value + 2);
	try_one(1, 0, 0, value + 3);
	pthread_create(&thread, NULL, sync_bind, &ret);
	usleep(50000);
	ksft_test_result(!try_driver("unbind"), "unbind with binds pending\n");
	pthread_join(thread, NULL);
	ksft_test_result(ret == -ENODEV,
			 "a bind without ASYNC that waited for pending binds: ENODEV\n");
	ksft_test_result(try_async(0, &op, 1, 0, 0) == -ENODEV, "a new bind: ENODEV\n");
	rig_timeline_raise(tl, value + 1);
	value += 3;
	ksft_test_result(!wait_for(value), "the out points of pending binds are raised in order\n");
	ksft_test_result(!try_driver("bind"), "bind again\n");
}

int main(void)
{
	srand(20260101);
	ksft_print_header();
	ksft_set_plan(30);
	rig_open(&rig, 16);
	rig_long_ring(&rig, 256);
	tl = rig_timeline(rig.fd, 0, &id);
	make_buffers();
	arguments();
	in_and_out();
	order();
	random_mix();
	tables();
	no_memory();
	vm_ends();
	killed();
	unplugged();
	rig_close(&rig);
	ksft_finished();
}
