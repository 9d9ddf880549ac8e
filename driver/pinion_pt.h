/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables of one address space; all access to hardware goes through three operations. */
#ifndef PINION_PT_H
#define PINION_PT_H

#include <linux/list.h>
#include <linux/sizes.h>
#include <linux/types.h>

/**
 * struct pinion_pt_ops - how page tables are allocated and written
 * @alloc: allocate 4 KiB of device memory that the CPU can reach: returns its device address in
 *	@addr and a cookie for @free in @mem; 0, -ENOSPC, -EDQUOT, -ENOMEM, or -EINTR in a task
 *	that is being killed
 * @free: free the memory that belongs to cookie @mem; @zero: whether all of it is zero
 * @zero: write zeroes to a table at device address @addr to which no entry leads yet
 * @write: write @count entries to device address @addr, and each entry with one access
 */
struct pinion_pt_ops {
	int (*alloc)(void *ctx, u64 *addr, void **mem);
	void (*free)(void *ctx, void *mem, bool zero);
	void (*zero)(void *ctx, u64 addr);
	void (*write)(void *ctx, u64 addr, const u64 *entries, unsigned int count);
};

/**
 * struct pinion_pt_node - one page table
 * @addr: device address of the table
 * @mem: cookie from pinion_pt_ops.alloc
 * @link: entry in a list of spare tables or in pinion_pt.retired
 * @refs: number of entries of other tables that lead to this table; 1 for the root
 * @home: place in pinion_pt.sparse if the table is shared, which then never changes; NULL otherwise
 * @kind: PINION_PT_LEAF or PINION_PT_UPPER
 * @used: number of valid entries
 * @slot: for each entry the leaf that device memory has there (with VALID, which pointers do not
 *	have), or the address of the struct of the table that the entry leads to; 0: neither
 */
struct pinion_pt_node {
	u64 addr;
	void *mem;
	struct list_head link;
	unsigned int refs;
	struct pinion_pt_node **home;
	int kind;
	unsigned int used;
	u64 *slot;
};

/* Host memory of a table: its struct and the slots. */
#define PINION_PT_KEPT_BYTES (sizeof(struct pinion_pt_node) + SZ_4K)

#define PINION_PT_LEAF	0 /* kind of a level-0 table */
#define PINION_PT_UPPER 1 /* kind of a table of level 1 to 3 */

/**
 * struct pinion_pt - page tables of an address space
 * @ops: operations on device memory
 * @ctx: first argument of every operation
 * @root: table of level 3, where a walk begins
 * @sparse: tables of level 1 and 2 with which all is sparse, by rights (READ, WRITE, both) and
 *	level; NULL: no entry needs the table
 * @spare: tables reserved for the coming operations, by kind
 * @nspare: number of tables in @spare, by kind
 * @retired: unlinked tables that the card may still read until its translation caches are
 *	invalidated
 *
 * The caller serialises all calls on one struct.
 */
struct pinion_pt {
	const struct pinion_pt_ops *ops;
	void *ctx;
	struct pinion_pt_node *root;
	struct pinion_pt_node *sparse[3][2];
	struct list_head spare[2];
	unsigned int nspare[2];
	struct list_head retired;
};

/**
 * struct pinion_pt_plan - upper bound of the tables that an operation needs
 * @need: number of tables, by kind
 * @region: 2 MiB region for which the last leaf table was counted
 * @sparse: rights of a sparse range that is to be mapped, PINION_PTE_READ and WRITE; 0: anything
 *	else is mapped or unmapped
 */
struct pinion_pt_plan {
	unsigned int need[2];
	u64 region;
	u64 sparse;
};

/**
 * struct pinion_pt_spare - tables allocated in advance for a later operation
 * @list: tables, by kind
 */
struct pinion_pt_spare {
	struct list_head list[2];
};

int pinion_pt_init(struct pinion_pt *pt, const struct pinion_pt_ops *ops, void *ctx);
void pinion_pt_fini(struct pinion_pt *pt);
void pinion_pt_plan_unmap(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va,
			  u64 bytes);
void pinion_pt_plan_range(struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va, u64 bytes);
void pinion_pt_plan_run(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va, u64 addr,
			u64 bytes);
int pinion_pt_reserve(struct pinion_pt *pt, const struct pinion_pt_plan *plan);
int pinion_pt_put_by(struct pinion_pt *pt, const struct pinion_pt_plan *plan,
		     struct pinion_pt_spare *spare);
void pinion_pt_take(struct pinion_pt *pt, struct pinion_pt_spare *spare);
void pinion_pt_drop_spare(struct pinion_pt *pt, struct pinion_pt_spare *spare);
void pinion_pt_map(struct pinion_pt *pt, u64 va, u64 addr, u64 bytes, u64 prot);
void pinion_pt_unmap(struct pinion_pt *pt, u64 va, u64 bytes);
unsigned int pinion_pt_walk(const struct pinion_pt *pt, u64 va, u64 entries[]);
void pinion_pt_release(struct pinion_pt *pt);
void pinion_pt_rewrite(struct pinion_pt *pt);

#endif /* PINION_PT_H */
