// SPDX-License-Identifier: GPL-2.0-or-later
/* The card taken from under open files: everybody gets an error, nobody a crash. */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

static sigjmp_buf back;

static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

static bool touching_is_sigbus(volatile uint8_t *mem)
{
	if (sigsetjmp(back, 1))
		return true;
	mem[0] = 1;
	return false;
}

static uint8_t *map_dmabuf(int fd, uint32_t handle)
{
	struct drm_prime_handle args = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	uint8_t *mem;

	if (try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args))
		tap_bail("PRIME_HANDLE_TO_FD: %s", strerror(errno));
	mem = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, args.fd, 0);
	close(args.fd);
	if (mem == MAP_FAILED)
		tap_bail("mmap of a dma-buf: %s", strerror(errno));
	mem[0] = 1;
	return mem;
}

static void old_files(struct rig *rig, uint8_t *window, uint8_t *dmabuf_window)
{
	struct pinion_queue_wait wait = { .seq = 1, .until_ns = INT64_MAX };
	struct pinion_queue_exec exec = {};
	uint32_t handle;

	tap_ok(rig_wait(rig).res == -ECANCELED, "the job in flight: ECANCELED");
	tap_ok(!try_ioctl(rig->queue, PINION_QUEUE_IOC_WAIT, &wait) && wait.result == -ECANCELED &&
		       try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &exec) == -ENODEV,
	       "by ioctl likewise, a new one: ENODEV");
	rig->bytes = 0;
	tap_ok(rig_run(rig).res == -ENODEV, "a new job: ENODEV");
	tap_ok(try_bo(rig->fd, 4096, DRM_PINION_BO_HOST, &handle) == -ENODEV, "BO_CREATE: ENODEV");
	tap_ok(try_unmap(rig->fd, RIG_VA, 4096) == -ENODEV, "VM_BIND: ENODEV");
	tap_ok(try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) == -ENODEV,
	       "queue reset: ENODEV");
	tap_ok(touching_is_sigbus(window), "device memory: SIGBUS");
	tap_ok(touching_is_sigbus(dmabuf_window), "device memory through a dma-buf: SIGBUS");
	memset(rig->data, 1, 4096);
	tap_ok(rig_all(rig->data, 4096, 1), "host memory stays");
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_sigbus };
	struct rig old, new;
	uint64_t free_before;
	uint8_t *window, *dmabuf_window;
	uint32_t handle;

	sigaction(SIGBUS, &action, NULL);
	rig_open(&old, 4);
	tap_plan(15);
	free_before = rig_info(old.fd).memory_free;
	handle = rig_bo(old.fd, 8192, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE);
	window = rig_mmap(old.fd, handle, 8192);
	window[0] = 1;
	dmabuf_window = map_dmabuf(old.fd, handle);
	rig_hang(&old);
	tap_ok(!try_driver("unbind"), "unbind with a file, a queue, a mapping and a job");
	old_files(&old, window, dmabuf_window);
	tap_ok(!try_driver("bind"), "bind again, with the old files open");
	rig_open(&new, 4);
	tap_ok(!rig_run(&new).res, "new files work");
	tap_ok(touching_is_sigbus(window), "old mappings stay dead");
	munmap(window, 8192);
	munmap(dmabuf_window, 8192);
	rig_close(&old);
	rig_close(&new);
	tap_ok(!try_driver("unbind") && !try_driver("bind"),
	       "once more, after the old ones are closed");
	rig_open(&new, 4);
	tap_ok(rig_info(new.fd).memory_free == free_before, "memory is where it was");
	rig_close(&new);
	return tap_result();
}
