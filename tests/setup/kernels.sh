#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernels that the lines of kernels.table stand for, on a machine whose archives
# are two folders: one with a release and its backports, one with security suites.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The archives here are not signed.
printf 'Acquire::AllowInsecureRepositories "true";\n' >"$scratch/apt.conf"
export APT_CONFIG=$scratch/apt.conf

SETUP_DIR=$(cd "$here/../../tools/setup" && pwd)
CACHE=$scratch/cache
OS_RELEASE=$scratch/os-release
APT_ETC=$scratch/apt
LOG=$scratch/log
VERBOSE=
WATCHER=
. "$SETUP_DIR/lib.sh"
. "$SETUP_DIR/apt.sh"
. "$SETUP_DIR/kernels.sh"
KERNELS=$scratch/kernels.table

# package NAME [DEPENDS [ARCHITECTURE]]
package() {
	printf 'Package: %s\nVersion: 1\nArchitecture: %s\n' "$1" "${3:-amd64}"
	printf 'Filename: %s.deb\nSize: 1\n' "$1"
	printf 'MD5sum: 0\nDescription: x\n%s\n' "${2:+Depends: $2
}"
}

# kernel VERSION: all packages of one as Debian 12 has them.
kernel() {
	package "linux-image-$1-amd64" kmod
	headers "$1"
}

headers() {
	package "linux-headers-$1-amd64" "linux-headers-$1-common, linux-kbuild-$1, \
linux-image-$1-amd64 | linux-image-$1-amd64-unsigned"
	package "linux-headers-$1-common" "" all
	package "linux-kbuild-$1"
}

# A kernel as it is packed since 6.13.
split_kernel() {
	local part
	package "linux-image-$1-amd64" \
		"linux-base-$1-amd64, linux-binary-$1-amd64, linux-modules-$1-amd64"
	for part in base binary modules; do
		package "linux-$part-$1-amd64"
	done
	headers "$1"
}

# suite ARCHIVE SUITE [ARCHITECTURE] <<packages
suite() {
	local dir=$scratch/$1/dists/$2/main/binary-${3:-amd64}
	mkdir -p "$dir"
	cat >"$dir/Packages"
}

fresh() {
	rm -rf "$scratch/cache" "$scratch/apt" "$scratch/main" "$scratch/security"
	mkdir -p "$CACHE/kernel" "$APT_ETC"
	printf 'ID=debian\nVERSION_ID="12"\n' >"$OS_RELEASE"
	printf 'deb file:%s/main bookworm main\n' "$scratch" >"$APT_ETC/sources.list"
	printf 'deb file:%s/security bookworm-security main\n' "$scratch" >>"$APT_ETC/sources.list"
	cat >"$KERNELS" <<-END
		current  host                            linux-image-6.12.*-amd64 # the guest's
		next     trixie-backports,trixie-security  linux-image-*-amd64
		other    trixie-backports                linux-headers-*-arm64
	END
	{ kernel 6.12.9+deb12; kernel 6.12.95+deb12; } | suite main bookworm-backports
	kernel 6.12.117+deb12 | suite security bookworm-security
}

# found NAME RELEASE
found() {
	(set -euo pipefail; find_package "$1" && echo "$PACKAGE" && [ "$RELEASE" = "$2" ])
}

newest_of_all() { fresh; found current 6.12.117+deb12-amd64; }

without_security() {
	fresh
	sed -i /security/d "$APT_ETC/sources.list"
	found current 6.12.95+deb12-amd64 >"$scratch/said" 2>&1 || return
	grep 'no archive with security suites: without bookworm-security' "$scratch/said"
}

incomplete() {
	fresh
	headers 6.12.118+deb12 | suite security bookworm-security
	found current 6.12.95+deb12-amd64
}

flavours() {
	fresh
	{
		kernel 6.12.95+deb12
		package linux-image-6.12-amd64
		package linux-image-6.12.99+deb12-rt-amd64
		package linux-image-6.13.1+deb12-amd64
		package linux-image-6.1.0-99-amd64
	} | suite security bookworm-security
	found current 6.12.95+deb12-amd64
}

split_image() {
	fresh
	{ kernel 6.12.117+deb13; split_kernel 7.3.4+deb13; } | suite main trixie-backports
	: | suite security trixie-security
	found next 7.3.4+deb13-amd64 &&
		[ "$(kernel_packages kernel-next linux-image-7.3.4+deb13-amd64 | tr '\n' ' ')" = \
			"linux-base-7.3.4+deb13-amd64 linux-binary-7.3.4+deb13-amd64 \
linux-headers-7.3.4+deb13-amd64 \
linux-headers-7.3.4+deb13-common linux-image-7.3.4+deb13-amd64 linux-kbuild-7.3.4+deb13:amd64 \
linux-modules-7.3.4+deb13-amd64 " ]
}

split_incomplete() {
	fresh
	{
		split_kernel 7.2.1+deb13
		split_kernel 7.3.4+deb13 | sed 's/^Package: linux-modules-7.3/&x/'
	} | suite main trixie-backports
	: | suite security trixie-security
	found next 7.2.1+deb13-amd64
}

other_architecture() {
	fresh
	package linux-kbuild-7.3.4+deb13 | suite main trixie-backports
	{
		package linux-headers-7.3.4+deb13-arm64 \
			"linux-headers-7.3.4+deb13-common, linux-kbuild-7.3.4+deb13" arm64
		package linux-headers-7.3.4+deb13-common "" all
	} | suite main trixie-backports arm64
	found other 7.3.4+deb13-arm64 &&
		kernel_packages kernel-other linux-headers-7.3.4+deb13-arm64 |
		grep -x linux-kbuild-7.3.4+deb13:amd64
}

none() {
	fresh
	: | suite main trixie-backports
	: | suite security trixie-security
	! found next x 2>"$scratch/said" && cat "$scratch/said" &&
		grep -q 'no complete package linux-image-\*-amd64' "$scratch/said"
}

kept() {
	fresh
	mkdir "$CACHE/kernel/6.12.95+deb12-amd64"
	RELEASE=6.12.95+deb12-amd64
	echo $RELEASE >"$CACHE/kernel/$RELEASE/release"
	! have_kernel current && name_kernel current && have_kernel current
}

changed_line() {
	sed -i 's/^current .*/current bookworm-backports linux-image-6.12.*-amd64/' "$KERNELS"
	! have_kernel current
}

release_of() { [ "$(kernel_suite current)/$(kernel_suite next)" = bookworm/trixie ]; }

tap_plan 11
tap_check "the newest, also if a security suite has it" newest_of_all
tap_check "no archive with security suites: said, and done without" without_security
tap_check "headers without an image are passed over" incomplete
tap_check "other flavours, other series and metapackages are passed over" flavours
tap_check "an image that is several packages" split_image
tap_check "an image that is several packages, one of which is missing, is passed over" \
	split_incomplete
tap_check "headers for another architecture, kbuild for this one" other_architecture
tap_check "no kernel: one sentence" none
tap_check "a kernel that was found is kept" kept
tap_check "a kernel is looked up again when its line changes" changed_line
tap_check "the release that a kernel is of" release_of
tap_done
