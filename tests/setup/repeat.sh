#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Set-up can be repeated, interrupted and started twice. The steps are stand-ins
# of two lines; what is tested is the frame around them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/lib/scratch.sh"
setup=$scratch/copy/setup/setup

# Set-up with two stand-in steps, each of which writes down when it ran.
stand_in() {
	fresh
	fake df 'printf "F 1M U A C M\n/dev/x 9 9 99999 1%% /\n"'
	mkdir "$scratch/copy"
	cp -r "$top/tools/setup" "$scratch/copy/"
	rm "$scratch/copy/setup"/steps/*
	sed -i 's/^\tcheck_network$/\t:/' "$setup"
	step 10-packages ':'
	step 20-second "${1:-:}"
}

# step NAME COMMAND: a step that is done once its stamp is there.
step() {
	cat >"$scratch/copy/setup/steps/$1.sh" <<-END
		STEP_TITLE=$1
		STEP_MB=1
		step_missing() { [ -f "\$CACHE/$1.stamp" ] || echo $1; }
		step_run() {
			echo $1 >>"$scratch/ran"
			echo half >"\$WORK/stamp"
			$2
			mv "\$WORK/stamp" "\$CACHE/$1.stamp"
		}
	END
}

ran() { [ "$(tr '\n' ' ' <"$scratch/ran")" = "$1" ] || { cat "$scratch/ran"; false; }; }
leftovers() { find "$scratch/cache" -name 'tmp.*' | grep .; }

repeated() {
	stand_in
	run_setup && run_setup && ran '10-packages 20-second '
}

# Ctrl-C reaches the whole foreground process group, as here.
interrupted() {
	local pid status
	stand_in "if [ ! -f $scratch/again ]; then sleep 1000; fi"
	set -m
	run_setup >/dev/null 2>&1 &
	pid=$!
	set +m
	until grep -q second "$scratch/ran" 2>/dev/null || ! kill -0 $pid 2>/dev/null; do
		sleep 0.02
	done
	kill -INT -- -$pid
	wait $pid
	status=$?
	echo "status $status"
	[ $status = 130 ] && ! leftovers
}

resumed() {
	touch "$scratch/again"
	run_setup && ran '10-packages 20-second 20-second ' && ! leftovers
}

step_failed() {
	local status
	stand_in 'die "the step broke."'
	run_setup 2>"$scratch/errors"
	status=$?
	cat "$scratch/errors"
	[ $status = 1 ] && grep -q '^setup: the step broke.$' "$scratch/errors" && ! leftovers &&
		[ ! -f "$scratch/cache/pinion/20-second.stamp" ]
}

twice_at_once() {
	stand_in 'sleep 0.5'
	run_setup &
	run_setup && wait $! && ran '10-packages 20-second '
}

killed() {
	stand_in 'kill -KILL $$ $BASHPID'
	run_setup
	leftovers || return
	step 20-second :
	run_setup && ! leftovers
}

tap_plan 7
tap_check "a second run does nothing" repeated
tap_check "Ctrl-C ends it and leaves nothing half-done" interrupted
tap_check "the next run goes on where it was" resumed
tap_check "a step that fails leaves nothing half-done" step_failed
tap_check "two at once do the work once" twice_at_once
tap_check "what a killed run left is cleared by the next" killed
tap_check "an unknown option is refused" bash -c "! '$top/tools/setup/setup' --frobnicate"
tap_done
