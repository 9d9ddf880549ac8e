// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device memory is charged to the dmem cgroup of the process that allocates it: buffers, page
 * tables and save areas. Over the limit a call is refused. A kernel without that cgroup skips this
 * test; Documentation/testing.rst says which kernel has it.
 */
#define _GNU_SOURCE
#include <sys/mount.h>

#include "tenants.h"

#define M      (1ull << 20)
#define VA     0x80000000ull
#define TABLES 64
#define WAIT_S 60
#define ROOT   "/tmp/pinion-cgroup"
#define GROUP  ROOT "/pinion-test"

static char region[64];
static struct rig rig;

/* The number that a file of the cgroup has for the card's memory, or 0 for max. */
static uint64_t dmem(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long long value = 0;
	size_t n = strlen(region);
	char line[256];

	if (!file)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, region, n) && line[n] == ' ')
			sscanf(line + n, "%llu", &value);
	fclose(file);
	return value;
}

static uint64_t current(void)
{
	return dmem(GROUP "/dmem.current");
}

static void set_max(uint64_t bytes)
{
	char text[128];
	int ret;

	snprintf(text, sizeof(text), "%s %llu", region, (unsigned long long)bytes);
	ret = try_write(GROUP "/dmem.max", text);
	if (ret)
		ksft_exit_fail_msg("dmem.max: %s: %s\n", text, strerror(-ret));
}

/* Memory stays charged until it is zeroed. */
static bool falls_to(uint64_t bytes)
{
	unsigned int i;

	for (i = 0; i < WAIT_S * 100 && current() != bytes; i++)
		usleep(10000);
	return current() == bytes;
}

static struct drm_pinion_usage_info usage(void)
{
	struct drm_pinion_usage_info info;
	struct drm_pinion_usage args = { .size = sizeof(info), .pointer = (uintptr_t)&info };

	if (try_ioctl(rig.fd, DRM_IOCTL_PINION_USAGE, &args))
		ksft_exit_fail_msg("USAGE: %s\n", strerror(errno));
	return info;
}

static void whole_rig(uint64_t before)
{
	struct drm_pinion_usage_info info = usage();

	ksft_test_result(current() - before == info.tables.bytes + info.save.bytes,
			 "page tables and save area of an address space: %llu KiB\n",
			 (unsigned long long)(current() - before) / 1024);
}

static void buffers(void)
{
	uint64_t before = current();
	uint32_t first, second;
	int ret;

	set_max(before + 6 * M);
	first = rig_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE);
	ksft_test_result(current() == before + 4 * M, "a buffer of 4 MiB\n");
	ret = try_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE, &second);
	ksft_test_result(ret == -EDQUOT && current() == before + 4 * M,
			 "a second one is over the limit: %s\n", strerror(-ret));
	ret = try_bo(rig.fd, 4 * M, DRM_PINION_BO_HOST, &second);
	ksft_test_result(!ret, "the limit is of device memory alone: %s\n", strerror(-ret));
	rig_bo_close(rig.fd, second);
	rig_bo_close(rig.fd, first);
	ksft_test_result(falls_to(before), "the buffer is uncharged when it is zeroed\n");
}

/* What was freed and is not zeroed yet must not keep its owner from new memory. */
static void again(void)
{
	unsigned int i, refused = 0;
	uint64_t before = current();
	uint32_t bo;

	set_max(before + 4 * M);
	for (i = 0; i < 50; i++) {
		if (try_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE, &bo))
			refused++;
		else
			rig_bo_close(rig.fd, bo);
	}
	ksft_test_result(!refused, "a buffer as large as the limit, 50 times: %u refused\n",
			 refused);
	falls_to(before);
}

static void tables(void)
{
	uint64_t before = current(), now;
	uint32_t bo;
	int ret;

	set_max(before + 4 * M);
	bo = rig_bo(rig.fd, 2 * M, DRM_PINION_BO_DEVICE);
	for (now = 0; now < TABLES; now++)
		rig_map(rig.fd, bo, VA + now * 4 * M, 4096);
	now = current();
	ksft_test_result(now >= before + 2 * M + TABLES * 4096, "page tables: %llu KiB\n",
			 (unsigned long long)(now - before - 2 * M) / 1024);
	rig_map(rig.fd, bo, VA + 2 * M, 2 * M);
	now = current();
	set_max(now);
	ret = try_map(rig.fd, bo, 0, VA + TABLES * 4 * M, 4096, RIG_RWX);
	ksft_test_result(ret == -EDQUOT && current() == now, "a MAP that needs one more: %s\n",
			 strerror(-ret));
	ret = try_map(rig.fd, bo, 4096, VA + 4096, 4096, RIG_RWX);
	ksft_test_result(!ret, "a MAP that needs none: %s\n", strerror(-ret));
	ret = try_unmap(rig.fd, VA + 2 * M, 4096);
	ksft_test_result(ret == -EDQUOT, "an UNMAP that splits a large page: %s\n", strerror(-ret));
	ret = try_unmap(rig.fd, VA, TABLES * 4 * M);
	ksft_test_result(!ret, "an UNMAP of all: %s\n", strerror(-ret));
	rig_bo_close(rig.fd, bo);
	ksft_test_result(falls_to(before), "page tables are uncharged\n");
}

static void address_spaces(void)
{
	struct drm_pinion_vm_create args = {};
	struct drm_pinion_vm_destroy gone = {};
	uint64_t before = current();
	int ret;

	set_max(before);
	ret = try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &args);
	ksft_test_result(ret == -EDQUOT, "an address space without room for its tables: %s\n",
			 strerror(-ret));
	set_max(before + 64 * M);
	ret = try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &args);
	gone.vm = args.vm;
	try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_DESTROY, &gone);
	ksft_test_result(!ret && falls_to(before), "an address space comes and goes\n");
}

/* Nothing that a job may use is taken away when the limit is lowered. */
static void lowered(void)
{
	uint64_t before = current();
	uint32_t bo, other;
	int ret;

	set_max(before + 8 * M);
	bo = rig_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE);
	rig_map(rig.fd, bo, VA, 4 * M);
	set_max(4096);
	rig.bytes = 0;
	rig_fill(&rig, VA, 4 * M, 7, 8);
	ret = rig_run(&rig).res;
	ksft_test_result(!ret && current() >= before + 4 * M,
			 "the limit below what is used: jobs go on: %s\n", strerror(-ret));
	ret = try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &other);
	ksft_test_result(ret == -EDQUOT, "the limit below what is used: no more: %s\n",
			 strerror(-ret));
	try_unmap(rig.fd, VA, 4 * M);
	rig_bo_close(rig.fd, bo);
	ksft_test_result(falls_to(before), "the limit below what is used: memory is given back\n");
	set_max(before + 64 * M);
}

/* A dma-buf that another process keeps stays charged to the cgroup of its maker. */
static int kept(void)
{
	uint32_t bo = rig_bo(rig.fd, M, DRM_PINION_BO_DEVICE);
	int dmabuf = try_export(rig.fd, bo);

	if (dmabuf < 0)
		ksft_exit_fail_msg("export: %s\n", strerror(-dmabuf));
	return dmabuf;
}

static void join(const char *group)
{
	char path[128], pid[16];
	int ret;

	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	ret = try_write(path, pid);
	if (ret)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(-ret));
}

static void others(uint64_t start)
{
	int dmabuf = kept();
	uint32_t bo;
	uint64_t now;

	rig_close(&rig);
	ksft_test_result(falls_to(start + M), "a dma-buf stays charged when its file is closed\n");
	join(ROOT);
	now = current();
	rig_open(&rig, 4);
	bo = rig_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE);
	ksft_test_result(current() == now, "another cgroup's memory is not charged here\n");
	rig_bo_close(rig.fd, bo);
	close(dmabuf);
	ksft_test_result(falls_to(start), "a dma-buf is uncharged when its last file is closed\n");
	rig_close(&rig);
}

/* Mount the cgroups. Return: false if the kernel has no dmem cgroup. */
static bool make_group(void)
{
	mkdir(ROOT, 0755);
	if (mount("none", ROOT, "cgroup2", 0, NULL))
		ksft_exit_fail_msg("cgroup2: %s\n", strerror(errno));
	if (try_write(ROOT "/cgroup.subtree_control", "+dmem"))
		return false;
	if (mkdir(GROUP, 0755))
		ksft_exit_fail_msg(GROUP ": %s\n", strerror(errno));
	return true;
}

static void remove_group(void)
{
	rmdir(GROUP);
	umount(ROOT);
	rmdir(ROOT);
}

static void run(void)
{
	uint64_t start;

	ksft_set_plan(21);
	snprintf(region, sizeof(region), "drm/%s/vram", rig_pci_address());
	join(GROUP);
	start = current();
	rig_open(&rig, 4);
	ksft_test_result(dmem(ROOT "/dmem.capacity") == rig_info(rig.fd).memory_bytes,
			 "the card's memory is the region %s\n", region);
	whole_rig(start);
	buffers();
	again();
	tables();
	address_spaces();
	lowered();
	others(start);
}

int main(void)
{
	rig_card();
	ksft_print_header();
	if (make_group()) {
		run();
		remove_group();
	} else {
		remove_group();
		ksft_exit_skip("this kernel has no dmem cgroup (CONFIG_CGROUP_DMEM)\n");
	}
	ksft_finished();
}
