#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of pinion-vm that see no file of the host while their command runs, and those that
# hibernate to a disk and go on in another QEMU.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

disk=$work/disk
PATH=$PATH:/usr/sbin:/sbin	# mkswap's, which Debian leaves out of a user's PATH

script() {
	printf '%s\n' '#!/bin/bash' "$@" >"$work/script" && chmod 755 "$work/script"
}

alone() {
	script 'ls /dev/accel; [ -e /etc/passwd ] && echo leaked; read line && echo "$line"; exit 9'
	echo input | gives 9 "accel0"$'\n'"input" "" --detached --with ls -- "$work/script"
}

hibernated() {
	truncate -s 512M "$disk" && chmod 600 "$disk" && mkswap "$disk" >/dev/null 2>&1 || return
	script 'echo before' 'echo disk >/sys/power/state && echo after' 'exit 7'
	gives 123 before "" --memory 512M --detached --disk "$disk" -- "$work/script"
}

tap_plan 10
tap_check "a command without the host's files has its card and its streams" alone
tap_check "jobs run" "$vm" --detached -- "$top/build/tests/queue/exec"
tap_check "devices can be suspended and resumed" gives 0 awake "" --detached \
	--append suspend.pm_test_delay=1 -- \
	sh -c 'echo platform >/sys/power/pm_test; echo freeze >/sys/power/state && echo awake'
tap_check "a program that is not there is named" gives 125 "" \
	"pinion-vm: there is no file no-such-program for the guest" --detached -- no-such-program
tap_check "a guest that hibernates ends with 123" hibernated
tap_check "another QEMU goes on with it" gives 7 after "" --memory 512M --detached \
	--disk "$disk" -- "$work/script"
tap_check "once, and not again" gives 0 fresh "" --memory 512M --detached --disk "$disk" -- \
	echo fresh
tap_check "a disk that is not there is refused" gives 125 "" "mkswap" --detached \
	--disk "$work/none" -- true
tap_check "--disk and --with are for --detached" gives 125 "" "need --detached" --with ls -- true
tap_check "--detached cannot be combined with --snapshot" gives 125 "" \
	"--detached cannot be used with --snapshot" --detached --snapshot -- true
tap_done
