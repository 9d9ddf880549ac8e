/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefix tree of pieces over code points, its edges in one hash table. */
#ifndef SEARCH_TRIE_H
#define SEARCH_TRIE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct trie_node - a prefix
 * @score: of the piece that ends here
 * @id: of it, 0 if none does
 */
struct trie_node {
	double score;
	uint32_t id;
};

/**
 * struct trie_edge - from one prefix to a longer one
 * @from: node
 * @to: node, 0 = free slot (nothing leads to the root)
 * @point: code point
 */
struct trie_edge {
	uint32_t from;
	uint32_t to;
	int32_t point;
};

/**
 * struct trie - prefix tree; node 0 is the root
 * @nodes: array
 * @count: used of it
 * @edges: hash table, open addressing
 * @mask: its size - 1, a power of two - 1
 */
struct trie {
	struct trie_node *nodes;
	uint32_t count;
	struct trie_edge *edges;
	uint32_t mask;
};

/* Room for pieces of @points code points in all. Return: 0 or -ENOMEM. */
int trie_init(struct trie *trie, size_t points);
void trie_fini(struct trie *trie);
/* Put a piece in; the same piece again replaces score and id. @len >= 1. */
void trie_insert(struct trie *trie, const int32_t *points, size_t len, double score, uint32_t id);
/* The node one code point further than @node, 0 if none. */
uint32_t trie_next(const struct trie *trie, uint32_t node, int32_t point);

#endif /* SEARCH_TRIE_H */
