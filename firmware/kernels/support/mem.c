// SPDX-License-Identifier: MIT
/*
 * memset(), memcpy(), memmove() and memcmp(). The compiler calls them even in code that does not
 * name them, for initialisers, assignments of large structs and loops that it recognises.
 *
 * They move eight bytes at a time where destination and source have the same alignment. A word may
 * alias memory of any type, hence may_alias. The makefile builds this file with -fno-builtin, as
 * the compiler would otherwise recognise the loop in memcpy() and replace it by a call of memcpy().
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

/* Copy from the first byte on, for a destination before the source or behind its end. */
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

/* Copy from the last byte down, for a destination that begins inside the source. */
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
