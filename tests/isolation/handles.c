// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The attacker tries names of the victim's objects, some guessed and some known: buffer handles,
 * mmap offsets, address spaces, virtual addresses, flink names, and files in /proc.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tenants.h"

#define HANDLES 1000u
#define VMS	300u
#define VA	0x60000000ull

enum { FILE_FD, QUEUE_FD, MMAP_OFFSET };

/* The victim owns buffers, two address spaces and a queue, and tells the attacker the names. */
static uint64_t serve(uint64_t op, uint64_t arg)
{
	struct drm_pinion_bo_mmap_offset offset;
	struct drm_pinion_vm_create vm = {};
	static struct rig rig;
	uint32_t bo;
	int i;

	if (!rig.cmd) {
		rig_open(&rig, 4);
		for (i = 0; i < 8; i++)
			bo = rig_bo(rig.fd, 65536, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE);
		rig_map(rig.fd, bo, VA, 65536);
		try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &vm);
	}
	offset = (struct drm_pinion_bo_mmap_offset){ .handle = arg };
	if (op == FILE_FD)
		return rig.fd;
	if (op == QUEUE_FD)
		return rig.queue;
	return try_ioctl(rig.fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &offset) ? 0 : offset.offset;
}

static int try_handle(int fd, uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_RDWR | DRM_CLOEXEC };
	struct drm_pinion_bo_mmap_offset offset = { .handle = handle };
	struct drm_gem_close gone = { .handle = handle };
	int hits = 0;

	hits += try_map(fd, handle, 0, VA, 4096, RIG_RWX) != -ENOENT;
	hits += try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) != -ENOENT;
	hits += try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &offset) != -ENOENT;
	hits += try_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &gone) != -EINVAL;
	return hits;
}

static void guess_handles(int fd)
{
	unsigned int i, hits = 0;

	for (i = 0; i < HANDLES; i++)
		hits += try_handle(fd, i);
	for (i = 0; i < 32; i++)
		hits += try_handle(fd, 1u << i) + try_handle(fd, ~0u >> i);
	ksft_test_result(!hits, "%u guessed handles: to map, export, mmap or close\n",
			 HANDLES + 64);
}

static void guess_names(int fd)
{
	unsigned int i, hits = 0;

	for (i = 0; i < HANDLES; i++) {
		struct drm_gem_open open = { .name = i };

		hits += !try_ioctl(fd, DRM_IOCTL_GEM_OPEN, &open);
	}
	ksft_test_result(!hits, "%u guessed flink names\n", HANDLES);
	struct drm_gem_flink flink = { .handle = rig_bo(fd, 4096, DRM_PINION_BO_DEVICE) };

	ksft_test_result(try_ioctl(fd, DRM_IOCTL_GEM_FLINK, &flink) == -EACCES,
			 "a buffer is given a flink name: EACCES\n");
	rig_bo_close(fd, flink.handle);
}

static bool mmap_works(int fd, uint64_t offset)
{
	void *mem = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, offset);

	if (mem == MAP_FAILED)
		return false;
	munmap(mem, 4096);
	return true;
}

static void guess_offsets(int fd)
{
	uint64_t offset, around, first = ~0ull;
	unsigned int known = 0, hits = 0, i;

	for (i = 0; i < 16; i++) {
		offset = ask(MMAP_OFFSET, i);
		if (!offset)
			continue;
		known++;
		first = offset < first ? offset : first;
		hits += mmap_works(fd, offset);
	}
	ksft_test_result(known >= 8 && !hits, "%u mmap offsets that the victim told\n", known);
	for (around = 0; around < 4096; around++)
		hits += mmap_works(fd, first + (around - 1024) * 4096);
	ksft_test_result(!hits, "4,096 offsets around those that the victim told\n");
}

static void guess_vms(int fd)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = VA,
		.size = 4096,
	};
	unsigned int id, hits = 0;

	for (id = 1; id < VMS; id++) {
		struct drm_pinion_vm_bind bind = {
			.vm = id,
			.stride = sizeof(op),
			.count = 1,
			.ops = (uintptr_t)&op,
		};
		struct drm_pinion_queue_create queue = { .vm = id, .entries = 4, .priority = 1 };
		struct drm_pinion_vm_destroy gone = { .vm = id };

		hits += try_ioctl(fd, DRM_IOCTL_PINION_VM_BIND, &bind) != -ENOENT;
		hits += try_queue(fd, &queue) != -ENOENT;
		hits += try_ioctl(fd, DRM_IOCTL_PINION_VM_DESTROY, &gone) != -ENOENT;
	}
	ksft_test_result(!hits, "%u guessed address spaces: to bind, run in, destroy\n", VMS - 1);
}

static void addresses(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	rig.bytes = 0;
	rig_copy(&rig, RIG_DATA_VA, VA, 8);
	ksft_test_result(rig_run(&rig).res == -EFAULT,
			 "the victim's virtual address, in a job: EFAULT\n");
	rig_close(&rig);
}

static int open_proc(const char *kind, uint64_t fd)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/%s/%llu", tenant_victim, kind,
		 (unsigned long long)fd);
	ret = open(path, O_RDWR);
	if (ret < 0)
		ret = open(path, O_RDONLY);
	return ret < 0 ? -errno : ret;
}

static void proc_files(void)
{
	int pidfd = syscall(SYS_pidfd_open, tenant_victim, 0), ret;
	static const char *const names[] = { "accel node", "queue" };
	unsigned int i;

	for (i = FILE_FD; i <= QUEUE_FD; i++) {
		uint64_t fd = ask(i, 0);

		ret = open_proc("fd", fd);
		ksft_test_result(ret == -EACCES || ret == -EPERM,
				 "the victim's %s over /proc/PID/fd: %s\n", names[i],
				 strerror(-ret));
		ret = open_proc("fdinfo", fd);
		ksft_test_result(ret == -EACCES || ret == -EPERM, "fdinfo of the victim's %s: %s\n",
				 names[i], strerror(-ret));
		ret = syscall(SYS_pidfd_getfd, pidfd, fd, 0) < 0 ? -errno : 0;
		ksft_test_result(ret == -EPERM, "the victim's %s by pidfd_getfd: %s\n", names[i],
				 strerror(-ret));
	}
	close(pidfd);
}

static void refused(const char *path, const char *what)
{
	int fd = open(path, O_RDONLY);

	ksft_test_result(fd < 0 && (errno == EACCES || errno == ENOENT), "%s: %s\n", what,
			 strerror(errno));
}

/* Files that show the registers, all of memory, or the firmware's log are for root alone. */
static void back_doors(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", rig_pci_address());
	refused(path, "the registers in sysfs");
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource4_wc", rig_pci_address());
	refused(path, "device memory in sysfs");
	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%s/fw_log", rig_pci_address());
	refused(path, "the firmware's log in debugfs");
}

static void attack(void)
{
	int fd = rig_open_node();

	ksft_print_header();
	ksft_set_plan(16);
	ask(FILE_FD, 0);
	guess_handles(fd);
	guess_names(fd);
	guess_offsets(fd);
	guess_vms(fd);
	addresses();
	proc_files();
	back_doors();
	close(fd);
}

int main(void)
{
	return two_tenants(serve, attack);
}
