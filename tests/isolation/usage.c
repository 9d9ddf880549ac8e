// SPDX-License-Identifier: GPL-2.0-or-later
/* USAGE and fdinfo of a file are right to the byte, after each step of a sequence. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "tenants.h"

#define M	(1ull << 20)
#define VA	0x80000000ull
#define PAGE	4096ull
#define RING(n) ((n) * (sizeof(struct pinion_desc) + sizeof(struct pinion_cqe)))

static struct drm_pinion_usage_info usage(int fd)
{
	struct drm_pinion_usage_info info;
	struct drm_pinion_usage args = { .size = sizeof(info), .pointer = (uintptr_t)&info };

	if (try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args) || args.size != sizeof(info))
		ksft_exit_fail_msg("USAGE: %s\n", strerror(errno));
	return info;
}

/* The value of a key in fdinfo, in the unit that fdinfo has for it; ~0: there is no such key. */
static uint64_t fdinfo(int fd, const char *key, char *text, size_t bytes)
{
	unsigned long long value = ~0ull, scale = 1;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		size_t n = strlen(key);

		if (strncmp(line, key, n) || line[n] != ':')
			continue;
		sscanf(line + n + 1, "%llu", &value);
		if (strstr(line, " KiB"))
			scale = 1024;
		else if (strstr(line, " MiB"))
			scale = M;
		snprintf(text, bytes, "%s", line + n + 2);
	}
	if (file)
		fclose(file);
	return value == ~0ull ? value : value * scale;
}

static uint64_t number(int fd, const char *key)
{
	char text[256];

	return fdinfo(fd, key, text, sizeof(text));
}

static void identity(int fd)
{
	char driver[256] = "", pci[256] = "";

	fdinfo(fd, "drm-driver", driver, sizeof(driver));
	fdinfo(fd, "drm-pdev", pci, sizeof(pci));
	ksft_test_result(!strcmp(driver, "pinion\n") &&
				 !strncmp(pci, rig_pci_address(), strlen(pci) - 1) &&
				 number(fd, "drm-client-id") != ~0ull,
			 "driver, card and client\n");
}

static void buffers(int fd)
{
	struct drm_pinion_usage_info before = usage(fd), now;
	uint32_t device = rig_bo(fd, 3 * M, DRM_PINION_BO_DEVICE);
	uint32_t host = rig_bo(fd, 2 * M, DRM_PINION_BO_HOST);
	uint64_t resident = number(fd, "drm-resident-host");

	now = usage(fd);
	ksft_test_result(now.device.bytes == before.device.bytes + 3 * M &&
				 now.host.bytes == before.host.bytes + 2 * M &&
				 now.buffers == before.buffers + 2 &&
				 now.device.peak == now.device.bytes &&
				 now.host.peak == now.host.bytes,
			 "two buffers are charged\n");
	ksft_test_result(number(fd, "drm-total-device") == 3 * M &&
				 number(fd, "drm-resident-device") == 3 * M &&
				 number(fd, "drm-total-host") == 2 * M &&
				 number(fd, "drm-shared-device") == 0 &&
				 number(fd, "drm-purgeable-device") == 0 &&
				 number(fd, "drm-active-device") == 0,
			 "fdinfo has them by region\n");
	munmap(rig_mmap(fd, host, 2 * M), 2 * M);
	ksft_test_result(resident == 0 && number(fd, "drm-resident-host") == 2 * M,
			 "host memory is resident when it is first used\n");
	rig_bo_close(fd, device);
	rig_bo_close(fd, host);
	now = usage(fd);
	ksft_test_result(now.device.bytes == before.device.bytes &&
				 now.host.bytes == before.host.bytes &&
				 now.device.peak == before.device.bytes + 3 * M &&
				 now.buffers == before.buffers &&
				 number(fd, "drm-total-device") == 0,
			 "the peaks stay when the buffers are gone\n");
}

static void shared(int fd)
{
	struct drm_prime_handle prime = {
		.handle = rig_bo(fd, M, DRM_PINION_BO_DEVICE),
		.flags = DRM_RDWR | DRM_CLOEXEC,
	};
	int other = rig_open_node();

	if (try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) ||
	    try_ioctl(other, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime))
		ksft_exit_fail_msg("sharing: %s\n", strerror(errno));
	ksft_test_result(number(fd, "drm-shared-device") == M &&
				 number(other, "drm-shared-device") == M &&
				 usage(fd).device.bytes == M && !usage(other).device.bytes,
			 "a shared buffer shows in both files and is charged to its maker\n");
	close(prime.fd);
	rig_bo_close(fd, 1);
	close(fd);
	ksft_test_result(number(other, "drm-total-device") == M,
			 "a shared buffer is there when its maker is gone\n");
	close(other);
}

static void tables(int fd)
{
	struct drm_pinion_usage_info before = usage(fd), one, two;
	uint32_t bo = rig_bo(fd, PAGE, DRM_PINION_BO_DEVICE);

	rig_map(fd, bo, VA, PAGE);
	one = usage(fd);
	rig_map(fd, bo, VA + 8 * M, PAGE);
	two = usage(fd);
	ksft_test_result(one.tables.bytes > before.tables.bytes &&
				 two.tables.bytes == one.tables.bytes + PAGE,
			 "page tables: %llu, %llu, %llu bytes\n",
			 (unsigned long long)before.tables.bytes,
			 (unsigned long long)one.tables.bytes,
			 (unsigned long long)two.tables.bytes);
	try_unmap(fd, VA, 16 * M);
	rig_bo_close(fd, bo);
	two = usage(fd);
	ksft_test_result(two.tables.bytes <= one.tables.bytes &&
				 two.tables.peak >= one.tables.bytes + PAGE &&
				 two.process[DRM_PINION_LIMIT_DEVICE_BYTES].used ==
					 two.device.bytes + two.tables.bytes + two.save.bytes,
			 "page tables count as device memory, and are given back\n");
}

static void vms_and_queues(int fd)
{
	struct drm_pinion_usage_info before = usage(fd), now;
	struct drm_pinion_vm_create vm = {};
	struct drm_pinion_vm_destroy gone;
	int queue = rig_queue(fd, 64);

	try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &vm);
	now = usage(fd);
	ksft_test_result(now.queues == before.queues + 1 && now.vms == before.vms + 1 &&
				 now.rings.bytes == before.rings.bytes + RING(64),
			 "a queue and an address space\n");
	close(queue);
	gone.vm = vm.vm;
	gone.pad = 0;
	try_ioctl(fd, DRM_IOCTL_PINION_VM_DESTROY, &gone);
	now = usage(fd);
	ksft_test_result(now.queues == before.queues && now.vms == before.vms &&
				 now.rings.bytes == before.rings.bytes &&
				 now.rings.peak >= RING(64) + now.rings.bytes,
			 "a queue and an address space are gone again\n");
}

static void busy(struct rig *rig)
{
	uint64_t before = usage(rig->fd).busy_ns, after, active, idle;
	uint32_t bo = rig_bo(rig->fd, 64 * M, DRM_PINION_BO_DEVICE);
	int mine = rig->queue;

	rig_map(rig->fd, bo, VA, 64 * M);
	rig->queue = rig_queue(rig->fd, 4);
	rig->bytes = 0;
	rig_fill(rig, VA, 64 * M, 1, 8);
	if (rig_run(rig).res)
		ksft_exit_fail_msg("FILL failed\n");
	after = usage(rig->fd).busy_ns;
	ksft_test_result(after > before && number(rig->fd, "drm-engine-queue") == after &&
				 number(rig->fd, "drm-engine-capacity-queue") ==
					 rig_info(rig->fd).queues,
			 "a job of %llu ns on the card\n", (unsigned long long)(after - before));
	close(rig->queue);
	rig->queue = mine;
	ksft_test_result(usage(rig->fd).busy_ns == after,
			 "time on the card stays counted when the queue is gone\n");
	rig_hang(rig);
	active = number(rig->fd, "drm-active-device");
	rig_unhang(rig);
	rig_wait(rig);
	idle = number(rig->fd, "drm-active-device");
	ksft_test_result(active == 64 * M && !idle,
			 "buffers are active while a job is in flight\n");
}

static void ioctl_itself(int fd)
{
	struct {
		struct drm_pinion_usage_info info;
		uint64_t more;
	} longer;
	struct drm_pinion_usage args = { 0 };

	ksft_test_result(!try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args) &&
				 args.size == sizeof(struct drm_pinion_usage_info),
			 "the size alone\n");
	memset(&longer, 0xff, sizeof(longer));
	args.size = sizeof(longer);
	args.pointer = (uintptr_t)&longer;
	ksft_test_result(!try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args) && !longer.more &&
				 !longer.info.timelines,
			 "a newer, longer struct is zeroed behind\n");
	memset(&longer, 0xff, sizeof(longer));
	args.size = 8;
	ksft_test_result(!try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args) &&
				 longer.info.device.peak == ~0ull,
			 "an older, shorter one is not written beyond\n");
	args.pad = 1;
	ksft_test_result(try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args) == -EINVAL, "padding\n");
	args = (struct drm_pinion_usage){ .size = 64, .pointer = 8 };
	ksft_test_result(try_ioctl(fd, DRM_IOCTL_PINION_USAGE, &args) == -EFAULT, "bad pointer\n");
}

int main(void)
{
	struct drm_pinion_usage_info info;
	uint64_t host, least;
	struct rig rig;

	rig_card();
	ksft_print_header();
	ksft_set_plan(20);
	rig_open(&rig, 4);
	identity(rig.fd);
	info = usage(rig.fd);
	host = info.user[DRM_PINION_LIMIT_HOST_BYTES].used;
	/* The kernel has copies of page tables, and keeps some more for each object. */
	least = RIG_BYTES + RING(4) + info.tables.bytes;
	ksft_test_result(info.host.bytes == RIG_BYTES && info.buffers == 1 && info.vms == 1 &&
				 info.queues == 1 && info.rings.bytes == RING(4) &&
				 info.tables.bytes && host >= least && host < least + 32768,
			 "buffers, queue and address space of a rig\n");
	buffers(rig.fd);
	tables(rig.fd);
	vms_and_queues(rig.fd);
	busy(&rig);
	ioctl_itself(rig.fd);
	rig_close(&rig);
	shared(rig_open_node());
	ksft_finished();
}
