/* SPDX-License-Identifier: GPL-2.0-or-later */
#include_next <linux/limits.h>

#define U64_MAX UINT64_MAX
