// SPDX-License-Identifier: GPL-2.0
/*
 * Builds page tables, in three stages. Planning (pinion_pt_plan.c) counts the tables that an
 * operation needs at most. Reserving allocates that many, which may fail but changes no entry. The
 * operation itself then cannot fail.
 *
 * Tables below which all is sparse, with the same rights, are all alike, so there is one of each
 * level, and any number of entries lead to it: a sparse range costs no more than the tables at its
 * two ends. A shared table never changes. What changes a part of it first gets a copy.
 */
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "pinion_pt_index.h"

#define PT_CONT (SZ_64K / SZ_4K)

/*
 * A sparse leaf holds no address. pinion_pt_map() gets the virtual address of a sparse run as
 * its @addr, so that the alignment of both allows the largest pages.
 */
static u64 pt_leaf(u64 addr, u64 prot)
{
	return (prot & PINION_PTE_SPARSE ? 0 : addr) | prot | PINION_PTE_VALID;
}

static void pt_node_free(struct pinion_pt *pt, struct pinion_pt_node *node, bool zero)
{
	pt->ops->free(pt->ctx, node->mem, zero);
	kfree(node->slot);
	kfree(node);
}

static struct pinion_pt_node *pt_node_new(struct pinion_pt *pt, int kind)
{
	struct pinion_pt_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->kind = kind;
	node->slot = kcalloc(PT_ENTRIES, sizeof(*node->slot), GFP_KERNEL_ACCOUNT);
	if (!node->slot)
		goto free_node;
	ret = pt->ops->alloc(pt->ctx, &node->addr, &node->mem);
	if (ret)
		goto free_node;
	return node;

free_node:
	kfree(node->slot);
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

/* Write leaves of a level-0 table. */
static void pt_write(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int first,
		     unsigned int count)
{
	pt->ops->write(pt->ctx, node->addr + 8ull * first, &node->slot[first], count);
}

static void pt_write_entry(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i)
{
	u64 entry = pt_entry(node, i);

	pt->ops->write(pt->ctx, node->addr + 8ull * i, &entry, 1);
}

/* Write a table to which no entry leads yet. */
static void pt_write_all(struct pinion_pt *pt, struct pinion_pt_node *node)
{
	unsigned int i;

	if (!node->used)
		pt->ops->zero(pt->ctx, node->addr);
	else if (node->kind == PINION_PT_LEAF)
		pt_write(pt, node, 0, PT_ENTRIES);
	else
		for (i = 0; i < PT_ENTRIES; i++)
			pt_write_entry(pt, node, i);
}

static void pt_set(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i, u64 slot)
{
	node->used += !!slot - !!node->slot[i];
	node->slot[i] = slot;
	pt_write_entry(pt, node, i);
}

static void pt_link(struct pinion_pt *pt, struct pinion_pt_node *parent, unsigned int i,
		    struct pinion_pt_node *child)
{
	pt_write_all(pt, child);
	/* Write the table before the entry that leads to it; pairs with the card's table walk. */
	wmb();
	child->refs = 1;
	pt_set(pt, parent, i, (uintptr_t)child);
}

/*
 * An entry no longer leads to @node. If it was the last entry, the table goes; the card may still
 * walk it, so pinion_pt_release() frees it later.
 */
static void pt_retire(struct pinion_pt *pt, struct pinion_pt_node *node)
{
	unsigned int i;

	if (!node || --node->refs)
		return;
	if (node->home)
		*node->home = NULL;
	for (i = 0; node->kind == PINION_PT_UPPER && node->used && i < PT_ENTRIES; i++)
		pt_retire(pt, pt_below(node, i));
	list_add(&node->link, &pt->retired);
}

/* Replace the 2 MiB leaf @i of level-1 table @node by a table of the same meaning. */
static struct pinion_pt_node *pt_split(struct pinion_pt *pt, struct pinion_pt_node *node,
				       unsigned int i)
{
	struct pinion_pt_node *child = pt_take_spare(pt, PINION_PT_LEAF);
	u64 leaf = node->slot[i];
	unsigned int k;

	for (k = 0; k < PT_ENTRIES; k++)
		child->slot[k] = leaf & PINION_PTE_SPARSE ? leaf
							  : (leaf + k * SZ_4K) | PINION_PTE_CONT64K;
	child->used = PT_ENTRIES;
	pt_link(pt, node, i, child);
	return child;
}

/*
 * Make the shared table below entry @i one that may be changed: put a copy in its place, unless no
 * other entry leads to it.
 */
static struct pinion_pt_node *pt_unshare(struct pinion_pt *pt, struct pinion_pt_node *node,
					 unsigned int i)
{
	struct pinion_pt_node *shared = pt_below(node, i), *child;
	unsigned int k;

	if (shared->refs == 1) {
		*shared->home = NULL;
		shared->home = NULL;
		return shared;
	}
	child = pt_take_spare(pt, PINION_PT_UPPER);
	for (k = 0; k < PT_ENTRIES; k++) {
		child->slot[k] = shared->slot[k];
		if (pt_below(child, k))
			pt_below(child, k)->refs++;
	}
	child->used = PT_ENTRIES;
	pt_link(pt, node, i, child);
	pt_retire(pt, shared);
	return child;
}

/* The table below entry @i, to be changed; without one, a new table, or one split from the leaf. */
static struct pinion_pt_node *pt_child(struct pinion_pt *pt, struct pinion_pt_node *node,
				       unsigned int i, int level)
{
	struct pinion_pt_node *child = pt_below(node, i);

	if (child)
		return child->home ? pt_unshare(pt, node, i) : child;
	if (node->slot[i])
		return pt_split(pt, node, i);
	child = pt_take_spare(pt, level == 1 ? PINION_PT_LEAF : PINION_PT_UPPER);
	pt_link(pt, node, i, child);
	return child;
}

/* Turn a 64 KiB page into 4 KiB pages, before the part of it that begins or ends at @i changes. */
static void pt_break_cont(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i)
{
	unsigned int first = ALIGN_DOWN(i, PT_CONT), k;

	if (i == first || i == PT_ENTRIES || !(node->slot[first] & PINION_PTE_CONT64K))
		return;
	for (k = first; k < first + PT_CONT; k++)
		node->slot[k] &= ~PINION_PTE_CONT64K;
	pt_write(pt, node, first, PT_CONT);
}

static void pt_clear_leaves(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int first,
			    unsigned int count)
{
	unsigned int i;

	pt_break_cont(pt, node, first);
	pt_break_cont(pt, node, first + count);
	for (i = first; i < first + count; i++) {
		node->used -= !!node->slot[i];
		node->slot[i] = 0;
	}
	pt_write(pt, node, first, count);
}

static void pt_drop(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i)
{
	struct pinion_pt_node *old = pt_below(node, i);

	pt_set(pt, node, i, 0);
	pt_retire(pt, old);
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
		if (!node->slot[i])
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
			node->used += !node->slot[i + k];
			node->slot[i + k] = pt_leaf(addr, prot) | (cont ? PINION_PTE_CONT64K : 0);
		}
	}
	pt_write(pt, node, first, count);
}

static void pt_map_huge(struct pinion_pt *pt, struct pinion_pt_node *node, u64 va, u64 addr,
			u64 prot)
{
	unsigned int i = pt_index(va, 1);
	struct pinion_pt_node *old = pt_below(node, i);

	pt_set(pt, node, i, pt_leaf(addr, prot));
	pt_retire(pt, old);
}

/* The shared table of @level, 1 or 2, below which all is sparse. */
static struct pinion_pt_node *pt_sparse_table(struct pinion_pt *pt, u64 prot, int level)
{
	struct pinion_pt_node **home = pt_home(pt, prot, level);
	struct pinion_pt_node *below = level > 1 ? pt_sparse_table(pt, prot, 1) : NULL;
	struct pinion_pt_node *node = *home;
	unsigned int k;

	if (node)
		return node;
	node = pt_take_spare(pt, PINION_PT_UPPER);
	for (k = 0; k < PT_ENTRIES; k++)
		node->slot[k] = below ? (uintptr_t)below : pt_leaf(0, prot);
	if (below)
		below->refs += PT_ENTRIES;
	node->used = PT_ENTRIES;
	node->home = home;
	*home = node;
	pt_write_all(pt, node);
	/* Write the table before an entry leads to it; pairs with the card's table walk. */
	wmb();
	return node;
}

/* Make all that entry @i of a table of @level, 2 or 3, covers sparse. */
static void pt_map_sparse(struct pinion_pt *pt, struct pinion_pt_node *node, unsigned int i,
			  int level, u64 prot)
{
	struct pinion_pt_node *old = pt_below(node, i),
			      *table = pt_sparse_table(pt, prot, level - 1);

	table->refs++;
	pt_set(pt, node, i, (uintptr_t)table);
	pt_retire(pt, old);
}

/* The level of the table whose entry maps what a run of memory begins with. */
static int pt_level(u64 va, u64 addr, u64 bytes, u64 prot)
{
	int level;

	for (level = 3; level > 1 && prot & PINION_PTE_SPARSE; level--)
		if (IS_ALIGNED(va, pt_span(level)) && bytes >= pt_span(level))
			return level;
	return pt_is_huge(va, addr, bytes) ? 1 : 0;
}

/* The table of @level that covers @va, to be changed. */
static struct pinion_pt_node *pt_descend(struct pinion_pt *pt, u64 va, int level)
{
	struct pinion_pt_node *node = pt->root;
	int l;

	for (l = 3; l > level; l--)
		node = pt_child(pt, node, pt_index(va, l), l);
	return node;
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
		int level = pt_level(va, addr, end - va, prot);
		struct pinion_pt_node *node = pt_descend(pt, va, level);
		u64 step = pt_next(va, end, max(level, 1)) - va;

		if (level > 1)
			pt_map_sparse(pt, node, pt_index(va, level), level, prot);
		else if (level)
			pt_map_huge(pt, node, va, addr, prot);
		else
			pt_fill(pt, node, va, addr, step, prot);
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

/**
 * pinion_pt_reserve() - allocate the tables of a plan
 * @pt: page tables of the address space
 * @plan: number of tables needed
 * Return: 0; an error of pinion_pt_ops.alloc; -ENOMEM.
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

/* Free spare tables, which have not been written. */
static void pt_free_spare(struct pinion_pt *pt, struct list_head *list)
{
	struct pinion_pt_node *node, *next;

	list_for_each_entry_safe(node, next, list, link) {
		list_del(&node->link);
		pt_node_free(pt, node, false);
	}
}

/* Free retired tables: where no entry was left, all of the table has been set to zero. */
static void pt_free_retired(struct pinion_pt *pt)
{
	struct pinion_pt_node *node, *next;

	list_for_each_entry_safe(node, next, &pt->retired, link) {
		list_del(&node->link);
		pt_node_free(pt, node, !node->used);
	}
}

/**
 * pinion_pt_put_by() - allocate the tables of a plan for a later operation
 * @pt: page tables; this call need not be serialised with other calls
 * @plan: number of tables needed at most, planned with NULL for the page tables
 * @spare: out: the tables; pinion_pt_drop_spare() must follow, also after an error
 * Return: 0; an error of pinion_pt_ops.alloc; -ENOMEM.
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
	pt_free_spare(pt, &spare->list[PINION_PT_LEAF]);
	pt_free_spare(pt, &spare->list[PINION_PT_UPPER]);
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

	pt_free_retired(pt);
	for (kind = PINION_PT_LEAF; kind <= PINION_PT_UPPER; kind++) {
		pt_free_spare(pt, &pt->spare[kind]);
		pt->nspare[kind] = 0;
	}
}

/* Write a table and those below it; a shared table, to which many entries lead, is left out. */
static void pt_rewrite(struct pinion_pt *pt, struct pinion_pt_node *node)
{
	unsigned int i;

	for (i = 0; node->kind == PINION_PT_UPPER && node->used && i < PT_ENTRIES; i++) {
		struct pinion_pt_node *child = pt_below(node, i);

		if (child && !child->home)
			pt_rewrite(pt, child);
	}
	pt_write_all(pt, node);
	cond_resched();
}

/**
 * pinion_pt_rewrite() - write all tables again, as device memory may have missed some writes
 * @pt: page tables that the card does not read during the call, without retired tables
 */
void pinion_pt_rewrite(struct pinion_pt *pt)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(pt->sparse); i++)
		for (k = 0; k < ARRAY_SIZE(pt->sparse[i]); k++)
			if (pt->sparse[i][k])
				pt_rewrite(pt, pt->sparse[i][k]);
	pt_rewrite(pt, pt->root);
}

/**
 * pinion_pt_init() - create page tables without any translation
 * @pt: page tables to initialise
 * @ops: operations on device memory
 * @ctx: first argument of every operation
 * Return: 0; an error of pinion_pt_ops.alloc; -ENOMEM.
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
	memset(pt->sparse, 0, sizeof(pt->sparse));
	pt->root = pt_node_new(pt, PINION_PT_UPPER);
	if (IS_ERR(pt->root))
		return PTR_ERR(pt->root);
	pt->root->refs = 1;
	pt_write_all(pt, pt->root);
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
