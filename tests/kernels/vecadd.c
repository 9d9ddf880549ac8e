// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks that vecadd is exact. */
#include "kt.h"
#include "pinion_vecadd.h"

static void test_length(uint32_t n)
{
	struct kt_buf a = kt_randoms(n), b = kt_randoms(n), c = kt_floats(n + 1);
	struct pinion_vecadd_args args = { a.va, b.va, c.va, n, 0 };
	uint32_t wrong = 0;

	kt_launch(&args, sizeof(args), PINION_BLOCKS(n, PINION_VECADD_BLOCK) + 1, 1, 1);
	for (uint32_t i = 0; i < n; i++)
		wrong += c.f[i] != a.f[i] + b.f[i];
	tap_ok(!wrong && c.f[n] == KT_GUARD, "%u elements: %u wrong", n, wrong);
}

int main(void)
{
	tap_plan(4);
	kt_open("vecadd");
	test_length(1);
	test_length(PINION_VECADD_BLOCK);
	test_length(PINION_VECADD_BLOCK + 1);
	test_length(100003);
	kt_close();
	return tap_result();
}
