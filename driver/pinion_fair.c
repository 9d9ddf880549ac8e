// SPDX-License-Identifier: GPL-2.0
/*
 * Turns: leaves of a tree wait for one each. The children of each node get turns one after
 * the other, so that a node with many leaves below it gets no more turns than a sibling with one.
 * The leaves of one parent get their turns in the order in which they were added.
 */
#include <linux/list.h>

#include "pinion_fair.h"

/**
 * pinion_fair_init() - initialise a node that does not wait
 * @node: node to initialise
 * @parent: node above @node, which outlives @node; NULL: @node is the root
 */
void pinion_fair_init(struct pinion_fair *node, struct pinion_fair *parent)
{
	node->parent = parent;
	INIT_LIST_HEAD(&node->link);
	INIT_LIST_HEAD(&node->waiting);
}

/**
 * pinion_fair_add() - let a leaf wait for a turn
 * @leaf: leaf that does not wait
 */
void pinion_fair_add(struct pinion_fair *leaf)
{
	struct pinion_fair *node = leaf;
	bool alone = true;

	for (; alone && node->parent; node = node->parent) {
		alone = list_empty(&node->parent->waiting);
		list_add_tail(&node->link, &node->parent->waiting);
	}
}

/**
 * pinion_fair_remove() - let a leaf wait no longer
 * @leaf: leaf that waits
 */
void pinion_fair_remove(struct pinion_fair *leaf)
{
	struct pinion_fair *node = leaf;
	bool last = true;

	for (; last && node->parent; node = node->parent) {
		list_del_init(&node->link);
		last = list_empty(&node->parent->waiting);
	}
}

/**
 * pinion_fair_take() - choose the leaf that has the next turn
 * @root: root of the tree
 *
 * The leaf does not wait any more. Each node above the leaf now comes after its siblings.
 * Return: the leaf; NULL: no leaf waits.
 */
struct pinion_fair *pinion_fair_take(struct pinion_fair *root)
{
	struct pinion_fair *node = root;

	while (!list_empty(&node->waiting)) {
		node = list_first_entry(&node->waiting, struct pinion_fair, link);
		list_move_tail(&node->link, &node->parent->waiting);
	}
	if (node == root)
		return NULL;
	pinion_fair_remove(node);
	return node;
}
