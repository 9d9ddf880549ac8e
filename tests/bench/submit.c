// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Submits commands that do nothing, in the guest, between the marks by which QEMU's plugin counts
 * instructions. For each measurement it prints "measured NAME COMMANDS KIND": the number of
 * commands in each interval, and "sleep" if the submitter may sleep in it. The first measurement
 * has nothing in its intervals and shows what the marks cost. A line "program FILE ADDRESS" tells
 * where this program lies in memory.
 *
 * Arguments name parts to run; without arguments, all usual parts run. "slow" as the first argument
 * says that the card answers so late that a submitter sleeps; modes that never sleep are left out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../selftests/rig.h"
#include "marks.h"
#include "modes.h"

#define WARM	    300u  /* commands before a measurement begins */
#define COMMANDS    8000u /* commands in one measurement, as far as FEWEST and MOST allow */
#define FEWEST	    100u  /* intervals in one measurement at least */
#define MOST	    201u  /* intervals in one measurement at most */
#define BUFFERS	    100000u
#define BIND_OPS    250u /* operations in one VM_BIND; divides BUFFERS */
#define SUBMITS	    201u
#define READY_US    2000u      /* time in which the card completes a few empty jobs */
#define SLOW	    (1u << 16) /* packets of a job that outlasts its submission */
#define PACKETS	    (1u << 20)
#define PACKET_JOBS 51u /* jobs of PACKETS packets, of which one takes the card some 10 ms */

extern const char __executable_start[]; /* defined by the linker */

static bool slow;

static uint64_t kernel_symbol(const char *wanted)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	uint64_t address = 0, at;
	char line[512], name[256];

	need(file, "/proc/kallsyms");
	while (!address && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %*c %255s", &at, name) == 2 && !strcmp(name, wanted))
			address = at;
	fclose(file);
	need(address, wanted);
	return address;
}

/*
 * Name a function of the kernel to the plugin. Its address is only known at run time, so the code
 * of the mark is made here.
 */
static void name_function(uint32_t mark, const char *name)
{
	uint32_t address = kernel_symbol(name);
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(code != MAP_FAILED, "memory for code");
	memcpy(code, "\x0f\x1f\x80....\x0f\x1f\x80....\xc3", 15);
	memcpy(code + 3, &mark, sizeof(mark));
	memcpy(code + 10, &address, sizeof(address));
	((void (*)(void))code)();
	munmap(code, 4096);
}

static void run_marks(void)
{
	unsigned int i;

	for (i = 0; i < MOST; i++) {
		MARK(MARK_BEGIN);
		MARK(MARK_END);
	}
	MARK(MARK_REPORT);
	printf("measured marks 1 awake\n");
}

/* A peer goes by the host's time, and most of its intervals are lost to a tick of the clock. */
static unsigned int intervals(const struct mode *mode, unsigned int depth)
{
	unsigned int n = COMMANDS / depth;

	n = n < FEWEST ? FEWEST : n > MOST ? MOST : n;
	return mode->peer ? n * 4 : n;
}

static void next_queue(struct lane *lane)
{
	lane->queue = (lane->queue + 1) % lane->nqueues;
}

/*
 * How often a submitter polls until the card is ready depends on the host. So submission is
 * measured first, and then, once the card has completed the jobs, taking the results.
 */
static void measure_halves(struct lane *lane, unsigned int depth)
{
	unsigned int i, taking;

	for (taking = 0; taking < 2; taking++) {
		for (i = 0; i < WARM / depth + intervals(lane->mode, depth); i++) {
			bool warm = i < WARM / depth;

			if (!warm && !taking)
				MARK(MARK_BEGIN);
			lane->mode->submit(lane, depth, 0);
			if (!warm && !taking)
				MARK(MARK_END);
			lane->inflight = depth;
			usleep(READY_US);
			if (!warm && taking)
				MARK(MARK_BEGIN);
			lane_drain(lane);
			if (!warm && taking)
				MARK(MARK_END);
		}
		MARK(MARK_REPORT);
		printf("measured %s_%s_qd%u %u awake\n", lane->mode->name,
		       taking ? "reap" : "submit", depth, depth);
	}
}

/* Measure intervals of @depth commands, submitted in batches, with up to @depth in flight. */
static void measure(struct lane *lane, const char *name, unsigned int depth, unsigned int batch)
{
	unsigned int i, k;

	for (i = 0; i < WARM || i < lane->nqueues * depth; i += batch)
		lane_step(lane, depth, batch);
	for (i = 0; i < intervals(lane->mode, depth); i++) {
		next_queue(lane);
		MARK(MARK_BEGIN);
		for (k = 0; k < depth; k += batch)
			lane_step(lane, depth, batch);
		MARK(MARK_END);
	}
	MARK(MARK_REPORT);
	lane_drain(lane);
	printf("measured %s %u %s\n", name, depth * mode_commands(lane->mode),
	       lane->mode->device ? "sleep" : "awake");
}

/* Measure the submission of one command alone; it completes before the next is submitted. */
static void measure_submit(struct lane *lane, const char *name, unsigned int times)
{
	unsigned int i;

	for (i = 0; i < lane->nqueues + times; i++) {
		next_queue(lane);
		if (i < lane->nqueues) {
			lane->mode->submit(lane, 1, 0);
		} else {
			MARK(MARK_BEGIN);
			lane->mode->submit(lane, 1, 0);
			MARK(MARK_END);
		}
		lane->inflight = 1;
		lane_drain(lane);
	}
	MARK(MARK_REPORT);
	printf("measured %s 1 submit\n", name);
}

static const char *named(const char *format, const char *mode, unsigned int a, unsigned int b)
{
	static char name[64];

	snprintf(name, sizeof(name), format, mode, a, b);
	return name;
}

/* Open a submitter; returns false if the guest lacks what the mode needs. */
static bool begin(struct lane *lane, const struct mode *mode, unsigned int nqueues)
{
	int ret = lane_open(lane, mode, nqueues);

	if (ret)
		printf("%s with %u queues: %s: left out\n", mode->name, nqueues, strerror(-ret));
	return !ret;
}

static void measure_depth(struct lane *lane, unsigned int depth)
{
	if (lane->mode->vector && depth > LANE_VECTORS)
		return;
	if (lane->mode->polls)
		measure_halves(lane, depth);
	else
		measure(lane, named("%s_qd%u", lane->mode->name, depth, 0), depth, depth);
}

static bool begins_with(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* With a slow card, only modes whose submitters sleep while they wait are measured. */
static bool has_its_turn(const struct mode *mode, const char *prefix)
{
	bool waits = begins_with(mode->name, "exec_") && !mode->polled && !mode->polls;

	return begins_with(mode->name, prefix) && (!slow || waits);
}

/* Measure the modes whose names begin with @prefix. */
static void run_modes(const char *prefix, const unsigned int *depths, unsigned int n)
{
	struct lane lane;
	unsigned int i, k;

	for (i = 0; i < nmodes; i++) {
		if (!has_its_turn(&modes[i], prefix) || !begin(&lane, &modes[i], 1))
			continue;
		for (k = 0; k < n && !lane.mode->polled; k++)
			measure_depth(&lane, depths[k]);
		if (!slow && lane.mode->device && !lane.mode->polls && !lane.mode->vector) {
			lane_add_packets(&lane, SLOW);
			measure_submit(&lane, named("%s_submit", lane.mode->name, 0, 0), SUBMITS);
		}
		lane_close(&lane);
	}
}

static void part_depths(void)
{
	static const unsigned int depths[] = { 1, 8, 32, 128 };

	run_modes("", depths, 4);
}

/* Measure what tests/bench/budget.json has. */
static void part_budget(void)
{
	static const unsigned int depths[] = { 1, 32 };

	run_modes("exec_", depths, 2);
}

/* Measure with the most commands in flight, submitted in smaller batches. */
static void run_batches(const char *prefix)
{
	static const unsigned int batches[] = { 1, 8, 64 };
	struct lane lane;
	unsigned int i, k;

	for (i = 0; i < nmodes; i++) {
		if (!modes[i].device || modes[i].polled || modes[i].polls || modes[i].vector ||
		    !has_its_turn(&modes[i], prefix) || !begin(&lane, &modes[i], 1))
			continue;
		for (k = 0; k < 3; k++)
			measure(&lane,
				named("%s_qd%u_batch%u", lane.mode->name, LANE_DEPTH, batches[k]),
				LANE_DEPTH, batches[k]);
		lane_close(&lane);
	}
}

static void part_batches(void)
{
	run_batches("");
}

/* For a boot in which another program is measured: that program needs the cost of the marks. */
static void part_none(void)
{
}

/* NVMe has guests of its own, as options of the card do not make NVMe answer early or late. */
static void part_peers(void)
{
	static const unsigned int depths[] = { 1, 8, 32, 128 };

	run_modes("nvme_", depths, 4);
	run_batches("nvme_");
}

/* How many queues the card grants, which may have fewer than LANE_QUEUES or keep some. */
static unsigned int most_queues(void)
{
	unsigned int n = LANE_QUEUES;
	struct lane lane;

	while (lane_open(&lane, mode_named("exec_uring"), n))
		n--;
	lane_close(&lane);
	printf("the card grants %u queues\n", n);
	return n;
}

static void run_queues(unsigned int count)
{
	const struct mode *mode = mode_named("exec_uring");
	struct lane lane;

	if (!begin(&lane, mode, count))
		return;
	measure(&lane, named("%s_queues%u_qd32", mode->name, count, 0), 32, 32);
	if (!slow) {
		lane_add_packets(&lane, SLOW);
		measure_submit(&lane, named("%s_queues%u_submit", mode->name, count, 0), SUBMITS);
	}
	lane_close(&lane);
}

/*
 * Measure with several queues. All commands of an interval go to one queue, and the next interval
 * uses the next queue. At the end 32 commands go to 32 queues.
 */
static void part_queues(void)
{
	struct lane lane;

	run_queues(1);
	run_queues(16);
	run_queues(64);
	run_queues(most_queues());
	if (!begin(&lane, mode_named("exec_uring"), 32))
		return;
	lane.spread = true;
	measure(&lane, "exec_uring_spread32_qd32", 32, 32);
	lane_close(&lane);
}

/* Submit command buffers of NOP packets: the cost should not depend on the number of packets. */
static void part_packets(void)
{
	struct lane lane;

	if (!begin(&lane, mode_named("exec_uring"), 1))
		return;
	lane_add_packets(&lane, PACKETS);
	lane.bytes = sizeof(struct pinion_pkt);
	measure_submit(&lane, "exec_packets1_submit", MOST);
	lane.bytes = PACKETS * sizeof(struct pinion_pkt);
	measure_submit(&lane, "exec_packets1m_submit", PACKET_JOBS);
	lane_close(&lane);
}

/* Map 100,000 buffers into the address space, every second one in device memory. */
static void bind_buffers(int node)
{
	struct drm_pinion_vm_bind_op ops[BIND_OPS];
	struct drm_pinion_vm_bind args = {
		.stride = sizeof(ops[0]),
		.count = BIND_OPS,
		.ops = (uintptr_t)ops,
	};
	unsigned int i;

	for (i = 0; i < BUFFERS; i++) {
		uint32_t flags = i & 1 ? DRM_PINION_BO_HOST : DRM_PINION_BO_DEVICE;

		ops[i % BIND_OPS] = (struct drm_pinion_vm_bind_op){
			.flags = RIG_RWX,
			.handle = rig_bo(node, 4096, flags),
			.va = 0x100000000ull + i * 8192ull,
			.size = 4096,
		};
		if (i % BIND_OPS == BIND_OPS - 1)
			need(!try_ioctl(node, DRM_IOCTL_PINION_VM_BIND, &args), "VM_BIND");
	}
}

static void part_buffers(void)
{
	struct lane lane;

	if (!begin(&lane, mode_named("exec_uring"), 1))
		return;
	bind_buffers(lane.node);
	measure(&lane, "exec_bos_qd1", 1, 1);
	measure(&lane, "exec_bos_qd32", 32, 32);
	lane_close(&lane);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
		bool usual;
	} parts[] = {
		{ "depths", part_depths, true },   { "batches", part_batches, true },
		{ "queues", part_queues, true },   { "packets", part_packets, true },
		{ "buffers", part_buffers, true }, { "budget", part_budget, false },
		{ "peers", part_peers, false },	   { "none", part_none, false },
	};
	unsigned int i;
	int k;

	slow = argc > 1 && !strcmp(argv[1], "slow");
	printf("program %s %p\n", argv[0], (const void *)__executable_start);
	name_function(MARK_WITHOUT, "asm_sysvec_apic_timer_interrupt");
	name_function(MARK_SWITCH, "__schedule");
	name_function(MARK_INTERRUPT, "asm_common_interrupt");
	run_marks();
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (argc == 1 && parts[i].usual)
			parts[i].run();
		for (k = 1 + slow; k < argc; k++)
			if (!strcmp(argv[k], parts[i].name))
				parts[i].run();
	}
	return 0;
}
