// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Submits commands that do nothing, in the guest, between the marks by which
 * QEMU's plugin counts instructions: Pinion's empty job and NVMe's flush as
 * io_uring commands, io_uring's own NOP, and getppid(). For each measurement it
 * prints "measured NAME COMMANDS", the number of commands in each interval; the
 * first is of intervals with nothing in them, which is what the marks cost.
 *
 * Every ring is its submitter's alone and runs task work when it waits; files
 * and the ring itself are registered: the best of each, not the simplest.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nvme_ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "marks.h"

#define RING_FLAGS	(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)
#define NVME_FLAGS	(RING_FLAGS | IORING_SETUP_SQE128 | IORING_SETUP_CQE32)
#define NVME_NODE	"/dev/ng0n1"
#define NVME_FLUSH	0x00
#define WARM		300		/* commands before it is measured */
#define INTERVALS	601
#define BUFFERS		100000u
#define BIND_OPS	250u		/* in one VM_BIND; divides BUFFERS */
#define GETPPIDS	32		/* in one interval */

struct bench {
	const char *name;
	unsigned int flags;
	void (*fill)(struct io_uring_sqe *sqe);
	struct io_uring ring;
};

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "submit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void fill_nop(struct io_uring_sqe *sqe)
{
	io_uring_prep_nop(sqe);
}

/* The file is number 0 of the registered ones. */
static void fill_command(struct io_uring_sqe *sqe, uint32_t op)
{
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, 0, NULL, 0, 0);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->cmd_op = op;
}

static void fill_exec(struct io_uring_sqe *sqe)
{
	fill_command(sqe, PINION_URING_EXEC);
	memset(sqe->cmd, 0, sizeof(struct pinion_uring_exec));
}

static void fill_flush(struct io_uring_sqe *sqe)
{
	struct nvme_uring_cmd *cmd = (struct nvme_uring_cmd *)sqe->cmd;

	fill_command(sqe, NVME_URING_CMD_IO);
	*cmd = (struct nvme_uring_cmd) { .opcode = NVME_FLUSH, .nsid = 1 };
}

static void batch(struct bench *bench, unsigned int depth)
{
	struct io_uring_cqe *cqe;
	unsigned int head, i, n = 0;

	for (i = 0; i < depth; i++)
		bench->fill(io_uring_get_sqe(&bench->ring));
	io_uring_submit_and_wait(&bench->ring, depth);
	io_uring_for_each_cqe(&bench->ring, head, cqe) {
		if (cqe->res) {
			errno = -cqe->res;
			need(false, bench->name);
		}
		n++;
	}
	io_uring_cq_advance(&bench->ring, n);
	errno = EPROTO;
	need(n == depth, "a completion too few or too many");
}

static void measure(struct bench *bench, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < WARM; i += depth)
		batch(bench, depth);
	for (i = 0; i < INTERVALS; i++) {
		MARK(MARK_BEGIN);
		batch(bench, depth);
		MARK(MARK_END);
	}
	MARK(MARK_REPORT);
	printf("measured %s_qd%u %u\n", bench->name, depth, depth);
}

static void run(struct bench *bench, int fd)
{
	struct io_uring_params params = { .flags = bench->flags };

	errno = -io_uring_queue_init_params(64, &bench->ring, &params);
	need(!errno, "io_uring");
	need(fd < 0 || !io_uring_register_files(&bench->ring, &fd, 1), "registering a file");
	need(io_uring_register_ring_fd(&bench->ring) == 1, "registering the ring");
	measure(bench, 1);
	measure(bench, 32);
	io_uring_queue_exit(&bench->ring);
}

/* 100,000 buffers in the address space, one half in device memory. */
static void bind_buffers(int node)
{
	struct drm_pinion_vm_bind_op ops[BIND_OPS];
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(ops[0]), .count = BIND_OPS, .ops = (uintptr_t)ops,
	};
	unsigned int i;

	for (i = 0; i < BUFFERS; i++) {
		uint32_t flags = i & 1 ? DRM_PINION_BO_HOST : DRM_PINION_BO_DEVICE;

		ops[i % BIND_OPS] = (struct drm_pinion_vm_bind_op) {
			.flags = RIG_RWX, .handle = rig_bo(node, 4096, flags),
			.va = 0x100000000ull + i * 8192ull, .size = 4096,
		};
		if (i % BIND_OPS == BIND_OPS - 1)
			need(!try_ioctl(node, DRM_IOCTL_PINION_VM_BIND, &args), "VM_BIND");
	}
}

static uint64_t kernel_symbol(const char *wanted)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	uint64_t address = 0, at;
	char line[512], name[256];

	need(file, "/proc/kallsyms");
	while (!address && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %*c %255s", &at, name) == 2 && !strcmp(name, wanted))
			address = at;
	fclose(file);
	need(address, wanted);
	return address;
}

/* Name a function of the kernel to the plugin. The address is known here only: made code. */
static void name_function(uint32_t mark, const char *name)
{
	uint32_t address = kernel_symbol(name);
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(code != MAP_FAILED, "memory for code");
	memcpy(code, "\x0f\x1f\x80....\x0f\x1f\x80....\xc3", 15);
	memcpy(code + 3, &mark, sizeof(mark));
	memcpy(code + 10, &address, sizeof(address));
	((void (*)(void))code)();
	munmap(code, 4096);
}

static void run_getppid(void)
{
	unsigned int i, k;

	for (i = 0; i < INTERVALS; i++) {
		MARK(MARK_BEGIN);
		for (k = 0; k < GETPPIDS; k++)
			syscall(SYS_getppid);
		MARK(MARK_END);
	}
	MARK(MARK_REPORT);
	printf("measured getppid %u\n", GETPPIDS);
}

static void run_marks(void)
{
	unsigned int i;

	for (i = 0; i < INTERVALS; i++) {
		MARK(MARK_BEGIN);
		MARK(MARK_END);
	}
	MARK(MARK_REPORT);
	printf("measured marks 1\n");
}

int main(void)
{
	struct bench exec = { .name = "exec_uring", .flags = RING_FLAGS, .fill = fill_exec };
	struct bench flush = { .name = "nvme_flush", .flags = NVME_FLAGS, .fill = fill_flush };
	struct bench bos = { .name = "exec_bos", .flags = RING_FLAGS, .fill = fill_exec };
	struct bench nop = { .name = "nop", .flags = RING_FLAGS, .fill = fill_nop };
	int node = rig_open_node(), nvme = open(NVME_NODE, O_RDWR | O_CLOEXEC), queue;

	need(nvme >= 0, NVME_NODE);
	name_function(MARK_WITHOUT, "asm_sysvec_apic_timer_interrupt");
	name_function(MARK_WATCH, "__schedule");
	run_marks();
	run_getppid();
	run(&nop, -1);
	run(&flush, nvme);
	queue = rig_queue(node, 64);
	run(&exec, queue);
	bind_buffers(node);
	run(&bos, queue);
	return 0;
}
