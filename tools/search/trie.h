/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefix tree of pieces, by code points; all edges are in one hash table. */
#ifndef SEARCH_TRIE_H
#define SEARCH_TRIE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct trie_node - a prefix of one or more pieces
 * @score: score of the piece that is equal to the prefix
 * @id: id of that piece, 0 if no piece is equal to the prefix
 */
struct trie_node {
	double score;
	uint32_t id;
};

/**
 * struct trie_edge - an edge from a prefix to one that is a code point longer
 * @from: index of the shorter prefix's node
 * @to: index of the longer prefix's node; 0 in a free slot, as no edge leads to the root
 * @point: code point that the longer prefix ends with
 */
struct trie_edge {
	uint32_t from;
	uint32_t to;
	int32_t point;
};

/**
 * struct trie - a prefix tree
 * @nodes: array of all nodes; node 0 is the root, the empty prefix
 * @count: number of nodes
 * @edges: hash table of all edges, with open addressing
 * @mask: number of slots in @edges, a power of two, minus 1
 */
struct trie {
	struct trie_node *nodes;
	uint32_t count;
	struct trie_edge *edges;
	uint32_t mask;
};

/* Make a tree for pieces with @points code points in total. Return: 0 or -ENOMEM. */
int trie_init(struct trie *trie, size_t points);
void trie_fini(struct trie *trie);
/* Insert a piece of @len >= 1 code points. If it is in the tree, score and id are replaced. */
void trie_insert(struct trie *trie, const int32_t *points, size_t len, double score, uint32_t id);
/* Return: the node to which the edge @point of @node leads, 0 if there is no such edge. */
uint32_t trie_next(const struct trie *trie, uint32_t node, int32_t point);

#endif /* SEARCH_TRIE_H */
