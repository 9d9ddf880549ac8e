#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run with several slots: what runs beside what, in which order, and that a
# slot in trouble harms no other.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/lib/fake.sh"

good="printf '1..1\nok 1 - a\n'"

run_tests() { printed=$("$here/../run" --top "$tree" --timeout 20 "$@" 2>&1); status=$?; }

# expect STATUS TEXT...: what the last run_tests gave, whose KTAP must be valid.
expect() {
	local text
	echo "$printed"
	[ $status = "$1" ] && numbered || return
	shift
	for text; do
		grep -qF -- "$text" <<<"$printed" || { echo "missing: $text"; return 1; }
	done
}

# The results are numbered from 1 to the plan's number, in the order of their lines.
numbered() {
	local plan
	plan=$(sed -n 's/^1\.\.//p' <<<"$printed")
	diff <(seq "$plan") <(sed -En 's/^(not )?ok ([0-9]+) .*/\2/p' <<<"$printed")
}

# A test that ends only while the test or boot that $1 names runs, too.
meets() { echo "touch $tree/met-\${0##*/}; until [ -e $tree/met-$1 ]; do sleep 0.02; done; $good"; }

# A test that writes down when it begins and ends.
noted() { echo "echo \${0##*/}+ >>$tree/order; sleep 0.1; echo \${0##*/}- >>$tree/order; $good"; }
order_is() { [ "$(tr '\n' ' ' <"$tree/order")" = "$1" ] || { cat "$tree/order"; return 1; }; }

boots_are() { [ "$(wc -l <"$tree/boots")" = "$1" ] || { cat "$tree/boots"; return 1; }; }

# Results of one boot with nothing in between, whichever boot ended first.
together() {
	grep '^ok' <<<"$printed" | sed 's/^ok [0-9]* - \([^ /]*\).*/\1/' | tr '\n' ' ' |
		grep -xE 'one one guest two two guest |two two guest one one guest '
}

two_boots() {
	fake_tree; fake_vm
	fake_groups <<<"one guest
two guest --smp 2"
}

# Four boots' worth of tests of one group, of 40 s each as far as anybody knows.
long_group() {
	local name
	fake_tree; fake_vm
	fake_groups <<<"one guest 160s"
	for name in a b c d; do fake_test one $name <<<"$good"; done
}

# Two boots of which each has a test with a child; the signal comes when all run.
interrupted() {
	local pid name
	two_boots
	for name in one two; do
		fake_test $name a <<<"sleep 1000 & echo \$! >$tree/child-$name; wait"
	done
	"$here/../run" --top "$tree" -j2 >"$tree/output" 2>&1 &
	pid=$!
	until [ -s "$tree/child-one" ] && [ -s "$tree/child-two" ] || ! kill -0 $pid 2>/dev/null; do
		sleep 0.02
	done
	kill -"$1" $pid
	wait $pid
	[ $? = "$2" ] && has_ended "$(cat "$tree/child-one")" &&
		has_ended "$(cat "$tree/child-two")" &&
		! grep -E 'ok [0-9]|Traceback' "$tree/output"
}

lengths_are_kept() {
	cat "$tree/build/test-lengths.json"
	python3 -c "import json, sys; d = json.load(open(sys.argv[1]))
assert set(d[sys.argv[2]]) == set(sys.argv[3:])" "$tree/build/test-lengths.json" "$@"
}

tap_plan 21

fake_tree; fake_vm
fake_test host a <<<"$(meets b)"
fake_test host b <<<"$(meets a)"
run_tests -j2 host
tap_check "two tests of a host group run side by side" expect 0 '2 passed, 0 failed, 0 skipped'

two_boots
fake_test one a <<<"$(meets b)"
fake_test one c <<<"$(meets d)"
fake_test two b <<<"$(meets a)"
fake_test two d <<<"$(meets c)"
run_tests -j2
tap_check "two boots run side by side" expect 0 '6 passed, 0 failed, 0 skipped'
tap_check "what a boot prints stays together" together

two_boots
fake_test one a <<<"panic"
fake_test one c <<<"touch $tree/met-c; $good"
fake_test two b <<<"$(meets c)"
run_tests -j2
tap_check "a guest that dies costs nothing in the other slot" expect 1 \
	'the guest died during this test' '4 passed, 1 failed, 0 skipped'

fake_tree; fake_vm
for name in a b c; do fake_test host $name <<<"$good"; done
sed -i '1s,.*,#!/no/such/shell,' "$tree/build/tests/host/b"
run_tests -j2 host
tap_check "a test that cannot be started costs nothing else" expect 1 \
	'host/b: the runner could not run this' '2 passed, 1 failed, 0 skipped'
rm "$tree/tools/vm/pinion-vm"
fake_test guest a <<<"$good"
run_tests -j2 guest
tap_check "a VM that cannot be started fails each of its tests" \
	expect 1 '0 passed, 2 failed, 0 skipped'

fake_tree
fake_groups <<<"one host
one/b host alone
two host alone"
for name in one/a one/b one/c two/d two/e; do fake_test ${name%/*} ${name#*/} <<<"$(noted)"; done
run_tests -j3
tap_check "what is to run alone" expect 0 '5 passed, 0 failed, 0 skipped'
tap_check "runs last, with nothing beside it" bash -c \
	"[ \"\$(tail -n 6 '$tree/order' | tr '\n' ' ')\" = 'b+ b- d+ d- e+ e- ' ]"
rm "$tree/order"
run_tests -j1
tap_check "with -j1 all run one after the other in the table's order" \
	order_is 'a+ a- b+ b- c+ c- d+ d- e+ e- '
tap_check "and are counted the same" \
	expect 0 '5 passed, 0 failed, 0 skipped' '# one: 3 tests on this machine'
tap_check "how long each took is kept for the next run" \
	lengths_are_kept "" one/a one/b one/c two/d two/e

fake_tree
for name in a b c; do fake_test host $name <<<"$(noted)"; done
cat >"$tree/build/test-lengths.json" <<<'{"": {"host/a": 1, "host/b": 50, "host/c": 60}}'
fake_test host b <<<"touch $tree/met-b; until [ -s $tree/order ]; do sleep 0.02; done; $good"
fake_test host c <<<"until [ -e $tree/met-b ]; do sleep 0.02; done; echo long >>$tree/order; $good"
run_tests -j2 host
tap_check "the longest begin first" order_is 'long a+ a- '

fake_tree; fake_vm
fake_groups <<<"one guest
two guest own-boot
three guest"
for name in one two three; do fake_test $name a <<<"$good"; done
run_tests -j1
tap_check "a group with a boot of its own shares it with no other" boots_are 2
tap_check "and each boot's log is judged" expect 0 '5 passed, 0 failed, 0 skipped'

long_group
run_tests -j2
tap_check "a boot that takes long is split" boots_are 4
tap_check "and its results are all there" expect 0 '8 passed, 0 failed, 0 skipped'
long_group
run_tests -j1
tap_check "but not with -j1" boots_are 1

tap_check "SIGTERM ends the VMs of all slots" interrupted TERM 143
tap_check "SIGINT ends the VMs of all slots" interrupted INT 130

fake_tree
fake_groups <<<"one host lonely"
run_tests
tap_check "a word that the table does not know is refused" \
	bash -c "echo '$printed'; [ $status = 2 ]"
fake_groups <<<"one host
one/b host alone"
fake_test one a <<<"$good"
run_tests
tap_check "so is a line about a test that is not there" bash -c \
	"[ $status = 2 ] && grep -q 'there is no test one/b' <<<'$printed'"

tap_done
