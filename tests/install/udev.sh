#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that the installed udev rule gives a card's node to group render and to nobody else. udevd
# runs in the guest, with the rule in the guest's own /run.
. "$(dirname "$0")/lib.sh"

udevd=/lib/systemd/systemd-udevd
[ -x $udevd ] || udevd=/usr/lib/udev/udevd
[ -x $udevd ] || { echo "1..0 # SKIP udevd is not installed"; exit 4; }
install_here >"$scratch/log" 2>&1 || { echo "Bail out! $(tail -n 1 "$scratch/log")"; exit 1; }
use_installed

cat >"$scratch/run" <<END
mkdir -p /run/udev/rules.d
stat -c 'before: %A %G' /dev/accel/accel0
cp $P/udev/60-pinion.rules /run/udev/rules.d
$udevd --daemon
udevadm trigger --action=add --subsystem-match=accel
udevadm settle
stat -c 'after: %A %G' /dev/accel/accel0
END

applied() {
	cd "$scratch" && guest -- bash -e run >said
}

said() {
	grep -qx -- "$1" "$scratch/said" || { cat "$scratch/said"; return 1; }
}

tap_plan 3
tap_check "udevd reads the rule" applied
tap_check "the kernel creates the node for root alone" said "before: crw------- root"
tap_check "the rule gives it to group render, with mode 0660" said "after: crw-rw---- render"
tap_done
