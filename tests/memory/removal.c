// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card goes while four programs have everything open: files, mappings, user memory, dma-bufs
 * that another card has imported, timelines, sync_files, user-mode queues, and jobs, binds and
 * calls that wait. All get defined errors, and the next card works while the old files are open.
 * The driver is unbound, and the device is removed. With the argument "host", whoever runs the VM
 * takes the card after a line "ready" with its PCI address, and brings another after a line "gone".
 */
#include <dirent.h>
#include <linux/sync_file.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "../queue/userq.h"
#include "leak.h"
#include "sigbus.h"

#define PROGRAMS     4
#define MEM_BYTES    8192
#define USER_VA	     0x70000000ull
#define OTHER_VA     0x80000000ull
#define OTHER_BYTES  65536
#define RAISED	     2	 /* point that a job raises */
#define NEVER_RAISED 9	 /* point for which a bind waits */
#define RAISED_LATE  100 /* point that the host raises when the card is gone */

/**
 * struct holder - what a program has open
 * @rig: file, queue and ring on the card that goes; three jobs and a wait are in flight
 * @other: the same on another card; its fd is -1 if there is none
 * @uq: user-mode queue with a job in flight
 * @window: mapping of device memory of the card that goes
 * @dmabuf: dma-buf of @window's buffer
 * @dmabuf_window: mapping of the same device memory through @dmabuf
 * @shared: host memory, which the other card has imported
 * @timeline: file of a timeline
 * @page: mapping of the page of the timeline
 * @fence: sync_file of a point that a job in flight raises
 * @waiter: thread that waits for the first job
 * @result: what the waiter got
 */
struct holder {
	struct rig rig;
	struct rig other;
	struct userq uq;
	uint8_t *window;
	int dmabuf;
	uint8_t *dmabuf_window;
	uint8_t *shared;
	int timeline;
	const volatile uint64_t *page;
	int fence;
	pthread_t waiter;
	int result;
};

/* Number of the accel node of the card at the PCI address at which the test began, or -1. */
static int card_number(void)
{
	struct dirent *entry;
	int number = -1;
	char path[96];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/accel", rig_pci_address());
	dir = opendir(path);
	while (dir && number < 0 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "accel%d", &number) != 1)
			number = -1;
	if (dir)
		closedir(dir);
	return number;
}

static int open_card(void)
{
	int fd = rig_open_other(card_number());

	if (fd < 0)
		ksft_exit_fail_msg("the card at %s: %s\n", rig_pci_address(), strerror(errno));
	return fd;
}

static void open_memory(struct holder *h)
{
	uint32_t device = rig_bo(h->rig.fd, MEM_BYTES,
				 DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE);
	struct drm_pinion_bo_userptr user = {
		.address = (uintptr_t)aligned_alloc(4096, MEM_BYTES),
		.size = MEM_BYTES,
	};
	int ret;

	h->window = rig_mmap(h->rig.fd, device, MEM_BYTES);
	h->window[0] = 1;
	h->dmabuf = try_export(h->rig.fd, device);
	h->dmabuf_window = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, h->dmabuf, 0);
	if (h->dmabuf_window == MAP_FAILED)
		ksft_exit_fail_msg("mmap of a dma-buf: %s\n", strerror(errno));
	h->dmabuf_window[0] = 1;
	ret = try_ioctl(h->rig.fd, DRM_IOCTL_PINION_BO_USERPTR, &user);
	if (!ret)
		rig_map(h->rig.fd, user.handle, USER_VA, MEM_BYTES);
	else if (ret != -EOPNOTSUPP)
		ksft_exit_fail_msg("BO_USERPTR: %s\n", strerror(-ret));
}

/* Host memory of the card that goes, imported by another card. */
static void open_other(struct holder *h)
{
	uint32_t handle = rig_bo(h->rig.fd, OTHER_BYTES, DRM_PINION_BO_HOST), imported;
	int fd = -1, i, dmabuf = try_export(h->rig.fd, handle);

	h->shared = rig_mmap(h->rig.fd, handle, OTHER_BYTES);
	h->other.fd = -1;
	for (i = 0; i < 32 && fd < 0; i++)
		if (i != card_number())
			fd = rig_open_other(i);
	if (fd < 0)
		return;
	rig_open_on(&h->other, fd, 4);
	if (try_import(fd, dmabuf, &imported))
		ksft_exit_fail_msg("the other card does not import host memory\n");
	rig_map(fd, imported, OTHER_VA, OTHER_BYTES);
	close(dmabuf);
}

static void *wait_for_job(void *arg)
{
	struct pinion_queue_wait wait = { .seq = 1, .until_ns = INT64_MAX };
	struct holder *h = arg;
	int ret = try_ioctl(h->rig.queue, PINION_QUEUE_IOC_WAIT, &wait);

	h->result = ret ? ret : wait.result;
	return NULL;
}

static void open_fence(struct holder *h)
{
	struct pinion_timeline_fence_export args = { .value = RAISED, .timeout_ms = 10000 };
	int ret = try_ioctl(h->timeline, PINION_TIMELINE_IOC_EXPORT_FENCE, &args);

	if (ret)
		ksft_exit_fail_msg("EXPORT_FENCE: %s\n", strerror(-ret));
	h->fence = args.fd;
}

/* A bind that waits for a point which nobody raises. */
static void open_bind(struct holder *h, uint32_t id)
{
	struct drm_pinion_vm_bind_op op = { .op = DRM_PINION_VM_BIND_UNMAP };
	struct drm_pinion_vm_bind args = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(op),
		.count = 1,
		.ops = (uintptr_t)&op,
		.wait_timeline = id,
		.wait_value = NEVER_RAISED,
	};
	int ret;

	op.va = USER_VA;
	op.size = MEM_BYTES;
	ret = try_ioctl(h->rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
	if (ret)
		ksft_exit_fail_msg("VM_BIND that waits: %s\n", strerror(-ret));
}

/* Two jobs: one that waits for a word of memory, and behind it one that raises a timeline. */
static void open_jobs(struct holder *h)
{
	struct pinion_uring_wait *wait;
	struct io_uring_sqe *sqe;
	uint32_t id;

	h->timeline = rig_timeline(h->rig.fd, 0, &id);
	h->page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, h->timeline, 0);
	rig_long_ring(&h->rig, 16);
	rig_hang(&h->rig);
	rig_sqe_long(&h->rig, 0, 0)->signal = (struct pinion_uring_point){ .value = RAISED,
									   .timeline = id };
	sqe = rig_sqe(&h->rig, 0, 0);
	sqe->fd = h->timeline;
	sqe->off = PINION_URING_WAIT;
	wait = (void *)sqe->cmd;
	wait->value = RAISED_LATE;
	rig_submit(&h->rig);
	open_fence(h);
	open_bind(h, id);
	pthread_create(&h->waiter, NULL, wait_for_job, h);
}

static void open_all(struct holder *h)
{
	rig_open_on(&h->rig, open_card(), 16);
	open_memory(h);
	open_other(h);
	userq_open(&h->uq, h->rig.fd, 4, 0);
	userq_hang(&h->uq, &h->rig);
	open_jobs(h);
}

static unsigned int complaints;

static void expect(bool good, const char *what)
{
	if (good)
		return;
	complaints++;
	printf("# %d: not as expected: %s (errno %d)\n", getpid(), what, errno);
}

static void calls_fail(struct holder *h)
{
	struct drm_pinion_queue_create queue = { .entries = 4, .priority = 1 };
	struct pinion_queue_exec exec = {};
	uint32_t handle;

	expect(try_bo(h->rig.fd, 4096, DRM_PINION_BO_HOST, &handle) == -ENODEV, "BO_CREATE");
	expect(try_unmap(h->rig.fd, RIG_VA, 4096) == -ENODEV, "VM_BIND");
	expect(try_queue(h->rig.fd, &queue) == -ENODEV, "QUEUE_CREATE");
	expect(try_timeline(h->rig.fd, 0, 0, &handle) == -ENODEV, "TIMELINE_CREATE");
	expect(try_export(h->rig.fd, 1) == -ENODEV, "PRIME_HANDLE_TO_FD");
	expect(try_import(h->rig.fd, h->dmabuf, &handle) == -ENODEV, "PRIME_FD_TO_HANDLE");
	expect(try_ioctl(h->rig.queue, PINION_QUEUE_IOC_EXEC, &exec) == -ENODEV, "EXEC");
	expect(try_ioctl(h->rig.queue, PINION_QUEUE_IOC_RESET, NULL) == -ENODEV, "queue reset");
	expect(userq_reset(&h->uq) == -ENODEV, "reset of a user-mode queue");
	expect(touching_is_sigbus(h->window), "device memory");
	expect(touching_is_sigbus(h->dmabuf_window), "device memory through a dma-buf");
}

/* The job that has a deadline because its point was exported may have ended at the deadline. */
static void jobs_end(struct holder *h)
{
	struct done first = rig_wait(&h->rig), second = rig_wait(&h->rig);

	expect(first.res == -ECANCELED && first.mark == 1, "the job that waits");
	expect((second.res == -ECANCELED || second.res == -ETIMEDOUT) && second.mark == 2,
	       "the job that raises a timeline");
	pthread_join(h->waiter, NULL);
	expect(h->result == -ECANCELED, "the call that waits for a job");
	h->rig.bytes = 0;
	expect(rig_run(&h->rig).res == -ENODEV, "a new job");
	expect(userq_poll(&h->uq, 0) == POLLERR, "poll() of a user-mode queue");
	h->uq.doorbell[PINION_DOORBELL_TAIL / 4] = 1;
	expect(h->uq.doorbell[PINION_DOORBELL_STATE / 4] == PINION_Q_DISABLED, "the doorbell page");
}

/* Whether the sync_file has signalled, perhaps with an error. */
static bool has_signalled(int fence)
{
	struct sync_file_info info = {};
	struct pollfd pfd = { .fd = fence, .events = POLLIN };

	return poll(&pfd, 1, -1) == 1 && !ioctl(fence, SYNC_IOC_FILE_INFO, &info) && info.status;
}

/* Timelines need no card. */
static void timeline_goes_on(struct holder *h)
{
	struct done done;

	expect(has_signalled(h->fence), "the sync_file");
	expect(rig_timeline_value(h->timeline) == RAISED && *h->page == RAISED,
	       "the point of a lost job is raised");
	rig_timeline_raise(h->timeline, RAISED_LATE);
	done = rig_wait(&h->rig);
	expect(!done.res && done.mark == 3, "a wait for a point that is raised afterwards");
}

static void memory_stays(struct holder *h)
{
	uint32_t handle;

	memset(h->rig.data, 1, MEM_BYTES);
	expect(rig_all(h->rig.data, MEM_BYTES, 1), "host memory");
	memset(h->shared, 0x5a, OTHER_BYTES);
	if (h->other.fd < 0)
		return;
	h->other.bytes = 0;
	rig_copy(&h->other, RIG_DATA_VA, OTHER_VA, OTHER_BYTES);
	expect(!rig_run(&h->other).res && rig_all(h->other.data, OTHER_BYTES, 0x5a),
	       "host memory that the other card has imported");
	expect(try_import(h->other.fd, h->dmabuf, &handle) < 0, "an import of device memory");
}

/**
 * struct steps - pipes between the test and its programs
 * @told: each program writes a byte when it is ready for the next step
 * @gone: closed by the test when the card is gone
 * @next: closed by the test when the next card works
 */
struct steps {
	int told[2];
	int gone[2];
	int next[2];
};

/* Tell the test that this program is ready, and wait until the test closes its end of a pipe. */
static void step(const struct steps *steps, int pipe)
{
	char c;

	if (write(steps->told[1], "", 1) != 1 || read(pipe, &c, 1))
		_exit(1);
}

static void program(struct steps *steps)
{
	struct holder h = {};

	close(steps->told[0]);
	close(steps->gone[1]);
	close(steps->next[1]);
	open_all(&h);
	step(steps, steps->gone[0]);
	jobs_end(&h);
	calls_fail(&h);
	timeline_goes_on(&h);
	memory_stays(&h);
	step(steps, steps->next[0]);
	calls_fail(&h);
	fflush(stdout);
	_exit(complaints != 0);
}

/* Whether each of the programs has told that it is ready for the next step. */
static bool all_told(int told)
{
	char c;
	int i;

	for (i = 0; i < PROGRAMS; i++)
		if (read(told, &c, 1) != 1)
			return false;
	return true;
}

static bool there(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", rig_pci_address());
	return !access(path, F_OK);
}

static int device_file(const char *format, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), format, rig_pci_address());
	return try_write(path, text);
}

static bool unbind_driver(void)
{
	return !try_driver("unbind");
}

static bool bind_driver(void)
{
	return !try_driver("bind");
}

static bool remove_device(void)
{
	return !device_file("/sys/bus/pci/devices/%s/remove", "1") && !there();
}

static bool find_device(void)
{
	return !try_write("/sys/bus/pci/rescan", "1") && there();
}

static bool taken_by_host(void)
{
	printf("ready %s\n", rig_pci_address());
	fflush(stdout);
	while (there())
		usleep(10000);
	return true;
}

static bool brought_by_host(void)
{
	while (card_number() < 0) {
		printf("gone\n");
		fflush(stdout);
		sleep(1);
	}
	return true;
}

struct way {
	const char *name;
	bool (*take)(void);
	bool (*bring)(void);
};

static bool works(void)
{
	struct rig rig;
	bool good;

	rig_open_on(&rig, open_card(), 4);
	good = !rig_run(&rig).res;
	rig_close(&rig);
	return good;
}

/* Whether the programs find all as expected, and the next card works beside them and after them. */
static bool removal(const struct way *way)
{
	struct steps steps;
	int status, i;
	bool good;

	if (pipe(steps.told) || pipe(steps.gone) || pipe(steps.next))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	fflush(stdout);
	for (i = 0; i < PROGRAMS; i++)
		if (!fork())
			program(&steps);
	close(steps.told[1]);
	close(steps.gone[0]);
	close(steps.next[0]);
	good = all_told(steps.told[0]) && way->take();
	close(steps.gone[1]);
	good = good && all_told(steps.told[0]) && way->bring() && works();
	close(steps.next[1]);
	for (i = 0; i < PROGRAMS; i++)
		good &= wait(&status) > 0 && !status;
	close(steps.told[0]);
	return good && works();
}

static unsigned int removals(const struct way *way, unsigned int n)
{
	unsigned int i, good = 0;

	for (i = 0; i < n; i++) {
		good += removal(way);
		rig_progress(i + 1, n);
	}
	return good;
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{ "the driver is unbound", unbind_driver, bind_driver },
		{ "the device is removed", remove_device, find_device },
		{ "the host takes the card", taken_by_host, brought_by_host },
	};
	bool host = argc > 1 && !strcmp(argv[1], "host");
	const struct way *way = host ? &ways[2] : ways, *end = host ? &ways[3] : &ways[2];
	unsigned int n = rig_times(3, 100);
	long before;

	rig_pci_address();
	ksft_print_header();
	ksft_set_plan(1 + 2 * (end - way));
	/* The first removals fill the caches and pools of the kernel. */
	ksft_test_result(removals(way, 2) == 2, "two removals, to warm up\n");
	for (; way < end; way++) {
		before = leak_kernel_memory();
		ksft_test_result(removals(way, n) == n, "%s with everything open, %u times\n",
				 way->name, n);
		leak_result(before);
	}
	ksft_finished();
}
