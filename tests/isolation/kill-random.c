// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that create, bind, run and free are killed at random moments, also in the middle of an
 * ioctl. Afterwards there are as much memory, and as many address spaces and queues, as before.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "code.h"

#define VA	 0x80000000ull
#define SLOTS	 16u
#define ENDLESS	 JUMP_BACK(0)
#define SEVERAL	 3u /* processes that run at a time */
#define MAX_OPEN 300u

/* xorshift: the numbers are the same on every machine. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t slot_va(unsigned int slot)
{
	return VA + slot * (64ull << 20);
}

static void create(struct rig *rig, uint64_t r, uint32_t *slot, unsigned int at)
{
	static const uint32_t flags[] = {
		DRM_PINION_BO_DEVICE,
		DRM_PINION_BO_HOST,
		DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE,
	};
	uint64_t bytes = 4096ull << r % 10;
	uint32_t kind = flags[r / 16 % 3];
	volatile uint8_t *mem;

	if (*slot || try_bo(rig->fd, bytes, kind, slot))
		return;
	try_map(rig->fd, *slot, 0, slot_va(at), bytes, RIG_RWX);
	if (kind == DRM_PINION_BO_DEVICE)
		return;
	mem = rig_mmap(rig->fd, *slot, bytes);
	mem[r % bytes] = 1;
	if (r & 64)
		munmap((void *)mem, bytes);
}

static void let_go(struct rig *rig, uint64_t r, uint32_t *slot, unsigned int at)
{
	if (r & 1)
		try_unmap(rig->fd, slot_va(at) + (r & 4096), 64 << 20);
	if (r & 2 && *slot) {
		rig_bo_close(rig->fd, *slot);
		*slot = 0;
	}
}

/* Submit a random job, whose result does not matter and is not read. */
static void run(struct rig *rig, uint64_t r)
{
	rig->bytes = 0;
	if (r % 8 == 0)
		code_launch(rig, RIG_DATA_VA, RIG_DATA_VA, 1);
	else if (r % 8 == 1)
		rig_sem(rig, PINION_PKT_WAIT, RIG_DATA_VA + 64, 1);
	else
		rig_copy(rig, slot_va(r / 8 % SLOTS), slot_va(r / 128 % SLOTS), 65536);
	rig_sqe(rig, RIG_VA, rig->bytes);
	io_uring_submit(&rig->ring);
	io_uring_cq_advance(&rig->ring, io_uring_cq_ready(&rig->ring));
	if (r & 256)
		try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL);
}

static void vms_and_queues(struct rig *rig, uint64_t r)
{
	struct drm_pinion_vm_create vm = {};
	struct drm_pinion_queue_create queue = { .entries = 8, .priority = r & 1 };
	struct drm_pinion_vm_destroy gone = { .vm = 1 + r % 8 };

	if (r & 2 && !try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_CREATE, &vm))
		queue.vm = vm.vm;
	if (r & 4)
		try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_DESTROY, &gone);
	if (r & 8 && !try_queue(rig->fd, &queue) && r & 16)
		close(queue.fd);
}

static void share(struct rig *rig, uint64_t r, uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_RDWR };

	if (handle && !try_ioctl(rig->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) && r & 1)
		close(prime.fd);
}

static void live(uint64_t seed)
{
	uint32_t slots[SLOTS] = {};
	struct rig rig;

	rig_open(&rig, 8);
	*(uint32_t *)rig.data = ENDLESS;
	for (;;) {
		uint64_t r = random_next(&seed), what = r >> 60;
		unsigned int at = r >> 32 & (SLOTS - 1);

		r &= 0xffffffff;
		if (what < 5)
			create(&rig, r, &slots[at], at);
		else if (what < 9)
			let_go(&rig, r, &slots[at], at);
		else if (what < 13)
			run(&rig, r);
		else if (what < 15)
			vms_and_queues(&rig, r);
		else
			share(&rig, r, slots[at]);
	}
}

static unsigned int kill_several(uint64_t *state)
{
	unsigned int i, killed = 0;
	pid_t pids[SEVERAL];
	int status;

	for (i = 0; i < SEVERAL; i++) {
		uint64_t seed = random_next(state) | 1;

		pids[i] = fork();
		if (!pids[i])
			live(seed);
	}
	for (i = 0; i < SEVERAL; i++) {
		usleep(random_next(state) % 15000);
		kill(pids[i], SIGKILL);
		killed += waitpid(pids[i], &status, 0) == pids[i] && WIFSIGNALED(status) &&
			  WTERMSIG(status) == SIGKILL;
	}
	return killed;
}

/**
 * struct stock - resources that are free while no process uses the card
 * @device: bytes of free device memory
 * @host: KiB of shared memory in the machine, buffers in host memory included
 * @available: KiB of host memory that can be allocated
 * @vms: number of address spaces that can be created
 * @queues: number of queues that can be created
 */
struct stock {
	uint64_t device;
	uint64_t host;
	uint64_t available;
	unsigned int vms;
	unsigned int queues;
};

static uint64_t meminfo(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), ": %llu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

static unsigned int count_vms(void)
{
	struct drm_pinion_vm_create vm = {};
	unsigned int n = 0;
	int fd = rig_open_node();

	while (!try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &vm))
		n++;
	close(fd);
	return n;
}

static unsigned int count_queues(void)
{
	struct drm_pinion_queue_create queue = { .entries = 4, .priority = 1 };
	int fd = rig_open_node(), fds[MAX_OPEN];
	unsigned int n = 0, i;

	while (n < MAX_OPEN && !try_queue(fd, &queue))
		fds[n++] = queue.fd;
	for (i = 0; i < n; i++)
		close(fds[i]);
	close(fd);
	return n;
}

static struct stock take_stock(uint64_t device)
{
	struct stock stock = { .device = rig_free_settled(device) };

	stock.vms = count_vms();
	stock.queues = count_queues();
	try_write("/proc/sys/vm/drop_caches", "3");
	try_write("/proc/sys/vm/stat_refresh", "1");
	stock.host = meminfo("Shmem");
	stock.available = meminfo("MemAvailable");
	return stock;
}

int main(void)
{
	unsigned int n = rig_times(60, 1000), killed = 0, tried = 0;
	uint64_t state = 0x9e3779b97f4a7c15ull, spare;
	struct stock before, after;
	struct rig rig;
	int fd;

	fd = rig_open_node();
	before.device = rig_info(fd).memory_free;
	close(fd);
	ksft_print_header();
	ksft_set_plan(6);
	/* The first round fills the caches and pools of the kernel. */
	kill_several(&state);
	before = take_stock(before.device);
	for (; tried < n; tried += SEVERAL)
		killed += kill_several(&state);
	ksft_test_result(killed == tried, "%u processes killed\n", killed);
	after = take_stock(before.device);
	ksft_test_result(after.device == before.device,
			 "device memory free: %llu before, %llu after\n",
			 (unsigned long long)before.device, (unsigned long long)after.device);
	ksft_test_result(after.vms == before.vms, "address spaces: %u before, %u after\n",
			 before.vms, after.vms);
	ksft_test_result(after.queues == before.queues, "queues: %u before, %u after\n",
			 before.queues, after.queues);
	/* KASAN delays frees; on that kernel kmemleak looks for leaks when all tests are done. */
	spare = access("/sys/kernel/debug/kmemleak", F_OK) ? 16 << 10 : before.available;
	ksft_test_result(after.host == before.host && after.available + spare > before.available,
			 "host memory: %llu and %llu KiB in buffers, %llu and %llu KiB available\n",
			 (unsigned long long)before.host, (unsigned long long)after.host,
			 (unsigned long long)before.available, (unsigned long long)after.available);
	rig_open(&rig, 4);
	rig.bytes = 0;
	ksft_test_result(!rig_run(&rig).res, "a fresh job passes\n");
	rig_close(&rig);
	ksft_finished();
}
