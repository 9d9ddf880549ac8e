/* SPDX-License-Identifier: MIT */
/*
 * Allocator of the card's virtual addresses. Each object embeds the record of the range that it
 * owns, so that freeing a range needs no memory and cannot fail.
 */
#ifndef PINION_VA_H
#define PINION_VA_H

#include <stdint.h>

/**
 * struct pinion_va_range - addresses in use
 * @start: lowest address of the range
 * @bytes: length of the range
 * @next: next range above, or NULL
 * @prev: next range below, or NULL
 */
struct pinion_va_range {
	uint64_t start;
	uint64_t bytes;
	struct pinion_va_range *next;
	struct pinion_va_range *prev;
};

/**
 * struct pinion_va - an address space
 * @start: lowest address of the space
 * @end: address just above the space
 * @first: lowest range in use, or NULL
 */
struct pinion_va {
	uint64_t start;
	uint64_t end;
	struct pinion_va_range *first;
};

/**
 * pinion_va_alloc() - take the lowest free range that fits
 * @va: address space
 * @bytes: length, > 0
 * @align: alignment, a power of two
 * @range: filled in, and linked into the address space
 *
 * Return: 0, -ENOSPC.
 */
int pinion_va_alloc(struct pinion_va *va, uint64_t bytes, uint64_t align,
		    struct pinion_va_range *range);
/* Take the addresses from @start on. -ENOSPC: outside the space; -EEXIST: in use. */
int pinion_va_reserve(struct pinion_va *va, uint64_t start, uint64_t bytes,
		      struct pinion_va_range *range);
void pinion_va_free(struct pinion_va *va, struct pinion_va_range *range);

#endif /* PINION_VA_H */
