// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a process makes the driver keep is charged: for each kind of object, this test makes
 * objects until a limit of the process refuses one, and then drops them. What the process is said
 * to use and what its memory cgroup is charged must rise with the objects and fall back to the
 * start. A test of its own, dmem.c, is about the cgroup of device memory.
 */
#define _GNU_SOURCE
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "../queue/userq.h"
#include "operator.h"
#include "tenants.h"

#define K	1024ull
#define M	(K * K)
#define VA	0x80000000ull
#define PIECE	(64 * K)		       /* size of a buffer in host memory */
#define OPS	256u			       /* operations of one VM_BIND */
#define MOST	20000u			       /* objects of a kind */
#define WAITERS (PINION_TIMELINE_WAITERS - 96) /* waiters that the test gives one timeline */
#define WAIT_S	60
#define ROOT	"/tmp/pinion-cgroup"
#define GROUP	ROOT "/pinion-test"

/**
 * struct kind - kind of object that is charged
 * @name: what the objects are
 * @limit: DRM_PINION_LIMIT_*, or TIMELINES, of the resource whose limit refuses an object
 * @more: what the process may have of the resource beyond what it has before the first object
 * @begin: makes what the objects need
 * @make: makes one more object: 0 or -errno
 * @drop: drops all objects
 */
struct kind {
	const char *name;
	unsigned int limit;
	uint64_t more;
	void (*begin)(void);
	int (*make)(void);
	void (*drop)(void);
};

#define TIMELINES  5
#define SAVE_AREAS ~0ull /* so much device memory that three and a half save areas fit */

static const char *const limits[] = {
	"process_buffers", "process_device_bytes", "process_host_bytes",
	"process_vms",	   "process_queues",	   "process_timelines",
};

static struct rig rig;
static uint32_t made[MOST]; /* handle, id or file of each object */
static unsigned int count;  /* number of objects made so far */
static uint32_t buffer;
static uint8_t *memory;
static int udmabuf, memfd;
static int tl[4], sync_file;
static uint32_t tl_id[4];

/* What of memory.stat of the cgroup counts: not the page cache of the programs that run. */
static uint64_t charged(void)
{
	static const char *const keys[] = { "anon ", "kernel ", "shmem " };
	FILE *file = fopen(GROUP "/memory.stat", "r");
	unsigned long long value;
	uint64_t sum = 0;
	char line[256];
	unsigned int i;

	if (!file)
		ksft_exit_fail_msg("memory.stat: %s\n", strerror(errno));
	while (fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])) &&
			    sscanf(line + strlen(keys[i]), "%llu", &value) == 1)
				sum += value;
	fclose(file);
	return sum;
}

static struct drm_pinion_usage_info usage(void)
{
	struct drm_pinion_usage_info info;
	struct drm_pinion_usage args = { .size = sizeof(info), .pointer = (uintptr_t)&info };
	int ret = try_ioctl(rig.fd, DRM_IOCTL_PINION_USAGE, &args);

	if (ret)
		ksft_exit_fail_msg("USAGE: %s\n", strerror(-ret));
	return info;
}

static uint64_t used(unsigned int limit)
{
	struct drm_pinion_usage_info info = usage();

	return limit == TIMELINES ? info.process_timelines.used : info.process[limit].used;
}

/* Only what a user without CAP_SYS_RESOURCE opens is ever refused. */
static void open_as_user(void)
{
	if (setresuid(VICTIM_UID, VICTIM_UID, 0))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
	rig_open(&rig, 4);
	if (setresuid(0, 0, 0))
		ksft_exit_fail_msg("setresuid: %s\n", strerror(errno));
}

static void begin_nothing(void)
{
}

static int make_device(void)
{
	return try_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE, &made[count]);
}

/* The pages of the buffer exist from its first mapping on. */
static int make_host(void)
{
	int ret = try_bo(rig.fd, PIECE, DRM_PINION_BO_HOST, &made[count]);
	void *mem;

	if (!ret)
		ret = try_mmap(rig.fd, made[count], PIECE, &mem);
	return ret ? ret : munmap(mem, PIECE);
}

static void begin_user_memory(void)
{
	memory = mmap(NULL, 8 * M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
}

static int make_user_memory(void)
{
	struct drm_pinion_bo_userptr args = {
		.address = (uintptr_t)memory + count * PIECE,
		.size = PIECE,
	};
	int ret = try_ioctl(rig.fd, DRM_IOCTL_PINION_BO_USERPTR, &args);

	made[count] = args.handle;
	return ret;
}

static void begin_imports(void)
{
	memfd = memfd_create("page", MFD_ALLOW_SEALING);
	if (memfd < 0 || ftruncate(memfd, 4096) || fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		ksft_exit_fail_msg("memfd: %s\n", strerror(errno));
}

static int make_import(void)
{
	struct udmabuf_create create = { .memfd = memfd, .size = 4096 };
	int dmabuf = ioctl(udmabuf, UDMABUF_CREATE, &create), ret;

	if (dmabuf < 0)
		ksft_exit_fail_msg("UDMABUF_CREATE: %s\n", strerror(errno));
	ret = try_import(rig.fd, dmabuf, &made[count]);
	close(dmabuf);
	return ret;
}

static void drop_buffers(void)
{
	while (count--)
		rig_bo_close(rig.fd, made[count]);
}

static void drop_user_memory(void)
{
	drop_buffers();
	munmap(memory, 8 * M);
}

static void drop_imports(void)
{
	drop_buffers();
	close(memfd);
}

static void begin_buffer(void)
{
	buffer = rig_bo(rig.fd, 4096, DRM_PINION_BO_DEVICE);
}

/* Map a page OPS times, at neighbouring addresses. */
static int make_mappings(void)
{
	static struct drm_pinion_vm_bind_op ops[OPS];
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(ops[0]),
		.count = OPS,
		.ops = (uintptr_t)ops,
	};
	unsigned int k;

	for (k = 0; k < OPS; k++)
		ops[k] = (struct drm_pinion_vm_bind_op){
			.op = DRM_PINION_VM_BIND_MAP,
			.flags = RIG_RWX,
			.handle = buffer,
			.va = VA + ((uint64_t)count * OPS + k) * 4096,
			.size = 4096,
		};
	return try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

/* A page in each 2 MiB needs a table of its own. */
static int make_table(void)
{
	return try_map(rig.fd, buffer, 0, VA + count * 2 * M, 4096, RIG_RWX);
}

static void drop_mappings(void)
{
	try_unmap(rig.fd, VA, 64ull << 30);
	rig_bo_close(rig.fd, buffer);
}

static int make_vm(void)
{
	struct drm_pinion_vm_create args = {};
	int ret = try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_CREATE, &args);

	made[count] = args.vm;
	return ret;
}

static void drop_vms(void)
{
	while (count--) {
		struct drm_pinion_vm_destroy args = { .vm = made[count] };

		try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_DESTROY, &args);
	}
}

static int make_queue_of(uint32_t flags)
{
	struct drm_pinion_queue_create args = {
		.entries = rig_info(rig.fd).max_entries,
		.priority = 1,
		.flags = flags,
	};
	int ret = try_queue(rig.fd, &args);

	made[count] = args.fd;
	return ret;
}

static int make_queue(void)
{
	return make_queue_of(0);
}

static int make_user_queue(void)
{
	return make_queue_of(DRM_PINION_QUEUE_USER);
}

static void drop_files(void)
{
	while (count--)
		close(made[count]);
}

static int make_timeline(void)
{
	int fd = try_timeline(rig.fd, 0, 0, &made[count]);

	return fd < 0 ? fd : close(fd);
}

static void begin_timelines(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		tl[i] = rig_timeline(rig.fd, 0, &tl_id[i]);
}

static int make_id(void)
{
	struct drm_pinion_timeline_import args = { .fd = tl[0] };
	int ret = try_ioctl(rig.fd, DRM_IOCTL_PINION_TIMELINE_IMPORT, &args);

	made[count] = args.timeline;
	return ret;
}

static void end_timelines(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		close(tl[i]);
}

static void drop_timelines(void)
{
	while (count--)
		try_timeline_destroy(rig.fd, made[count]);
}

static void drop_ids(void)
{
	drop_timelines();
	end_timelines();
}

static int export(void)
{
	struct pinion_timeline_fence_export args = { .value = 1, .timeout_ms = 10000 };
	int ret = try_ioctl(tl[0], PINION_TIMELINE_IOC_EXPORT_FENCE, &args);

	return ret ? ret : args.fd;
}

/* Submit a job that raises tl[0] behind one that hangs: its points can be exported. */
static void begin_fences(void)
{
	begin_timelines();
	rig_long_ring(&rig, 4);
	rig_hang(&rig);
	rig_sqe_long(&rig, 0, 0)->signal = (struct pinion_uring_point){ .value = 1,
									.timeline = tl_id[0] };
	rig_submit(&rig);
	sync_file = export();
	if (sync_file < 0)
		ksft_exit_fail_msg("EXPORT_FENCE: %s\n", strerror(-sync_file));
}

static int make_fence(void)
{
	int fd = export();

	return fd < 0 ? fd : close(fd);
}

static int make_fence_import(void)
{
	struct pinion_timeline_fence_import args = { .fd = sync_file, .value = 1 };

	return try_ioctl(tl[1 + count / WAITERS], PINION_TIMELINE_IOC_IMPORT_FENCE, &args);
}

static void drop_fences(void)
{
	rig_unhang(&rig);
	rig_wait(&rig);
	rig_wait(&rig);
	close(sync_file);
	end_timelines();
}

/* A range that no large page or table can straddle reserves no page tables. */
static int make_bind(void)
{
	static struct drm_pinion_vm_bind_op ops[OPS];
	struct drm_pinion_vm_bind args = {
		.flags = DRM_PINION_VM_BIND_ASYNC,
		.stride = sizeof(ops[0]),
		.count = OPS,
		.ops = (uintptr_t)ops,
		.wait_timeline = tl_id[0],
		.wait_value = 1,
	};
	unsigned int k;

	for (k = 0; k < OPS; k++)
		ops[k] = (struct drm_pinion_vm_bind_op){
			.op = DRM_PINION_VM_BIND_UNMAP,
			.va = 1ull << 40,
			.size = 1ull << 39,
		};
	return try_ioctl(rig.fd, DRM_IOCTL_PINION_VM_BIND, &args);
}

static void drop_binds(void)
{
	rig_timeline_raise(tl[0], 1);
	/* A bind without ASYNC waits for those before it. */
	try_unmap(rig.fd, 1ull << 40, 4096);
	end_timelines();
}

/* A wait that is refused has a completion at once; one that waits has none yet. */
static int make_wait(void)
{
	struct io_uring_sqe *sqe = rig_sqe(&rig, 0, 0);
	struct io_uring_cqe *cqe;
	int res;

	sqe->fd = tl[count / WAITERS];
	sqe->cmd_op = PINION_URING_WAIT;
	memset(sqe->cmd, 0, sizeof(struct pinion_uring_exec));
	*(struct pinion_uring_wait *)sqe->cmd = (struct pinion_uring_wait){ .value = 1 };
	rig_submit(&rig);
	if (io_uring_peek_cqe(&rig.ring, &cqe))
		return 0;
	res = cqe->res;
	io_uring_cqe_seen(&rig.ring, cqe);
	return res;
}

static void drop_waits(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		rig_timeline_raise(tl[i], 1);
	while (count--)
		rig_wait(&rig);
	/* The ring keeps requests that have ended for the next ones. */
	io_uring_queue_exit(&rig.ring);
	rig_long_ring(&rig, 4);
	end_timelines();
}

#define BUFFERS	     DRM_PINION_LIMIT_BUFFERS
#define DEVICE_BYTES DRM_PINION_LIMIT_DEVICE_BYTES
#define HOST_BYTES   DRM_PINION_LIMIT_HOST_BYTES

static const struct kind kinds[] = {
	{ "buffers in device memory", BUFFERS, 2500, begin_nothing, make_device, drop_buffers },
	{ "buffers in host memory", HOST_BYTES, 4 * M, begin_nothing, make_host, drop_buffers },
	{ "buffers of user memory", HOST_BYTES, 4 * M, begin_user_memory, make_user_memory,
	  drop_user_memory },
	{ "imported buffers", BUFFERS, 2500, begin_imports, make_import, drop_imports },
	{ "mappings", HOST_BYTES, 2 * M, begin_buffer, make_mappings, drop_mappings },
	{ "page tables", DEVICE_BYTES, 2 * M, begin_buffer, make_table, drop_mappings },
	{ "address spaces", DRM_PINION_LIMIT_VMS, 8, begin_nothing, make_vm, drop_vms },
	{ "save areas", DEVICE_BYTES, SAVE_AREAS, begin_nothing, make_vm, drop_vms },
	{ "queues", DRM_PINION_LIMIT_QUEUES, 3, begin_nothing, make_queue, drop_files },
	{ "user-mode queues", DRM_PINION_LIMIT_QUEUES, 3, begin_nothing, make_user_queue,
	  drop_files },
	{ "timelines", TIMELINES, 400, begin_nothing, make_timeline, drop_timelines },
	{ "ids of a timeline", HOST_BYTES, M, begin_timelines, make_id, drop_ids },
	{ "exported fences", HOST_BYTES, M, begin_fences, make_fence, drop_fences },
	{ "imported fences", HOST_BYTES, M, begin_fences, make_fence_import, drop_fences },
	{ "binds that wait", HOST_BYTES, 2 * M, begin_timelines, make_bind, drop_binds },
	{ "commands that wait", HOST_BYTES, M, begin_timelines, make_wait, drop_waits },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void allow(const struct kind *kind, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	set_limit(limits[kind->limit], text);
}

/* What the process uses of host memory, and what its cgroup is charged. */
struct figures {
	uint64_t used;
	uint64_t charged;
};

static struct figures read_figures(void)
{
	return (struct figures){ used(DRM_PINION_LIMIT_HOST_BYTES), charged() };
}

/* The counters of the cgroup lag behind by 64 pages on each processor, so little is not seen. */
static bool is_small(struct figures before, struct figures peak)
{
	return peak.used - before.used < 768 * K;
}

/* Objects that jobs have used, and those that RCU protects, are freed a little later. */
static bool falls_back(struct figures before, struct figures peak)
{
	struct figures now = read_figures();
	unsigned int i;

	for (i = 0; i < WAIT_S * 100; i++) {
		if (now.used <= before.used &&
		    (is_small(before, peak) ||
		     now.charged <= before.charged + (peak.charged - before.charged) / 4))
			return true;
		usleep(10000);
		now = read_figures();
	}
	ksft_print_msg("used %lld bytes more than at the start, charged %lld more\n",
		       (long long)(now.used - before.used),
		       (long long)(now.charged - before.charged));
	return false;
}

/*
 * The part of the memory that the cgroup must at least be charged: the rest is memory that other
 * kernel code allocates, and on a kernel with KASAN memory of earlier objects, which is freed late.
 */
static unsigned int least_part(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) ? 3 : 8;
}

static void check(const struct kind *kind)
{
	struct figures before, peak;
	uint64_t more;
	int ret = 0;

	open_as_user();
	kind->begin();
	before = read_figures();
	more = kind->more == SAVE_AREAS ? 7 * usage().save.bytes / 2 : kind->more;
	allow(kind, used(kind->limit) + more);
	for (count = 0; count < MOST && !(ret = kind->make()); count++)
		;
	peak = read_figures();
	ksft_test_result(ret == -EDQUOT && count, "%s: after %u the next is refused: %s\n",
			 kind->name, count, strerror(-ret));
	ksft_test_result(peak.used > before.used &&
				 (is_small(before, peak) ||
				  peak.charged - before.charged >=
					  (peak.used - before.used) / least_part()),
			 "%s: of %llu KiB of host memory the cgroup is charged %lld KiB\n",
			 kind->name, (unsigned long long)(peak.used - before.used) / K,
			 (long long)(peak.charged - before.charged) / (long long)K);
	kind->drop();
	ksft_test_result(falls_back(before, peak), "%s: all is given back\n", kind->name);
	rig_close(&rig);
}

static int member(void)
{
	char pid[16], was[32];
	unsigned int i;
	int fd;

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (try_write(GROUP "/cgroup.procs", pid))
		ksft_exit_fail_msg("joining the group: %s\n", strerror(errno));
	udmabuf = open("/dev/udmabuf", O_RDWR);
	ksft_print_header();
	ksft_set_plan(3 * KINDS);
	for (i = 0; i < KINDS; i++) {
		if (kinds[i].make == make_import && udmabuf < 0) {
			rig_skip(3, "no udmabuf in this kernel");
			continue;
		}
		fd = open(limit_path(limits[kinds[i].limit]), O_RDONLY);
		was[fd < 0 ? 0 : read(fd, was, sizeof(was) - 1)] = 0;
		close(fd);
		check(&kinds[i]);
		set_limit(limits[kinds[i].limit], was);
	}
	ksft_finished();
}

static void make_group(void)
{
	mkdir(ROOT, 0755);
	if (mount("none", ROOT, "cgroup2", 0, NULL))
		ksft_exit_fail_msg("cgroup2: %s\n", strerror(errno));
	if (try_write(ROOT "/cgroup.subtree_control", "+memory") || mkdir(GROUP, 0755))
		ksft_exit_fail_msg("a memory group: %s\n", strerror(errno));
}

int main(void)
{
	struct rlimit files = { MOST, MOST };
	char node[64];
	int status;
	pid_t pid;

	snprintf(node, sizeof(node), "/dev/accel/accel%d", rig_card());
	chmod(node, 0666);
	setrlimit(RLIMIT_NOFILE, &files);
	userq_policy("on");
	make_group();
	pid = fork();
	if (!pid)
		exit(member());
	waitpid(pid, &status, 0);
	userq_policy("off");
	rmdir(GROUP);
	umount(ROOT);
	rmdir(ROOT);
	chmod(node, 0600);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
