/* SPDX-License-Identifier: MIT */
/* Arguments of the kernels in support.c, for host and card. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdint.h>

enum { SUPPORT_SET, SUPPORT_COPY, SUPPORT_MOVE, SUPPORT_COMPARE };

/**
 * struct support_op - one call of a mem*() function
 * @op: function to call: SUPPORT_*
 * @dst: offset of the destination, or of the first operand of memcmp()
 * @src: offset of the source, or the byte that memset() writes
 * @n: number of bytes
 * @result: out: sign of the result of memcmp(); 1 if another function returned its destination
 */
struct support_op {
	uint32_t op;
	uint32_t dst;
	uint32_t src;
	uint32_t n;
	int32_t result;
};

/**
 * struct support_sum - arithmetic for which the cores have no instruction
 * @a: first operand, 128 bits, lower half first
 * @b: second operand, 128 bits, lower half first, not 0
 * @div: out: a / b, signed
 * @udiv: out: a / b, unsigned
 * @mod: out: a % b, signed
 * @product: out: lower 128 bits of a * b
 * @overflow: out: whether signed a * b needs more than 128 bits
 * @quotient: out: a / b as 128-bit floating point, rounded to double
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
 * struct support_args - arguments of every kernel in support.c
 * @memory: virtual address of the memory on which mem*() work
 * @work: virtual address of an array of struct support_op or struct support_sum
 * @count: number of entries in @work
 */
struct support_args {
	uint64_t memory;
	uint64_t work;
	uint64_t count;
};

#endif /* SUPPORT_H */
