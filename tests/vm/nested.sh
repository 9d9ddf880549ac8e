#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pinion-vm in a guest of pinion-vm. Without KVM an emulator is emulated, which is slow.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/lib/vm.sh"

# Run in the outer guest, which has a card as well, so that both boot the same image and the outer
# guest has none to make. What the folder of its runs holds afterwards is the speed of the TSC,
# which no other boot may use; the folder of the run is gone.
nested='"$0" --memory 512M -- sh -c "ls /dev/accel; echo error >&2; exit 42"
	echo "status $?"
	ls "$PINION_VM_RUN/guests" | cut -d- -f1'

# What 9p cannot do and a run needs: pipes, sockets, and locks that one process alone can hold.
folder='cd "$PINION_VM_RUN/guests" && mkfifo pipe && mkdir run && exec 3<run && flock 3 &&
	! flock -n run true &&
	python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")"'

tap_plan 2
tap_check "the folder of a guest's runs takes pipes, sockets and locks" \
	gives 0 "" "" --cards 0 --no-driver -- sh -c "$folder"
if [ -n "${PINION_SOAK:-}" ]; then
	tap_check "a guest boots a guest with a card" \
		gives 0 "$(printf 'accel0\nstatus 42\ntsc')" error \
		--memory 2G -- sh -c "$nested" "$vm"
else
	tap_skip "a guest boots a guest with a card" "it takes minutes; make soak does it"
fi
tap_done
