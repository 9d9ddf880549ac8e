/* SPDX-License-Identifier: MIT */
/*
 * Allocator of virtual addresses of the card. Its bookkeeping lives in the
 * objects that own the ranges, so giving back cannot fail.
 */
#ifndef PINION_VA_H
#define PINION_VA_H

#include <stdint.h>

/**
 * struct pinion_va_range - addresses in use
 * @start: first
 * @bytes: length
 * @next: range above, NULL for the highest
 * @prev: range below, NULL for the lowest
 */
struct pinion_va_range {
	uint64_t start;
	uint64_t bytes;
	struct pinion_va_range *next;
	struct pinion_va_range *prev;
};

/**
 * struct pinion_va - an address space
 * @start: lowest address
 * @end: first above the highest
 * @first: lowest range in use
 */
struct pinion_va {
	uint64_t start;
	uint64_t end;
	struct pinion_va_range *first;
};

/**
 * pinion_va_alloc() - take the lowest hole that fits
 * @va: address space
 * @bytes: > 0
 * @align: power of two
 * @range: out
 *
 * Return: 0, -ENOSPC.
 */
int pinion_va_alloc(struct pinion_va *va, uint64_t bytes, uint64_t align,
		    struct pinion_va_range *range);
/* Take these very addresses. -ENOSPC: outside the space; -EEXIST: in use. */
int pinion_va_reserve(struct pinion_va *va, uint64_t start, uint64_t bytes,
		      struct pinion_va_range *range);
void pinion_va_free(struct pinion_va *va, struct pinion_va_range *range);

#endif /* PINION_VA_H */
