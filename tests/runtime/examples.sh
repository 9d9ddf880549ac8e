#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles the example hello with pkg-config alone, as a user would, and runs both examples on the
# card.
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$top" || exit 1
export PKG_CONFIG_PATH="$top/build/lib/pkgconfig"
number=0
failed=0

# check NAME COMMAND...: run a command and print a line of TAP, and after a failure its output.
check() {
	name=$1
	shift
	number=$((number + 1))
	if "$@" >"$scratch/log" 2>&1; then
		echo "ok $number - $name"
	else
		failed=1
		echo "not ok $number - $name"
		sed 's/^/# /' "$scratch/log"
	fi
}

compile() {
	cc libruntime/examples/hello.c $(pkg-config --cflags --libs pinion) -o "$scratch/hello"
}

hello_says() {
	[ "$("$1" 2>&1)" = "the card says 4095 + 8191 = 12286" ]
}

# The input is two floats, 1 and 3, which become 2 and 6.
ring_doubles() {
	printf '\000\000\200\077\000\000\100\100' >"$scratch/in"
	build/bin/ring "$scratch/in" "$scratch/out" &&
		[ "$(od -An -tx1 "$scratch/out" | tr -d ' \n')" = 000000400000c040 ]
}

hello_without_a_program() {
	! build/bin/hello /nonexistent 2>"$scratch/error" &&
		grep -q 'nonexistent: No such file' "$scratch/error"
}

short_enough() {
	[ "$(wc -l <libruntime/examples/hello.c)" -le 40 ]
}

echo "TAP version 13"
echo "1..6"
check "hello.c compiles from pkg-config alone" compile
check "and runs" hello_says "$scratch/hello"
check "hello.c has at most 40 lines" short_enough
check "the hello of the build runs" hello_says build/bin/hello
check "hello fails in words" hello_without_a_program
check "ring: file, card, file" ring_doubles
exit $failed
