#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the build lines of README, documentation, headers, examples and manual as they are printed,
# with installed files alone, and then runs what they built on a card.
. "$(dirname "$0")/lib.sh"

work=$scratch/work

prepare() {
	install_here && mkdir "$work" || return
	cp "$P"/share/pinion/examples/*.c "$work"
	# runtime.rst and pinion(7) build a program.c, which stands for the reader's own program.
	cp "$work/hello.c" "$work/program.c"
	(cd "$top" && python3 tests/install/lines.py "$work" README.md Documentation/*.rst \
		firmware/kernels/include/*.h libruntime/include/*.h libruntime/examples/*.c \
		libruntime/man/*) >"$scratch/lines"
}

# Fails if a text has lost its build lines, or if lines.py no longer finds them.
every_text_has_lines() {
	local file missing=0
	for file in README.md Documentation/{install,kernels,runtime}.rst libruntime/man/pinion.7 \
		firmware/kernels/include/pinion_kernel.h libruntime/examples/{hello,ring}.c; do
		grep -q "^$file	" "$scratch/lines" || { echo "$file has no build line"; missing=1; }
	done
	return $missing
}

# line_works LINE: a build line must succeed and print nothing, not even a warning.
line_works() {
	local said
	cd "$work" && said=$(bash -c "$1" 2>&1) && [ -z "$said" ] || { echo "$said"; return 1; }
}

with_cmake() {
	mkdir "$work/cmake" && cd "$work/cmake" && cmake .. && make
}

older_is_found_newer_is_not() {
	local wanted
	mkdir "$work/versions" && cd "$work/versions" || return
	for wanted in 1 1.0 9 1.99; do
		cat >CMakeLists.txt <<-END
			cmake_minimum_required(VERSION 3.25)
			project(v NONE)
			find_package(pinion $wanted)
			message(NOTICE "\${pinion_FOUND}")
		END
		cmake -B $wanted . 2>&1 >/dev/null | tail -n 1
	done >found
	[ "$(tr '\n' ' ' <found)" = "1 1 0 0 " ] || { cat found; return 1; }
}

on_a_card() {
	cd "$work" || return
	cc "$top/tests/install/client/check.c" $(pkg-config --cflags --libs pinion) -o check ||
		return
	cat >run <<-'END'
		vecadd=$(pkg-config --variable=kernelsdir pinion-kernel)/vecadd.elf
		./fill
		./hello "$vecadd"
		cmake/hello "$vecadd"
		./check scale.elf scale
		./check cmake/scale.elf scale
		./check shift.elf shift
	END
	guest -- bash -e run >said
}

said() {
	grep -cFx -- "$2" "$work/said" | grep -qx "$1" || { cat "$work/said"; return 1; }
}

# Nothing would run the constructor of a global object, so such a program must not link.
constructor_is_refused() {
	cd "$work" && cat >global.cpp <<-'END' || return
		volatile int source = 1;
		struct thing { int n = source; } global;
	END
	clang $(pkg-config --cflags pinion-kernel) -O2 -c global.cpp &&
		! ld.lld global.o $(pkg-config --libs pinion-kernel) -o global.elf 2>said &&
		grep -q 'constructors of global objects' said
}

prepare >"$scratch/log" 2>&1 || { echo "Bail out! $(tail -n 1 "$scratch/log")"; exit 1; }
use_installed
tap_plan $(($(wc -l <"$scratch/lines") + 9))
tap_check "every text has its build lines" every_text_has_lines
while IFS='	' read -r file line; do
	tap_check "$file: $line" line_works "$line"
done <"$scratch/lines"
tap_check "a global with a constructor is refused in words" constructor_is_refused
tap_check "CMake builds what install.rst prints" with_cmake
tap_check "CMake finds versions up to ours, and no newer or other one" older_is_found_newer_is_not
tap_check "everything that was built runs on a card" on_a_card
tap_check "the front page's program" said 1 "the card wrote 42"
tap_check "hello, by pkg-config and by CMake" said 2 "the card says 4095 + 8191 = 12286"
tap_check "a kernel in C, by pkg-config and by CMake" said 2 "scale: 8997"
tap_check "a kernel in C++" said 1 "shift: 3002"
tap_done
