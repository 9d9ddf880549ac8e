#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run as a command: groups, the list, and what Ctrl-C leaves behind.
set -u

here=$(cd "$(dirname "$0")" && pwd)
run=$here/../run
. "$here/../lib/tap.sh"
. "$here/lib/fake.sh"

gives() {
	local status=$1 text=$2 output got
	shift 2
	output=$("$run" --top "$tree" "$@" 2>&1)
	got=$?
	echo "$output"
	[ $got = "$status" ] && grep -qF -- "$text" <<<"$output"
}

last_line() { [ "$("$run" --top "$tree" host | tail -n 1)" = '1 passed, 0 failed, 0 skipped' ]; }

# A pipe holds 64 KiB: a list of that length finds no reader any more.
list_cut_short() {
	local i errors
	for i in {1..1000}; do
		printf '#!/bin/sh\n' >"$tree/build/tests/host/$(printf 'x%.0s' {1..80})$i"
	done
	chmod +x "$tree"/build/tests/host/*
	errors=$({ "$run" --top "$tree" --list | true; } 2>&1)
	rm "$tree"/build/tests/host/x*
	echo "$errors"
	[ -z "$errors" ]
}

# A test that starts a child of its own; both must be gone after the signal.
interrupted() {
	local pid
	rm -f "$tree/child"
	"$run" --top "$tree" host >/dev/null &
	pid=$!
	until [ -s "$tree/child" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
	kill -"$1" $pid
	wait $pid
	[ $? = "$2" ] && has_ended "$(cat "$tree/child")"
}

tap_plan 15
fake_tree
tap_check "an empty group fails" gives 1 'this group has no tests' host
fake_test host a <<<"printf '1..1\nok 1 - a\n'"
tap_check "an unknown group is an error that lists the groups" \
	gives 2 "the groups are: host guest" nope
tap_check "an unknown test is an error" gives 2 "no test 'host/b'" host/b
tap_check "one test of a group can be run" gives 0 '1 passed, 0 failed' host/a
tap_check "--list names the tests" gives 0 'build/tests/host/a' --list
tap_check "a list that is read in part is no error" list_cut_short
tap_check "a limit that no test can keep is refused" \
	gives 2 "invalid seconds value: '-1'" -t -1 host
tap_check "the last line counts" last_line
mkdir "$tree/build/tests/stray" && cp "$tree/build/tests/host/a" "$tree/build/tests/stray/"
tap_check "tests in no group are an error" gives 2 'no group stray'
rm -r "$tree/build/tests/stray"
mkdir -p "$tree/tests/host" && cp "$tree/build/tests/host/a" "$tree/tests/host/b.sh"
tap_check "scripts beside the sources are tests too" gives 0 '2 passed, 0 failed' host
mv "$tree/build" "$tree/elsewhere"
tap_check "which run where nothing is built" gives 0 '1 passed, 0 failed' host
rm -rf "$tree/build" "$tree/tests/host" && mv "$tree/elsewhere" "$tree/build"

fake_test host a <<<"echo 1..1; for i in 1 2 3 4 5; do sleep 1; echo \"# \$i of 5\"; done; echo ok"
tap_check "a test that says how far it is may take longer" gives 0 '# host/a: 3 of 5' -t 4 host
fake_test host a <<<"sleep 1000 & echo \$! >$tree/child; wait"
tap_check "SIGTERM leaves nothing behind" interrupted TERM 143
tap_check "SIGINT leaves nothing behind" interrupted INT 130
fake_test host a <<<"sleep 1000 & echo \$! >$tree/child; printf '1..1\nok 1 - a\n'"
forgotten() { gives 0 '1 passed' host && has_ended "$(cat "$tree/child")"; }
tap_check "what a test forgot is ended" forgotten
tap_done
