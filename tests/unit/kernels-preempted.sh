#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernels compute the same, to the bounds of their tests, on a card that preempts their blocks
# after every 1,000 cycles of a core.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

kernels=$(basename -a -s .c firmware/kernels/*.c)

tap_plan "$(wc -w <<<"$kernels")"
for kernel in $kernels; do
	tap_check "$kernel" env PREEMPT_EVERY=1000 "build/tests/unit/kernel-$kernel"
done
tap_done
