// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver's arithmetic of device time, whatever the card says. */
#include "kshim.h"

#include "pinion_time.h"

#include "../tap.h"

#define SECOND	1000000000ull
#define CENTURY (100ull * 365 * 24 * 3600)

/* What the result must be, in numbers of twice the width. */
static u64 exact_ns(u64 ticks, u32 freq)
{
	unsigned __int128 ns = (unsigned __int128)ticks * SECOND / freq;

	return ns > UINT64_MAX ? UINT64_MAX : (u64)ns;
}

static void conversions(void)
{
	static const u32 freqs[] = { 1, 3, 1000, 100000000, 1000000000, 2500000007u, UINT32_MAX };
	static const u64 spans[] = { 0, 1, 12345678901ull, 1ull << 61, 1ull << 63, UINT64_MAX };
	unsigned int i, j, far = 0, capped = 0;
	u64 ns, exact;

	for (i = 0; i < sizeof(freqs) / sizeof(freqs[0]); i++)
		for (j = 0; j < sizeof(spans) / sizeof(spans[0]); j++) {
			ns = pinion_time_to_ns(spans[j], freqs[i]);
			exact = exact_ns(spans[j], freqs[i]);
			capped += exact == UINT64_MAX && ns == UINT64_MAX;
			/* What is within a second of the largest number may be rounded up to it. */
			far += ns != exact && (ns != UINT64_MAX || exact < UINT64_MAX - SECOND);
		}
	tap_ok(!far && capped, "ticks become nanoseconds, at most the largest number");
}

int main(void)
{
	tap_plan(4);
	conversions();
	tap_ok(pinion_time_limit(UINT32_MAX) / UINT32_MAX == CENTURY &&
		       pinion_time_limit(1) == CENTURY,
	       "the limit is a century, for the fastest clock, too");
	tap_ok(pinion_time_to_ns(pinion_time_limit(3), 3) == CENTURY * SECOND,
	       "a century fits into nanoseconds");
	tap_ok(pinion_time_add(1, 2) == 3 && pinion_time_add(UINT64_MAX - 1, 2) == UINT64_MAX &&
		       pinion_time_add(UINT64_MAX, UINT64_MAX) == UINT64_MAX,
	       "a sum stays at the largest number");
	return tap_result();
}
