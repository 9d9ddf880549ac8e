/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables of one address space: pure bookkeeping over three operations. */
#ifndef PINION_PT_H
#define PINION_PT_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct pinion_pt_ops - where tables live and how they are written
 * @alloc: 4 KiB of device memory that the CPU reaches: its address, and a
 *	cookie for @free. 0, -ENOSPC or -ENOMEM
 * @free: give it back
 * @write: store @count entries at device address @addr
 */
struct pinion_pt_ops {
	int (*alloc)(void *ctx, u64 *addr, void **mem);
	void (*free)(void *ctx, void *mem);
	void (*write)(void *ctx, u64 addr, const u64 *entries, unsigned int count);
};

/**
 * struct pinion_pt_node - one table
 * @addr: device address
 * @mem: cookie of pinion_pt_ops.alloc
 * @link: in a spare list or the retired list of the page tables
 * @used: valid entries
 * @entry: what the card sees, so that the table is never read back
 * @child: tables below; NULL for a level-0 table
 */
struct pinion_pt_node {
	u64 addr;
	void *mem;
	struct list_head link;
	unsigned int used;
	u64 *entry;
	struct pinion_pt_node **child;
};

#define PINION_PT_LEAF	0 /* kinds of node: level 0 */
#define PINION_PT_UPPER 1 /* levels 1 to 3 */

/**
 * struct pinion_pt - page tables of an address space
 * @ops: operations
 * @ctx: passed to them
 * @root: level-3 table
 * @spare: tables reserved for coming operations, by kind
 * @nspare: how many
 * @retired: tables unlinked, that the card may still read until its
 *	translation caches are invalidated
 *
 * The caller serialises all calls on one struct.
 */
struct pinion_pt {
	const struct pinion_pt_ops *ops;
	void *ctx;
	struct pinion_pt_node *root;
	struct list_head spare[2];
	unsigned int nspare[2];
	struct list_head retired;
};

/**
 * struct pinion_pt_plan - tables that an operation can need at most
 * @need: by kind
 * @region: last 2 MiB region that a leaf table was counted for
 */
struct pinion_pt_plan {
	unsigned int need[2];
	u64 region;
};

/**
 * struct pinion_pt_spare - tables put by for an operation of later
 * @list: by kind
 */
struct pinion_pt_spare {
	struct list_head list[2];
};

int pinion_pt_init(struct pinion_pt *pt, const struct pinion_pt_ops *ops, void *ctx);
void pinion_pt_fini(struct pinion_pt *pt);
void pinion_pt_plan_unmap(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va,
			  u64 bytes);
void pinion_pt_plan_range(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va,
			  u64 bytes);
void pinion_pt_plan_run(const struct pinion_pt *pt, struct pinion_pt_plan *plan, u64 va, u64 addr,
			u64 bytes);
int pinion_pt_reserve(struct pinion_pt *pt, const struct pinion_pt_plan *plan);
int pinion_pt_put_by(struct pinion_pt *pt, const struct pinion_pt_plan *plan,
		     struct pinion_pt_spare *spare);
void pinion_pt_take(struct pinion_pt *pt, struct pinion_pt_spare *spare);
void pinion_pt_drop_spare(struct pinion_pt *pt, struct pinion_pt_spare *spare);
void pinion_pt_map(struct pinion_pt *pt, u64 va, u64 addr, u64 bytes, u64 prot);
void pinion_pt_unmap(struct pinion_pt *pt, u64 va, u64 bytes);
void pinion_pt_release(struct pinion_pt *pt);

#endif /* PINION_PT_H */
