/* SPDX-License-Identifier: MIT */
/* Arguments of the kernels in support.c, for host and card. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdint.h>

enum { SUPPORT_SET, SUPPORT_COPY, SUPPORT_MOVE, SUPPORT_COMPARE };

/**
 * struct support_op - one call of a mem*() function
 * @op: SUPPORT_*
 * @dst: offset of the destination, or of what is compared
 * @src: offset of the source, or the byte that is set
 * @n: bytes
 * @result: the sign of memcmp()'s result; of the others 1, if they return their destination
 */
struct support_op {
	uint32_t op;
	uint32_t dst;
	uint32_t src;
	uint32_t n;
	int32_t result;
};

/**
 * struct support_sum - arithmetic that the cores have no instruction for
 * @a: 128 bits, lower half first
 * @b: the same, not 0
 * @div: a / b, signed
 * @udiv: a / b, unsigned
 * @mod: a % b, signed
 * @product: lower 128 bits of a * b
 * @overflow: whether signed a * b has more
 * @quotient: of a and b as 128-bit floating point, rounded to double
 */
struct support_sum {
	uint64_t a[2];
	uint64_t b[2];
	uint64_t div[2];
	uint64_t udiv[2];
	uint64_t mod[2];
	uint64_t product[2];
	uint64_t overflow;
	double quotient;
};

/**
 * struct support_args - of the kernels in support.c
 * @memory: on what the calls of mem*() work
 * @work: struct support_op or struct support_sum
 * @count: how many
 */
struct support_args {
	uint64_t memory;
	uint64_t work;
	uint64_t count;
};

#endif /* SUPPORT_H */
