# SPDX-License-Identifier: GPL-2.0-or-later
# A tree of fake tests with a fake VM, for the runner's own tests.

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree

# An empty tree with the groups host and guest.
fake_tree() {
	rm -rf "$tree"
	mkdir -p "$tree/tests" "$tree/build/tests/host" "$tree/build/tests/guest" "$tree/tools/vm"
	printf 'host host\nguest guest\n' >"$tree/tests/groups.table"
}

# fake_groups <<lines: other groups in place of host and guest.
fake_groups() {
	local name
	cat >"$tree/tests/groups.table"
	while read -r name _; do
		mkdir -p "$tree/build/tests/${name%/*}"
	done <"$tree/tests/groups.table"
}

# fake_test GROUP NAME: the test's shell script comes on stdin.
fake_test() {
	{ echo '#!/bin/bash'; cat; } >"$tree/build/tests/$1/$2"
	chmod +x "$tree/build/tests/$1/$2"
}

# has_ended PID: it is gone, or waits for nothing but its parent's wait().
has_ended() {
	local state
	state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ "${state:-Z}" = Z ]
}

# fake_vm: a "VM" that runs the command on this machine, with a kernel log that
# is the file $tree/dmesg and with "panic" and "freeze" as commands for tests.
fake_vm() {
	mkdir -p "$tree/bin"
	cat >"$tree/bin/dmesg" <<-END
		#!/bin/bash
		[ ! -f "$tree/dmesg" ] || cat "$tree/dmesg"
		rm -f "$tree/dmesg"
	END
	printf '#!/bin/bash\nkill -KILL $FAKE_VM\n' >"$tree/bin/panic"
	printf '#!/bin/bash\nkill -STOP $FAKE_VM\n' >"$tree/bin/freeze"
	cat >"$tree/tools/vm/pinion-vm" <<-END
		#!/bin/bash
		echo boot >>"$tree/boots"
		while [ "\$1" != -- ]; do echo "\$1" >>"$tree/vm-options"; shift; done
		shift
		PATH=$tree/bin:\$PATH PINION_VM=1 FAKE_VM=\$\$ exec "\$@"
	END
	chmod +x "$tree/bin"/* "$tree/tools/vm/pinion-vm"
}
