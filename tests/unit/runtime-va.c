// SPDX-License-Identifier: MIT
/* The allocator of virtual addresses against a map of pages, over random calls. */
#include <string.h>

#include "tap.h"
#include "va.h"

#define PAGE   4096ull
#define PAGES  512u
#define START  0x200000ull
#define RANGES 64u

static uint32_t seed = 1;
static unsigned char used[PAGES];
static struct pinion_va va = { .start = START, .end = START + PAGES * PAGE };

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint64_t)seed * below >> 32;
}

/* Sets the pages of a range; false if one was not as expected or out of bounds. */
static bool mark(const struct pinion_va_range *range, int from, int to)
{
	uint64_t first = (range->start - START) / PAGE;

	for (uint64_t i = first; i < first + range->bytes / PAGE; i++) {
		if (i >= PAGES || used[i] != from)
			return false;
		used[i] = to;
	}
	return true;
}

/* Whether a hole of these pages exists at this alignment. */
static bool hole(uint64_t pages, uint64_t align)
{
	for (uint64_t i = 0; i + pages <= PAGES; i++) {
		if ((START + i * PAGE) & (align - 1))
			continue;
		if (!memchr(used + i, 1, pages))
			return true;
	}
	return false;
}

static bool random_calls(void)
{
	static struct pinion_va_range range[RANGES];

	for (int call = 0; call < 200000; call++) {
		struct pinion_va_range *r = &range[rnd(RANGES)];
		uint64_t pages = 1 + rnd(40), align = PAGE << rnd(5);
		int ret;

		if (r->bytes) {
			if (!mark(r, 1, 0))
				return false;
			pinion_va_free(&va, r);
			r->bytes = 0;
			continue;
		}
		ret = pinion_va_alloc(&va, pages * PAGE, align, r);
		if (!ret != hole(pages, align))
			return false;
		if (!ret && (r->start & (align - 1) || !mark(r, 0, 1)))
			return false;
	}
	return true;
}

static bool in_order(void)
{
	for (struct pinion_va_range *r = va.first; r && r->next; r = r->next)
		if (r->start + r->bytes > r->next->start || r->next->prev != r)
			return false;
	return true;
}

static void fixed(void)
{
	struct pinion_va space = { .start = START, .end = START + 16 * PAGE };
	struct pinion_va_range a, b, c;

	tap_ok(!pinion_va_reserve(&space, START + 4 * PAGE, 4 * PAGE, &a), "a free range is given");
	tap_ok(pinion_va_reserve(&space, START + 7 * PAGE, PAGE, &b) < 0, "not twice");
	tap_ok(pinion_va_reserve(&space, START + 3 * PAGE, 2 * PAGE, &b) < 0,
	       "not in part, from below");
	tap_ok(pinion_va_reserve(&space, START - PAGE, PAGE, &b) < 0, "not below the space");
	tap_ok(pinion_va_reserve(&space, START + 15 * PAGE, 2 * PAGE, &b) < 0, "not above it");
	tap_ok(pinion_va_reserve(&space, START, ~0ull & ~(PAGE - 1), &b) < 0,
	       "not with an overflow");
	tap_ok(!pinion_va_alloc(&space, 5 * PAGE, PAGE, &b) && b.start == START + 8 * PAGE,
	       "what does not fit below goes above");
	tap_ok(!pinion_va_alloc(&space, 4 * PAGE, PAGE, &c) && c.start == START,
	       "what fits goes to the lowest hole");
	tap_ok(pinion_va_alloc(&space, 4 * PAGE, PAGE, &c) < 0, "a full space says so");
}

int main(void)
{
	tap_plan(11);
	tap_ok(random_calls(), "200000 random calls agree with a map of the pages");
	tap_ok(in_order(), "the list is in order");
	fixed();
	return tap_result();
}
