// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits of users: what counts, which calls are refused, who is exempt. */
#define _GNU_SOURCE
#include <stdio.h>

#include "operator.h"
#include "tenants.h"

#define M  (1u << 20)
#define VA 0x80000000ull

static const char *const names[] = {
	"buffers", "device_bytes", "host_bytes", "vms", "queues", "timelines",
};

#define NAMES (sizeof(names) / sizeof(names[0]))

static void read_limit(const char *name, char *text, size_t bytes)
{
	int fd = open(limit_path(name), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, bytes - 1);

	if (n < 0)
		ksft_exit_fail_msg("limits/%s: %s\n", name, strerror(errno));
	text[n] = 0;
	close(fd);
}

/* Run @check in a process of the user @uid: true if it returns; expect() ends it otherwise. */
static bool as_user(uid_t uid, void (*check)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		tenant_become(uid);
		check();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

static void expect(int got, int want, const char *what)
{
	if (got == want)
		return;
	ksft_print_msg("%s: %s, not %s\n", what, strerror(-got), strerror(-want));
	fflush(stdout);
	_exit(1);
}

static int make_vm(int fd)
{
	struct drm_pinion_vm_create vm = {};

	return try_ioctl(fd, DRM_IOCTL_PINION_VM_CREATE, &vm);
}

static int make_queue(int fd, int *queue)
{
	struct drm_pinion_queue_create args = { .entries = 4, .priority = 1 };
	int ret = try_queue(fd, &args);

	*queue = args.fd;
	return ret;
}

static void job_passes(struct rig *rig, const char *what)
{
	rig->bytes = 0;
	rig_fill(rig, RIG_DATA_VA, 64, 1, 8);
	expect(rig_run(rig).res, 0, what);
}

/* With a limit of ten buffers: the rig itself has one, and an address space and a queue. */
static void nine_buffers(void)
{
	uint32_t handle = 0;
	struct rig rig;
	int other, i;

	rig_open(&rig, 4);
	other = rig_open_node();
	for (i = 0; i < 9; i++)
		expect(try_bo(i & 1 ? rig.fd : other, 4096, DRM_PINION_BO_DEVICE, &handle), 0,
		       "a buffer below the limit");
	expect(try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &handle), -EDQUOT, "one more");
	expect(try_bo(other, 4096, DRM_PINION_BO_HOST, &handle), -EDQUOT, "by another file");
	close(other);
	expect(try_bo(rig.fd, 4096, DRM_PINION_BO_HOST, &handle), 0, "when others are closed");
	job_passes(&rig, "a job after a refusal");
}

static void eight_mib(void)
{
	uint32_t first, second, handle;
	struct rig rig;

	rig_open(&rig, 4);
	expect(try_bo(rig.fd, 8 * M, DRM_PINION_BO_DEVICE, &handle), -EDQUOT,
	       "with page tables, 8 MiB");
	expect(try_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE, &first), 0, "4 MiB");
	expect(try_bo(rig.fd, 3 * M, DRM_PINION_BO_DEVICE, &second), 0, "3 MiB");
	expect(try_bo(rig.fd, M, DRM_PINION_BO_DEVICE, &handle), -EDQUOT, "1 MiB");
	expect(try_bo(rig.fd, ~0ull - 8191, DRM_PINION_BO_DEVICE, &handle), -EDQUOT, "2^64 bytes");
	expect(try_map(rig.fd, first, 0, VA, 4 * M, RIG_RWX), 0, "a map");
	rig_bo_close(rig.fd, first);
	expect(try_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE, &handle), -EDQUOT,
	       "while a mapping holds the memory");
	expect(try_unmap(rig.fd, VA, 4 * M), 0, "the unmap");
	expect(try_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE, &handle), 0, "and then");
	job_passes(&rig, "a job after a refusal");
}

static void four_host_mib(void)
{
	uint32_t handle;
	struct rig rig;
	int queue, ret = 0, i;

	rig_open(&rig, 4);
	expect(try_bo(rig.fd, 3 * M, DRM_PINION_BO_HOST, &handle), -EDQUOT,
	       "with a ring, 3 MiB more");
	/* The kernel keeps structs, copies of page tables and lists of pages, which count as well.
	 */
	expect(try_bo(rig.fd, 3 * M - 128 * 1024, DRM_PINION_BO_HOST, &handle), 0,
	       "less than that");
	expect(make_queue(rig.fd, &queue), 0, "a ring in the rest");
	for (i = 0; i < 32 && !ret; i++)
		ret = try_bo(rig.fd, 4096, DRM_PINION_BO_HOST, &handle);
	expect(ret, -EDQUOT, "more pages than the rest has");
	job_passes(&rig, "a job after a refusal");
}

static int unmap_at(int fd, uint32_t timeline, uint64_t value)
{
	static struct drm_pinion_vm_bind_op ops[256];
	struct drm_pinion_vm_bind args = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(ops[0]),
		.count = 256,
		.ops = (uintptr_t)ops,
		.wait_timeline = timeline,
		.wait_value = value,
	};
	unsigned int i;

	/* A range that no large page or table can straddle reserves no page tables. */
	for (i = 0; i < 256; i++)
		ops[i] = (struct drm_pinion_vm_bind_op){
			.op = DRM_PINION_VM_BIND_UNMAP,
			.va = 1ull << 40,
			.size = 1ull << 39,
		};
	return try_ioctl(fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

/* With a limit of 4 MiB, which binds of 256 operations that wait for a point reach. */
static void pending_binds(void)
{
	struct rig rig;
	uint32_t id;
	int tl, ret = 0, i;

	rig_open(&rig, 4);
	tl = rig_timeline(rig.fd, 0, &id);
	for (i = 0; !ret && i < 200; i++)
		ret = unmap_at(rig.fd, id, 1);
	expect(ret, -EDQUOT, "too many binds that wait");
	job_passes(&rig, "a job after a refusal");
	rig_timeline_raise(tl, 1);
	/* A bind without ASYNC waits for those. */
	expect(try_unmap(rig.fd, 1ull << 40, 4096), 0, "a bind after the others");
	expect(unmap_at(rig.fd, id, 2), 0, "a bind that waits, when the others are gone");
}

static void three_vms(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	expect(make_vm(rig.fd), 0, "the second");
	expect(make_vm(rig.fd), 0, "the third");
	expect(make_vm(rig.fd), -EDQUOT, "the fourth");
	job_passes(&rig, "a job after a refusal");
}

static void three_queues(void)
{
	int queue, last;
	struct rig rig;

	rig_open(&rig, 4);
	expect(make_queue(rig.fd, &queue), 0, "the second");
	expect(make_queue(rig.fd, &last), 0, "the third");
	expect(make_queue(rig.fd, &queue), -EDQUOT, "the fourth");
	close(last);
	expect(make_queue(rig.fd, &queue), 0, "after one is closed");
	job_passes(&rig, "a job after a refusal");
}

static void three_timelines(void)
{
	struct drm_pinion_timeline_destroy args = {};
	uint32_t id;
	struct rig rig;
	int tl[3], i;

	rig_open(&rig, 4);
	for (i = 0; i < 3; i++)
		tl[i] = rig_timeline(rig.fd, 0, &args.timeline);
	expect(try_timeline(rig.fd, 0, 0, &id), -EDQUOT, "the fourth");
	close(tl[2]);
	expect(try_timeline(rig.fd, 0, 0, &id), -EDQUOT, "while the address space has the third");
	expect(try_ioctl(rig.fd, DRM_IOCTL_PINION_TIMELINE_DESTROY, &args), 0, "its end");
	expect(try_timeline(rig.fd, 0, 0, &id) < 0, 0, "and then");
	job_passes(&rig, "a job after a refusal");
}

static int export_and_close(int tl)
{
	struct pinion_timeline_fence_export args = { .value = 1, .timeout_ms = 10000 };
	int ret = try_ioctl(tl, PINION_TIMELINE_IOC_EXPORT_FENCE, &args);

	return ret ? ret : close(args.fd);
}

/* With a limit of 2 MiB, half of which the rig has. */
static void sync_files(void)
{
	unsigned int n = 0;
	struct rig rig;
	uint32_t id;
	int tl, ret;

	rig_open(&rig, 4);
	rig_long_ring(&rig, 4);
	tl = rig_timeline(rig.fd, 0, &id);
	rig_hang(&rig);
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 1,
									.timeline = id };
	rig_submit(&rig);
	while (!(ret = export_and_close(tl)))
		n++;
	expect(ret, -EDQUOT, "a sync_file too many");
	expect(n > 100, true, "many sync_files before");
	rig_unhang(&rig);
	expect(rig_wait(&rig).res, 0, "the job before");
	expect(rig_wait(&rig).res, 0, "the job that raises the point");
	/* A worker frees the fences that have signalled. */
	while ((ret = export_and_close(tl)) == -EDQUOT)
		usleep(1000);
	expect(ret, 0, "when the others have signalled");
}

/* A limit of 8 MiB, and what the card's save area of one address space takes beside. */
static const char *eight_mib_and_save(void)
{
	struct drm_pinion_usage_info info = {};
	struct drm_pinion_usage args = { .size = sizeof(info), .pointer = (uintptr_t)&info };
	static char text[24];
	struct rig rig;

	rig_open(&rig, 4);
	if (try_ioctl(rig.fd, DRM_IOCTL_PINION_USAGE, &args))
		ksft_exit_fail_msg("USAGE\n");
	rig_close(&rig);
	snprintf(text, sizeof(text), "%llu", 8ull * M + info.save.bytes);
	return text;
}

static void of_process(const char *name, const char *value, void (*check)(void), const char *what)
{
	char was[32];

	read_limit(name, was, sizeof(was));
	set_limit(name, value);
	ksft_test_result(as_user(VICTIM_UID, check), "limits/%s = %s: %s\n", name, value, what);
	set_limit(name, was);
}

/* With a limit of ten buffers: the buffers of two processes of a user count together. */
static void with_a_sibling(void)
{
	int fd = rig_open_node(), i, ready[2], status;
	uint32_t handle;
	pid_t pid;
	char c;

	for (i = 0; i < 5; i++)
		expect(try_bo(fd, 4096, DRM_PINION_BO_DEVICE, &handle), 0, "first process");
	expect(pipe(ready), 0, "pipe");
	pid = fork();
	if (!pid) {
		int mine = rig_open_node();

		for (i = 0; i < 5; i++)
			expect(try_bo(mine, 4096, DRM_PINION_BO_DEVICE, &handle), 0,
			       "second process");
		expect(try_bo(mine, 4096, DRM_PINION_BO_DEVICE, &handle), -EDQUOT, "one more");
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	expect(read(ready[0], &c, 1) == 1 ? 0 : -EIO, 0, "the second process");
	expect(try_bo(fd, 4096, DRM_PINION_BO_DEVICE, &handle), -EDQUOT,
	       "nor for the first process");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	expect(try_bo(fd, 4096, DRM_PINION_BO_DEVICE, &handle), 0, "after the second was killed");
}

static void one_buffer(void)
{
	uint32_t handle;

	expect(try_bo(rig_open_node(), 4096, DRM_PINION_BO_DEVICE, &handle), 0, "a buffer");
}

static void twenty_buffers(void)
{
	int fd = rig_open_node(), i;
	uint32_t handle;

	for (i = 0; i < 20; i++)
		expect(try_bo(fd, 4096, DRM_PINION_BO_DEVICE, &handle), 0, "a buffer");
}

/* Another process keeps 6 MiB of this user by a dma-buf, so that 4 MiB are over the limit. */
static void four_mib_refused(void)
{
	uint32_t handle;

	expect(try_bo(rig_open_node(), 4 * M, DRM_PINION_BO_DEVICE, &handle), -EDQUOT, "4 MiB");
}

static void four_mib(void)
{
	uint32_t handle;

	expect(try_bo(rig_open_node(), 4 * M, DRM_PINION_BO_DEVICE, &handle), 0, "4 MiB");
}

/* Allocate a buffer as the user @uid: a dma-buf of the buffer, which root keeps. */
static int outliving(uid_t uid)
{
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC };
	int fd, ret;

	if (setresuid(uid, uid, 0))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
	fd = rig_open_node();
	if (setresuid(0, 0, 0))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
	prime.handle = rig_bo(fd, 6 * M, DRM_PINION_BO_DEVICE);
	ret = try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	close(fd);
	return ret ? ret : prime.fd;
}

static int mapped[2]; /* a pipe, by which the child says that it has mapped its buffer */

static void lowered(void)
{
	uint32_t handle, more;
	struct rig rig;

	rig_open(&rig, 4);
	handle = rig_bo(rig.fd, 4 * M, DRM_PINION_BO_DEVICE);
	expect(try_map(rig.fd, handle, 0, VA, 4 * M, RIG_RWX), 0, "map");
	expect(write(mapped[1], "", 1) == 1 ? 0 : -EIO, 0, "telling the parent");
	/* The parent lowers the limit meanwhile. */
	while (!try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &more))
		usleep(1000);
	expect(try_map(rig.fd, handle, 0, 2 * VA, 4096, RIG_RWX), -EDQUOT, "a map over the limit");
	job_passes(&rig, "a job over the limit");
	expect(try_unmap(rig.fd, VA + 4096, M), 0, "an unmap that splits a page, over the limit");
	expect(try_unmap(rig.fd, VA, 4 * M), 0, "an unmap of the rest");
}

static void lowering(void)
{
	int status;
	pid_t pid;
	char c;

	if (pipe(mapped))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		tenant_become(VICTIM_UID);
		lowered();
		_exit(0);
	}
	close(mapped[1]);
	if (read(mapped[0], &c, 1) == 1)
		set_limit("process_device_bytes", "1048576");
	waitpid(pid, &status, 0);
	set_limit("process_device_bytes", "max");
	ksft_test_result(!status,
			 "lowered below what is used: maps are refused, unmaps and jobs are not\n");
}

static void files(void)
{
	unsigned int i, wrong = 0;
	char name[32], was[32], now[32];
	struct stat st;

	for (i = 0; i < 2 * NAMES; i++) {
		snprintf(name, sizeof(name), "%s_%s", i < NAMES ? "process" : "user",
			 names[i % NAMES]);
		if (stat(limit_path(name), &st) || st.st_uid || (st.st_mode & 0777) != 0644)
			wrong++;
		read_limit(name, was, sizeof(was));
		set_limit(name, "12345");
		read_limit(name, now, sizeof(now));
		wrong += strcmp(now, "12345\n") != 0;
		set_limit(name, "max");
		read_limit(name, now, sizeof(now));
		wrong += strcmp(now, "max\n") != 0;
		wrong += try_write(limit_path(name), "-1") != -EINVAL;
		wrong += try_write(limit_path(name), "many") != -EINVAL;
		wrong += try_write(limit_path(name), "18446744073709551616") != -ERANGE;
		set_limit(name, was);
	}
	ksft_test_result(!wrong,
			 "twelve files, written by root alone, that take numbers and max\n");
}

static void users(void)
{
	char was[32];
	int dmabuf;
	bool other;

	read_limit("user_buffers", was, sizeof(was));
	set_limit("user_buffers", "10");
	ksft_test_result(as_user(VICTIM_UID, with_a_sibling),
			 "limits/user_buffers = 10: two processes share it\n");
	other = as_user(VICTIM_UID, one_buffer);
	ksft_test_result(other && as_user(ATTACKER_UID, one_buffer),
			 "user_buffers: another user has a limit of its own\n");
	set_limit("user_buffers", "0");
	twenty_buffers();
	ksft_test_result(!as_user(VICTIM_UID, one_buffer),
			 "a user may have none; root is exempt\n");
	set_limit("user_buffers", was);

	set_limit("user_device_bytes", "8388608");
	dmabuf = outliving(VICTIM_UID);
	ksft_test_result(dmabuf >= 0 && as_user(VICTIM_UID, four_mib_refused),
			 "a buffer that another process keeps stays charged to its maker\n");
	ksft_test_result(as_user(ATTACKER_UID, four_mib),
			 "a buffer that another process keeps is not charged to another user\n");
	close(dmabuf);
	ksft_test_result(as_user(VICTIM_UID, four_mib),
			 "a buffer that another process kept is uncharged when it is gone\n");
	set_limit("user_device_bytes", "max");
}

int main(void)
{
	char node[64];

	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	chmod(node, 0666);
	ksft_print_header();
	ksft_set_plan(16);
	files();
	of_process("process_buffers", "10", nine_buffers, "two files of a process share it");
	of_process("process_device_bytes", eight_mib_and_save(), eight_mib,
		   "buffers, page tables and a save area");
	of_process("process_host_bytes", "4194304", four_host_mib, "buffers and rings");
	of_process("process_host_bytes", "4194304", pending_binds, "binds that wait");
	of_process("process_vms", "3", three_vms, "address spaces");
	of_process("process_queues", "3", three_queues, "queues");
	of_process("process_timelines", "3", three_timelines, "timelines");
	of_process("process_host_bytes", "2097152", sync_files, "fences that nobody has open");
	users();
	lowering();
	chmod(node, 0600);
	ksft_finished();
}
