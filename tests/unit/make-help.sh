#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# "make help" lists each goal that is for people, and nothing else.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL

# Goals and variables as make itself has read them: the goal stands for all that read the fragments.
make -C "$top" -pn show-kernel-tools >"$scratch/database" 2>/dev/null
sed -n 's/^\.PHONY: //p' "$scratch/database" | tr ' ' '\n' | sort -u >"$scratch/goals"
sed -n 's/^internal-goals := //p' "$scratch/database" | tr ' ' '\n' | sort -u >"$scratch/internal"
comm -23 "$scratch/goals" "$scratch/internal" >"$scratch/public"

# lint-CHECK stands for one goal of each check.
make -s -C "$top" help | sed -n 's/^make \([A-Za-z-]*\) .*/\1/p' >"$scratch/help"
sed -n 's/^lint-checks := //p' "$scratch/database" | tr ' ' '\n' | sed 's/^/lint-/' >"$scratch/lint"
{ grep -v CHECK "$scratch/help"; ! grep -qx lint-CHECK "$scratch/help" || cat "$scratch/lint"; } |
	sort -u >"$scratch/listed"

none_in() {
	[ -z "$1" ] || { echo "$1"; return 1; }
}

many() {
	[ "$(wc -l <"$scratch/public")" -ge 20 ] && [ -s "$scratch/internal" ]
}

tap_plan 4
tap_check "make tells of its goals" many
tap_check "each goal is listed, or is in internal-goals" \
	none_in "$(comm -23 "$scratch/public" "$scratch/listed")"
tap_check "what is listed is a goal" none_in "$(comm -13 "$scratch/public" "$scratch/listed")"
tap_check "what is in internal-goals is a goal" \
	none_in "$(comm -13 "$scratch/goals" "$scratch/internal")"
tap_done
