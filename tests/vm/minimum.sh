#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The operator raises the least version of firmware that a card boots: to what has proved to boot,
# and never down again. Older firmware is refused from then on, in the next machine as well.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

build=$(dirname "$0")/../../build
key=$(dirname "$0")/../../firmware/keys/pinion-test.key
file=/sys/bus/pci/devices/0000:01:00.0/flash/minimum

sign() {
	"$build/bin/pinion-fwsign" sign --key "$key" --version "$1" \
		--elf "$build/firmware/mgmt/mgmt.elf" -o "$work/$1"
}

# What the guest runs: "raise VERSION" says what a write of it does and what is read then.
cat >"$work/steps" <<END
raise() { echo "\$1" 2>&1 >$file | sed 's/.*: //'; echo "\$1: \$(cat $file)"; }
upload() { $build/vm/update-guest $work/\$1 | sed -n "s/^good:/upload \$1:/p"; }
END

guest() {
	"$vm" --card-opts "flash=$work/flash" -- bash -c ". $work/steps; $1"' 2>&1
		dmesg | grep "pinion .*\[drm\]"' >"$work/out" 2>&1
	cat "$work/out"
}

said() {
	grep -xF -- "$1" "$work/out"
}

logged() {
	grep -F -- "$1" "$work/out"
}

nothing_proved() {
	guest 'raise 1.0.0'
	said "1.0.0: 0.0.0" && logged "error=0xb06"
}

raises() {
	guest 'upload 7.1.2; raise 7.1.3; raise 7.1; raise 4294967303.1.1; raise 7.1.2x; raise 7.1.1
		raise 7.1.0; raise 7.1.2; upload 7.1.1
		setpriv --reuid 65534 --clear-groups sh -c "cat '"$file"'; echo 9.9.9 >'"$file"'"'
	said "upload 7.1.2: " || said "upload 7.1.2:"
}

not_above() {
	said "7.1.3: 0.0.0" && logged "minimum 7.1.3: " && logged "error=0xb05"
}

no_version() {
	said "7.1: 0.0.0" && said "4294967303.1.1: 0.0.0" && said "7.1.2x: 0.0.0"
}

raised() {
	said "7.1.1: 7.1.1" && said "7.1.0: 7.1.1" && said "7.1.2: 7.1.2" &&
		logged "firmware older than 7.1.2 does not boot any more"
}

refused() {
	said "upload 7.1.1: programming:firmware-invalid" &&
		logged "uploaded firmware refused (boot error 9)"
}

root_alone() {
	said "7.1.2" && logged "Permission denied"
}

next_machine() {
	guest "cat $file" && said "7.1.2" && logged "firmware 7.1.2 of slot 1 of the flash runs"
}

no_flash() {
	"$vm" -- test ! -e "${file%/minimum}"
}

tap_plan 10
tap_check "images are made" eval "sign 7.1.1 && sign 7.1.2"
tap_check "firmware of the host proves nothing about the flash" nothing_proved
tap_check "an image is uploaded and runs" raises
tap_check "the least version is not raised above the one that runs" not_above
tap_check "what is no version is refused" no_version
tap_check "the least version is raised, and does not fall" raised
tap_check "an older image is refused" refused
tap_check "all may read the least version, root alone may raise it" root_alone
tap_check "the next machine has the same least version, and boots" next_machine
tap_check "a card without a flash has no such file" no_flash
tap_done
