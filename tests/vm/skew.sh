#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Driver and firmware of different ages: they work together if they are at most two minor versions
# of the contract apart. Otherwise the driver refuses the firmware, and names both versions.
set -u
shopt -s extglob # all of the tree but the folder with what was built: !(build)

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

word() {
	awk -v name="PINION_CONTRACT_$1" '$2 == name { print $3 }' "$top/uapi/pinion_regs.h"
}

major=$(word MAJOR)
minor=$(word MINOR)
skew=$(word SKEW)
tree=$work/tree
# Firmware that takes every host, as firmware did before there was a limit.
lenient='s/if (!speaks(host))/if (!speaks(host) \&\& !host)/'

# image NAME MAJOR MINOR [EDIT]: firmware that keeps another version of the contract. It is made in
# a tree of links, in which its own sources alone are copies. The image's header still demands the
# contract of the card, since a card refuses firmware that is newer than itself.
image() {
	local out=$work/$1/pinion
	rm -rf "$tree/firmware/mgmt" "$tree/build/firmware/mgmt" &&
		cp -r "$top/firmware/mgmt" "$tree/firmware" && mkdir -p "$out" &&
		sed -i "s/\bPINION_CONTRACT_MAJOR\b/$2/; s/\bPINION_CONTRACT_MINOR\b/$3/" \
			"$tree"/firmware/mgmt/*.c &&
		sed -i "${4:-}" "$tree/firmware/mgmt/mbox.c" &&
		make -s -C "$tree" build/firmware/pinion/mgmt.bin &&
		cp "$tree/build/firmware/pinion/mgmt.bin" "$out"
}

images() {
	mkdir "$tree" && cp -rs "$top"/!(build) "$tree" &&
		image older "$major" $((minor - skew)) "$lenient" &&
		image newer "$major" $((minor + skew)) &&
		image too-new "$major" $((minor + skew + 1)) &&
		image lenient "$major" $((minor + skew + 1)) "$lenient" &&
		image major $((major + 1)) 0
}

# The guest binds the driver with each image, and prints what becomes of it.
guest() {
	cat >"$work/steps" <<-END
		cd /sys/bus/pci/drivers/pinion || exit
		echo 0000:01:00.0 >unbind
		for name in older newer too-new lenient major; do
			echo $work/\$name >/sys/module/firmware_class/parameters/path
			dmesg --clear
			echo 0000:01:00.0 2>/dev/null >bind
			dmesg | sed -n "s/.*\[drm\]/\$name:/p"
			[ ! -e 0000:01:00.0 ] || {
				$top/build/tests/queue/exec >/dev/null && echo "\$name: jobs run"
				echo 0000:01:00.0 >unbind
			}
		done
	END
	"$vm" -- bash "$work/steps" >"$work/out" 2>&1
	cat "$work/out"
}

works() {
	grep -x "$1: jobs run" "$work/out" && ! grep "$1: .*ERROR" "$work/out"
}

# refuses NAME CODE WORDS
refuses() {
	! grep "$1: jobs run" "$work/out" && grep "$1: .*ERROR.*$3.*error=$2 " "$work/out"
}

tap_plan 7
tap_check "firmware of other versions of the contract is made" images
tap_check "a guest tries all of it" guest
tap_check "firmware two minor versions older works" works older
tap_check "firmware two minor versions newer works" works newer
tap_check "firmware three minor versions newer is refused in words" refuses too-new 0xa01 \
	"contract $major.$((minor + skew + 1)), driver $major.$minor"
tap_check "the driver refuses what takes every host" refuses lenient 0xa01 \
	"contract $major.$((minor + skew + 1)), driver $major.$minor"
tap_check "firmware of another major version is refused in words" refuses major 0x30f \
	"contract $((major + 1)).0, driver $major.x"
tap_done
