// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver is unbound while files are open: every call returns an error, and none crashes. */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "sigbus.h"

static uint8_t *map_dmabuf(int fd, uint32_t handle)
{
	struct drm_prime_handle args = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	uint8_t *mem;

	if (try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args))
		ksft_exit_fail_msg("PRIME_HANDLE_TO_FD: %s\n", strerror(errno));
	mem = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, args.fd, 0);
	close(args.fd);
	if (mem == MAP_FAILED)
		ksft_exit_fail_msg("mmap of a dma-buf: %s\n", strerror(errno));
	mem[0] = 1;
	return mem;
}

static void old_files(struct rig *rig, uint8_t *window, uint8_t *dmabuf_window)
{
	struct pinion_queue_wait wait = { .seq = 1, .until_ns = INT64_MAX };
	struct pinion_queue_exec exec = {};
	uint32_t handle;

	ksft_test_result(rig_wait(rig).res == -ECANCELED, "the job in flight: ECANCELED\n");
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_WAIT, &wait) &&
				 wait.result == -ECANCELED &&
				 try_ioctl(rig->queue, PINION_QUEUE_IOC_EXEC, &exec) == -ENODEV,
			 "WAIT for the job in flight: ECANCELED, EXEC of a new one: ENODEV\n");
	rig->bytes = 0;
	ksft_test_result(rig_run(rig).res == -ENODEV, "a new job: ENODEV\n");
	ksft_test_result(try_bo(rig->fd, 4096, DRM_PINION_BO_HOST, &handle) == -ENODEV,
			 "BO_CREATE: ENODEV\n");
	ksft_test_result(try_unmap(rig->fd, RIG_VA, 4096) == -ENODEV, "VM_BIND: ENODEV\n");
	ksft_test_result(try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) == -ENODEV,
			 "queue reset: ENODEV\n");
	ksft_test_result(touching_is_sigbus(window), "device memory: SIGBUS\n");
	ksft_test_result(touching_is_sigbus(dmabuf_window),
			 "device memory through a dma-buf: SIGBUS\n");
	memset(rig->data, 1, 4096);
	ksft_test_result(rig_all(rig->data, 4096, 1), "host memory stays\n");
}

/*
 * The last reference to a card that was removed is that of a file with more memory than is given
 * back in one run of the work item that does so. A mistake shows in the kernel's log.
 */
static void much_to_free(void)
{
	int fd = rig_open_node(), i;
	uint32_t handle;
	bool good;

	for (i = 0; i < 8 && !try_bo(fd, 16 << 20, DRM_PINION_BO_DEVICE, &handle); i++)
		;
	good = !try_driver("unbind");
	close(fd);
	ksft_test_result(good && i > 1 && !try_driver("bind"),
			 "a file with %d MiB outlives its card\n", 16 * i);
}

#define PROGRAMS 8

/**
 * struct shared - memory that all programs at work share
 * @end: whether they are to end
 * @jobs: number of jobs done so far
 */
struct shared {
	int end;
	unsigned int jobs;
};

/* The files of a program that is at work; a card that is gone, or about to go, has no new ones. */
static int try_open(struct rig *rig)
{
	struct drm_pinion_queue_create args = { .entries = 8, .priority = 1 };
	int card = rig_find_card();
	uint32_t handle = 0;
	void *mem = NULL;
	int ret;

	rig->fd = card < 0 ? -1 : rig_open_other(card);
	if (rig->fd < 0)
		return -ENODEV;
	ret = try_bo(rig->fd, RIG_BYTES, DRM_PINION_BO_HOST, &handle);
	if (!ret)
		ret = try_map(rig->fd, handle, 0, RIG_VA, RIG_BYTES, RIG_RWX);
	if (!ret)
		ret = try_mmap(rig->fd, handle, RIG_BYTES, &mem);
	if (!ret)
		ret = try_queue(rig->fd, &args);
	if (ret) {
		if (mem)
			munmap(mem, RIG_BYTES);
		close(rig->fd);
		return ret;
	}
	rig->queue = args.fd;
	rig->cmd = mem;
	rig->data = rig->cmd + RIG_DATA;
	return 0;
}

/* Jobs until the card is gone. Return: 0, or an error that is not one of a card that is gone. */
static int work_until_gone(struct rig *rig, struct shared *shared)
{
	int ret;

	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 65536, 1, 8);
	while (!(ret = rig_run(rig).res))
		__atomic_add_fetch(&shared->jobs, 1, __ATOMIC_RELAXED);
	close(rig->queue);
	munmap(rig->cmd, RIG_BYTES);
	close(rig->fd);
	return ret == -ECANCELED || ret == -ENODEV ? 0 : ret;
}

/* A program that opens the card whenever there is one, until it is told to end. */
static void program(struct shared *shared)
{
	struct rig rig = {};
	int ret = io_uring_queue_init(8, &rig.ring, IORING_SETUP_CQE32);

	while (!ret && !__atomic_load_n(&shared->end, __ATOMIC_RELAXED)) {
		ret = try_open(&rig);
		if (!ret)
			ret = work_until_gone(&rig, shared);
		else if (ret == -ENODEV || ret == -ENOENT)
			ret = 0;
	}
	if (ret)
		printf("# a program: %s\n", strerror(-ret));
	_exit(ret != 0);
}

/* Wait until the programs have done a job, however busy the machine is, at most a minute. */
static void wait_for_a_job(struct shared *shared)
{
	unsigned int i;

	for (i = 0; i < 60000 && !__atomic_load_n(&shared->jobs, __ATOMIC_RELAXED); i++)
		usleep(1000);
}

/* Unbind and bind again and again while programs open the card, work, and find it gone. */
static void under_load(void)
{
	unsigned int n = rig_times(5, 1000), i, good = 0, ended = 0;
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	fflush(stdout);
	for (i = 0; i < PROGRAMS; i++)
		if (!fork())
			program(shared);
	wait_for_a_job(shared);
	for (i = 0; i < n; i++) {
		usleep(i % 16 * 4000);
		good += !try_driver("unbind") && !try_driver("bind");
		rig_progress(i + 1, n);
	}
	__atomic_store_n(&shared->end, 1, __ATOMIC_RELAXED);
	try_driver("unbind");
	for (i = 0; i < PROGRAMS; i++)
		ended += wait(&status) > 0 && !status;
	ksft_test_result(!try_driver("bind") && good == n && ended == PROGRAMS && shared->jobs,
			 "unbind and bind %u times while %d programs do %u jobs\n", n, PROGRAMS,
			 shared->jobs);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	struct rig old, new;
	uint64_t free_before;
	uint8_t *window, *dmabuf_window;
	uint32_t handle;

	rig_open(&old, 4);
	ksft_print_header();
	ksft_set_plan(17);
	free_before = rig_info(old.fd).memory_free;
	handle = rig_bo(old.fd, 8192, DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE);
	window = rig_mmap(old.fd, handle, 8192);
	window[0] = 1;
	dmabuf_window = map_dmabuf(old.fd, handle);
	rig_hang(&old);
	ksft_test_result(!try_driver("unbind"),
			 "unbind with a file, a queue, a mapping and a job\n");
	old_files(&old, window, dmabuf_window);
	ksft_test_result(!try_driver("bind"), "bind again, with the old files open\n");
	rig_open(&new, 4);
	ksft_test_result(!rig_run(&new).res, "new files work\n");
	ksft_test_result(touching_is_sigbus(window), "old mappings stay dead\n");
	munmap(window, 8192);
	munmap(dmabuf_window, 8192);
	rig_close(&old);
	rig_close(&new);
	ksft_test_result(!try_driver("unbind") && !try_driver("bind"),
			 "unbind and bind again, after the old files are closed\n");
	much_to_free();
	under_load();
	rig_open(&new, 4);
	ksft_test_result(!rig_run(&new).res && rig_info(new.fd).memory_free == free_before,
			 "a new program works, and memory is where it was\n");
	rig_close(&new);
	ksft_finished();
}
