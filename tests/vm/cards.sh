#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cards that a guest of pinion-vm sees.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

count='ls /dev/accel | wc -l'
window='set -- $(sed -n 5p /sys/bus/pci/devices/0000:01:00.0/resource); printf "%#x\n" $(($2 - $1))'

# Device memory that nobody touches must cost the host nothing.
resident_memory() {
	local pid qemu kilobytes
	rm -f "$work/started"
	"$vm" --card-opts memory=1G -- sh -c "touch '$work/started'; sleep 1000" &
	pid=$!
	wait_started $pid || return 1
	qemu=$(pgrep -f -- "^qemu-system.*build/vm/run-$pid/")
	kilobytes=$(awk '/VmRSS/ { print $2 }' "/proc/$qemu/status")
	kill $pid
	wait $pid
	echo "QEMU holds $((kilobytes / 1024)) MiB"
	[ "$kilobytes" -lt $((1536 * 1024)) ]
}

tap_plan 13
tap_check "one card by default" gives 0 1 "" -- sh -c "$count"
tap_check "--cards 4 gives four accel nodes" gives 0 4 "" --cards 4 -- sh -c "$count"
tap_check "--cards 32 gives thirty-two" gives 0 32 "" --cards 32 -- sh -c "$count"
tap_check "--cards 0 gives none" gives 0 0 "" --cards 0 -- sh -c "ls /dev/accel 2>/dev/null | wc -l"
tap_check "--no-driver leaves the card to the command" \
	gives 0 0x1b36:0x5049 "" --no-driver -- sh -c \
	'[ ! -e /dev/accel ] && cd /sys/bus/pci/devices/0000:01:00.0 &&
		echo $(cat vendor):$(cat device)'
tap_check "--card-opts reach the card" \
	gives 0 0x3ffffff "" --card-opts memory=64M -- sh -c "$window"
tap_check "a card may have more memory than the host" gives 0 0xfffffffff "" \
	--card-opts memory=64G -- sh -c "$window"
tap_check "and so may 32 of them, behind windows" gives 0 32 "" \
	--cards 32 --card-opts memory=64G,window=256M -- sh -c "$count"
tap_check "a card without jobs of several descriptors is refused, in words" \
	gives 0 1 \
	"pinion-vm: the driver did not take card 0000:01:00.0: jobs of several descriptors" \
	--card-opts without-caps=0x40 -- sh -c \
	'[ ! -e /dev/accel/accel0 ] &&
		dmesg | grep -c "(PINION_CAP_CHAIN): The card lacks a capability .* action="'
tap_check "a register out of range is refused, with its value" \
	gives 0 1 "WINDOW is 0x1000: The value is out of the contract's range. error=0x303" \
	--card-opts window=4K -- sh -c \
	'[ ! -e /dev/accel/accel0 ] && dmesg | grep -c "WINDOW is 0x1000: .* error=0x303"'
tap_check "a card whose memory has no room in the machine is refused, in words" \
	gives 0 1 \
	"BAR4: The BAR has no address, as the machine found no space for it. error=0x305" \
	--cards 4 --card-opts memory=256G -- sh -c \
	'[ $(ls /dev/accel | wc -l) -lt 4 ] && dmesg | grep -q "BAR4: .* no address" && echo 1'
tap_check "--iommu puts the card into an IOMMU group" gives 0 yes "" --iommu -- sh -c \
	'[ -e /sys/bus/pci/devices/0000:01:00.0/iommu_group ] && [ -e /dev/accel/accel0 ] &&
		echo yes'
tap_check "QEMU stays below 1.5 GiB" resident_memory
tap_done
