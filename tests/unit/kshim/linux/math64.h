/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kshim.h"

static inline u64 div_u64(u64 a, u32 b)
{
	return a / b;
}

static inline u64 div_u64_rem(u64 a, u32 b, u32 *rest)
{
	*rest = a % b;
	return a / b;
}
