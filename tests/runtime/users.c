// SPDX-License-Identifier: MIT
/*
 * Three users share the cores: two with kernels that never end, by their weights, and a third with
 * a kernel of one block, which starts within two slices. All times are cycles of cores, which the
 * endless kernels count in memory that the users share, and which the card itself reads: how fast
 * card, guest and host are does not matter.
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "rt.h"

#define LIGHT_UID 20001
#define HEAVY_UID 20002
#define THIRD_UID 20003
#define SLICE	  20000ull /* cycles */
#define SLICES	  1000ull  /* slices of each core in which shares are compared */
#define JOBS	  40u	   /* short jobs of the third user */
#define CORES	  64u	   /* words of a user's counters: a word per core */

/**
 * struct counters - the buffer that the users share
 * @light: cycles that each core has run the block of the first user for
 * @heavy: cycles that each core has run the block of the second user for
 */
struct counters {
	uint64_t light[CORES], heavy[CORES];
};

#define WORDS (sizeof(struct counters) / 8)

/**
 * struct shared - contents of the buffer
 * @now: as the endless kernels write them
 * @seen: copied by the kernel witness when its first block starts
 * @before: copied by the queue engine
 */
struct shared {
	struct counters now, seen, before;
};

static struct pinion_device_info info;
static char *elf; /* the program with the kernels; other users may not reach its file */
static size_t elf_bytes;
static int dmabuf;
static uint64_t *longest; /* result of the third user's process */

/**
 * struct user - what a user's process has of the card
 * @dev: device of the process
 * @queue: queue with normal priority
 * @cb: empty command buffer
 * @prog: program with the kernels
 * @buf: buffer that all users share, as this process has imported it
 * @shared: address of the buffer for the CPU
 * @va: address of the buffer for the card
 */
struct user {
	struct pinion_device *dev;
	struct pinion_queue *queue;
	struct pinion_cmdbuf *cb;
	struct pinion_program *prog;
	struct pinion_buffer *buf;
	struct shared *shared;
	uint64_t va;
};

static void user_open(struct user *u)
{
	u->dev = rt_device();
	u->queue = rt_queue(u->dev, 4);
	u->cb = rt_cmdbuf(u->dev);
	RT(pinion_program_load(u->dev, elf, elf_bytes, &u->prog, &rt_err));
	RT(pinion_buffer_import(u->dev, dmabuf, 0, &u->buf, &rt_err));
	u->shared = pinion_buffer_map(u->buf);
	u->va = pinion_buffer_address(u->buf);
	if (!u->shared)
		tap_bail("the shared buffer cannot be mapped");
}

/* Start a process of the user @uid. */
static pid_t start(uid_t uid, void (*body)(struct user *u))
{
	struct user user;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		tap_bail("becoming user %u: %s", uid, strerror(errno));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	user_open(&user);
	body(&user);
	_exit(0);
}

static void record(struct user *u, const char *kernel, uint32_t blocks, uint64_t value)
{
	struct probe_args args = { u->va, value };

	if (pinion_cmd_launch(u->cb, pinion_program_kernel(u->prog, kernel), blocks, 1, 1, &args,
			      sizeof(args)))
		tap_bail("launch of %s cannot be recorded", kernel);
}

static void run_light(struct user *u)
{
	record(u, "tick", info.cores, 0);
	RT(rt_run(u->queue, u->cb));
}

static void run_heavy(struct user *u)
{
	record(u, "tick", info.cores, CORES);
	RT(rt_run(u->queue, u->cb));
}

/*
 * Each job copies the counters twice: the queue engine does it when it comes to the launch, and the
 * kernel when it starts. In between, cores run the other users' blocks. Of all cores and jobs,
 * find the core that ran them the longest.
 */
static void run_third(struct user *u)
{
	const struct counters *seen = &u->shared->seen, *before = &u->shared->before;
	unsigned int job, i;

	pinion_cmd_copy(u->cb, u->va + offsetof(struct shared, before), u->va,
			sizeof(struct counters));
	record(u, "witness", 1, WORDS);
	for (job = 0; job < JOBS; job++) {
		RT(rt_run(u->queue, u->cb));
		for (i = 0; i < info.cores; i++) {
			uint64_t cycles = seen->light[i] - before->light[i] + seen->heavy[i] -
					  before->heavy[i];

			*longest = cycles > *longest ? cycles : *longest;
		}
	}
}

/* The cycles that a user has had of all cores, by the card's own copy of the counters. */
static void snapshot(struct user *root, uint64_t *light, uint64_t *heavy)
{
	unsigned int i;

	RT(rt_run(root->queue, root->cb));
	*light = 0;
	*heavy = 0;
	for (i = 0; i < info.cores; i++) {
		*light += root->shared->before.light[i];
		*heavy += root->shared->before.heavy[i];
	}
}

static void still_runs(pid_t pid)
{
	if (waitpid(pid, NULL, WNOHANG))
		tap_bail("an endless kernel has ended");
}

/* Wait until both endless kernels run, and the cores have run them for @cycles more. */
static void let_run(struct user *root, const pid_t *pids, uint64_t cycles)
{
	uint64_t light, heavy, from;

	do {
		snapshot(root, &light, &heavy);
		from = light + heavy;
		still_runs(pids[0]);
		still_runs(pids[1]);
	} while (!light || !heavy);
	do {
		usleep(1000);
		snapshot(root, &light, &heavy);
	} while (light + heavy - from < cycles);
}

/* Compare shares: heavy : light is @weight : 100. */
static void test_shares(struct user *root, const pid_t *pids, unsigned int weight)
{
	uint64_t light, heavy, l, h;

	let_run(root, pids, 2 * SLICE * info.cores);
	snapshot(root, &light, &heavy);
	let_run(root, pids, SLICES * SLICE * info.cores);
	snapshot(root, &l, &h);
	light = l - light;
	heavy = h - heavy;
	tap_ok(heavy * 1000 > light * weight * 9 && heavy * 1000 < light * weight * 11,
	       "weights %u and 100: %lu and %lu cycles of %u cores", weight, heavy, light,
	       info.cores);
}

static uint64_t card_counts(unsigned int uid)
{
	unsigned long long cycles = 0, found;
	unsigned int who;
	char line[256];
	FILE *file;

	snprintf(line, sizeof(line), "/sys/kernel/debug/accel/%s/users", info.pci);
	file = fopen(line, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "uid %u group %*u weight %*u cycles %llu", &who, &found) == 2 &&
		    who == uid)
			cycles = found;
	if (file)
		fclose(file);
	return cycles;
}

/*
 * The card's own counters of a user, between two looks at what the user's kernel counts. The card
 * counts more, as starting and going on with a block costs cycles, but less than a tenth.
 */
static void test_counters(struct user *root)
{
	uint64_t light[2], heavy[2], l, h;

	snapshot(root, &light[0], &heavy[0]);
	l = card_counts(LIGHT_UID);
	h = card_counts(HEAVY_UID);
	snapshot(root, &light[1], &heavy[1]);
	tap_ok(l >= light[0] && l < light[1] / 10 * 11 && h >= heavy[0] && h < heavy[1] / 10 * 11,
	       "the card counts the same: %lu and %lu cycles", h, l);
}

static void test_third(void)
{
	pid_t pid = start(THIRD_UID, run_third);
	int status;

	waitpid(pid, &status, 0);
	tap_ok(!status && *longest && *longest <= 2 * SLICE,
	       "%u kernels of a third user start within two slices: %lu cycles of a core at most",
	       JOBS, *longest);
}

static void set_limit(const char *name, const char *value)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/limits/%s", info.pci, name);
	file = fopen(path, "w");
	if (!file || fputs(value, file) < 0 || fclose(file))
		tap_bail("%s: %s", path, strerror(errno));
}

static void read_program(void)
{
	const char *path = rt_build("kernels/test/probe.elf");
	FILE *file = fopen(path, "r");
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		tap_bail("%s: %s", path, strerror(errno));
	elf_bytes = (size_t)st.st_size;
	elf = malloc(elf_bytes);
	if (!elf || fread(elf, 1, elf_bytes, file) != elf_bytes)
		tap_bail("%s cannot be read", path);
	fclose(file);
}

/* As root: the buffer for all users, and a job that copies the counters at one moment. */
static void set_up(struct user *root)
{
	struct pinion_device *dev = rt_device();
	struct pinion_buffer *buf;

	RT(pinion_device_info(dev, &info));
	RT(pinion_buffer_create(dev, sizeof(struct shared),
				PINION_BUFFER_DEVICE | PINION_BUFFER_MAPPABLE, &buf, &rt_err));
	dmabuf = pinion_buffer_export(buf, &rt_err);
	pinion_buffer_free(buf);
	pinion_device_close(dev);
	longest = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (dmabuf < 0 || longest == MAP_FAILED || chmod(info.path, 0666))
		tap_bail("set-up: %s", strerror(errno));
	read_program();
	user_open(root);
	pinion_cmd_copy(root->cb, root->va + offsetof(struct shared, before), root->va,
			sizeof(struct counters));
}

int main(void)
{
	struct user root;
	pid_t pids[2];

	tap_plan(4);
	set_up(&root);
	set_limit("slice_cycles", "20000");
	set_limit("user_weight", "20002 300");
	pids[0] = start(LIGHT_UID, run_light);
	pids[1] = start(HEAVY_UID, run_heavy);
	test_shares(&root, pids, 300);
	set_limit("user_weight", "20002 default");
	test_shares(&root, pids, 100);
	test_counters(&root);
	test_third();
	for (unsigned int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	set_limit("slice_cycles", "1000000");
	chmod(info.path, 0600);
	return tap_result();
}
