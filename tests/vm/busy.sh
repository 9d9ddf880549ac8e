#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of pinion-vm on a machine that has much else to do: slow, and right.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

burners=()
trap 'kill "${burners[@]}"; rm -rf "$work"' EXIT

# The loops take three quarters of the time from a pinion-vm that is as nice as they are, and
# little from whatever else is at work here.
start_burners() {
	local i
	for ((i = 0; i < 3 * $(nproc); i++)); do
		nice -n 5 setpriv --pdeathsig KILL bash -c 'while :; do :; done' &
		burners+=($!)
	done
}

# What the guest's kernel finds wrong with its clocks and processors; it should find nothing.
complaints='8254 timer not connected|TSC frequency changed|PIT calibration|PMTIMER reference'
complaints+='|soft lockup|detected stall|blocked for more than|WARNING:|BUG:'

boots() {
	local out
	out=$(nice -n 5 "$vm" "$@" -- sh -c "ls /dev/accel; dmesg | grep -E '$complaints'" 2>&1)
	echo "$out"
	[ "$out" = accel0 ]
}

# The seconds of the guest's kernel against those of its CMOS clock, which is the host's. The
# two are not read at once, so a busy host may make a difference of some seconds, but not each
# time. A wrong TSC does, and makes far more of 10 s.
in_step() {
	nice -n 5 "$vm" "$@" -- sh -c 'cd /sys/class/rtc/rtc0; clock() { cut -d. -f1 /proc/uptime; }
		for try in 1 2 3; do
			begun=$(($(clock) - $(cat since_epoch))); sleep 10
			gained=$(($(clock) - $(cat since_epoch) - begun))
			echo "the clock of the guest gained $gained s in 10 s of its own"
			[ $gained -lt -4 ] || [ $gained -gt 4 ] || exit 0
		done
		exit 1'
}

tap_plan 3
start_burners
tap_check "a guest boots" boots
tap_check "one with two processors, behind an IOMMU, does" boots --smp 2 --iommu
tap_check "a guest's clock keeps pace with the host's" in_step
tap_done
