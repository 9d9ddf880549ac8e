// SPDX-License-Identifier: GPL-2.0
/* Counts the page tables that an operation needs at most, before the first table is allocated. */
#include "pinion_pt_index.h"

/* Find the table of @level that covers @va; NULL: there is none, or @pt is NULL. */
static const struct pinion_pt_node *pt_find(const struct pinion_pt *pt, u64 va, int level)
{
	const struct pinion_pt_node *node = pt ? pt->root : NULL;
	int l;

	for (l = 3; l > level && node; l--)
		node = pt_below(node, pt_index(va, l));
	return node;
}

/**
 * pinion_pt_walk() - look up the entries that translate an address
 * @pt: page tables, which nobody changes meanwhile
 * @va: address to translate, of any value
 * @entries: out: array of PINION_PT_LEVELS; the entries for @va, from that of the root down
 * Return: number of entries, >= 1; the last is a leaf, or not valid.
 */
unsigned int pinion_pt_walk(const struct pinion_pt *pt, u64 va, u64 entries[])
{
	const struct pinion_pt_node *node;
	int level;

	for (level = PINION_PT_LEVELS - 1; level >= 0; level--) {
		node = pt_find(pt, va, level);
		if (!node)
			break;
		entries[PINION_PT_LEVELS - 1 - level] = pt_entry(node, pt_index(va, level));
	}
	return PINION_PT_LEVELS - 1 - level;
}

/*
 * Whether a MAP at @va needs a new table of @level, since there is none or it is shared. A shared
 * table to which a single entry leads is taken over, but then the MAP may need a new shared table.
 */
static bool pt_lacks(const struct pinion_pt *pt, u64 va, int level)
{
	const struct pinion_pt_node *node = pt_find(pt, va, level);

	return !node || node->home;
}

/* Whether a range that begins or ends at @at cuts a 2 MiB page; if @pt is NULL: may cut one. */
static bool pt_cuts_page(const struct pinion_pt *pt, u64 at)
{
	const struct pinion_pt_node *node = pt_find(pt, at, 1);

	return !pt || (node && node->slot[pt_index(at, 1)] & PINION_PTE_VALID);
}

/* Whether a range that begins or ends at @at needs a copy of a shared table of @level, or may. */
static bool pt_copies(const struct pinion_pt *pt, u64 at, int level)
{
	const struct pinion_pt_node *node = pt_find(pt, at, level);

	return !pt || (node && node->home && node->refs > 1);
}

/*
 * Plan what it takes to cut what lies across @at, an end of a range whose other end is @other. The
 * tables that @other cuts as well are planned with @other; @other is @at for the first end.
 */
static void pt_plan_cut(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 at, u64 other)
{
	int level;

	for (level = 3; level > 0 && !IS_ALIGNED(at, pt_span(level)); level--) {
		if (other != at && at / pt_span(level) == other / pt_span(level) &&
		    !IS_ALIGNED(other, pt_span(level)))
			continue;
		if (level > 1)
			plan->need[PINION_PT_UPPER] += pt_copies(pt, at, level - 1);
		else
			plan->need[PINION_PT_LEAF] += pt_cuts_page(pt, at);
	}
}

/**
 * pinion_pt_plan_unmap() - plan the tables that unmapping a range needs
 * @pt: page tables as they are now; NULL: plan for any tables that may exist by then
 * @plan: plan to add to; starts as { .region = ~0ull }
 * @va: start of the range
 * @bytes: length of the range in bytes
 *
 * Only a 2 MiB page or a shared table that the range cuts needs a table: as a rule, giving memory
 * back must not need memory.
 */
void pinion_pt_plan_unmap(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va,
			  u64 bytes)
{
	pt_plan_cut(pt, plan, va, va);
	pt_plan_cut(pt, plan, va + bytes, va);
}

/* Plan the tables of one level, 1 or 2, for a sparse range: a whole one is shared by all. */
static void pt_plan_sparse(struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va, u64 end,
			   int level)
{
	u64 span = pt_span(level + 1), first = ALIGN(va, span), last = ALIGN_DOWN(end, span);

	if (first < last)
		plan->need[PINION_PT_UPPER] += !pt || !*pt_home(pt, plan->sparse, level);
	if (va < first)
		plan->need[PINION_PT_UPPER] += pt_lacks(pt, va, level);
	if (last < end && last >= first)
		plan->need[PINION_PT_UPPER] += pt_lacks(pt, last, level);
}

/**
 * pinion_pt_plan_range() - plan the tables of level 1 and 2 that mapping a range needs
 * @pt: page tables as they are now; NULL: plan for any tables that may exist by then
 * @plan: plan to add to; starts as { .region = ~0ull }, for a sparse range with its rights
 * @va: start of the range
 * @bytes: length of the range in bytes
 *
 * pinion_pt_plan_run() must follow for each run of memory in the range.
 */
void pinion_pt_plan_range(struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va, u64 bytes)
{
	u64 end = va + bytes, at;
	int level;

	for (level = 1; level < 3; level++) {
		if (plan->sparse)
			pt_plan_sparse(pt, plan, va, end, level);
		for (at = va; at < end && !plan->sparse; at = pt_next(at, end, level + 1))
			plan->need[PINION_PT_UPPER] += pt_lacks(pt, at, level);
	}
}

/**
 * pinion_pt_plan_run() - plan the level-0 tables that mapping a run needs
 * @pt: page tables, or NULL, as in pinion_pt_plan_range()
 * @plan: plan to add to; the calls for the runs of a range come in the order of @va
 * @va: first virtual address of the run, as in pinion_pt_map()
 * @addr: device or DMA address of the run, as in pinion_pt_map()
 * @bytes: length of the run, as in pinion_pt_map()
 */
void pinion_pt_plan_run(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va, u64 addr,
			u64 bytes)
{
	u64 end = va + bytes, next;

	for (; va < end; addr += next - va, va = next) {
		/* After one 2 MiB page the addresses stay aligned until the run ends. */
		next = pt_is_huge(va, addr, end - va) ? ALIGN_DOWN(end, SZ_2M)
						      : pt_next(va, end, 1);
		if (va / SZ_2M == plan->region || pt_is_huge(va, addr, end - va))
			continue;
		plan->region = va / SZ_2M;
		plan->need[PINION_PT_LEAF] += !pt_find(pt, va, 0);
	}
}
