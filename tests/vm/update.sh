#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Firmware is uploaded into the card's flash under running jobs, and the card boots it from then on.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

build=$(dirname "$0")/../../build
key=$(dirname "$0")/../../firmware/keys/pinion-test.key
objcopy=riscv64-unknown-elf-objcopy

sign() {
	"$build/bin/pinion-fwsign" sign --key "$key" --version "$1" --elf "$2" -o "$3"
}

make_images() {
	sign 7.1.2 "$build/firmware/mgmt/mgmt.elf" "$work/good" &&
		head -c -1 "$work/good" >"$work/altered" && printf '\377' >>"$work/altered" &&
		head -c 64 /dev/zero >"$work/zeroes" &&
		$objcopy --update-section .text="$work/zeroes" "$build/firmware/mgmt/mgmt.elf" \
			"$work/crashing.elf" &&
		sign 7.1.3 "$work/crashing.elf" "$work/crashing"
}

# guest ARGUMENT...: run the guest's program, then print the driver's lines of the kernel's log.
guest() {
	"$vm" --card-opts "flash=$work/flash" -- sh -c '"$@"; dmesg | grep "pinion .*\[drm\]"' \
		guest "$build/vm/update-guest" "$@" >"$work/out" 2>&1
	cat "$work/out"
}

said() {
	grep -F -- "$1" "$work/out"
}

uploads() {
	guest "$work/good" "$work/altered" "$work/crashing" && said "firmware 1.0.0 (test key)"
}

jobs_go_on() {
	[ "$(grep -cx "jobs run" "$work/out")" = 3 ] && said "the job that was in flight: 0"
}

altered_is_refused() {
	said "altered: programming:firmware-invalid" &&
		said "uploaded firmware refused (boot error 7)"
}

crashing_falls_back() {
	said "crashing: programming:firmware-invalid" && said "error=0xb01"
}

boots_from_flash() {
	guest && said "the job that was in flight: 0" &&
		said "firmware 7.1.2 of slot 1 of the flash"
}

unbound() {
	guest --unbind "$work/good" && said "unbound in an upload: 10 times"
}

tap_plan 8
tap_check "images are made" make_images
tap_check "a card with an empty flash boots the host's image" uploads
tap_check "an image is uploaded and runs" said "firmware 7.1.2 of slot 1 of the flash runs"
tap_check "jobs go on through all updates" jobs_go_on
tap_check "an altered image is refused" altered_is_refused
tap_check "firmware that crashes is given up for the old one" crashing_falls_back
tap_check "the next machine boots from the flash" boots_from_flash
tap_check "a driver that is unbound ends an upload that has just begun" unbound
tap_done
