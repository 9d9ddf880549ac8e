#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The judges of the demo can say no.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"

reference=$top/tools/search/reference
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# rows COUNT FACTOR FILE: rows of 512 float32; FACTOR is of the first element of the last row.
rows() {
	python3 - "$@" <<-'END'
		import array, sys
		count, factor = int(sys.argv[1]), float(sys.argv[2])
		a = array.array("f", (((i * 7919) % 1000) / 1000 - 0.5 for i in range(512 * count)))
		a[512 * (count - 1)] = a[512 * (count - 1)] * factor if factor == factor else factor
		a.tofile(open(sys.argv[3], "wb"))
	END
}

compare() {
	node "$reference/compare.mjs" "$work/a" "$work/b" 1
}

speed() {
	echo "{\"stats\": {\"sentences_per_second\": $1}}" >"$work/card.json"
	echo "{\"sentences_per_second\": $2}" >"$work/reference.json"
	node "$reference/speed.mjs" "$work/card.json" "$work/reference.json"
}

not() {
	! "$@"
}

if ! command -v node >/dev/null; then
	echo "1..0 # SKIP node is not installed: run 'make setup'"
	exit 4
fi
tap_plan 7
rows 200 1 "$work/a"
rows 200 1 "$work/b"
tap_check "equal embeddings" compare
rows 200 5 "$work/b"
tap_check "one row differs" not compare
rows 200 nan "$work/b"
tap_check "one value is not a number" not compare
rows 199 1 "$work/b"
tap_check "fewer than 200 lines" not compare
rows 201 1 "$work/b"
tap_check "lines that the card did not embed" not compare
tap_check "a faster card" speed 101 100
tap_check "a slower card" not speed 99 100
tap_done
