/* SPDX-License-Identifier: MIT */
/* Arguments of the example kernel vecadd, for host and card. */
#ifndef PINION_VECADD_H
#define PINION_VECADD_H

#include <stdint.h>

#define PINION_VECADD_BLOCK 1024 /* elements per block: grid x = ceil(n / 1024) */

/**
 * struct pinion_vecadd_args - c[i] = a[i] + b[i]
 * @a: n floats
 * @b: n floats
 * @c: n floats
 * @n: >= 1
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
