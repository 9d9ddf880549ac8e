#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of pinion-vm whose kernel starts a second one, without a reset of the card.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

kernels='echo "${PINION_VM_KERNEL:-first}"; ls /dev/accel'
expected=$(printf '%s\n' first accel0 second accel0)

tap_plan 5
tap_check "the command runs in both kernels, with the card" gives 0 "$expected" "" --kexec -- \
	bash -c "$kernels"
tap_check "jobs run in both kernels" "$vm" --kexec -- "$top/build/tests/queue/exec"
tap_check "a command that fails in the first kernel is not run again" gives 6 first "" --kexec -- \
	bash -c 'echo "${PINION_VM_KERNEL:-first}"; exit 6'
tap_check "a second kernel takes over when the first one panics" gives 5 "$expected" "" --kdump -- \
	bash -c "$kernels"'; [ -z "${PINION_VM_KERNEL-}" ] || exit 5; echo c >/proc/sysrq-trigger'
tap_check "--kexec cannot be combined with --snapshot" gives 125 "" \
	"--snapshot cannot be used with --kexec" --kexec --snapshot -- true
tap_done
