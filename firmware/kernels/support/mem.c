// SPDX-License-Identifier: MIT
/*
 * What a compiler calls in code that never names it: an initialiser, an assignment of a large
 * struct, or a loop that it recognises becomes a call of memset(), memcpy(), memmove() or memcmp().
 *
 * Eight bytes at a time where destination and source are aligned alike. A word may alias whatever
 * type the memory has, hence may_alias. The makefile builds this with -fno-builtin: without it the
 * compiler would recognise these loops as well, and turn memcpy() into a call of itself.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word;

#define WORD sizeof(word)

static int aligned_alike(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) % WORD) == 0;
}

void *memset(void *dst, int value, size_t n)
{
	uint8_t *d = dst;
	word w = (uint8_t)value * 0x0101010101010101u;

	for (; n && (uintptr_t)d % WORD; n--)
		*d++ = (uint8_t)value;
	for (; n >= WORD; n -= WORD, d += WORD)
		*(word *)d = w;
	for (; n; n--)
		*d++ = (uint8_t)value;
	return dst;
}

/* From the beginning, for a destination that begins before the source or behind its end. */
static void copy_forwards(uint8_t *d, const uint8_t *s, size_t n)
{
	if (aligned_alike(d, s)) {
		for (; n && (uintptr_t)d % WORD; n--)
			*d++ = *s++;
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word *)d = *(const word *)s;
	}
	for (; n; n--)
		*d++ = *s++;
}

/* From the end, for a destination that begins inside the source. */
static void copy_backwards(uint8_t *d, const uint8_t *s, size_t n)
{
	d += n;
	s += n;
	if (aligned_alike(d, s)) {
		for (; n && (uintptr_t)d % WORD; n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word *)d = *(const word *)s;
		}
	}
	for (; n; n--)
		*--d = *--s;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_forwards(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_forwards(dst, src, n);
	else
		copy_backwards(dst, src, n);
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	if (aligned_alike(p, q)) {
		for (; n && (uintptr_t)p % WORD && *p == *q; n--, p++, q++)
			;
		if ((uintptr_t)p % WORD == 0)
			for (; n >= WORD && *(const word *)p == *(const word *)q; n -= WORD) {
				p += WORD;
				q += WORD;
			}
	}
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
