#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a command run by pinion-vm gets, and what comes back of it.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

plain=(--cards 0 --no-driver)

stdin_arrives() {
	head -c 3000000 /dev/urandom >"$work/in"
	"$vm" "${plain[@]}" -- cat <"$work/in" >"$work/out" && cmp "$work/in" "$work/out"
}

much_output() {
	"$vm" "${plain[@]}" -- seq 1 400000 >"$work/out" && seq 1 400000 | cmp - "$work/out"
}

in_folder() {
	cd "$1" && gives 0 "$1" "" "${plain[@]}" -- pwd
}

below_tmp() {
	local dir status
	dir=$(mktemp -d /tmp/pinion-test-XXXXXX)
	echo visible >"$dir/file"
	(cd "$dir" && gives 0 visible "" "${plain[@]}" -- cat file)
	status=$?
	rm -r "$dir"
	return $status
}

below_linked_tmp() {
	local dir status
	dir=$(mktemp -d /tmp/pinion-test-XXXXXX)
	ln -s "$dir" "$work/link" && echo visible >"$dir/file"
	(cd "$work/link" && gives 0 visible "" "${plain[@]}" -- cat file)
	status=$?
	rm -r "$dir"
	return $status
}

build_writable() {
	"$vm" "${plain[@]}" -- sh -c "echo written >'$work/file' &&
		touch /tmp/written /run/written /dev/shm/written" &&
		[ "$(cat "$work/file")" = written ]
}

# Debian's kernel chooses AppArmor, beside which neither SELinux nor Smack can be.
debian_lsms() {
	local lsms
	lsms=$("$vm" "${plain[@]}" -- cat /sys/kernel/security/lsm) || return 1
	echo "$lsms"
	[[ ,$lsms, == *,apparmor,* && ,$lsms, != *,selinux,* && ,$lsms, != *,smack,* ]]
}

tap_plan 24
for status in 0 1 42; do
	tap_check "exit status $status passes through" \
		gives $status "" "" "${plain[@]}" -- sh -c "exit $status"
done
tap_check "a signal that ends the command is 128 + its number" \
	gives 137 "" "" "${plain[@]}" -- sh -c 'kill -KILL $$'
tap_check "a command that is not there is 127" \
	gives 127 "" "No such file or directory" "${plain[@]}" -- /no/such/command
tap_check "a command that is not executable is 126" \
	gives 126 "" "Permission denied" "${plain[@]}" -- /etc/passwd
tap_check "standard output and standard error stay apart" \
	gives 3 out err "${plain[@]}" -- sh -c 'echo out; echo err >&2; exit 3'
tap_check "programs may open /dev/stdout and /dev/stderr" \
	gives 0 out err "${plain[@]}" -- sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'
tap_check "arguments arrive as they are" \
	gives 0 "$(printf '[a b][][*]["$x\\]')" "" \
	"${plain[@]}" -- printf '[%s]' "a b" "" '*' '"$x\'
tap_check "standard input arrives to its end" stdin_arrives
tap_check "much output arrives whole" much_output
tap_check "the working folder is the caller's" in_folder /usr/share
tap_check "a working folder below /tmp is visible" below_tmp
tap_check "PINION_ variables are passed on, others are not" env PINION_X=1 Y=2 bash -c "
	. '$top/tests/vm/lib/vm.sh'
	gives 0 '1-' '' --cards 0 --no-driver -- sh -c 'echo \$PINION_X-\$Y'"
tap_check "the host's files are read-only" \
	gives 1 "" "Read-only file system" "${plain[@]}" -- touch "$top/tests/vm/written"
tap_check "build/, /tmp, /run and /dev/shm are writable" build_writable
tap_check "--append adds to the kernel's arguments" gives 0 "on a=1 b" "" "${plain[@]}" \
	--append "init_on_alloc=1" --append "a=1 b" -- sh -c \
	'echo $(dmesg | sed -n "s/.*heap alloc:\([a-z]*\).*/\1/p") $(grep -o "a=1 b" /proc/cmdline)'
tap_check "more arguments than a kernel takes are refused" \
	gives 125 "" "shorten --append" "${plain[@]}" --append "$(printf 'x%.0s' {1..2000})" -- true
tap_check "an end of the kernel's arguments in them is refused" \
	gives 125 "" "cannot have '--'" "${plain[@]}" --append "a=1 -- b" -- true
tap_check "an open quotation mark is refused" \
	gives 125 "" "that nothing closes" "${plain[@]}" --append 'a="b' -- true
tap_check "a folder below /tmp that a link leads to is visible" below_linked_tmp
tap_check "--smp 2 gives two processors" gives 0 2 "" "${plain[@]}" --smp 2 -- nproc
tap_check "the security modules are those of a Debian machine" debian_lsms
tap_check "--verbose shows the kernel's log" \
	gives 0 "" "9p: Installing" "${plain[@]}" --verbose -- true
tap_done
