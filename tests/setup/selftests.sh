#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The step that brings the kernel's frame for selftests, on a machine whose archive is a
# folder. Its package linux-source has the frame that is in the cache, and little else.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The archive here is not signed.
printf 'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n' \
	>"$scratch/apt.conf"
export APT_CONFIG=$scratch/apt.conf

SETUP_DIR=$(cd "$here/../../tools/setup" && pwd)
frame=$(readlink -f "${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}/kselftest/current")
CACHE=$scratch/cache
LOG=$scratch/log
VERBOSE=
WATCHER=
. "$SETUP_DIR/lib.sh"
. "$SETUP_DIR/apt.sh"
. "$SETUP_DIR/steps/35-kselftest.sh"

RELEASE=6.12.117+deb12-amd64
archive=$scratch/archive

# entry NAME VERSION [FILE]: an entry of the archive's index.
entry() {
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nDescription: x\n' "$1" "$2"
	if [ -n "${3:-}" ]; then
		printf 'Filename: %s\nSize: %s\n' "$3" "$(stat -c %s "$archive/$3")"
		printf 'SHA256: %s\n' "$(sha256sum <"$archive/$3" | cut -d' ' -f1)"
	fi
	echo
}

# The package linux-source-6.12, whose archive has one file that no selftest needs.
make_source() {
	local tree=$scratch/linux-source-6.12 root=$scratch/root
	mkdir -p "$archive" "$root/DEBIAN" "$root/usr/src"
	cp -r "$frame/." "$tree"
	rm "$tree/proved"
	touch "$tree/MAINTAINERS"
	tar -cJf "$root/usr/src/linux-source-6.12.tar.xz" -C "$scratch" linux-source-6.12
	{
		entry linux-source-6.12 6.12.117-1 | sed '/^$/d'
		echo 'Maintainer: nobody <nobody@localhost>'
	} >"$root/DEBIAN/control"
	dpkg-deb --build "$root" "$archive/source.deb" >>"$LOG"
}

# fresh VERSION: a cache with the guest's kernel, and an archive with that version of the source.
fresh() {
	local index=$archive/dists/x/main/binary-amd64
	rm -rf "$CACHE"
	mkdir -p "$CACHE/kernel/$RELEASE" "$index"
	echo $RELEASE >"$CACHE/kernel/$RELEASE/release"
	ln -s $RELEASE "$CACHE/kernel/current"
	{
		entry linux-image-$RELEASE 6.12.117-1
		entry linux-source-6.12 "$1" source.deb
	} >"$index/Packages"
	apt_source_line deb "file:$archive" - x | private_apt kernel-current
	papt kernel-current apt-get update >>"$LOG" 2>&1
}

run_step() {
	WORK=$(mktemp -d "$scratch/work.XXXXXX")
	(set -euo pipefail; step_run)
}

brought() {
	fresh 6.12.117-1
	[ -n "$(step_missing)" ] && run_step && [ -z "$(step_missing)" ] &&
		diff -r "$frame" "$CACHE/kselftest/current"
}

newer_kernel() {
	ln -sfn 6.12.118+deb12-amd64 "$CACHE/kernel/current"
	mkdir "$CACHE/kernel/6.12.118+deb12-amd64"
	echo 6.12.118+deb12-amd64 >"$CACHE/kernel/current/release"
	[ -n "$(step_missing)" ] && [ -d "$CACHE/kselftest/current/tools" ]
}

source_gone() {
	fresh 6.12.118-1
	run_step 2>"$scratch/said"
	[ $? = 1 ] && cat "$scratch/said" && [ ! -e "$CACHE/kselftest" ] &&
		grep -F "the mirror has no linux-source-6.12 6.12.117-1 any more" "$scratch/said"
}

no_kernel() {
	fresh 6.12.117-1
	rm "$CACHE/kernel/current"
	[ -n "$(step_missing)" ] && ! run_step 2>"$scratch/said" &&
		grep -F "there is no kernel 'current' yet" "$scratch/said"
}

: >"$LOG"
make_source
tap_plan 4
tap_check "the frame is taken out of the kernel's source, and nothing else" brought
tap_check "a newer guest kernel makes it due again, and the old one stays until then" newer_kernel
tap_check "the mirror has another version of the source: one sentence" source_gone
tap_check "no guest kernel: one sentence" no_kernel
tap_done
