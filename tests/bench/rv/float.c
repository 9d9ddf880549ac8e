// SPDX-License-Identifier: GPL-2.0-or-later
/* Floating-point work for a compute core: fp32 axpy with fused multiply-adds on cached data. */
#include <stdint.h>

uint64_t run(float *memory, uint64_t rounds)
{
	float *x = memory, *y = memory + 512;

	for (int i = 0; i < 512; i++) {
		x[i] = (float)i;
		y[i] = 1;
	}
	for (uint64_t r = 0; r < rounds; r++)
		for (int i = 0; i < 512; i += 4) {
			y[i] = x[i] * 0.5f + y[i];
			y[i + 1] = x[i + 1] * 0.5f + y[i + 1];
			y[i + 2] = x[i + 2] * 0.5f + y[i + 2];
			y[i + 3] = x[i + 3] * 0.5f + y[i + 3];
		}
	return (uint64_t)y[511];
}
