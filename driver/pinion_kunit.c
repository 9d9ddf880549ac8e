// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the parts of the driver that need no card: the page-table builder and the
 * arithmetic of rings, as compiled for the kernel. Built where the kernel has KUnit;
 * tests/selftests/kunit.sh runs the tests.
 */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "pinion_pt.c"
#include "pinion_pt_plan.c"
#include "pinion_ring.h"

#define BASE  0x7fffe00000ull /* 2 MiB below 512 GiB, so that PAGES cross tables of each level */
#define PAGES (3 * 512u)
#define STEPS 300

/**
 * struct world - page tables in host memory, and the translations that they should have
 * @pt: page tables under test
 * @tables: number of tables allocated
 * @budget: number of tables that may still be allocated
 * @lies: number of tables that were freed as zero and were not
 * @seed: state of the random number generator
 * @flat: expected leaf of each page in the range, without VALID and CONT64K; 0: none
 */
struct world {
	struct pinion_pt pt;
	int tables;
	int budget;
	int lies;
	u32 seed;
	u64 flat[PAGES];
};

/* The physical address of a table serves as its device address; world_walk() relies on that. */
static int world_alloc(void *ctx, u64 *addr, void **mem)
{
	struct world *w = ctx;

	if (!w->budget)
		return -ENOSPC;
	*mem = (void *)__get_free_page(GFP_KERNEL);
	if (!*mem)
		return -ENOMEM;
	memset(*mem, 0xff, PAGE_SIZE);
	*addr = __pa(*mem);
	w->tables++;
	w->budget--;
	return 0;
}

static void world_free(void *ctx, void *mem, bool zero)
{
	struct world *w = ctx;

	w->lies += zero && memchr_inv(mem, 0, PAGE_SIZE);
	free_page((unsigned long)mem);
	w->tables--;
	w->budget++;
}

static void world_zero(void *ctx, u64 addr)
{
	memset(__va(addr), 0, PAGE_SIZE);
}

static void world_write(void *ctx, u64 addr, const u64 *entries, unsigned int count)
{
	memcpy(__va(addr), entries, 8 * count);
}

static const struct pinion_pt_ops world_ops = {
	.alloc = world_alloc,
	.free = world_free,
	.zero = world_zero,
	.write = world_write,
};

static u32 roll(struct world *w, u32 below)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % below;
}

/* Find the leaf that maps a page by walking the tables as the card does. */
static u64 world_walk(struct world *w, u64 va)
{
	u64 at = w->pt.root->addr, entry;
	int level;

	for (level = 3; level >= 0; level--) {
		entry = ((u64 *)__va(at))[pt_index(va, level)];
		if (!(entry & PINION_PTE_VALID))
			return 0;
		if (entry & PINION_PTE_LEAF)
			break;
		at = entry & PINION_PTE_ADDR;
	}
	entry &= ~(PINION_PTE_VALID | PINION_PTE_CONT64K);
	if (entry & PINION_PTE_SPARSE || level <= 0)
		return entry;
	return entry + (va & (SZ_2M - 1));
}

static void expect_same(struct kunit *test)
{
	struct world *w = test->priv;
	u32 i;

	for (i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, world_walk(w, BASE + i * SZ_4K), w->flat[i]);
	KUNIT_ASSERT_EQ(test, world_walk(w, BASE - SZ_4K), 0);
	KUNIT_ASSERT_EQ(test, world_walk(w, BASE + PAGES * SZ_4K), 0);
}

/* Map @n pages, or unmap if @prot is 0; returns an error if the tables cannot be reserved. */
static int world_set(struct world *w, u32 first, u32 n, u64 addr, u64 prot)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	u64 va = BASE + first * SZ_4K, bytes = (u64)n * SZ_4K;
	int ret;

	if (prot & PINION_PTE_SPARSE)
		plan.sparse = prot & ~PINION_PTE_SPARSE;
	if (prot) {
		pinion_pt_plan_range(&w->pt, &plan, va, bytes);
		pinion_pt_plan_run(&w->pt, &plan, va, addr, bytes);
	} else {
		pinion_pt_plan_unmap(&w->pt, &plan, va, bytes);
	}
	ret = pinion_pt_reserve(&w->pt, &plan);
	if (ret)
		return ret;
	if (prot)
		pinion_pt_map(&w->pt, va, addr, bytes, prot);
	else
		pinion_pt_unmap(&w->pt, va, bytes);
	for (; n--; first++, addr += SZ_4K)
		w->flat[first] = prot & PINION_PTE_SPARSE ? prot : prot ? addr | prot : 0;
	return 0;
}

static int world_step(struct world *w)
{
	static const u32 aligns[] = { 1, 16, 512 };
	u32 align = aligns[roll(w, 3)], first = roll(w, PAGES) / align * align;
	u32 n = min(1 + roll(w, roll(w, 2) ? 40 : PAGES), PAGES - first);
	u64 addr = (u64)roll(w, 100000) * align * SZ_4K, prot = (1 + roll(w, 7)) << 1;

	switch (roll(w, 5)) {
	case 0:
	case 1:
		return world_set(w, first, n, 0, 0);
	case 2:
		return world_set(w, first, n, BASE + first * SZ_4K,
				 PINION_PTE_READ | PINION_PTE_SPARSE);
	default:
		return world_set(w, first, n, addr, prot);
	}
}

static int pt_test_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->budget = INT_MAX;
	w->seed = 1;
	test->priv = w;
	return pinion_pt_init(&w->pt, &world_ops, w);
}

static void pt_test_exit(struct kunit *test)
{
	struct world *w = test->priv;

	pinion_pt_fini(&w->pt);
	KUNIT_EXPECT_EQ(test, w->tables, 0);
	KUNIT_EXPECT_EQ(test, w->lies, 0);
}

static void pt_random(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	for (i = 0; i < STEPS; i++) {
		KUNIT_ASSERT_EQ(test, world_step(w), 0);
		expect_same(test);
		if (i % 3 == 0)
			pinion_pt_release(&w->pt);
	}
}

static void pt_little_memory(struct kunit *test)
{
	struct world *w = test->priv;
	int i, failed = 0;

	for (i = 0; i < STEPS; i++) {
		w->budget = roll(w, 3);
		failed += world_step(w) != 0;
		expect_same(test);
		pinion_pt_release(&w->pt);
	}
	KUNIT_EXPECT_GT(test, failed, 0);
	w->budget = INT_MAX;
}

static void pt_unmap_without_memory(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_ASSERT_EQ(test, world_set(w, 0, PAGES, 0, PINION_PTE_READ), 0);
	pinion_pt_release(&w->pt);
	w->budget = 0;
	KUNIT_EXPECT_EQ(test, world_set(w, 512, 1, 0, 0), -ENOSPC);
	expect_same(test);
	KUNIT_EXPECT_EQ(test, world_set(w, 512, 512, 0, 0), 0);
	expect_same(test);
	KUNIT_EXPECT_EQ(test, world_set(w, 0, PAGES, 0, 0), 0);
	pinion_pt_release(&w->pt);
	KUNIT_EXPECT_EQ(test, w->tables, 1);
	w->budget = INT_MAX;
}

static struct kunit_case pt_cases[] = {
	KUNIT_CASE(pt_random), KUNIT_CASE(pt_little_memory), KUNIT_CASE(pt_unmap_without_memory), {}
};

static struct kunit_suite pt_suite = {
	.name = "pinion_pt",
	.init = pt_test_init,
	.exit = pt_test_exit,
	.test_cases = pt_cases,
};

static void ring_slots(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, pinion_ring_slot(0, 64), 0);
	KUNIT_EXPECT_EQ(test, pinion_ring_slot(63, 64), 63);
	KUNIT_EXPECT_EQ(test, pinion_ring_slot(64, 64), 0);
	KUNIT_EXPECT_EQ(test, pinion_ring_slot(U32_MAX, 64), 63);
	KUNIT_EXPECT_EQ(test, pinion_ring_slot(BIT_ULL(32), 64), 0);
	KUNIT_EXPECT_EQ(test, pinion_ring_slot(5, 1), 0);
}

/* The phase bit flips with each round, also where the counter wraps. */
static void ring_phases(struct kunit *test)
{
	u32 n;

	KUNIT_EXPECT_EQ(test, pinion_ring_phase(0, 8), PINION_CQE_PHASE);
	for (n = -64; n != 64; n++)
		KUNIT_EXPECT_NE(test, pinion_ring_phase(n, 8), pinion_ring_phase(n + 8, 8));
}

static void ring_heads(struct kunit *test)
{
	static const u32 starts[] = { 0, 1000, U32_MAX - 3, U32_MAX };
	u32 i, done;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		done = starts[i];
		KUNIT_EXPECT_FALSE(test, pinion_ring_has_head(done, done, done + 5));
		KUNIT_EXPECT_TRUE(test, pinion_ring_has_head(done + 1, done, done + 5));
		KUNIT_EXPECT_TRUE(test, pinion_ring_has_head(done + 5, done, done + 5));
		KUNIT_EXPECT_FALSE(test, pinion_ring_has_head(done + 6, done, done + 5));
		KUNIT_EXPECT_FALSE(test, pinion_ring_has_head(done - 1, done, done + 5));
		KUNIT_EXPECT_FALSE(test, pinion_ring_has_head(done + 1, done, done));
	}
}

static void ring_room(struct kunit *test)
{
	u32 done = U32_MAX - 3;

	KUNIT_EXPECT_TRUE(test, pinion_ring_has_room(done, done, 8, 8));
	KUNIT_EXPECT_TRUE(test, pinion_ring_has_room(done + 7, done, 1, 8));
	KUNIT_EXPECT_FALSE(test, pinion_ring_has_room(done + 8, done, 1, 8));
	KUNIT_EXPECT_FALSE(test, pinion_ring_has_room(done + 5, done, 4, 8));
}

/* The doorbell is needed if the tail at which the card asks for one is among the new entries. */
static void ring_doorbells(struct kunit *test)
{
	static const u32 starts[] = { 0, 1000, U32_MAX - 2, U32_MAX };
	u32 i, old;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		old = starts[i];
		KUNIT_EXPECT_TRUE(test, pinion_ring_wants_doorbell(old, old, old + 1));
		KUNIT_EXPECT_TRUE(test, pinion_ring_wants_doorbell(old, old, old + 5));
		KUNIT_EXPECT_TRUE(test, pinion_ring_wants_doorbell(old + 4, old, old + 5));
		KUNIT_EXPECT_FALSE(test, pinion_ring_wants_doorbell(old + 5, old, old + 5));
		KUNIT_EXPECT_FALSE(test, pinion_ring_wants_doorbell(old - 1, old, old + 5));
	}
}

static struct kunit_case ring_cases[] = { KUNIT_CASE(ring_slots),     KUNIT_CASE(ring_phases),
					  KUNIT_CASE(ring_heads),     KUNIT_CASE(ring_room),
					  KUNIT_CASE(ring_doorbells), {} };

static struct kunit_suite ring_suite = {
	.name = "pinion_ring",
	.test_cases = ring_cases,
};

kunit_test_suites(&pt_suite, &ring_suite);

MODULE_DESCRIPTION("KUnit tests of the Pinion driver");
MODULE_LICENSE("GPL");
