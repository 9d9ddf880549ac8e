// SPDX-License-Identifier: MIT
/* __muloti4(), which clang calls for __builtin_mul_overflow() of 128 bits and libgcc lacks. */
#include <stdint.h>

typedef __int128 s128;
typedef unsigned __int128 u128;

s128 __muloti4(s128 a, s128 b, int *overflow);

static u128 magnitude(s128 x)
{
	return x < 0 ? -(u128)x : (u128)x;
}

/**
 * __muloti4() - multiply two signed numbers of 128 bits
 * @a: first factor, any value
 * @b: second factor, any value
 * @overflow: set to 1 if the product does not fit, else to 0
 *
 * Return: the lowest 128 bits of the product.
 */
s128 __muloti4(s128 a, s128 b, int *overflow)
{
	u128 p = magnitude(a), q = magnitude(b);
	/* The largest magnitude that a product of this sign may have. */
	u128 limit = ((u128)1 << 127) - ((a < 0) == (b < 0));

	*overflow = p != 0 && q > limit / p;
	return (s128)((u128)a * (u128)b);
}
