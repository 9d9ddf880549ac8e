// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel finds nothing of another address space in the scratchpad and the registers of a core,
 * be the address space of another user or of the same file.
 */
#define _GNU_SOURCE
#include "code.h"
#include "tenants.h"

#define ARGS   (RIG_DATA_VA + 0x8000)
#define OUT    0x10000 /* offset in rig.data of what the spy found */
#define BLOCKS 64u

enum { SOIL, SOIL_AND_DIE };

/* Fill the scratchpad with the word at a0; put_soil() adds the registers. */
static const uint32_t soil_code[] = {
	LD(T0, A0, 0), LD(T1, A0, 8),	LUI(T2, 0x10),	  SLLI(T2, T2, 32),
	SD(T2, T0, 0), ADDI(T2, T2, 8), ADDI(T1, T1, -8), BNE_BACK(T1, ZERO, 3),
};

/* OR the words of the scratchpad into a5, and store a5 and the number of the core at OUT. */
static const uint32_t spy_scratchpad[] = {
	LD(T1, A0, 8),	  LUI(T2, 0x10),
	SLLI(T2, T2, 32), LD(T0, T2, 0),
	OR(A5, A5, T0),	  ADDI(T2, T2, 8),
	ADDI(T1, T1, -8), BNE_BACK(T1, ZERO, 4),
	LD(T0, A0, 16),	  SLLI(T1, A1, 4),
	ADD(T0, T0, T1),  SD(T0, A5, 0),
	SD(T0, A4, 8),	  RET,
};

static uint32_t *emit(uint32_t *to, const uint32_t *code, size_t bytes)
{
	memcpy(to, code, bytes);
	return to + bytes / 4;
}

static void put_soil(struct rig *rig)
{
	uint32_t *at = emit((uint32_t *)rig->data, soil_code, sizeof(soil_code)), i;

	for (i = 0; i < 32; i++)
		*at++ = FMV_D_X(i, T0);
	*at++ = WRITE_FCSR(T0);
	for (i = 3; i < 32; i++)
		if (i != T0)
			*at++ = ADDI(i, T0, 0);
	*at = RET;
}

static void put_spy(struct rig *rig)
{
	uint32_t *at = (uint32_t *)(rig->data + 4096), i;

	for (i = 3; i < 32; i++)
		if (i < A0 || i > A5)
			*at++ = OR(A5, A5, i);
	for (i = 0; i < 32; i++) {
		*at++ = FMV_X_D(T0, i);
		*at++ = OR(A5, A5, T0);
	}
	*at++ = READ_FCSR(T0);
	*at++ = OR(A5, A5, T0);
	emit(at, spy_scratchpad, sizeof(spy_scratchpad));
}

static void prepare(struct rig *rig)
{
	uint64_t *args = (uint64_t *)(rig->data + (ARGS - RIG_DATA_VA));

	put_soil(rig);
	put_spy(rig);
	args[0] = SECRET;
	args[1] = rig_info(rig->fd).scratchpad_bytes;
	args[2] = RIG_DATA_VA + OUT;
}

static int soil(struct rig *rig)
{
	rig->bytes = 0;
	code_launch(rig, RIG_DATA_VA, ARGS, BLOCKS);
	return rig_run(rig).res;
}

static uint64_t serve(uint64_t op, uint64_t arg)
{
	static struct rig rig;
	int status;
	pid_t pid;

	(void)arg;
	if (op == SOIL) {
		if (!rig.cmd)
			rig_open(&rig, 4);
		prepare(&rig);
		return !soil(&rig);
	}
	pid = fork();
	if (!pid) {
		rig_open(&rig, 4);
		prepare(&rig);
		rig.bytes = 0;
		code_launch(&rig, RIG_DATA_VA, ARGS, 1u << 30);
		rig_sqe(&rig, RIG_VA, rig.bytes);
		rig_submit(&rig);
		usleep(2000);
		raise(SIGKILL);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

/* Run the spy's kernel: the OR of all words that it found, and the set of cores that it ran on. */
static uint64_t spy(struct rig *rig, uint64_t *cores)
{
	uint64_t *out = (uint64_t *)(rig->data + OUT), found = 0;
	unsigned int i;

	memset(out, 0xff, BLOCKS * 16);
	rig->bytes = 0;
	code_launch(rig, RIG_DATA_VA + 4096, ARGS, BLOCKS);
	if (rig_run(rig).res)
		ksft_exit_fail_msg("the spy's kernel failed\n");
	for (i = 0, *cores = 0; i < BLOCKS; i++) {
		found |= out[2 * i];
		*cores |= 1ull << out[2 * i + 1];
	}
	return found;
}

static void spied(struct rig *rig, bool soiled, const char *what)
{
	uint64_t all = (1ull << rig_info(rig->fd).cores) - 1, cores;
	uint64_t found = spy(rig, &cores);

	ksft_test_result(soiled && !found && cores == all, "%s: 0x%llx on cores 0x%llx\n", what,
			 (unsigned long long)found, (unsigned long long)cores);
}

/* A second address space in the file of @rig, with a queue, commands and data of its own. */
static struct rig beside(struct rig *rig)
{
	struct drm_pinion_vm_create vm = {};
	struct drm_pinion_queue_create queue = { .entries = 4, .priority = 1 };
	struct drm_pinion_vm_bind_op op = {
		.flags = RIG_RWX,
		.handle = rig_bo(rig->fd, RIG_BYTES, DRM_PINION_BO_HOST),
		.va = RIG_VA,
		.size = RIG_BYTES,
	};
	struct drm_pinion_vm_bind bind = {
		.stride = sizeof(op),
		.count = 1,
		.ops = (uintptr_t)&op,
	};
	struct rig other = { .fd = rig->fd, .cmd = rig_mmap(rig->fd, op.handle, RIG_BYTES) };

	if (try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_CREATE, &vm))
		ksft_exit_fail_msg("VM_CREATE failed\n");
	queue.vm = vm.vm;
	bind.vm = vm.vm;
	if (try_queue(rig->fd, &queue) || try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, &bind) ||
	    io_uring_queue_init(8, &other.ring, IORING_SETUP_CQE32))
		ksft_exit_fail_msg("a second address space failed\n");
	other.queue = queue.fd;
	other.data = other.cmd + RIG_DATA;
	prepare(&other);
	return other;
}

static void attack(void)
{
	unsigned int rounds = rig_times(4, 100), i;
	struct rig rig, other;
	uint64_t cores;

	rig_open(&rig, 4);
	prepare(&rig);
	other = beside(&rig);
	ksft_print_header();
	ksft_set_plan(3 * rounds + 1);
	for (i = 0; i < rounds; i++) {
		spied(&rig, ask(SOIL, 0), "after another user's kernel");
		spied(&rig, ask(SOIL_AND_DIE, 0), "after one that was killed");
		spied(&rig, !soil(&other), "after one in another address space of the same file");
	}
	/* The spy's kernel works: what its own address space has left, it finds. */
	ksft_test_result(!soil(&rig) && spy(&rig, &cores) == SECRET,
			 "the spy sees what is there\n");
}

int main(void)
{
	return two_tenants(serve, attack);
}
