#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where set-up cannot work it says so in one sentence, fails, and leaves nothing
# half-done. The machines on which it cannot work are simulated.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/lib/scratch.sh"

# A cache that holds nothing but the log, the lock and our own apt's files.
nothing_half_done() {
	[ ! -d "$scratch/cache" ] ||
		[ -z "$(find "$scratch/cache" -mindepth 2 -maxdepth 2 \
			! -name .lock ! -name setup.log ! -name apt)" ]
}

# refused TEXT: fails with exactly one sentence on stderr, which holds TEXT.
refused() {
	local text=$1 errors status
	errors=$(run_setup 2>&1 >/dev/null)
	status=$?
	printf 'status %s, stderr: %s\n' "$status" "$errors"
	[ $status = 1 ] && [ "$(wc -l <<<"$errors")" = 1 ] &&
		grep -qF -- "$text" <<<"$errors" && nothing_half_done
}

# Set-up of a copy of the repository in folder $1 below $scratch.
setup_in() {
	mkdir -p "$scratch/$1/tools" "$scratch/$1/tests"
	cp -r "$top/tools/setup" "$scratch/$1/tools/"
	cp "$top/Makefile" "$scratch/$1/"
	setup=$scratch/$1/tools/setup/setup
}

tap_plan 19

fresh
printf 'ID=fedora\nVERSION_ID=40\n' >"$scratch/os-release"
tap_check "not Debian" refused "runs 'fedora', but set-up knows only Debian 12 or 13"

fresh
printf 'ID=debian\nVERSION_ID="10"\n' >"$scratch/os-release"
tap_check "a Debian that is too old" refused 'this is Debian 10'

fresh
printf 'ID=debian\nVERSION_ID="14"\n' >"$scratch/os-release"
tap_check "a Debian that is too new" \
	refused 'this is Debian 14, but set-up knows only Debian 12 or 13'

fresh
rm "$scratch/os-release"
tap_check "no os-release at all" refused "an unknown system"

fresh
fake dpkg 'echo arm64'
tap_check "another processor" refused 'Debian for arm64'

fresh
fake id 'echo 1000'
fake dpkg-query :
rm -f "$scratch/bin/sudo"
tap_check "packages missing, neither root nor sudo" refused 'can be installed only as root'

fresh
fake id 'echo 1000'
fake dpkg-query :
fake sudo 'exit 1'
tap_check "packages missing, sudo refuses" refused 'sudo does not let you'

fresh
tap_check "no network" \
	refused 'no network: the Debian mirror http://127.0.0.1:9/debian cannot be reached'

fresh
: >"$scratch/apt/sources.list"
tap_check "no mirror configured" refused 'name no archive for bookworm'

fresh
fake df 'printf "Filesystem 1M-blocks Used Available Capacity Mounted\n/dev/x 100 88 12 88%% /\n"'
tap_check "too little disk" refused 'but only 12 MB are free'

# disks CACHE REST: a machine whose cache and whose other folders are on two disks
# with so many MB free; with CACHE alone, on one.
disks() {
	fresh
	fake df "rest=${2:+/y} free=${2:-$1}
		case \$2 in */cache/*) rest=${2:+/x} free=$1 ;; esac
		printf 'F 1M U A C M\n/dev/x 9 9 %s 1%% %s\n' \$free \${rest:-/}"
}

needed() { run_setup 2>&1 | sed -n 's/.* need about \([0-9]*\) MB .*/\1/p'; }

needs_add_up() {
	local cache rest both
	disks 1 99999 && cache=$(needed)
	disks 99999 1 && rest=$(needed)
	disks 1 && both=$(needed)
	echo "$cache MB for the cache, $rest MB for the rest, $both MB for both"
	[ $((cache + rest)) = "$both" ] &&
		disks $((both - 1)) && refused "only $((both - 1)) MB are free" &&
		disks "$both" && refused 'no network'
}
tap_check "what one disk is to hold adds up" needs_add_up

disks 99999 50
tap_check "the disk that is too small is named" refused "MB of disk in $top, but only 50 MB"

fresh
cache_home=/proc/no-such-place
tap_check "a cache that cannot be written" \
	refused 'cannot write to the cache folder /proc/no-such-place/pinion'

fresh
cache_home="$scratch/a b"
tap_check "a cache whose path has a space" refused 'has a space, colon or comma in its path'

fresh
cache_home=$scratch/cache

fresh
setup_in "a b"
tap_check "a repository whose path has a space" refused "the path $scratch/a b has a space"
make_refused() {
	local errors status
	errors=$(make -C "$scratch/a b" CACHE=/nowhere all 2>&1 >/dev/null)
	status=$?
	echo "status $status: $errors"
	[ $status = 2 ] && grep -qF "The path '$scratch/a b' has a space" <<<"$errors"
}
tap_check "make there, without set-up" make_refused

fresh
setup_in a:b
tap_check "a repository whose path has a colon" refused "the path $scratch/a:b has a space, colon"

fresh
setup=$top/tools/setup/kernels
fake df 'printf "F 1M U A C M\n/dev/x 9 9 12 1%% /\n"'
no_disk_for_a_kernel() {
	local errors status
	errors=$(run_setup newest 2>&1 >/dev/null)
	status=$?
	echo "status $status: $errors"
	[ $status = 1 ] && [[ $errors == "setup: kernel newest needs about "* ]] &&
		[[ $errors == *", but only 12 MB are free there." ]]
}
tap_check "too little disk for one more kernel" no_disk_for_a_kernel

setup=$top/tools/setup/setup
fresh
check_says_missing() {
	run_setup --check
	[ $? = 1 ] && run_setup --check | grep -q '^missing: guest kernel$'
}
tap_check "--check says what is missing and fails" check_says_missing

tap_done
