#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The card model, which is loaded into QEMU's process, defines no name that could take the place of
# one of QEMU's or of another library's. QEMU needs none from it: the device registers itself by a
# constructor.
set -u

here=$(cd "$(dirname "$0")" && pwd)
object=${here%/tests/unit}/build/card/pinion-card.so
. "$here/../lib/tap.sh"

# has_code NAME: a function of the model is in the object, whether it is exported or not.
has_code() {
	nm --defined-only "$object" | grep -i " t $1\$"
}

exports_nothing() {
	local names
	names=$(nm -D --defined-only "$object") || return 1
	printf '%s\n' "$names"
	[ -z "$names" ]
}

tap_plan 2
tap_check "the model's core is linked into the object" has_code card_step
tap_check "no name is exported" exports_nothing
tap_done
