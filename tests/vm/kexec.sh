#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of pinion-vm whose kernel starts a second one, without a reset of the card.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

kernels='echo "${PINION_VM_KERNEL:-first}"; ls /dev/accel'
expected=$(printf '%s\n' first accel0 second accel0)

# at_work OPTION... -- COMMAND: COMMAND starts the second kernel while the card works. Between the
# two kernels, the card must neither write to memory nor keep the second driver from starting it.
left='[ -z "${PINION_VM_KERNEL-}" ] || { "$0" check; exit; }; "$0" leave || exit 1;'
quiet=$'memory that the kernel found altered as it started: 0 KiB\nmemory stays'
at_work() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	"$vm" "${options[@]}" --verbose -- bash -c "$left $2" "$top/build/vm/left-guest" \
		>"$work/out" 2>"$work/err"
	echo "status $?, stdout: $(cat "$work/out"), stderr: $(tail -n 40 "$work/err")"
}

# The kernel tests its memory as it starts, long before it loads the driver.
kexec_at_work() {
	at_work --memory 512M --kexec --append memtest=1 -- ""
	[ "$(cat "$work/out")" = "$quiet" ] && ! grep "left at work" "$work/err"
}

# A kernel that panics calls no driver, so the second driver finds a card at work.
kdump_at_work() {
	at_work "$@" --kdump -- "echo c >/proc/sysrq-trigger"
	grep -x "memory stays" "$work/out" &&
		grep -F "left at work and has been reset (0)" "$work/err" &&
		! grep -F "DMAR: [DMA" "$work/err"
}

tap_plan 8
tap_check "the command runs in both kernels, with the card" gives 0 "$expected" "" --kexec -- \
	bash -c "$kernels"
tap_check "jobs run in both kernels" "$vm" --kexec -- "$top/build/tests/queue/exec"
tap_check "a command that fails in the first kernel is not run again" gives 6 first "" --kexec -- \
	bash -c 'echo "${PINION_VM_KERNEL:-first}"; exit 6'
tap_check "a second kernel takes over when the first one panics" gives 5 "$expected" "" --kdump -- \
	bash -c "$kernels"'; [ -z "${PINION_VM_KERNEL-}" ] || exit 5; echo c >/proc/sysrq-trigger'
tap_check "kexec with jobs in flight: no write follows, and jobs run" kexec_at_work
tap_check "kdump with jobs in flight: the card is reset, and jobs run" kdump_at_work
tap_check "the same behind an IOMMU, which stops no DMA" kdump_at_work --iommu
tap_check "--kexec cannot be combined with --snapshot" gives 125 "" \
	"--snapshot cannot be used with --kexec" --kexec --snapshot -- true
tap_done
