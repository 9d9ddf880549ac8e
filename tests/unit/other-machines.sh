#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The interfaces serve more than the machine that this is: the library builds for
# arm64 and for 32 bits, the structs of uapi/ have the same layout there, and C++
# of every age takes the headers.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
targets="aarch64-linux-gnu i686-linux-gnu"
headers=("$top"/uapi/*.h)

# Headers of libdrm and liburing are the same for all machines.
shared=(-idirafter /usr/include -idirafter /usr/include/libdrm)

takes() {
	g++ "-std=$1" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -isystem /usr/include/libdrm \
		-x c++ "$2"
}

builds_library() {
	env -u MAKEFLAGS -u MAKELEVEL CFLAGS="-O2 -Werror" make -s -C "$top" BUILD="$scratch/$1" \
		CC="$1-gcc ${shared[*]}" AR="$1-ar" "$scratch/$1/lib/libpinion.a" &&
		"$1-nm" "$scratch/$1/lib/libpinion.a" | grep ' T pinion_device_open$'
}

# layout COMPILER FOLDER: the structs of the headers there, with offsets and sizes. They are
# chosen by prefix: asked for by name, pahole 1.30 prints them and then fails. A row of the
# catalogue of errors has pointers, and is passed to nobody.
layout() {
	local object=$scratch/layout.o
	printf '#include "%s"\n' "$2"/*.h |
		$1 -Werror -g -fno-eliminate-unused-debug-types -I"$2" "${shared[@]}" \
			-x c -c -o "$object" - &&
		pahole -F dwarf -y pinion -x pinion_error_row "$object" &&
		pahole -F dwarf -y drm_pinion "$object"
}

same_layout() {
	layout gcc "$2" >"$scratch/here" && layout "$1-gcc" "$2" >"$scratch/there" &&
		grep -q pinion "$scratch/here" && diff "$scratch/here" "$scratch/there"
}

# Four bytes before eight, which 32-bit x86 does not pad.
unpadded_differs() {
	mkdir -p "$scratch/unpadded"
	echo '#include <linux/types.h>
		struct drm_pinion_unpadded { __u32 a; __u64 b; };' >"$scratch/unpadded/a.h"
	! same_layout i686-linux-gnu "$scratch/unpadded" && grep unpadded "$scratch/there"
}

# The barriers of a program on arm64: the card is no processor, for which "dmb ish" would do.
barriers_reach_card() {
	local found
	cat >"$scratch/ring.c" <<-'END'
		#include "pinion_ring.h"
		bool announce(struct pinion_shadow *shadow, __u32 old, __u32 tail);
		bool announce(struct pinion_shadow *shadow, __u32 old, __u32 tail)
		{
			return pinion_ring_announce(shadow, old, tail);
		}
		bool take(const struct pinion_cqe *cq, __u32 n, struct pinion_cqe *rec);
		bool take(const struct pinion_cqe *cq, __u32 n, struct pinion_cqe *rec)
		{
			return pinion_ring_read_record(cq, n, 64, rec);
		}
	END
	aarch64-linux-gnu-gcc -O2 -Wall -Werror -I"$top/uapi" "${shared[@]}" \
		-S -o "$scratch/ring.s" "$scratch/ring.c" || return 1
	found=$(grep -o 'dmb.*' "$scratch/ring.s" | tr '\n\t' '  ')
	echo "$found"
	[ "$found" = "dmb oshst dmb osh dmb oshld " ]
}

wrong_size_refused() {
	printf '#include "%s"\nPINION_ASSERT_SIZE(__u32, 5);\n' "$top/uapi/pinion_regs.h" \
		>"$scratch/size.h"
	! takes c++98 "$scratch/size.h"
}

tap_plan $((2 * ${#headers[@]} + 7))
for header in "${headers[@]}"; do
	for standard in c++98 c++20; do
		tap_check "$standard: ${header##*/}" takes $standard "$header"
	done
done
tap_check "c++98: an assertion about a size that is wrong fails" wrong_size_refused
for target in $targets; do
	tap_check "$target: the library builds" builds_library $target
	tap_check "$target: the structs of uapi/ have the same layout" \
		same_layout $target "$top/uapi"
done
tap_check "aarch64: a program's barriers order accesses for the card" barriers_reach_card
tap_check "a struct that has another layout on 32 bits is noticed" unpadded_differs
tap_done
