#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run on fake guest tests in a fake VM: one boot for all, a guest that
# dies costs one test, and the kernel's log is judged.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/lib/fake.sh"

good="printf '1..1\nok 1 - a\n'"

run_guest() { printed=$("$here/../run" --top "$tree" --timeout 3 "$@" guest 2>&1); status=$?; }

# expect STATUS TEXT...: what the last run_guest gave.
expect() {
	local text
	echo "$printed"
	[ $status = "$1" ] || return
	shift
	for text; do
		grep -qF -- "$text" <<<"$printed" || { echo "missing: $text"; return 1; }
	done
}

boots_are() { [ "$(wc -l <"$tree/boots")" = "$1" ]; }

tap_plan 13

fake_tree; fake_vm
fake_test guest a <<<"$good"
fake_test guest b <<<"$good; echo \"# in \$PINION_VM\""
run_guest -v
tap_check "tests run in the VM" expect 0 '3 passed, 0 failed, 0 skipped' '# in 1'
tap_check "in one boot" boots_are 1
run_guest --vm "--iommu --smp 2"
tap_check "in another VM on demand" \
	[ "$(tr '\n' ' ' <"$tree/vm-options")" = "--iommu --smp 2 " ]

fake_tree; fake_vm
fake_test guest a <<<"$good; echo 'WARNING: CPU: 0 PID: 1 at fake' >$tree/dmesg"
fake_test guest b <<<"$good"
run_guest
tap_check "a warning in the kernel's log fails" expect 1 '2 passed, 1 failed, 0 skipped' \
	'guest/a: WARNING: CPU: 0'

echo 'WARNING: CPU: 0 .* fake' >"$tree/tests/known-splats.txt"
run_guest
tap_check "unless it is a known one" expect 0 '3 passed, 0 failed, 0 skipped'

fake_tree; fake_vm
fake_test guest a <<<"$good"
fake_test guest b <<<"panic; sleep 5"
fake_test guest c <<<"$good"
run_guest
tap_check "a guest that dies costs one test" expect 1 '3 passed, 1 failed, 0 skipped' \
	'the guest died during this test'
tap_check "and one more boot" boots_are 2

fake_tree; fake_vm
fake_test guest a <<<"freeze; sleep 1000"
fake_test guest b <<<"$good"
run_guest
tap_check "a guest that stands still costs one test" expect 1 '2 passed, 1 failed, 0 skipped' \
	'the guest hung during this test'

fake_tree; fake_vm
fake_test guest a <<<"printf '1..1\nok 1 - a'; exit 4"
fake_test guest b <<<"sleep 1000"
run_guest
tap_check "status 4 and a hang in the guest" expect 1 'guest/b: timed out' '2 passed, 1 failed'
tap_check "which is ended without another boot" boots_are 1

fake_tree; fake_vm
fake_test guest a <<<"while :; do :; done"
run_guest
tap_check "a loop in the guest is ended" expect 1 'guest/a: timed out' '1 passed, 1 failed'

fake_tree; fake_vm
fake_test guest a <<<"$good"
printf '#!/bin/bash\necho no such kernel\nexit 125\n' >"$tree/tools/vm/pinion-vm"
run_guest
tap_check "a VM that does not boot fails every test" expect 1 'no such kernel' \
	'the VM did not get to this test' '0 passed, 1 failed, 1 skipped'

tap_check "guest-run refuses to run outside a VM" \
	bash -c "! env -u PINION_VM '$here/../guest-run' @x true"

tap_done
