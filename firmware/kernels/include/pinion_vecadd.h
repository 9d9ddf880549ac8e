/* SPDX-License-Identifier: MIT */
/* Arguments of the example kernel vecadd, for host and card. */
#ifndef PINION_VECADD_H
#define PINION_VECADD_H

#include <stdint.h>

#define PINION_VECADD_BLOCK 1024 /* elements per block: grid x = n / 1024, rounded up */

/**
 * struct pinion_vecadd_args - c[i] = a[i] + b[i]
 * @a: address of n floats to read
 * @b: address of n floats to read
 * @c: address of n floats to write
 * @n: number of elements, >= 1
 * @reserved: zero
 */
struct pinion_vecadd_args {
	uint64_t a;
	uint64_t b;
	uint64_t c;
	uint32_t n;
	uint32_t reserved;
};

#endif /* PINION_VECADD_H */
