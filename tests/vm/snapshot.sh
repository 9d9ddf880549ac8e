#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of pinion-vm that go on from a snapshot.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

build=$(dirname "$vm")/../../build
options=(--snapshot --memory 640M)	# that no other test has: the first run saves

newest() { ls -t "$build"/vm/snapshot-* | head -n 1; }

at_once() {
	local pids=() pid i
	for i in 1 2 3; do
		"$vm" "${options[@]}" -- \
			sh -c "echo $i; head -c 16 /dev/urandom | od -An -tx1; exit $i" \
			>"$work/once.$i" &
		pids+=($!)
	done
	for i in 1 2 3; do
		wait "${pids[i - 1]}"
		[ $? = $i ] && [ "$(head -n 1 "$work/once.$i")" = $i ] || return 1
	done
	[ "$(tail -qn 1 "$work"/once.? | sort -u | wc -l)" = 3 ]
}

# While three want a guest that nobody has saved, one of them saves it.
saved_once() {
	local pids=() pid number most=0
	for _ in 1 2 3; do
		"$vm" --snapshot --memory 641M -- true &
		pids+=($!)
	done
	while [ -n "$(jobs -rp)" ]; do
		number=$(ls -d "${pids[@]/#/$build/vm/saving-}" 2>/dev/null | wc -l)
		[ "$number" -le $most ] || most=$number
		sleep 0.05
	done
	for pid in "${pids[@]}"; do wait $pid || return; done
	echo "$most at once"
	[ $most = 1 ] && rm "$(newest)"
}

right_time() {
	local before now
	before=$(date +%s)
	now=$("$vm" "${options[@]}" -- date +%s) || return 1
	echo "between $before and $(date +%s) the guest says $now"
	[ "$now" -ge "$before" ] && [ "$now" -le "$(date +%s)" ]
}

# What the guest was saved with must be what it would boot with.
changed_driver() {
	local before
	cp "$build/driver/pinion.ko" "$build/vm/changed.ko" && echo >>"$build/vm/changed.ko"
	before=$(newest)
	"$vm" "${options[@]}" --module "$build/vm/changed.ko" -- [ -e /dev/accel/accel0 ] &&
		[ "$(newest)" != "$before" ]
}

interrupted() {
	local before pid
	before=$(newest)
	"$vm" --snapshot --memory 643M -- true &
	pid=$!
	while [ ! -d "$build/vm/saving-$pid" ]; do sleep 0.05; done
	kill $pid
	wait $pid
	[ $? = 143 ] && [ ! -e "$build/vm/saving-$pid" ] && [ "$(newest)" = "$before" ]
}

tap_plan 10
tap_check "the first run saves, and goes on with it" gives 3 accel0 "" "${options[@]}" -- \
	sh -c 'ls /dev/accel; exit 3'
saved=$(newest)
tap_check "the next one does not save" gives 0 accel0 "" "${options[@]}" -- ls /dev/accel
tap_check "it is the same file" [ "$(newest)" = "$saved" ]
tap_check "three at once, with random numbers of their own" at_once
tap_check "three that need one at once have one of them save it" saved_once
tap_check "it knows what time it is" right_time
tap_check "jobs run" "$vm" "${options[@]}" -- "$build/tests/queue/exec"
tap_check "a changed driver is not that of the snapshot" changed_driver
tap_check "interrupted while it saves, it leaves nothing" interrupted
tap_check "what cannot be saved is refused" gives 125 "" \
	"pinion-vm: --snapshot needs the driver: leave out --no-driver" \
	--snapshot --no-driver -- true
rm -f "$build/vm/changed.ko" "$(newest)" "$saved"
tap_done
