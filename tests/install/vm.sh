#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks pinion-vm where make install puts it: called by its link, from any folder, with a driver as
# DKMS leaves it.
. "$(dirname "$0")/lib.sh"
install_here >"$scratch/log" 2>&1 || { echo "Bail out! $(tail -n 1 "$scratch/log")"; exit 1; }
use_installed
cd "$scratch" || exit 1

status_is() {
	local wanted=$1 status=0
	shift
	guest "$@" || status=$?
	[ $status = "$wanted" ]
}

# A module compressed by xz with its default checksum, which the kernel's own unpacker refuses.
compressed() {
	xz -k <"$top/build/driver/pinion.ko" >"$scratch/pinion.ko.xz" &&
		guest --module "$scratch/pinion.ko.xz" -- test -c /dev/accel/accel0
}

# The guest has a /tmp of its own, which must not hide the driver.
below_tmp() {
	local dir status=0
	dir=$(mktemp -d /tmp/pinion-driver-XXXXXX)
	cp "$top/build/driver/pinion.ko" "$dir"
	guest --module "$dir/pinion.ko" -- test -c /dev/accel/accel0 || status=$?
	rm -r "$dir"
	return $status
}

writes_to_the_cache() {
	guest -- touch "$top/build/install-cache/pinion/from-guest" &&
		rm "$top/build/install-cache/pinion/from-guest"
}

firmware_is_the_installed() {
	guest -- grep -x "$P/libexec/pinion/firmware" /sys/module/firmware_class/parameters/path
}

# --help may name the prefix but not the tree, as the installed pinion-vm does not need the tree.
names_itself() {
	pinion-vm --help | grep -F "${XDG_CACHE_HOME:-$HOME/.cache}/pinion" &&
		! pinion-vm --help | grep -F "$top"
}

tap_plan 7
tap_check "the command's exit status" status_is 7 -- sh -c "exit 7"
tap_check "a folder below /tmp is there" guest -- test -f "$scratch/log"
tap_check "a driver that is compressed" compressed
tap_check "a driver below /tmp" below_tmp
tap_check "the guest can write the cache" writes_to_the_cache
tap_check "the card gets the firmware of the prefix" firmware_is_the_installed
tap_check "--help names no path of the tree" names_itself
tap_done
