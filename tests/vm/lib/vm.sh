# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of pinion-vm. Sourced after tap.sh.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
vm=$top/tools/vm/pinion-vm
work=$(mktemp -d "$top/build/vm/test-XXXXXX")
trap 'rm -rf "$work"' EXIT

# gives STATUS STDOUT STDERR ARGUMENT...: runs pinion-vm; its status must be
# STATUS, its output STDOUT, and its error output must contain STDERR, or be
# empty if STDERR is.
gives() {
	local status=$1 out=$2 err=$3 got
	shift 3
	"$vm" "$@" >"$work/out" 2>"$work/err"
	got=$?
	echo "status $got, stdout: $(head -c 2000 "$work/out"), stderr: $(head -c 2000 "$work/err")"
	[ $got = "$status" ] && [ "$(cat "$work/out")" = "$out" ] || return 1
	if [ -n "$err" ]; then
		grep -qF -- "$err" "$work/err"
	else
		[ ! -s "$work/err" ]
	fi
}

# What belongs to the pinion-vm of process id $1: processes and its folder.
remains() {
	pgrep -f -- "$top/build/vm/run-$1/" || ls -d "$top/build/vm/run-$1" 2>/dev/null
}

# Waits until pinion-vm $1 runs the command, which creates $work/started. How long that
# takes is the host's affair; tests/run ends what takes for ever.
wait_started() {
	until [ -e "$work/started" ]; do
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.02
	done
}

# Waits until nothing of pinion-vm $1 is left.
wait_gone() {
	while [ -n "$(remains "$1")" ]; do
		sleep 0.02
	done
}
