#!/bin/bash
# SPDX-License-Identifier: MIT
# mandoc and man find nothing to complain of in libpinion's manual. What must stand in it,
# runtime-names.sh checks.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

own_pages() {
	grep -L '^\.so ' build/man/*.3
	ls libruntime/man/*.7 build/man/pinion-errors.7
}

by_mandoc() {
	! mandoc -T lint -W warning $(own_pages) 2>&1 | grep .
}

# groff 1.23 warns where it cannot stretch a line of a prototype to the margin, which mdoc forbids.
by_man() {
	local page
	for page in $(own_pages); do
		LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null
	done | grep -v ': cannot adjust line$' | { ! grep .; }
}

tap_plan 2
tap_check "mandoc finds nothing to warn of" by_mandoc
tap_check "nor does man" by_man
tap_done
