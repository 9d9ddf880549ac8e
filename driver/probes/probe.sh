#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Finds out which interfaces the kernel has for which the driver is built. Kbuild calls it:
#
#   probe.sh ask PROBE SYMVERS COMPILER FLAG...
#	prints the line that pinion_probes.h gets for PROBE
#   probe.sh collect HEADER FILE...
#	writes the lines in the FILEs to HEADER, or stops the build with a message
#
# The answer to a probe is yes if it compiles without a warning, and SYMVERS has every symbol that
# the probe names in a line " * Symbol: NAME". With a line " * Stop unless: MESSAGE" in the probe,
# the answer no stops the build; with " * Stop if: MESSAGE", the answer yes does.

# ask() looks for words in the compiler's messages, which must therefore be English.
export LC_ALL=C

# note KEYWORD PROBE: print what follows KEYWORD in the lines of PROBE that have it.
note() {
	sed -n "s/^ \* $1: //p" "$2"
}

# missing_symbol PROBE SYMVERS: print which symbol is not exported; fail if all are exported.
missing_symbol() {
	for symbol in $(note Symbol "$1"); do
		if ! grep -q "[[:space:]]$symbol[[:space:]]" "$2"; then
			echo "$symbol is not exported"
			return 0
		fi
	done
	return 1
}

ask() {
	probe=$1
	symvers=$2
	shift 2
	name=$(basename "$probe" .c | tr a-z A-Z)
	answer=yes
	if ! messages=$("$@" -fsyntax-only "$probe" 2>&1); then
		answer=no
		why=$(echo "$messages" | grep -m 1 error | sed 's|^.*/probes/||; s/[*]//g')
	elif why=$(missing_symbol "$probe" "$symvers"); then
		answer=no
	fi
	case $answer in
	yes) stop=$(note 'Stop if' "$probe") ;;
	no) stop=$(note 'Stop unless' "$probe") ;;
	esac
	if [ -n "$stop" ]; then
		echo "#error $stop"
	elif [ $answer = yes ]; then
		echo "#define PINION_HAS_$name 1"
	else
		echo "/* no $name: $why */"
	fi
}

# Leave a header alone that would stay the same, so that no object is built again.
collect() {
	header=$1
	shift
	if stop=$(grep -h -m 1 '^#error' "$@"); then
		echo "$stop" | sed -n '1s/^#error/pinion:/p' >&2
		return 1
	fi
	{
		echo "/* SPDX-License-Identifier: GPL-2.0 */"
		echo "/* What this kernel has; written by probes/probe.sh. */"
		cat "$@"
	} >"$header.new"
	if cmp -s "$header.new" "$header"; then
		rm "$header.new"
	else
		mv "$header.new" "$header"
	fi
}

"$@"
