#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Finds out what the kernel has that the driver is built for. Kbuild calls it:
#
#   probe.sh ask PROBE SYMVERS COMPILER FLAG...
#	prints PROBE's line of pinion_probes.h
#   probe.sh collect HEADER LINE...
#	writes the lines to HEADER, or stops the build with a sentence
#
# The answer to a probe is yes if it compiles without a warning and SYMVERS has each symbol that
# a line " * Symbol: NAME" of it names. A line " * Stop unless: SENTENCE" or " * Stop if: SENTENCE"
# makes the answer no, or yes, the end of the build.

# The compiler's messages are looked through.
export LC_ALL=C

# note KEYWORD PROBE: the rest of the lines that begin with it.
note() {
	sed -n "s/^ \* $1: //p" "$2"
}

# missing_symbol PROBE SYMVERS: says which symbol is not exported, and fails if there is none.
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

# A header that stays the same is not written, so that no object is built again.
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
