// SPDX-License-Identifier: GPL-2.0-or-later
/* The module unloaded and loaded again, with jobs in between: nothing stays behind. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rig.h"

static const char *module;

static int load(void)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		tap_bail("%s: %s", module, strerror(errno));
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "pinion", O_NONBLOCK) ? -errno : 0;
}

/* Whether a file of /proc says anything of us. */
static bool mentions(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "pinion")) {
			printf("# %s: %s", path, line);
			found = true;
		}
	if (file)
		fclose(file);
	return found;
}

/* Kernel memory in use that nothing can reclaim, in KiB. */
static long kernel_memory(void)
{
	static const char *const fields[] = {
		"SUnreclaim: %ld",
		"VmallocUsed: %ld",
		"KernelStack: %ld",
		"Percpu: %ld",
	};
	long sum = 0, value;
	char line[128];
	FILE *file;
	size_t i;

	try_write("/proc/sys/vm/drop_caches", "3");
	file = fopen("/proc/meminfo", "r");
	while (file && fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (sscanf(line, fields[i], &value) == 1)
				sum += value;
	if (file)
		fclose(file);
	return sum;
}

static void work(void)
{
	struct rig rig;

	rig_open(&rig, 16);
	rig.bytes = 0;
	rig_map(rig.fd, rig_bo(rig.fd, 4 << 20, DRM_PINION_BO_DEVICE), 0x80000000, 4 << 20);
	rig_fill(&rig, 0x80000000, 4 << 20, 1, 8);
	if (rig_run(&rig).res)
		tap_bail("a job failed");
	rig_close(&rig);
}

/* Closed files are let go of a little later. */
static int unload_soon(void)
{
	int tries, ret = -EAGAIN;

	for (tries = 0; tries < 200 && ret == -EAGAIN; tries++) {
		ret = unload();
		if (ret == -EAGAIN)
			usleep(20000);
	}
	return ret;
}

static unsigned int rounds(unsigned int n)
{
	unsigned int i, bad = 0;
	int ret;

	for (i = 0; i < n; i++) {
		work();
		ret = unload_soon();
		if (!ret)
			ret = load();
		if (ret)
			printf("# round %u: %s\n", i, strerror(-ret));
		bad += ret != 0;
	}
	return bad;
}

int main(void)
{
	unsigned int n = rig_times(5, 100);
	int fd = rig_open_node();
	long before, after;

	tap_plan(5);
	module = getenv("PINION_MODULE");
	if (!module)
		tap_bail("PINION_MODULE is not set: this is not pinion-vm");
	tap_ok(unload() == -EAGAIN, "not unloaded while a file is open");
	close(fd);
	tap_ok(!rounds(3), "three times, to warm up");
	before = kernel_memory();
	tap_ok(!rounds(n), "%u times unloaded and loaded, with jobs", n);
	after = kernel_memory();
	printf("# kernel memory: %ld KiB before, %ld KiB after\n", before, after);
	/* KASAN keeps what is freed for a while; there kmemleak looks, when all tests are done. */
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		tap_skip(1, "kmemleak looks for leaks on this kernel");
	else
		/* Slabs come and go by some hundred KiB; a leak of a page a round shows in the
		 * soak. */
		tap_ok(after - before < 512, "kernel memory has not grown by 512 KiB");
	unload_soon();
	tap_ok(!mentions("/proc/interrupts") && !mentions("/proc/iomem") &&
		       !mentions("/proc/vmallocinfo") && !load(),
	       "nothing of the driver stays behind");
	return tap_result();
}
