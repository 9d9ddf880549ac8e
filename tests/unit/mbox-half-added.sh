#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A mailbox message that was added by half does not pass for a message: with its number and its row
# but without its functions the firmware does not compile, and a number without a row is refused as
# UNKNOWN. Each case is tried on a copy of the firmware's sources.
set -u
shopt -s extglob # all sources of the firmware but those that the test replaces: !(io|string).c

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# add NUMBER ROW: a fresh copy of the sources, with a message HALF of that number and that row.
add() {
	rm -rf "$scratch/firmware" "$scratch/uapi"
	mkdir -p "$scratch/firmware" &&
		cp -r "$top/firmware/mgmt" "$scratch/firmware" && cp -r "$top/uapi" "$scratch" &&
		sed -i "s/^#define PINION_MSG_PING.*/&\n#define PINION_MSG_HALF $1/" \
			"$scratch/uapi/pinion_regs.h" &&
		sed -i "s/^\tMSG(PING,.*/&\n\t$2/" "$scratch/firmware/mgmt/mbox.c" &&
		[ "$(grep -c HALF "$scratch/uapi/pinion_regs.h")" = 1 ]
}

compile() {
	cc -std=gnu11 -Wall -Wextra -Werror -DPINION_FW_VERSION=0 -I"$scratch/uapi" -I"$top" \
		-I"$scratch/firmware/mgmt" "$@"
}

compiles() {
	add "$1" "$2" && compile -fsyntax-only "$scratch/firmware/mgmt/mbox.c"
}

# fails NUMBER ROW TEXT: the compiler refuses the copy, and says TEXT.
fails() {
	add "$1" "$2" || return
	compile -fsyntax-only "$scratch/firmware/mgmt/mbox.c" 2>"$scratch/errors" && return 1
	cat "$scratch/errors"
	grep -q "$3" "$scratch/errors"
}

# answers NUMBER ROW: tests/unit/mgmt-mbox.c passes with the copy. It sends every type of message up
# to one more than the table has, and expects UNKNOWN for each type without a row.
answers() {
	add "$1" "$2" && compile "$top/tests/unit/mgmt-mbox.c" \
		"$scratch"/firmware/mgmt/!(io|string).c -o "$scratch/mgmt-mbox" &&
		"$scratch/mgmt-mbox"
}

tap_plan 9
tap_check "a message with all of its row compiles" \
	compiles 10 "MSG(HALF, false, any_args, ping),"
tap_check "without run it does not compile" \
	fails 10 "MSG(HALF, false, any_args)," "requires 4 arguments"
tap_check "with the name of a run that does not exist it does not compile" \
	fails 10 "MSG(HALF, false, any_args, half)," "half.* undeclared"
tap_check "with the name of a valid that does not exist it does not compile" \
	fails 10 "MSG(HALF, false, half_valid, ping)," "half_valid.* undeclared"
tap_check "with NULL for valid it does not compile" \
	fails 10 "MSG(HALF, false, NULL, ping)," "lvalue required"
tap_check "with NULL for run it does not compile" \
	fails 10 "MSG(HALF, false, any_args, NULL)," "lvalue required"
tap_check "with the number of a reply it does not compile" \
	fails 0x8000 "MSG(HALF, false, any_args, ping)," "the number of an event or of a reply"
tap_check "a number without a row is refused as UNKNOWN" answers 10 ""
tap_check "so are the numbers between the rows" answers 12 "MSG(HALF, false, any_args, ping),"
tap_done
