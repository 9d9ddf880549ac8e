#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is added to the interfaces has its driver, its tests and its page: lists that no compiler
# compares. CONTRIBUTING.md has a recipe for each kind of addition.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

# names KIND: the names that the headers of the contract define for PINION_KIND_...
names() {
	sed -n -E "s/^#define +(PINION_$1_[A-Z0-9_]+)\s.*/\1/p" \
		uapi/pinion_regs.h uapi/pinion_packet.h
}

# all_in WHAT FILE...: each name that comes on standard input is a word in one of the files.
all_in() {
	local what=$1 names missing
	shift
	names=$(cat)
	[ -n "$names" ] || { echo "the headers name nothing"; return 1; }
	missing=$(grep -vxFf <(grep -ohE '\w+' "$@" | sort -u) <<<"$names")
	[ -z "$missing" ] || { printf "%s: $what\n" $missing; return 1; }
}

ioctls_answered() {
	{
		sed -n -E 's/^#define DRM_IOCTL_(PINION_\w+).*/\1/p' uapi/pinion_accel.h
		sed -n -E 's/^#define (PINION_\w+_IOC_\w+).*/\1/p' uapi/pinion_accel.h
	} | all_in "no function in driver/" driver/*.c
}

ioctls_called() {
	sed -n -E 's/^#define (DRM_IOCTL_PINION_\w+|PINION_\w+_IOC_\w+).*/\1/p' \
		uapi/pinion_accel.h |
		all_in "no test calls it" $(ls tests/*/*.[ch] | grep -v ^tests/inject/)
}

# What the rig calls, fail-nth calls through it.
ioctls_injected() {
	sed -n -E 's/^#define (DRM_IOCTL_PINION_\w+).*/\1/p' uapi/pinion_accel.h |
		all_in "not in tests/inject/ops.h" tests/inject/*.[ch] tests/selftests/rig.[ch]
}

contract_tested() {
	{ names PKT; names CQE | grep -v _RESERVED; } |
		 all_in "no test of the model has it" tests/unit/card*.[ch]
}

knobs_turned() {
	names REG_DEBUG >"$scratch/knobs"
	all_in "no test of the model turns it" tests/unit/card*.c <"$scratch/knobs" &&
		all_in "no test of the driver turns it" tests/knobs/* <"$scratch/knobs"
}

# A capability without a row has no bit that anybody compares.
caps_listed() {
	sed -n -E 's/^#define PINION_CAP_(\w+)\s.*/\1/p' uapi/pinion_caps.h >"$scratch/caps"
	sed -n -E 's/.*\brow\((\w+), [0-9].*/\1/p' uapi/pinion_caps.h >"$scratch/cap-rows"
	all_in "no row in uapi/pinion_caps.h" "$scratch/cap-rows" <"$scratch/caps"
}

functions_called() {
	sed -n 's/^\t\t\(pinion_[a-z0-9_]*\);$/\1/p' libruntime/pinion.map |
		all_in "no test calls it" tests/{runtime,unit}/*.[ch]
}

# rows_in PAGE: each name that comes on standard input begins a row of a table in the page.
rows_in() {
	local name
	while read -r name; do
		grep -q "^\`\`$name\`\` " "Documentation/$1" || echo "$name: no row in $1"
	done | { ! grep .; }
}

kernels_described() {
	basename -s .c firmware/kernels/*.c | rows_in kernels.rst
}

groups_described() {
	awk '!/^#/ && NF && $1 !~ "/" { print $1 }' tests/groups.table | rows_in testing.rst
}

# The names by which lockdep knows the locks, but for two of the kernel's own.
locks_described() {
	{
		grep -ohE '(mutex_init|spin_lock_init|init_rwsem)\((drm, )?&[^)]*' driver/*.c |
			sed 's/.*&/\&/'
		sed -n -E 's/.*DEFINE_(SPINLOCK|MUTEX)\((\w+)\).*/\2/p' driver/*.c
	} | sort >"$scratch/locks"
	sed -n -E 's/^``(pinion_|import_)\S+`` +``(\S+)`` .*/\2/p' Documentation/locks.rst |
		sort >"$scratch/rows"
	[ -s "$scratch/locks" ] && diff "$scratch/locks" "$scratch/rows"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

tap_plan 10
tap_check "the driver answers each ioctl" ioctls_answered
tap_check "a test calls each ioctl" ioctls_called
tap_check "each ioctl of the accel node fails in tests/inject" ioctls_injected
tap_check "a test of the model has each packet and each part of a record" contract_tested
tap_check "tests of model and driver turn each fault knob" knobs_turned
tap_check "each capability has a row" caps_listed
tap_check "a test calls each function of libpinion" functions_called
tap_check "the page of kernels has each kernel" kernels_described
tap_check "the page of tests has each group" groups_described
tap_check "the page of locks has each lock of the driver" locks_described
tap_done
