// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffers in host memory are charged to the memory cgroup of the process that uses them. */
#define _GNU_SOURCE
#include <sys/mount.h>

#include "tenants.h"

#define M     (1ull << 20)
#define VA    0x80000000ull
#define LIMIT (64 * M)
#define RINGS 16
#define ROOT  "/tmp/pinion-cgroup"
#define GROUP ROOT "/pinion-test"

static uint64_t group_value(const char *file, const char *key)
{
	char path[128], line[256];
	unsigned long long value = 0;
	FILE *stream;

	snprintf(path, sizeof(path), GROUP "/%s", file);
	stream = fopen(path, "r");
	while (stream && fgets(line, sizeof(line), stream))
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), "%llu", &value) == 1)
			break;
	if (stream)
		fclose(stream);
	return value;
}

static uint64_t charged(void)
{
	return group_value("memory.stat", "shmem ");
}

static int try_host(int fd, uint64_t bytes, uint64_t va, uint32_t *handle)
{
	int ret = try_bo(fd, bytes, DRM_PINION_BO_HOST, handle);

	return ret ? ret : try_map(fd, *handle, 0, va, bytes, RIG_RWX);
}

static void by_bind(struct rig *rig)
{
	uint64_t before = charged();
	uint32_t first, second;
	int ret;

	ret = try_host(rig->fd, 16 * M, VA, &first);
	ksft_test_result(!ret && charged() >= before + 16 * M, "16 MiB bound: %llu MiB charged\n",
			 (unsigned long long)(charged() - before) / M);
	ret = try_host(rig->fd, LIMIT, 2 * VA, &second);
	ksft_test_result(ret == -ENOMEM, "%llu MiB in a group of %llu: %s\n", LIMIT / M, LIMIT / M,
			 strerror(-ret));
	ksft_test_result(charged() < before + 17 * M,
			 "memory of the refused buffer is given back\n");
	rig->bytes = 0;
	rig_fill(rig, VA, 16 * M, 7, 8);
	ksft_test_result(!rig_run(rig).res,
			 "after the refusal the process goes on, and so do its jobs\n");
	rig_bo_close(rig->fd, second);
	rig_bo_close(rig->fd, first);
	try_unmap(rig->fd, VA, 16 * M);
	ksft_test_result(charged() <= before, "all is uncharged when it is unmapped\n");
}

static void tables(struct rig *rig)
{
	uint64_t before = group_value("memory.stat", "slab ");
	uint32_t bo = rig_bo(rig->fd, 4096, DRM_PINION_BO_DEVICE);
	unsigned int i;

	for (i = 0; i < 256; i++)
		rig_map(rig->fd, bo, VA + i * (4ull << 20), 4096);
	/* The driver keeps a copy of each level-0 table, 4 KiB, in host memory. */
	ksft_test_result(group_value("memory.stat", "slab ") >= before + 256 * 4096,
			 "256 page tables: %llu KiB of slab charged\n",
			 (unsigned long long)(group_value("memory.stat", "slab ") - before) / 1024);
	try_unmap(rig->fd, VA, 256 * (4ull << 20));
}

/* Bytes of pages that the kernel allocated for the group and not as slabs, stacks or the like. */
static int64_t kernel_pages(void)
{
	return group_value("memory.stat", "kernel ") - group_value("memory.stat", "slab ") -
	       group_value("memory.stat", "vmalloc ") - group_value("memory.stat", "pagetables ") -
	       group_value("memory.stat", "percpu ") - group_value("memory.stat", "kernel_stack ");
}

/* The statistics of the group lag behind by some pages, so compare with half of the rings' size. */
static void rings(struct rig *rig)
{
	int64_t before = kernel_pages(), more;
	uint64_t entries = rig_info(rig->fd).max_entries;
	int64_t bytes = RINGS * entries * (sizeof(struct pinion_desc) + sizeof(struct pinion_cqe));
	int queue[RINGS], i;

	for (i = 0; i < RINGS; i++)
		queue[i] = rig_queue(rig->fd, entries);
	more = kernel_pages() - before;
	ksft_test_result(more >= bytes / 2, "rings of %lld KiB: %lld KiB charged\n",
			 (long long)bytes / 1024, (long long)more / 1024);
	for (i = 0; i < RINGS; i++)
		close(queue[i]);
	ksft_test_result(kernel_pages() < before + bytes / 4, "rings are uncharged\n");
}

static int member(void)
{
	char pid[16];
	struct rig rig;

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (try_write(GROUP "/cgroup.procs", pid))
		ksft_exit_fail_msg("joining the group: %s\n", strerror(errno));
	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(9);
	by_bind(&rig);
	tables(&rig);
	rings(&rig);
	ksft_test_result(!group_value("memory.events", "oom_kill "), "no process was killed\n");
	rig_close(&rig);
	ksft_finished();
}

static void make_group(void)
{
	mkdir(ROOT, 0755);
	if (mount("none", ROOT, "cgroup2", 0, NULL))
		ksft_exit_fail_msg("cgroup2: %s\n", strerror(errno));
	if (try_write(ROOT "/cgroup.subtree_control", "+memory") || mkdir(GROUP, 0755) ||
	    try_write(GROUP "/memory.max", "67108864"))
		ksft_exit_fail_msg("a memory group: %s\n", strerror(errno));
}

int main(void)
{
	int status;
	pid_t pid;

	rig_card();
	make_group();
	pid = fork();
	if (!pid)
		exit(member());
	waitpid(pid, &status, 0);
	rmdir(GROUP);
	umount(ROOT);
	rmdir(ROOT);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
