// SPDX-License-Identifier: GPL-2.0-or-later
/* Prefix tree of pieces, by code points; all edges are in one hash table. */
#include "trie.h"

#include <errno.h>
#include <stdlib.h>

int trie_init(struct trie *trie, size_t points)
{
	uint32_t size = 16;

	/* The table is at most half full, so that probing always ends at a free slot. */
	while (size < 2 * points)
		size *= 2;
	trie->nodes = calloc(points + 1, sizeof(*trie->nodes));
	trie->edges = calloc(size, sizeof(*trie->edges));
	trie->mask = size - 1;
	trie->count = 1;
	if (trie->nodes && trie->edges)
		return 0;
	trie_fini(trie);
	return -ENOMEM;
}

void trie_fini(struct trie *trie)
{
	free(trie->nodes);
	free(trie->edges);
	trie->nodes = NULL;
	trie->edges = NULL;
}

/* Return: the slot of the edge, or the free slot where it would be inserted. */
static struct trie_edge *slot(const struct trie *trie, uint32_t from, int32_t point)
{
	uint32_t at = (from * 0x9e3779b1u) ^ ((uint32_t)point * 0x85ebca6bu);

	for (at ^= at >> 15;; at++) {
		struct trie_edge *edge = &trie->edges[at & trie->mask];

		if (!edge->to || (edge->from == from && edge->point == point))
			return edge;
	}
}

void trie_insert(struct trie *trie, const int32_t *points, size_t len, double score, uint32_t id)
{
	uint32_t node = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		struct trie_edge *edge = slot(trie, node, points[i]);

		if (!edge->to) {
			edge->from = node;
			edge->point = points[i];
			edge->to = trie->count++;
		}
		node = edge->to;
	}
	trie->nodes[node].score = score;
	trie->nodes[node].id = id;
}

uint32_t trie_next(const struct trie *trie, uint32_t node, int32_t point)
{
	return slot(trie, node, point)->to;
}
