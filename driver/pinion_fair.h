/* SPDX-License-Identifier: GPL-2.0 */
/* Turns: a tree of owners, whose leaves are those who wait. */
#ifndef PINION_FAIR_H
#define PINION_FAIR_H

#include <linux/list.h>

/**
 * struct pinion_fair - a node of the tree
 * @parent: node above this node; NULL: the node is the root
 * @link: entry in the list @waiting of @parent, if this node is a leaf that waits or a leaf below
 *	this node waits
 * @waiting: children that wait, or below which a leaf waits; the first child has the next turn
 */
struct pinion_fair {
	struct pinion_fair *parent;
	struct list_head link;
	struct list_head waiting;
};

void pinion_fair_init(struct pinion_fair *node, struct pinion_fair *parent);
void pinion_fair_add(struct pinion_fair *leaf);
void pinion_fair_remove(struct pinion_fair *leaf);
struct pinion_fair *pinion_fair_take(struct pinion_fair *root);

#endif /* PINION_FAIR_H */
