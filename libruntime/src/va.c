// SPDX-License-Identifier: MIT
/*
 * The lowest free range is taken first, which keeps addresses dense and page tables few.
 */
#include <errno.h>
#include <stddef.h>

#include "va.h"

static void insert_after(struct pinion_va *va, struct pinion_va_range *prev,
			 struct pinion_va_range *range)
{
	range->prev = prev;
	range->next = prev ? prev->next : va->first;
	if (range->next)
		range->next->prev = range;
	if (prev)
		prev->next = range;
	else
		va->first = range;
}

int pinion_va_alloc(struct pinion_va *va, uint64_t bytes, uint64_t align,
		    struct pinion_va_range *range)
{
	struct pinion_va_range *prev = NULL;
	struct pinion_va_range *next = va->first;

	for (;;) {
		uint64_t hole = prev ? prev->start + prev->bytes : va->start;
		uint64_t limit = next ? next->start : va->end;
		uint64_t start = (hole + align - 1) & ~(align - 1);

		if (start >= hole && start < limit && limit - start >= bytes) {
			range->start = start;
			range->bytes = bytes;
			insert_after(va, prev, range);
			return 0;
		}
		if (!next)
			return -ENOSPC;
		prev = next;
		next = next->next;
	}
}

int pinion_va_reserve(struct pinion_va *va, uint64_t start, uint64_t bytes,
		      struct pinion_va_range *range)
{
	struct pinion_va_range *prev = NULL;
	struct pinion_va_range *next = va->first;

	if (start < va->start || start >= va->end || va->end - start < bytes)
		return -ENOSPC;
	while (next && next->start < start) {
		prev = next;
		next = next->next;
	}
	if (prev && prev->start + prev->bytes > start)
		return -EEXIST;
	if (next && next->start - start < bytes)
		return -EEXIST;
	range->start = start;
	range->bytes = bytes;
	insert_after(va, prev, range);
	return 0;
}

void pinion_va_free(struct pinion_va *va, struct pinion_va_range *range)
{
	if (range->prev)
		range->prev->next = range->next;
	else
		va->first = range->next;
	if (range->next)
		range->next->prev = range->prev;
}
