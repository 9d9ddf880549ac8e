// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A call that reads or writes user memory waits while nobody answers a page fault of that memory.
 * Nothing but the call itself may wait: other binds of the same address space end, and the driver
 * can be unbound.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define VA   0x80000000ull
#define PAGE 4096u

static struct rig rig;
static uint32_t buffer;
static int faults;	/* the userfaultfd */
static uint8_t *memory; /* a page whose first fault waits for answer() */

/* The operation that @memory will hold. */
static struct drm_pinion_vm_bind_op good_op(void)
{
	return (struct drm_pinion_vm_bind_op){
		.flags = RIG_RWX,
		.handle = buffer,
		.va = 2 * VA,
		.size = PAGE,
	};
}

static int bind_memory(uint32_t flags)
{
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(struct drm_pinion_vm_bind_op),
		.count = 1,
		.ops = (uintptr_t)memory,
		.flags = flags,
	};

	return try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

static int call_bind(void)
{
	return bind_memory(0);
}

static int call_bind_async(void)
{
	return bind_memory(DRM_PINION_VM_BIND_ASYNC);
}

static int call_userptr(void)
{
	struct drm_pinion_bo_userptr args = { .address = (uintptr_t)memory, .size = PAGE };

	return try_ioctl(rig.fd, DRM_IOCTL_PINION_BO_USERPTR, &args);
}

static int call_exec_vector(void)
{
	struct pinion_queue_exec args = {
		.flags = PINION_EXEC_VECTOR,
		.addr = (uintptr_t)memory,
		.len = 1,
	};

	return try_ioctl(rig.queue, PINION_QUEUE_IOC_EXEC, &args);
}

static int call_uring_vector(void)
{
	struct io_uring_sqe *sqe;

	rig.bytes = 0;
	rig_fill(&rig, RIG_DATA_VA, 64, 1, 8);
	sqe = rig_sqe(&rig, (uintptr_t)memory, 1);
	((struct pinion_uring_exec *)sqe->cmd)->flags = PINION_EXEC_VECTOR;
	rig_submit(&rig);
	return rig_wait(&rig).res;
}

static int call_usage(void)
{
	struct drm_pinion_usage args = { .size = 64, .pointer = (uintptr_t)memory };

	return try_ioctl(rig.fd, DRM_IOCTL_PINION_USAGE, &args);
}

static int call_fault(void)
{
	return try_ioctl(rig.queue, PINION_QUEUE_IOC_FAULT, memory);
}

/**
 * struct call - a call that uses @memory
 * @name: what the test calls it
 * @make: makes the call: 0 or -errno
 * @needs_card: whether the call fails with ENODEV once the card is gone
 */
static const struct call {
	const char *name;
	int (*make)(void);
	bool needs_card;
} calls[] = {
	{ "VM_BIND", call_bind, true },
	{ "VM_BIND with ASYNC", call_bind_async, true },
	{ "BO_USERPTR", call_userptr, true },
	{ "EXEC of a vector by ioctl", call_exec_vector, false },
	{ "EXEC of a vector by io_uring", call_uring_vector, false },
	{ "USAGE", call_usage, false },
	{ "FAULT of a queue", call_fault, false },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void make_memory(void)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)memory;
	range.range.len = PAGE;
	if (memory == MAP_FAILED || ioctl(faults, UFFDIO_REGISTER, &range))
		ksft_exit_fail_msg("memory for userfaultfd: %s\n", strerror(errno));
}

static void wait_for_fault(void)
{
	struct uffd_msg msg;

	if (read(faults, &msg, sizeof(msg)) != sizeof(msg) || msg.event != UFFD_EVENT_PAGEFAULT)
		ksft_exit_fail_msg("waiting for the page fault: %s\n", strerror(errno));
}

/* Give @memory a page that begins with an operation of VM_BIND. */
static void answer(void)
{
	static uint8_t content[PAGE];
	struct drm_pinion_vm_bind_op op = good_op();
	struct uffdio_copy copy = {
		.dst = (uintptr_t)memory,
		.src = (uintptr_t)content,
		.len = PAGE,
	};

	memcpy(content, &op, sizeof(op));
	if (ioctl(faults, UFFDIO_COPY, &copy))
		ksft_exit_fail_msg("answering the page fault: %s\n", strerror(errno));
}

/*
 * Run @what in a process: whether it returns 0. A process that has not ended after 60 s, and would
 * not before the fault is answered, is left behind.
 */
static bool ends(int (*what)(void))
{
	pid_t pid = fork();
	int status = -1, i;

	if (!pid)
		_exit(what() ? 1 : 0);
	for (i = 0; i < 6000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return !status;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	return false;
}

static int other_bind(void)
{
	return try_map(rig.fd, buffer, 0, VA, PAGE, RIG_RWX);
}

static int unbind(void)
{
	return try_driver("unbind");
}

static void *make_call(void *arg)
{
	const struct call *call = arg;

	return (void *)(intptr_t)call->make();
}

static void one(const struct call *call)
{
	bool other, unbound;
	pthread_t thread;
	void *result;

	rig_open(&rig, 4);
	buffer = rig_bo(rig.fd, PAGE, DRM_PINION_BO_DEVICE);
	make_memory();
	if (pthread_create(&thread, NULL, make_call, (void *)call))
		ksft_exit_fail_msg("pthread_create\n");
	wait_for_fault();
	other = ends(other_bind);
	unbound = ends(unbind);
	answer();
	pthread_join(thread, &result);
	ksft_test_result(other, "%s waits: another bind ends\n", call->name);
	ksft_test_result(unbound, "%s waits: the driver can be unbound\n", call->name);
	ksft_test_result(!call->needs_card || (intptr_t)result == -ENODEV,
			 "%s: %s once the fault is answered\n", call->name,
			 strerror(-(int)(intptr_t)result));
	munmap(memory, PAGE);
	rig_close(&rig);
	try_driver("bind");
}

int main(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	unsigned int i;

	rig_card();
	rig_pci_address();
	ksft_print_header();
	ksft_set_plan(3 * CALLS);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api)) {
		rig_skip(3 * CALLS, "this kernel has no userfaultfd");
		ksft_finished();
	}
	for (i = 0; i < CALLS; i++)
		one(&calls[i]);
	ksft_finished();
}
