// SPDX-License-Identifier: GPL-2.0-or-later
/* Several address spaces in one file, in which the same address leads to different memory. */
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define VA   0x40000000ull
#define CODE 0x50000000ull
#define MANY 300 /* more address spaces than a card has */

static int try_vm(int fd, uint32_t *vm)
{
	struct drm_pinion_vm_create args = {};
	int ret = try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &args);

	*vm = args.vm;
	return ret;
}

static int try_destroy(int fd, uint32_t vm)
{
	struct drm_pinion_vm_destroy args = { .vm = vm };

	return try_ioctl(fd, DRM_IOCTL_PINION_VM_DESTROY, &args);
}

static int try_map_in(int fd, uint32_t vm, uint32_t handle, uint64_t va, uint64_t size)
{
	struct drm_pinion_vm_bind_op op = {
		.flags = RIG_RWX,
		.handle = handle,
		.va = va,
		.size = size,
	};
	struct drm_pinion_vm_bind args = {
		.vm = vm,
		.stride = sizeof(op),
		.count = 1,
		.ops = (uintptr_t)&op,
	};

	return try_ioctl(fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

/**
 * struct space - an address space with a queue in it
 * @vm: id of the address space
 * @queue: file of the queue
 * @word: host memory that is mapped at VA in @vm
 */
struct space {
	uint32_t vm;
	int queue;
	uint64_t *word;
};

static void space_open(struct rig *rig, struct space *space, uint32_t code)
{
	struct drm_pinion_queue_create args = { .entries = 4 };
	uint32_t bo = rig_bo(rig->fd, 4096, DRM_PINION_BO_HOST);

	ksft_test_result(!try_vm(rig->fd, &space->vm) && space->vm, "an address space\n");
	space->word = rig_mmap(rig->fd, bo, 4096);
	ksft_test_result(!try_map_in(rig->fd, space->vm, bo, VA, 4096) &&
				 !try_map_in(rig->fd, space->vm, code, CODE, 4096),
			 "map into an address space\n");
	rig_bo_close(rig->fd, bo);
	args.vm = space->vm;
	ksft_test_result(!try_queue(rig->fd, &args), "a queue in an address space\n");
	space->queue = args.fd;
}

/* Run the packets of the rig, which every address space has at CODE, on @queue. */
static int run_on(struct rig *rig, int queue)
{
	struct io_uring_sqe *sqe = rig_sqe(rig, CODE, rig->bytes);

	sqe->fd = queue;
	rig_submit(rig);
	return rig_wait(rig).res;
}

static void apart(struct rig *rig, struct space *a, struct space *b)
{
	rig->bytes = 0;
	rig_fill(rig, VA, 8, 0x1111, 8);
	ksft_test_result(!run_on(rig, a->queue) && a->word[0] == 0x1111 && !b->word[0],
			 "a job writes the memory of its own address space\n");
	rig->bytes = 0;
	rig_fill(rig, VA, 8, 0x2222, 8);
	ksft_test_result(!run_on(rig, b->queue) && b->word[0] == 0x2222 && a->word[0] == 0x1111,
			 "a job writes the same address in another address space\n");
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 8, 1, 8);
	ksft_test_result(run_on(rig, a->queue) == -EFAULT,
			 "a mapping of the file's own address space is not in another one\n");
	ksft_test_result(!try_ioctl(a->queue, PINION_QUEUE_IOC_RESET, NULL), "reset\n");
}

static void destroyed(struct rig *rig, struct space *a)
{
	struct drm_pinion_queue_create args = { .vm = a->vm, .entries = 4 };

	ksft_test_result(!try_destroy(rig->fd, a->vm),
			 "destroy an address space with a queue in it\n");
	ksft_test_result(try_destroy(rig->fd, a->vm) == -ENOENT &&
				 try_queue(rig->fd, &args) == -ENOENT &&
				 try_map_in(rig->fd, a->vm, 1, VA, 4096) == -ENOENT,
			 "the id of a destroyed address space means nothing\n");
	rig->bytes = 0;
	rig_fill(rig, VA, 8, 0x3333, 8);
	ksft_test_result(!run_on(rig, a->queue) && a->word[0] == 0x3333,
			 "the queue of a destroyed address space still runs in it\n");
}

static void refusals(struct rig *rig, uint32_t known)
{
	struct drm_pinion_vm_create create = { .flags = 1 };
	struct drm_pinion_vm_destroy destroy = { .vm = known, .pad = 1 };
	int other = rig_open_node();

	ksft_test_result(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_CREATE, &create) == -EINVAL,
			 "unknown flag\n");
	ksft_test_result(try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_DESTROY, &destroy) == -EINVAL,
			 "padding\n");
	ksft_test_result(try_destroy(rig->fd, 0) == -ENOENT && try_destroy(rig->fd, ~0u) == -ENOENT,
			 "neither 0 nor a number made up can be destroyed\n");
	ksft_test_result(try_destroy(other, known) == -ENOENT &&
				 try_map_in(other, known, 1, VA, 4096) == -ENOENT,
			 "another file's id means nothing\n");
	close(other);
}

static int open_fresh_queue(void)
{
	int fd = rig_open_node(), ret;
	struct drm_pinion_queue_create args = { .entries = 4 };

	ret = try_queue(fd, &args);
	if (!ret)
		close(args.fd);
	close(fd);
	return ret;
}

static void exhaustion(struct rig *rig)
{
	uint32_t vm[MANY];
	int n = 0, ret = 0;

	while (n < MANY && !(ret = try_vm(rig->fd, &vm[n])))
		n++;
	ksft_test_result(ret == -ENOSPC && n > 8, "%d address spaces, then %s\n", n,
			 strerror(-ret));
	ksft_test_result(open_fresh_queue() == -ENOSPC,
			 "no address space is left for another file\n");
	while (n--)
		ret |= try_destroy(rig->fd, vm[n]);
	ksft_test_result(!open_fresh_queue(),
			 "address spaces are given back, and another file gets one\n");
	ksft_test_result(!try_vm(rig->fd, &vm[0]),
			 "address spaces are given back, and this file gets one\n");
}

static void several(struct rig *rig)
{
	uint32_t code = rig_bo(rig->fd, 4096, DRM_PINION_BO_HOST);
	uint8_t *own = rig->cmd;
	struct space a, b;

	rig->cmd = rig_mmap(rig->fd, code, 4096);
	space_open(rig, &a, code);
	space_open(rig, &b, code);
	apart(rig, &a, &b);
	destroyed(rig, &a);
	refusals(rig, b.vm);
	munmap(a.word, 4096);
	munmap(b.word, 4096);
	munmap(rig->cmd, 4096);
	close(a.queue);
	close(b.queue);
	rig_bo_close(rig->fd, code);
	rig->cmd = own;
}

int main(void)
{
	int node = rig_open_node();
	uint64_t free_before = rig_info(node).memory_free;
	struct rig rig;

	ksft_print_header();
	ksft_set_plan(22);
	rig_open(&rig, 4);
	several(&rig);
	exhaustion(&rig);
	rig_close(&rig);
	ksft_test_result(rig_free_settled(free_before) == free_before,
			 "closed: all memory is back\n");
	close(node);
	ksft_finished();
}
