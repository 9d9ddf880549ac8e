// SPDX-License-Identifier: GPL-2.0-or-later
/* When the driver lets completions share interrupts, and when no longer. */
#include "kshim.h"

#include "pinion_regs.h"
#include "pinion_moderation.h"

#include "../tap.h"

#define FREQ 1000000000u
#define US   1000ull
#define MANY 1600 /* interrupts: whole windows of 16 */

struct flow {
	struct pinion_moderation m;
	uint64_t now;
	unsigned int changes;
};

static struct flow start(uint32_t entries)
{
	struct flow flow = { .now = 1000000 };

	pinion_moderation_init(&flow.m, entries, FREQ);
	return flow;
}

/* @n interrupts, each of @records, @ns between the records, with jobs left or not. */
static uint32_t feed(struct flow *flow, unsigned int n, uint32_t records, uint64_t ns, bool more)
{
	while (n--) {
		flow->now += records * ns;
		flow->changes += pinion_moderation_learn(&flow->m, records, more, flow->now);
	}
	return flow->m.value;
}

static void test_depths(void)
{
	struct flow flow = start(64);

	tap_ok(!flow.m.value, "nothing is held back at first");
	tap_ok(!feed(&flow, MANY, 1, 5 * US, false), "nor with one job at a time");
	tap_ok(feed(&flow, 16, 1, 5 * US, true), "but where jobs are always in flight");
	tap_ok(feed(&flow, MANY, 20, 5 * US, true), "and it stays so");
	tap_ok(!feed(&flow, 16, 1, 5 * US, false), "until there is one at a time again");
	tap_ok(flow.changes == 2, "the card was written to %u times", flow.changes);
}

static void test_slow(void)
{
	struct flow flow = start(64);

	tap_ok(!feed(&flow, MANY, 1, 1000 * US, true) && !flow.changes,
	       "jobs of a millisecond each do not wait for each other");
	feed(&flow, 16, 1, 5 * US, true);
	tap_ok(!feed(&flow, 16, 1, 1000 * US, true), "nor after a time of short ones");
}

/* What holding back makes of a flow must not be a reason to stop it, and the other way round. */
static void test_settles(void)
{
	unsigned int us, restless = 0;

	for (us = 1; us < 200; us++) {
		struct flow flow = start(64);
		unsigned int i;

		for (i = 0; i < MANY; i++) {
			uint32_t count = flow.m.value & PINION_MODERATION_COUNT;
			uint32_t fit = (flow.m.value >> 16) / us + 1;

			feed(&flow, 1, count < 2 ? 1 : fit < count ? fit : count, us * US, true);
		}
		restless += flow.changes > 1;
	}
	tap_ok(!restless, "it comes to rest for each of 199 rates");
}

static void test_bounds(void)
{
	struct flow small = start(2), four = start(4), large = start(4096);
	uint32_t value;

	tap_ok(!feed(&small, MANY, 1, 1, true), "a queue of two entries holds nothing back");
	value = feed(&four, MANY, 2, 1, true);
	tap_ok((value & PINION_MODERATION_COUNT) == 2, "one of four at most half of them");
	value = feed(&large, MANY, 32, 1, true);
	tap_ok((value & PINION_MODERATION_COUNT) == 32 && value >> 16 == 50,
	       "and none more than 32, for 50 us");
}

/* The device may lie about the time. */
static void test_lies(void)
{
	struct flow flow = start(64);
	uint64_t seed = 1;
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		flow.changes += pinion_moderation_learn(&flow.m, 1 + seed % 4096, seed >> 40 & 1,
							seed);
	}
	tap_ok(flow.changes <= 100000 / 16,
	       "at most one change in 16 interrupts, whatever it is told");
}

int main(void)
{
	tap_plan(13);
	test_depths();
	test_slow();
	test_settles();
	test_bounds();
	test_lies();
	return tap_result();
}
