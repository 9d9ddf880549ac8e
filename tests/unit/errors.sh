#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The catalogue of errors, uapi/pinion_errors.h, is the one place that has words for errors: every
# language includes it, a code has a row, and what prints errors takes its words from there.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$top" || exit 1

# compile FOLDER STATEMENT COMMAND...: a function of the statement compiles with FOLDER's headers.
compile() {
	local folder=$1 statement=$2
	shift 2
	printf '#include "pinion_errors.h"\nint f(void);\nint f(void)\n{\n\t%s\n}\n' "$statement" |
		"$@" -Wall -Wextra -Werror -I"$folder" -o "$scratch/object" -c -
}

use='return pinion_error_find(PINION_ERROR_FORKED)->err + !pinion_blame_word(PINION_BLAME_CARD);'
code='return PINION_ERROR_PAGE_FAULT == 4 ? PINION_ERROR_BOOT_KEY : PINION_ERRORS_BUS;'

every_language() {
	compile uapi "$use" cc -x c -std=c99 &&
		compile uapi "$use" cc -x c -std=gnu11 -Wshadow &&
		compile uapi "$use" c++ -x c++ -std=c++98 -pedantic -Wshadow &&
		compile uapi "$use" c++ -x c++ -std=c++20 -pedantic -Wshadow
}

# Where there is no errno, as in firmware, the codes are there.
freestanding() {
	compile uapi "$code" cc -x c -ffreestanding -U__linux__ &&
		! compile uapi "$use" cc -x c -ffreestanding -U__linux__ 2>/dev/null
}

copy_headers() {
	rm -rf "$scratch/uapi"
	cp -r uapi "$scratch/uapi"
}

no_row_no_code() {
	copy_headers
	sed -i '/row(FORKED,/,/")/d' "$scratch/uapi/pinion_errors.h"
	compile "$scratch/uapi" "$code" cc -x c || return 1
	! compile "$scratch/uapi" "$use" cc -x c 2>"$scratch/said" &&
		grep 'PINION_ERROR_FORKED' "$scratch/said"
}

# expand FOLDER MACRO REPLACEMENT: the rows as text; the replacement may use the row's columns.
expand() {
	printf '#include "pinion_errors.h"\n#define ROW(%s) %s\n%s(ROW)\n' \
		'symbol, number, name, err, blame, sentence, action' "$3" "$2" |
		cc -E -P -I"$1" -x c -
}

# The values by which the card and the firmware report errors, and which have no row in FOLDER.
lacking() {
	expand "$1" PINION_ERRORS '#number' >"$scratch/rows"
	sed -nE 's/^#define +(PINION_(STATUS|BOOT_ERR|MBOX)_\w+)\s.*/\1/p' "$1/pinion_regs.h" |
		grep -vx PINION_MBOX_SLOTS | while read -r name; do
			grep -qE "$name\"" "$scratch/rows" || echo "$name has no row"
		done
}

each_value_has_a_row() {
	[ "$(grep -cE '^#define +PINION_(STATUS|BOOT_ERR)_' uapi/pinion_regs.h)" -gt 15 ] &&
		lacking uapi && [ -z "$(lacking uapi)" ]
}

new_values_are_missed() {
	copy_headers
	sed -i 's/^#define PINION_STATUS_BAD_RING.*/&\n#define PINION_STATUS_NEW_32BIT 11/' \
		"$scratch/uapi/pinion_regs.h"
	[ "$(lacking "$scratch/uapi")" = "PINION_STATUS_NEW_32BIT has no row" ]
}

# Nothing in the driver but pinion_report() prints errors.
one_printer() {
	local levels='emerg|alert|crit|err|warn|notice'
	grep -q 'drm_err(.*action=%s' driver/pinion_report.c &&
		! grep -nE "\b(drm|dev|pci|pr)_($levels)\w*\(|\bprintk\(|\"[^\"]*action=" \
			driver/*.[ch] | grep -v '^driver/pinion_report\.c:'
}

# unused RANGE-MACRO FOLDER: rows whose code no source in FOLDER names.
unused() {
	expand uapi "$1" '@symbol' | grep -oE '@ ?\w+' | tr -d '@ ' | while read -r symbol; do
		grep -qrw "PINION_ERROR_$symbol" "$2" || echo "$2 does not use PINION_ERROR_$symbol"
	done
}

each_row_is_used() {
	{
		unused PINION_ERRORS_OF_PROBE driver
		unused PINION_ERRORS_OF_STOPS driver
		unused PINION_ERRORS_OF_HEALTH driver
		unused PINION_ERRORS_OF_COMPAT driver
		unused PINION_ERRORS_OF_UPDATES driver
		unused PINION_ERRORS_OF_LIBRARY libruntime/src
	} >"$scratch/unused"
	cat "$scratch/unused"
	[ "$(expand uapi PINION_ERRORS_OF_PROBE '@symbol' | grep -o '@' | wc -l)" -gt 10 ] &&
		[ ! -s "$scratch/unused" ]
}

# Words of a row that stand anywhere else in driver or library: a second place to keep up to date.
written_once() {
	expand uapi PINION_ERRORS '@ sentence@ action' | grep -oE '"[^"]{20,}"' | sort -u |
		grep -F -n -r -f - driver libruntime/src && return 1
	[ "$(expand uapi PINION_ERRORS '@ sentence' | grep -oE '"[^"]{20,}"' | wc -l)" -gt 30 ]
}

tap_plan 8
tap_check "C99, C11, C++98 and C++20 take the catalogue" every_language
tap_check "without an errno.h there are the codes alone" freestanding
tap_check "a code without a row does not compile" no_row_no_code
tap_check "each status, boot error and reply of the contract has a row" each_value_has_a_row
tap_check "a new status without a row is missed" new_values_are_missed
tap_check "the driver reports errors by pinion_report() alone" one_printer
tap_check "each row of driver and library is used there" each_row_is_used
tap_check "driver and library do not repeat the catalogue's sentences" written_once
tap_done
