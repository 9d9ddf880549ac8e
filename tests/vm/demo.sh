#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo on a card that preempts each block after every 1,000 cycles: the network computes the
# same. With few lines, as it takes long; in a soak with all.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

trap 'rm -rf "$work"' EXIT
demo=("$top/tools/search/demo" --work "$work/demo")
[ "${PINION_SOAK:-}" ] || demo+=(--lines 200)

refuses() {
	local words=$1
	shift
	! "${demo[@]}" "$@" >"$work/out" 2>&1 && cat "$work/out" && grep -e "$words" "$work/out"
}

tap_plan 3
tap_check "options reach the card" refuses preempt-every --card-opts preempt-every=often
tap_check "too few lines" refuses "from 200" --lines 199
tap_check "preempted after every 1,000 cycles" "${demo[@]}" --card-opts preempt-every=1000
tap_done
