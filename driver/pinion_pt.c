// SPDX-License-Identifier: GPL-2.0
/*
 * Builds page tables, in three stages. Planning counts the tables that an operation needs at
 * most. Reserving allocates that many, which may fail but changes no entry. The operation itself
 * then cannot fail.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "pinion_regs.h"
#include "pinion_pt.h"

#define PT_ENTRIES 512
#define PT_CONT	   (SZ_64K / SZ_4K)

static u64 pt_span(int level)
{
	return 1ull << PINION_PT_SHIFT(level);
}

static unsigned int pt_index(u64 va, int level)
{
	return (va >> PINION_PT_SHIFT(level)) & (PT_ENTRIES - 1);
}

/* End of the part of [va, end) that one entry of @level covers. */
static u64 pt_next(u64 va, u64 end, int level)
{
	return min(end, ALIGN_DOWN(va, pt_span(level)) + pt_span(level));
}

/*
 * A sparse leaf holds no address. pinion_pt_map() gets the virtual address of a sparse run as
 * its @addr, so that the alignment of both allows the largest pages.
 */
static u64 pt_leaf(u64 addr, u64 prot)
{
	return (prot & PINION_PTE_SPARSE ? 0 : addr) | prot | PINION_PTE_VALID;
}

static bool pt_is_huge(u64 va, u64 addr, u64 bytes)
{
	return IS_ALIGNED(va | addr, SZ_2M) && bytes >= SZ_2M;
}

static void pt_node_free(struct pinion_pt *pt, struct pinion_pt_node *node)
{
	pt->ops->free(pt->ctx, node->mem);
	kfree(node->child);
	kfree(node->entry);
	kfree(node);
}

static struct pinion_pt_node *pt_node_new(struct pinion_pt *pt, int kind)
{
	struct pinion_pt_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->entry = kcalloc(PT_ENTRIES, sizeof(*node->entry), GFP_KERNEL_ACCOUNT);
	if (kind == PINION_PT_UPPER)
		node->child = kcalloc(PT_ENTRIES, sizeof(*node->child), GFP_KERNEL_ACCOUNT);
	if (!node->entry || (kind == PINION_PT_UPPER && !node->child))
		goto free_node;
	ret = pt->ops->alloc(pt->ctx, &node->addr, &node->mem);
	if (ret)
		goto free_node;
	return node;

free_node:
	kfree(node->child);
	kfree(node->entry);
	kfree(node);
	return ERR_PTR(ret);
}

static struct pinion_pt_node *pt_take_spare(struct pinion_pt *pt, int kind)
{
	struct pinion_pt_node *node;

	node = list_first_entry(&pt->spare[kind], struct pinion_pt_node, link);
	list_del_init(&node->link);
	pt->nspare[kind]--;
	return node;
}

static void pt_write(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int first,
		     unsigned int count)
{
	pt->ops->write(pt->ctx, node->addr + 8ull * first, &node->entry[first], count);
}

static void pt_set(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i, u64 entry)
{
	node->used += !!entry - !!node->entry[i];
	node->entry[i] = entry;
	pt_write(pt, node, i, 1);
}

static void pt_link(struct pinion_pt *pt, struct pinion_pt_node *parent, unsigned int i,
		    struct pinion_pt_node *child)
{
	pt_write(pt, child, 0, PT_ENTRIES);
	/* Write the table before the entry that leads to it; pairs with the card's table walk. */
	wmb();
	parent->child[i] = child;
	pt_set(pt, parent, i, child->addr | PINION_PTE_VALID);
}

/* The card may still walk the table, so pinion_pt_release() frees it later. */
static void pt_retire(struct pinion_pt *pt, struct pinion_pt_node *node)
{
	unsigned int i;

	if (!node)
		return;
	for (i = 0; node->child && i < PT_ENTRIES; i++)
		pt_retire(pt, node->child[i]);
	list_add(&node->link, &pt->retired);
}

/* Replace the 2 MiB leaf @i of level-1 table @node by a table of the same meaning. */
static struct pinion_pt_node *pt_split(struct pinion_pt *pt, struct pinion_pt_node *node,
				       unsigned int i)
{
	struct pinion_pt_node *child = pt_take_spare(pt, PINION_PT_LEAF);
	u64 leaf = node->entry[i];
	unsigned int k;

	for (k = 0; k < PT_ENTRIES; k++)
		child->entry[k] = leaf & PINION_PTE_SPARSE
					  ? leaf
					  : (leaf + k * SZ_4K) | PINION_PTE_CONT64K;
	child->used = PT_ENTRIES;
	pt_link(pt, node, i, child);
	return child;
}

/* The table below entry @i; without one, a new table, or one split from the leaf that is there. */
static struct pinion_pt_node *pt_child(struct pinion_pt *pt, struct pinion_pt_node *node,
				       unsigned int i, int level)
{
	struct pinion_pt_node *child = node->child[i];

	if (child)
		return child;
	if (node->entry[i])
		return pt_split(pt, node, i);
	child = pt_take_spare(pt, level == 1 ? PINION_PT_LEAF : PINION_PT_UPPER);
	pt_link(pt, node, i, child);
	return child;
}

/* Turn a 64 KiB page into 4 KiB pages, before the part of it that begins or ends at @i changes. */
static void pt_break_cont(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i)
{
	unsigned int first = ALIGN_DOWN(i, PT_CONT), k;

	if (i == first || i == PT_ENTRIES || !(node->entry[first] & PINION_PTE_CONT64K))
		return;
	for (k = first; k < first + PT_CONT; k++)
		node->entry[k] &= ~PINION_PTE_CONT64K;
	pt_write(pt, node, first, PT_CONT);
}

static void pt_clear_leaves(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int first,
			    unsigned int count)
{
	unsigned int i;

	pt_break_cont(pt, node, first);
	pt_break_cont(pt, node, first + count);
	for (i = first; i < first + count; i++) {
		node->used -= !!node->entry[i];
		node->entry[i] = 0;
	}
	pt_write(pt, node, first, count);
}

static void pt_drop(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i)
{
	pt_set(pt, node, i, 0);
	pt_retire(pt, node->child[i]);
	node->child[i] = NULL;
}

static void pt_clear(struct pinion_pt *pt, struct pinion_pt_node *node, int level, u64 va, u64 end)
{
	u64 next;

	if (level == 0) {
		pt_clear_leaves(pt, node, pt_index(va, 0), (end - va) / SZ_4K);
		return;
	}
	for (; va < end; va = next) {
		unsigned int i = pt_index(va, level);
		struct pinion_pt_node *child;

		next = pt_next(va, end, level);
		if (!node->entry[i])
			continue;
		if (next - va == pt_span(level)) {
			pt_drop(pt, node, i);
			continue;
		}
		child = pt_child(pt, node, i, level);
		pt_clear(pt, child, level - 1, va, next);
		if (!child->used)
			pt_drop(pt, node, i);
	}
}

/* Write the level-0 leaves for [va, va + bytes), which lies in one 2 MiB region. */
static void pt_fill(struct pinion_pt *pt, struct pinion_pt_node *node, u64 va, u64 addr, u64 bytes,
		    u64 prot)
{
	unsigned int first = pt_index(va, 0), count = bytes / SZ_4K, i, k;

	pt_break_cont(pt, node, first);
	pt_break_cont(pt, node, first + count);
	for (i = first; i < first + count; i += k) {
		bool cont = IS_ALIGNED(va | addr, SZ_64K) && first + count - i >= PT_CONT &&
			    !(prot & PINION_PTE_SPARSE);

		for (k = 0; k < (cont ? PT_CONT : 1); k++, va += SZ_4K, addr += SZ_4K) {
			node->used += !node->entry[i + k];
			node->entry[i + k] = pt_leaf(addr, prot) | (cont ? PINION_PTE_CONT64K : 0);
		}
	}
	pt_write(pt, node, first, count);
}

static void pt_map_huge(struct pinion_pt *pt, struct pinion_pt_node *node, u64 va, u64 addr,
			u64 prot)
{
	unsigned int i = pt_index(va, 1);

	pt_set(pt, node, i, pt_leaf(addr, prot));
	pt_retire(pt, node->child[i]);
	node->child[i] = NULL;
}

/**
 * pinion_pt_map() - map a contiguous run of memory in place of older translations
 * @pt: page tables, with enough spare tables reserved
 * @va: virtual address, 4 KiB aligned
 * @addr: device address of the run; its host DMA address if @prot has PINION_PTE_HOST; @va if
 *	@prot has PINION_PTE_SPARSE
 * @bytes: length in bytes, a multiple of 4 KiB
 * @prot: PINION_PTE_READ, WRITE, EXEC, HOST, SPARSE
 */
void pinion_pt_map(struct pinion_pt *pt, u64 va, u64 addr, u64 bytes, u64 prot)
{
	u64 end = va + bytes;

	while (va < end) {
		struct pinion_pt_node *node = pt->root;
		u64 step = pt_next(va, end, 1) - va;
		int level;

		for (level = 3; level > 1; level--)
			node = pt_child(pt, node, pt_index(va, level), level);
		if (pt_is_huge(va, addr, end - va)) {
			pt_map_huge(pt, node, va, addr, prot);
		} else {
			node = pt_child(pt, node, pt_index(va, 1), 1);
			pt_fill(pt, node, va, addr, step, prot);
		}
		va += step;
		addr += step;
	}
}

/**
 * pinion_pt_unmap() - remove all translations of a range, which may have holes
 * @pt: page tables, with enough spare tables reserved
 * @va: virtual address, 4 KiB aligned
 * @bytes: length in bytes, a multiple of 4 KiB
 */
void pinion_pt_unmap(struct pinion_pt *pt, u64 va, u64 bytes)
{
	pt_clear(pt, pt->root, 3, va, va + bytes);
}

/* Find the table of @level that covers @va; NULL: there is none, or @pt is NULL. */
static const struct pinion_pt_node *pt_find(const struct pinion_pt *pt, u64 va, int level)
{
	const struct pinion_pt_node *node = pt ? pt->root : NULL;
	int l;

	for (l = 3; l > level && node; l--)
		node = node->child[pt_index(va, l)];
	return node;
}

/* Whether a range that begins or ends at @at cuts a 2 MiB page; if @pt is NULL: may cut one. */
static bool pt_cuts(const struct pinion_pt *pt, u64 at)
{
	const struct pinion_pt_node *node = pt_find(pt, at, 1);

	if (IS_ALIGNED(at, SZ_2M))
		return false;
	return !pt || (node && node->entry[pt_index(at, 1)] && !node->child[pt_index(at, 1)]);
}

/**
 * pinion_pt_plan_unmap() - plan the tables that unmapping a range needs
 * @pt: page tables as they are now; NULL: plan for any tables that may exist by then
 * @plan: plan to add to; starts as { .region = ~0ull }
 * @va: start of the range
 * @bytes: length of the range in bytes
 *
 * Only a 2 MiB page that the range cuts needs a table: as a rule, giving memory back must not
 * need memory.
 */
void pinion_pt_plan_unmap(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va,
			  u64 bytes)
{
	u64 end = va + bytes;
	bool first = pt_cuts(pt, va), last = pt_cuts(pt, end);

	plan->need[PINION_PT_LEAF] += va / SZ_2M == end / SZ_2M ? first || last : first + last;
}

/**
 * pinion_pt_plan_range() - plan the tables of level 1 and 2 that mapping a range needs
 * @pt: page tables as they are now; NULL: plan for any tables that may exist by then
 * @plan: plan to add to; starts as { .region = ~0ull }
 * @va: start of the range
 * @bytes: length of the range in bytes
 *
 * Also counts the 2 MiB pages that the range cuts. pinion_pt_plan_run() must follow for each run
 * of memory in the range.
 */
void pinion_pt_plan_range(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va,
			  u64 bytes)
{
	u64 end = va + bytes, at;
	int level;

	pinion_pt_plan_unmap(pt, plan, va, bytes);
	for (level = 1; level < 3; level++)
		for (at = va; at < end; at = pt_next(at, end, level + 1))
			plan->need[PINION_PT_UPPER] += !pt_find(pt, at, level);
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
		next = pt_next(va, end, 1);
		if (va / SZ_2M == plan->region || pt_is_huge(va, addr, end - va))
			continue;
		plan->region = va / SZ_2M;
		plan->need[PINION_PT_LEAF] += !pt_find(pt, va, 0);
	}
}

/**
 * pinion_pt_reserve() - allocate the tables of a plan
 * @pt: page tables of the address space
 * @plan: number of tables needed
 * Return: 0, -ENOSPC (device memory) or -ENOMEM.
 */
int pinion_pt_reserve(struct pinion_pt *pt, const struct pinion_pt_plan *plan)
{
	int kind;

	for (kind = PINION_PT_LEAF; kind <= PINION_PT_UPPER; kind++) {
		while (pt->nspare[kind] < plan->need[kind]) {
			struct pinion_pt_node *node = pt_node_new(pt, kind);

			if (IS_ERR(node))
				return PTR_ERR(node);
			list_add(&node->link, &pt->spare[kind]);
			pt->nspare[kind]++;
		}
	}
	return 0;
}

static void pt_free_list(struct pinion_pt *pt, struct list_head *list)
{
	struct pinion_pt_node *node, *next;

	list_for_each_entry_safe(node, next, list, link) {
		list_del(&node->link);
		pt_node_free(pt, node);
	}
}

/**
 * pinion_pt_put_by() - allocate the tables of a plan for a later operation
 * @pt: page tables; this call need not be serialised with other calls
 * @plan: number of tables needed at most, planned with NULL for the page tables
 * @spare: out: the tables; pinion_pt_drop_spare() must follow, also after an error
 * Return: 0, -ENOSPC (device memory) or -ENOMEM.
 */
int pinion_pt_put_by(struct pinion_pt *pt, const struct pinion_pt_plan *plan,
		     struct pinion_pt_spare *spare)
{
	struct pinion_pt_node *node;
	unsigned int i;
	int kind;

	for (kind = PINION_PT_LEAF; kind <= PINION_PT_UPPER; kind++)
		INIT_LIST_HEAD(&spare->list[kind]);
	for (kind = PINION_PT_LEAF; kind <= PINION_PT_UPPER; kind++) {
		for (i = 0; i < plan->need[kind]; i++) {
			node = pt_node_new(pt, kind);
			if (IS_ERR(node))
				return PTR_ERR(node);
			list_add(&node->link, &spare->list[kind]);
		}
	}
	return 0;
}

/**
 * pinion_pt_take() - reserve tables that were allocated in advance
 * @pt: page tables of the address space
 * @spare: tables of pinion_pt_put_by(); empty afterwards
 */
void pinion_pt_take(struct pinion_pt *pt, struct pinion_pt_spare *spare)
{
	struct pinion_pt_node *node;
	int kind;

	for (kind = PINION_PT_LEAF; kind <= PINION_PT_UPPER; kind++) {
		list_for_each_entry(node, &spare->list[kind], link)
			pt->nspare[kind]++;
		list_splice_init(&spare->list[kind], &pt->spare[kind]);
	}
}

/**
 * pinion_pt_drop_spare() - free tables that were allocated in advance and not taken
 * @pt: page tables of the address space
 * @spare: tables of pinion_pt_put_by(); empty afterwards
 */
void pinion_pt_drop_spare(struct pinion_pt *pt, struct pinion_pt_spare *spare)
{
	pt_free_list(pt, &spare->list[PINION_PT_LEAF]);
	pt_free_list(pt, &spare->list[PINION_PT_UPPER]);
}

/**
 * pinion_pt_release() - free retired and spare tables
 * @pt: page tables of the address space
 *
 * The caller has invalidated the card's translation caches since the last change.
 */
void pinion_pt_release(struct pinion_pt *pt)
{
	int kind;

	pt_free_list(pt, &pt->retired);
	for (kind = PINION_PT_LEAF; kind <= PINION_PT_UPPER; kind++) {
		pt_free_list(pt, &pt->spare[kind]);
		pt->nspare[kind] = 0;
	}
}

/**
 * pinion_pt_init() - create page tables without any translation
 * @pt: page tables to initialise
 * @ops: operations on device memory
 * @ctx: first argument of every operation
 * Return: 0, -ENOSPC (device memory) or -ENOMEM.
 */
int pinion_pt_init(struct pinion_pt *pt, const struct pinion_pt_ops *ops, void *ctx)
{
	pt->ops = ops;
	pt->ctx = ctx;
	INIT_LIST_HEAD(&pt->spare[PINION_PT_LEAF]);
	INIT_LIST_HEAD(&pt->spare[PINION_PT_UPPER]);
	pt->nspare[PINION_PT_LEAF] = 0;
	pt->nspare[PINION_PT_UPPER] = 0;
	INIT_LIST_HEAD(&pt->retired);
	pt->root = pt_node_new(pt, PINION_PT_UPPER);
	if (IS_ERR(pt->root))
		return PTR_ERR(pt->root);
	pt_write(pt, pt->root, 0, PT_ENTRIES);
	return 0;
}

/**
 * pinion_pt_fini() - free all tables
 * @pt: page tables that the card no longer uses
 */
void pinion_pt_fini(struct pinion_pt *pt)
{
	pt_retire(pt, pt->root);
	pt->root = NULL;
	pinion_pt_release(pt);
}
