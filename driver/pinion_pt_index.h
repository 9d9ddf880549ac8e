/* SPDX-License-Identifier: GPL-2.0 */
/* How virtual addresses select entries of page tables, for the builder and its planning. */
#ifndef PINION_PT_INDEX_H
#define PINION_PT_INDEX_H

#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "pinion_pt.h"
#include "pinion_regs.h"

#define PT_ENTRIES 512

/**
 * pt_span() - say how many bytes of virtual addresses an entry covers
 * @level: level of the table that has the entry, 0..3
 * Return: number of bytes.
 */
static inline u64 pt_span(int level)
{
	return 1ull << PINION_PT_SHIFT(level);
}

/**
 * pt_index() - find the entry for a virtual address
 * @va: virtual address to look up
 * @level: level of the table that has the entry, 0..3
 * Return: index of the entry in its table.
 */
static inline unsigned int pt_index(u64 va, int level)
{
	return (va >> PINION_PT_SHIFT(level)) & (PT_ENTRIES - 1);
}

/**
 * pt_next() - find the end of the part of a range that one entry covers
 * @va: start of the range
 * @end: end of the range
 * @level: level of the table that has the entry, 0..3
 * Return: address at which the part ends, at most @end.
 */
static inline u64 pt_next(u64 va, u64 end, int level)
{
	return min(end, ALIGN_DOWN(va, pt_span(level)) + pt_span(level));
}

/**
 * pt_is_huge() - say whether a run of memory begins with a 2 MiB page
 * @va: virtual address of the run
 * @addr: device or DMA address of the run, as in pinion_pt_map()
 * @bytes: length of the run in bytes
 * Return: true if both addresses are aligned and the run is long enough.
 */
static inline bool pt_is_huge(u64 va, u64 addr, u64 bytes)
{
	return IS_ALIGNED(va | addr, SZ_2M) && bytes >= SZ_2M;
}

/**
 * pt_below() - find the table that an entry leads to
 * @node: table that has the entry
 * @i: index of the entry
 * Return: the table; NULL: the entry is a leaf or not valid.
 */
static inline struct pinion_pt_node *pt_below(const struct pinion_pt_node *node, unsigned int i)
{
	u64 slot = node->slot[i];

	return slot & PINION_PTE_VALID ? NULL : (struct pinion_pt_node *)(uintptr_t)slot;
}

/**
 * pt_entry() - say what the card reads as an entry
 * @node: table that has the entry
 * @i: index of the entry
 * Return: the entry.
 */
static inline u64 pt_entry(const struct pinion_pt_node *node, unsigned int i)
{
	const struct pinion_pt_node *child = pt_below(node, i);

	return child ? child->addr | PINION_PTE_VALID : node->slot[i];
}

/**
 * pt_home() - find the table that all whole entries of a kind of sparse range share
 * @pt: page tables of the address space
 * @prot: rights of the sparse range: PINION_PTE_READ, WRITE or both
 * @level: level of the table, 1 or 2
 * Return: the place of the table in pinion_pt.sparse.
 */
static inline struct pinion_pt_node **pt_home(struct pinion_pt *pt, u64 prot, int level)
{
	u64 rights = prot & (PINION_PTE_READ | PINION_PTE_WRITE);

	return &pt->sparse[rights / PINION_PTE_READ - 1][level - 1];
}

#endif /* PINION_PT_INDEX_H */
