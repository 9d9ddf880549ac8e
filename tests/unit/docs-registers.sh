#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each name of the hardware contract is explained in Documentation/hardware, and each name that is
# explained there exists; the table of capabilities has the rows of uapi/pinion_caps.h.

cd "$(dirname "$0")/../.." || exit 1
headers="uapi/pinion_caps.h uapi/pinion_regs.h uapi/pinion_packet.h"
# errors.rst shows the rows of the catalogue, which name what they explain.
catalogue=uapi/pinion_errors.h
docs=Documentation/hardware
failed=0
kinds='REG|PKT|STATUS|BOOT|MSG|MBOX|INT|RESET|Q|PTE|MGMT|CAP|DESC|ACCESS|INSN|MATMUL|CQE|FLASH'

echo "TAP version 13"
echo "1..3"

missing=$(sed -n -E "s/^#define +(PINION_($kinds)_[A-Z0-9_]+).*/\1/p" $headers |
	grep -v -E "_(BASE|SIZE|STRIDE|ALL)$" | sort -u |
	while read -r name; do
		grep -q -E "$name([^A-Z0-9_]|\$)" $docs/*.rst $catalogue || echo "$name"
	done)
for name in $missing; do
	echo "# not in $docs: $name"
done
[ -z "$missing" ] && echo "ok 1 - each name of the headers is explained" ||
	{ echo "not ok 1 - each name of the headers is explained"; failed=1; }

unknown=$(grep -h -o -E "PINION_[A-Z0-9_]+" $docs/*.rst | sort -u |
	while read -r name; do
		grep -q -E "$name([^A-Z0-9_]|\$)" $headers $catalogue || echo "$name"
	done)
for name in $unknown; do
	echo "# not in the headers: $name"
done
[ -z "$unknown" ] && echo "ok 2 - each name that is explained exists" ||
	{ echo "not ok 2 - each name that is explained exists"; failed=1; }

# The rows of the list as they should stand in the table, with one blank between two columns.
list_rows() {
	row='^ "(.*)" ([0-9]+) ([0-9]+) "(.*)" "(.*)" *$'
	printf '%s\n' '#include "pinion_caps.h"' \
		'#define ROW(name, bit, minor, announces, text) @ #name bit minor #announces text' \
		'PINION_EACH_CAP(ROW)' | ${CC:-gcc} -E -P -Iuapi - | tr '@' '\n' |
		sed -n -E "s/$row/"'``PINION_CAP_\1`` \2 1.\3 ``\4`` \5/p'
}

listed=$(list_rows | sort)
table=$(grep '^``PINION_CAP_' $docs/registers.rst | tr -s ' ' | sort)
[ -n "$listed" ] && [ "$listed" = "$table" ] && echo "ok 3 - the table of capabilities" || {
	printf '# %s\n' "in uapi/pinion_caps.h:" "$listed" "in registers.rst:" "$table"
	echo "not ok 3 - the table of capabilities"
	failed=1
}
exit $failed
