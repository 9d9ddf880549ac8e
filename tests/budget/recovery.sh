#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs recovery.c in a guest whose clock counts instructions, so the host's load does not matter.
exec "$(dirname "$0")/../../tools/vm/pinion-vm" --icount 0 --card-opts debug=on -- \
	build/budget/recovery
