#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A packet, a descriptor or a capability that is added to a copy of the tree by its number and its
# row alone does not compile.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../lib/tap.sh"
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree

fresh() {
	rm -rf "$tree"
	mkdir -p "$tree/tools/card" "$tree/tests"
	cp -r "$top/uapi" "$tree"
	cp -r "$top/tools/card/core" "$tree/tools/card"
	cp -r "$top"/tests/{unit,lacking,selftests,*.h} "$tree/tests"
}

# compiles FILE: the file of the tree, as far as its syntax and its names.
compiles() {
	(cd "$tree" && ${CC:-gcc} -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -I. -Iuapi \
		-Itools/card/core -Itests/unit -Itests/selftests -I/usr/include/libdrm \
		-isystem "$cache/kselftest/current/tools/testing/selftests" "$1")
}

# refused FILE TEXT: it does not compile, and the first error has that text.
refused() {
	local first
	compiles "$1" >"$scratch/out" 2>&1 && { echo "$1 compiles"; return 1; }
	first=$(grep -m 1 'error:' "$scratch/out")
	echo "$first"
	grep -q -- "$2" <<<"$first"
}

# after FILE PATTERN LINE: adds a line behind the one that matches, of which there must be one.
after() {
	[ "$(grep -c -- "$2" "$tree/$1")" = 1 ] ||
		{ echo "Bail out! $1 has no line '$2', or several"; exit 1; }
	sed -i -e "/$2/a\\
$3" "$tree/$1"
}

define() {
	after "uapi/$1" "$2" "#define $3"
}

packet=tools/card/core/packet.c
queue=tools/card/core/queue.c
caps=tests/unit/card-caps.c
lacking=tests/lacking/lacking.c

# What a new one of each kind is made of.
packet_number() {
	fresh
	define pinion_packet.h '^#define PINION_PKT_TIMESTAMP' 'PINION_PKT_NEW 8'
}
packet_row() {
	after $packet 'PACKET(TIMESTAMP,' "	PACKET(NEW$1),"
}
desc_number() {
	fresh
	define pinion_regs.h '^#define PINION_DESC_EXEC' 'PINION_DESC_NEW 2'
}
desc_row() {
	after $queue 'DESC(EXEC,' "	DESC(NEW$1),"
}
cap_number() {
	fresh
	define pinion_caps.h '^#define PINION_CAP_SHADOW' \
		'PINION_CAP_NEW (1ull << 62)'
}
cap_row() {
	after uapi/pinion_caps.h '^	row(SPARSE' "	row(NEW, $1, \"news\") \\\\"
}

tap_plan 25

fresh
for file in $packet $queue $caps $lacking; do
	tap_check "$file as it is compiles" compiles $file
done

packet_number
packet_row ''
tap_check "packet: a number and a row with its name alone" \
	refused $packet 'PACKET.* requires 6 arg'
packet_number
packet_row ', 8, 0, head_only'
tap_check "packet: a row without the function that runs it" \
	refused $packet 'PACKET.* requires 6 arg'
packet_number
packet_row ', 8, 0, head_only, new_run, always'
tap_check "packet: a row whose function is not there" refused $packet "new_run.* undeclared"
packet_number
packet_row ', 8, 0, NULL, nop_run, always'
tap_check "packet: a row without the function that checks it" refused $packet "lvalue required"
packet_number
packet_row ', 0, 0, head_only, nop_run, always'
tap_check "packet: a row without a length" refused $packet "NEW has a wrong length"
packet_number
packet_row ', 4096, 0, head_only, nop_run, always'
tap_check "packet: longer than the card has a place for" refused $packet "NEW has a wrong length"
fresh
packet_row ', 8, 0, head_only, nop_run, always'
tap_check "packet: a row without a number" refused $packet "PINION_PKT_NEW.* undeclared"

desc_number
desc_row ''
tap_check "descriptor: a number and a row with its name alone" \
	refused $queue 'DESC.* requires 3 arg'
desc_number
desc_row ', nop_valid'
tap_check "descriptor: a row without the function that runs it" \
	refused $queue 'DESC.* requires 3 arg'
desc_number
desc_row ', nop_valid, NULL'
tap_check "descriptor: a row that runs nothing" refused $queue "lvalue required"
desc_number
desc_row ', NULL, nop_run'
tap_check "descriptor: a row that checks nothing" refused $queue "lvalue required"
fresh
desc_row ', nop_valid, nop_run'
tap_check "descriptor: a row without a number" refused $queue "PINION_DESC_NEW.* undeclared"

fresh
cap_row '62, 1, PINION_DOORBELL_STATE'
tap_check "capability: a row without a definition" \
	refused $packet "PINION_CAP_NEW.* undeclared"
cap_number
cap_row '62, 1, PINION_DOORBELL_NEW'
tap_check "capability: it announces what is not there" \
	refused $packet "PINION_DOORBELL_NEW.* undeclared"
cap_number
cap_row '62, PINION_CONTRACT_MINOR + 1, PINION_DOORBELL_STATE'
tap_check "capability: of a contract version to come" \
	refused $packet 'NEW needs a higher PINION_CONTRACT_MINOR'
cap_number
cap_row '61, 1, PINION_DOORBELL_STATE'
tap_check "capability: another bit in its row" refused $packet 'NEW has another bit'
cap_number
cap_row '62, 0, PINION_DOORBELL_STATE'
tap_check "capability: optional, though every card has it" \
	refused $packet 'NEW is in every card'
cap_number
cap_row '3, 1, PINION_DOORBELL_STATE'
sed -i 's/^#define PINION_CAP_NEW .*/#define PINION_CAP_NEW (1ull << 3)/' "$tree/uapi/pinion_caps.h"
tap_check "capability: the bit of another one" refused $packet 'two capabilities with one bit'
cap_number
cap_row '62, 1, PINION_DOORBELL_STATE'
tap_check "capability: complete by itself" compiles $packet
tap_check "capability: no test on the card's model" refused $caps 'knows_NEW.* undeclared'
tap_check "capability: no test of the driver without it" refused $lacking 'without_NEW'
tap_done
