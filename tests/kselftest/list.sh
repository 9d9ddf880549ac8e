#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's makefiles list the same programs as tests/run does, whether the selftest's folder
# is a link or a copy.
set -u

. "$(dirname "$0")/../lib/tap.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}
groups="selftests memory isolation queue uring inject"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL

# tree NAME OPTION: makes a kernel's tree, into which cp OPTION brings the folder.
tree() {
	local selftests=$work/$1/tools/testing/selftests
	cp -r "$cache/kselftest/current/" "$work/$1"
	mkdir -p "$selftests/drivers/accel"
	cp "$2" "$top/tests/kselftest/pinion" "$selftests/drivers/accel/"
}

# listed NAME [VARIABLE=VALUE]: prints the programs that run_kselftest.sh would run.
listed() {
	make -s -C "$work/$1/tools/testing/selftests/drivers/accel/pinion" OUTPUT="$work" \
		COLLECTION=x "${@:2}" emit_tests | sed 's/^x://' | sort
}

same_programs() {
	diff "$work/programs" <(listed "$@")
}

not_found() {
	listed copy 2>&1 |
		grep -F "is not Pinion's tree: link this folder with 'cp -rs', or set PINION"
}

no_group() {
	listed copy PINION="$top" PINION_GROUPS='memory memroy' 2>&1 |
		grep "PINION_GROUPS: there are no tests/memroy\. *Stop\.$"
}

"$top/tests/run" --list | sed -nE "s,^ +(build/)?tests/(${groups// /|})/,,p" |
	sort >"$work/programs"
tree link -rs
tree copy -r

tap_plan 5
tap_check "tests/run has programs, and no two with the same name" \
	sh -c "[ -s '$work/programs' ] && ! uniq -d '$work/programs' | grep ."
tap_check "a folder of links finds the sources" same_programs link
tap_check "a copy is told where the sources are" same_programs copy PINION="$top"
tap_check "a copy that is not told says so" not_found
tap_check "a group that does not exist is named" no_group
tap_done
