#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that the installed udev rules give a card's node to group render and to nobody else, and
# what names the owner of a failed job to group pinion-monitor, which systemd-sysusers makes. udevd
# runs in the guest, with the rules in the guest's own /run.
. "$(dirname "$0")/lib.sh"

udevd=/lib/systemd/systemd-udevd
[ -x $udevd ] || udevd=/usr/lib/udev/udevd
[ -x $udevd ] || { echo "1..0 # SKIP udevd is not installed"; exit 4; }
install_here >"$scratch/log" 2>&1 || { echo "Bail out! $(tail -n 1 "$scratch/log")"; exit 1; }
use_installed

cat >"$scratch/run" <<END
mkdir -p /run/udev/rules.d
stat -c 'before: %A %G' /dev/accel/accel0
mkdir -p /tmp/root/etc
cp /etc/group /etc/passwd /tmp/root/etc/
systemd-sysusers --root=/tmp/root - <$P/sysusers/pinion.conf
mount --bind /tmp/root/etc/group /etc/group
blame=\$(echo /sys/bus/pci/drivers/pinion/*:*/errors/blame)
card=\${blame%/errors/blame}
cp $P/udev/60-pinion.rules /run/udev/rules.d
$udevd --daemon
udevadm trigger --action=add --subsystem-match=accel
udevadm settle
stat -c 'blame before: %A %G' \$blame
echo \${card##*/} >/sys/bus/pci/drivers/pinion/unbind
echo \${card##*/} >/sys/bus/pci/drivers/pinion/bind
udevadm settle
stat -c 'blame after: %A %G' \$blame
stat -c 'after: %A %G' /dev/accel/accel0
END

applied() {
	cd "$scratch" && guest -- bash -e run >said
}

said() {
	grep -qx -- "$1" "$scratch/said" || { cat "$scratch/said"; return 1; }
}

tap_plan 5
tap_check "udevd reads the rule" applied
tap_check "the kernel creates the node for root alone" said "before: crw------- root"
tap_check "the rule gives it to group render, with mode 0660" said "after: crw-rw---- render"
tap_check "the kernel gives blame to group root" said "blame before: -r--r----- root"
tap_check "the rule gives it to group pinion-monitor" \
	said "blame after: -r--r----- pinion-monitor"
tap_done
