#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A system to build in is made whole or not at all, once, and again when other
# packages are wanted. mmdebstrap is a stand-in: what is tested is what is around it.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/lib/scratch.sh"

fresh
root=$scratch/roots/bookworm
fake mmdebstrap "
	for dir; do [ \"\${dir%/root}\" = \"\$dir\" ] || break; done
	mkdir \"\$dir\"
	echo \"\$*\" >\"\$dir/arguments\"
	cat >\"\$dir/sources\"
	echo >>$scratch/made
	. $scratch/behaviour"
echo : >"$scratch/behaviour"

# with_roots COMMAND...: as the programs that source roots.sh run it.
with_roots() {
	env PATH="$scratch/bin" SETUP_DIR="$top/tools/setup" \
		CACHE="$scratch/cache" LOG="$scratch/log" \
		OS_RELEASE="$scratch/os-release" APT_ETC="$scratch/apt" bash -c '
		set -euo pipefail
		. "$SETUP_DIR/lib.sh"; . "$SETUP_DIR/apt.sh"; . "$SETUP_DIR/roots.sh"
		"$@"' with_roots "$@"
}

times_made() { [ "$(wc -l <"$scratch/made")" = "$1" ]; }
nothing_begun() { [ ! -e "$root.new" ]; }

made() {
	with_roots make_root bookworm "$root" make gcc && times_made 1 && nothing_begun &&
		grep -q 'include=gcc,make .* bookworm ' "$root/root/arguments" &&
		grep -q '^deb http://127.0.0.1:9/debian bookworm main$' "$root/root/sources"
}
kept() { with_roots make_root bookworm "$root" gcc make && times_made 1; }
remade() {
	touch "$root/root/old"
	with_roots make_root bookworm "$root" gcc make kmod && times_made 2 &&
		[ ! -e "$root/root/old" ]
}
failed() {
	echo 'echo no such package >&2; exit 1' >"$scratch/behaviour"
	! with_roots make_root bookworm "$root" nonesuch 2>"$scratch/said" && cat "$scratch/said" &&
		grep -q '^setup: making a minimal system of Debian bookworm failed' \
			"$scratch/said" &&
		nothing_begun && with_roots make_root bookworm "$root" gcc make kmod
}

# Ctrl-C reaches the whole foreground process group, as here. The stand-in starts no program
# before it sleeps: a shell outlives a SIGINT that comes while a program of its own ends well.
interrupted() {
	local pid status
	printf ': >%s; exec sleep 1000\n' "$scratch/asleep" >"$scratch/behaviour"
	set -m
	with_roots make_root bookworm "$root" cpio >"$scratch/said" 2>&1 &
	pid=$!
	set +m
	until [ -e "$scratch/asleep" ] || ! kill -0 $pid; do sleep 0.02; done
	kill -INT -- -$pid
	wait $pid
	status=$?
	echo "status $status"
	cat "$scratch/said"
	[ $status = 130 ] && nothing_begun && ! grep failed "$scratch/said"
}

if ! with_roots as_root_apart true; then
	echo "1..0 # SKIP this user may not have a mount namespace"
	exit 4
fi
tap_plan 5
tap_check "made, with its release's archive" made
tap_check "not made again" kept
tap_check "made anew for other packages" remade
tap_check "what failed is not kept, and what was there is" failed
tap_check "interrupted, nothing is left of what was begun" interrupted
tap_done
