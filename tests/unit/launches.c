// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers of many short launches: whatever the budget of a step, the card does not sleep before
 * they are done (rig_step() looks), and they cost no more steps than they have work.
 */
#include <stdlib.h>
#include <string.h>

#include "cardrig.h"
#include "tests/tap.h"

#define BUDGETS	     100000u
#define ALL_UP_TO    2000u  /* budgets of which none is left out */
#define SHELL_BUDGET 50000u /* of a step in QEMU: tools/card/qemu/run.c */
#define BLOCKS	     1200u  /* of a buffer; more work than the largest budget */
#define EMPTY	     1000u  /* launches of one empty block */

#define RET 0x00008067u
#define NOP 0x00000013u

/* Blocks of 1 to 3 instructions, and one of a loop of 40 times 2. */
static const uint32_t code[] = {
	NOP,	    NOP, RET, 0x02800293, /* addi t0, zero, 40 */
	0xfff28293,			  /* addi t0, t0, -1 */
	0xfe029ee3,			  /* bnez t0, -4 */
	RET,
};

static const uint32_t entries[] = { 0, 4, 8, 12 };

static struct pinion_pkt_launch buffer[BLOCKS];
static struct rig_buf text;

/* xorshift: the same numbers on every machine. */
static uint32_t any(uint32_t below)
{
	static uint64_t state = 0x2545f4914f6cdd1dull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

static struct pinion_pkt_launch launch(const struct rig *rig, uint32_t offset, uint32_t blocks)
{
	return (struct pinion_pkt_launch){
		.pkt = { .op = PINION_PKT_LAUNCH, .bytes = sizeof(struct pinion_pkt_launch) },
		.entry = text.va + offset,
		.args = rig->args.va,
		.grid = { blocks, 1, 1 },
	};
}

/* Launches of any kernel and size. Returns how many. */
static unsigned int record_any(const struct rig *rig)
{
	unsigned int n = 0, blocks = 0, size;

	for (; blocks < BLOCKS; blocks += size) {
		size = any(4) ? 1 + any(3) : 1 + any(40); /* fewer or more than cores */
		buffer[n++] = launch(rig, entries[any(4)], size);
	}
	return n;
}

static void try_budget(struct rig *rig, uint32_t budget)
{
	unsigned int n = record_any(rig);

	rig->budget = budget;
	if (rig_run(rig, buffer, n * sizeof(*buffer)))
		tap_bail("a launch failed; the step's budget was %u", budget);
}

/* All small ones and one of each following hundred; with PINION_SOAK every one. */
static void test_budgets(struct rig *rig)
{
	uint32_t budget = 1, tried = 0;

	for (; budget <= BUDGETS; tried++) {
		try_budget(rig, budget);
		if (budget < ALL_UP_TO || getenv("PINION_SOAK"))
			budget++;
		else
			budget += 1 + any(100);
	}
	tap_ok(true, "no sleep before the end of a job, with %u budgets from 1 to %u", tried,
	       BUDGETS);
}

/* Work is model time: what launches cost must not grow unseen. */
static void test_cost(struct rig *rig)
{
	uint64_t before = rig->steps;
	unsigned int i;

	for (i = 0; i < EMPTY; i++)
		buffer[i] = launch(rig, 8, 1);
	rig->budget = SHELL_BUDGET;
	if (rig_run(rig, buffer, EMPTY * sizeof(*buffer)))
		tap_bail("a launch failed");
	tap_ok(rig->steps - before <= 6, "%u empty launches: %u steps of QEMU's budget", EMPTY,
	       (unsigned int)(rig->steps - before));
}

/* A card without jobs sleeps from one heartbeat of the firmware to the next, 10 a second. */
static void test_sleep(struct rig *rig)
{
	uint64_t begin = rig->time, before = rig->steps;

	while (rig->time < begin + 10000000000ull)
		rig_step(rig);
	tap_ok(rig->steps - before <= 2 * 101, "idle for 10 s: %u steps",
	       (unsigned int)(rig->steps - before));
}

int main(void)
{
	struct rig *rig = rig_new(NULL);

	tap_plan(3);
	text = rig_alloc(rig, 4096, RIG_RW | PINION_PTE_EXEC);
	memcpy(text.ptr, code, sizeof(code));
	test_cost(rig);
	test_sleep(rig);
	test_budgets(rig);
	rig_free(rig);
	return tap_result();
}
