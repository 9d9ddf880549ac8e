#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How pinion-vm ends when something goes wrong, and that nothing stays behind.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

plain=(--cards 0 --no-driver)
runs=$top/build/vm
waits=(sh -c "touch '$work/started'; sleep 1000")

# A script's children ignore SIGINT unless told otherwise.
start_waiting() {
	rm -f "$work/started"
	env --default-signal=INT "$@" "$vm" "${plain[@]}" -- "${waits[@]}" &
	pid=$!
}

signalled() {
	local status
	start_waiting
	wait_started $pid || return 1
	kill -"$1" $pid
	wait $pid
	status=$?
	echo "status $status"
	[ $status = "$2" ] && [ -z "$(remains $pid)" ]
}

# The parent here is a shell that is killed, so that it cannot clean up.
parent_dies() {
	local parent pid
	rm -f "$work/started"
	bash -c "'$vm' ${plain[*]} -- sh -c \"touch '$work/started'; sleep 1000\" &
		echo \$! >'$work/pid'; wait" &
	parent=$!
	until [ -s "$work/pid" ]; do sleep 0.02; done
	pid=$(cat "$work/pid")
	wait_started "$pid" || return 1
	kill -KILL $parent
	wait $parent
	wait_gone "$pid"
}

# Killed outright it cannot clean up, but QEMU ends, which gives up the lock on the folder, and
# the next run cleans up.
killed() {
	local folder
	start_waiting
	wait_started $pid || return 1
	exec {folder}<"$runs/run-$pid"
	kill -KILL $pid
	wait $pid
	flock $folder && exec {folder}>&-
	"$vm" "${plain[@]}" -- true && ! remains $pid
}

# A folder is that of a run as long as a process holds its lock, whatever its name says: here
# one that no process can have, and the id of this process. It gets its name when it is locked,
# as another run may remove it before.
locked() {
	local held=$runs/run-$((5000000 + $$)) kept=1 removed=1
	rm -f "$work/started"
	mkdir "$runs/locked-$$" "$runs/run-$$" || return 1
	flock "$runs/locked-$$" \
		sh -c "mv '$runs/locked-$$' '$held'; touch '$work/started'; exec sleep 1000" &
	pid=$!
	wait_started $pid && "$vm" "${plain[@]}" -- true && [ -d "$held" ]
	kept=$?
	[ ! -e "$runs/run-$$" ]
	removed=$?
	pkill -P $pid
	wait $pid
	rm -rf "$held" "$runs/run-$$"
	echo "kept $kept, removed $removed"
	[ $kept$removed = 00 ]
}

# Bash, which pinion-vm is written in, likes to report a process that it killed.
silent() {
	local i
	for ((i = 0; i < 8; i++)); do
		gives 0 "" "" "${plain[@]}" --timeout 1000 -- true || return
	done
}

reader_gone() {
	"$vm" "${plain[@]}" -- yes | head -n 2 >"$work/out"
	[ "${PIPESTATUS[0]}" = 141 ] && [ "$(wc -l <"$work/out")" = 2 ]
}

timed_out() {
	gives 124 "" "did not end within 5 s" "${plain[@]}" --timeout 5 -- sleep 1000
}

panics() {
	gives 125 "" "the guest's kernel panicked" \
		"${plain[@]}" -- sh -c 'echo c >/proc/sysrq-trigger'
}

no_leftovers() {
	local left
	left=$(find /tmp -maxdepth 1 -newer "$work/begin" -name '*pinion-vm*')
	echo "$left"
	[ -z "$left" ]
}

touch "$work/begin"
tap_plan 18
tap_check "Ctrl-C ends everything" signalled INT 130
tap_check "SIGTERM ends everything" signalled TERM 143
tap_check "the VM does not outlive its parent" parent_dies
tap_check "SIGKILL of pinion-vm ends QEMU, and the next run removes its folder" killed
tap_check "a folder whose lock is held is not removed, one without a lock is" locked
tap_check "pinion-vm itself says nothing" silent
tap_check "a reader that goes away ends the run" reader_gone
tap_check "--timeout ends the run with 124" timed_out
tap_check "a panic is reported with the kernel's log and 125" panics
tap_check "a reboot of the guest is reported" \
	gives 125 "" "the guest ended before the command did" "${plain[@]}" -- \
	sh -c 'echo b >/proc/sysrq-trigger; sleep 100'
tap_check "an unknown option is refused" gives 125 "" "unknown option --nope" --nope
tap_check "no command is refused" gives 125 "" "no command" --cards 0
tap_check "a number out of range is refused" gives 125 "" "--cards is 33" --cards 33 -- true
tap_check "a value that is no number is refused" gives 125 "" "needs a number" --smp=x -- true
tap_check "a number that begins with 0 is refused" gives 125 "" "needs a number" --cards 08 -- true
tap_check "a kernel that is not there is named" \
	gives 125 "" "no kernel '/no/kernel'" --kernel /no/kernel "${plain[@]}" -- true
tap_check "QEMU's own complaint about a card is shown" \
	gives 125 "" "cores must be 1 to 64" --card-opts cores=65 -- true
tap_check "nothing is left in /tmp" no_leftovers
tap_done
