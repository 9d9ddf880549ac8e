#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's tests once more where DMA goes through an IOMMU, whose faults and
# locks in QEMU the card's worker thread meets, with two processors and two cards.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

programs=(selftests/exec selftests/exec-cancel selftests/isolation selftests/unbind selftests/wedge
	runtime/fault runtime/packets runtime/launch runtime/threads)

cd "$top" && "$vm" --iommu --smp 2 --cards 2 -- bash -c '
	for name; do
		"build/tests/$name" >/tmp/out 2>&1
		echo "status $name $?"
		sed "s/^/# /" /tmp/out
	done
	dmesg | sed "s/^/log: /"' guest "${programs[@]}" >"$work/all" 2>&1

ended_well() {
	sed -n "\\|^status $1 |,/^status\|^log/p" "$work/all" | tail -n 60
	grep -qx "status $1 0" "$work/all"
}

log_clean() { ! grep -E '^log: .*(WARNING:|BUG:|Oops|blocked for more than|DMAR: \[DMA)' "$work/all"; }

tap_plan $((${#programs[@]} + 2))
for name in "${programs[@]}"; do
	tap_check "$name" ended_well "$name"
done
tap_check "the IOMMU is on" grep -q '^log: .*DMAR: IOMMU enabled' "$work/all"
tap_check "the kernel and the IOMMU complain of nothing" log_clean
tap_done
