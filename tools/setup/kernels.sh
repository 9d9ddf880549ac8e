# SPDX-License-Identifier: GPL-2.0-or-later
# The kernels of kernels.table: stock Debian images with the headers to build modules, unpacked into
# CACHE/kernel/RELEASE and never installed on the host. CACHE/kernel/NAME is a link to the kernel
# of the table's line NAME. CACHE/kernel/NAME.line has the line as it was when the kernel was
# looked up: as long as the line stays the same, no mirror is asked. To be sourced after lib.sh
# and apt.sh.

KERNELS=$SETUP_DIR/kernels.table

kernel_names() { sed 's/#.*//' "$KERNELS" | awk 'NF { print $1 }'; }

# kernel_line NAME: prints the kernel's line in the table, "suite,suite package", with the suites of
# this machine's release in place of "host".
kernel_line() {
	sed 's/#.*//' "$KERNELS" | awk -v name="$1" -v host="$(suite_field 3)" '
		$1 == name { print $2 == "host" ? host : $2, $3 }'
}

# kernel_suite NAME: prints the codename of the Debian release that the kernel is from.
kernel_suite() {
	local suites
	suites=$(kernel_line "$1")
	echo "${suites%%[-, ]*}"
}

have_kernel() {
	local link=$CACHE/kernel/$1
	[ -f "$link/release" ] && [ "$(cat "$link.line" 2>/dev/null)" = "$(kernel_line "$1")" ]
}

# kernel_packages APT PACKAGE: prints all packages of a kernel whose image or headers are PACKAGE.
# Since about 6.13 the package of an image depends on further packages with parts of the image. The
# programs of kbuild run on this machine, so that their package is for amd64.
kernel_packages() {
	local apt=$1 release=${2#linux-*-} headers
	headers=linux-headers-$release
	{
		printf '%s\n' "$2" "$headers"
		papt "$apt" apt-cache depends "$2" "$headers" |
			sed -n 's/^[ |]*Depends: <*\([^ <>:]*\).*/\1/p' |
			grep -F -- "-${release%-*}" | grep -v '^linux-image-'
	} | sed 's/^linux-kbuild-.*/&:amd64/' | sort -u
}

# newest_package APT PATTERN: prints the newest package of which the suite has all packages that
# kernel_packages names. A suite can have the headers of a kernel before the signed image.
newest_package() {
	local apt=$1 names=${2//./\\.} package all lacks
	names=${names/\*/[0-9][^-]*[+][^-]*}
	papt "$apt" apt-cache pkgnames "${2%%\**}" | grep -x -E -- "$names" | sort -Vr |
		while read -r package; do
			all=$(kernel_packages "$apt" "$package") || :
			lacks=$(papt "$apt" apt-cache --quiet=0 show $all 2>&1 | grep '^[EN]:') || :
			[ -n "$lacks" ] || { echo "$package"; break; }
		done
}

kernel_sources() {
	local suite uri key
	for suite; do
		if read -r uri key < <(suite_source "$suite"); then
			apt_source_line deb "$uri" "$key" "$suite"
		else
			detail "apt's source lists name no archive with security suites:" \
				"without $suite" >&2
		fi
	done
}

# find_package NAME: sets PACKAGE to the package that the table's line stands for today, and
# RELEASE to the release of that kernel.
find_package() {
	local apt=kernel-$1 suites pattern
	read -r suites pattern < <(kernel_line "$1") || die "$KERNELS has no kernel '$1'."
	suites=${suites//,/ }
	kernel_sources $suites | private_apt "$apt" "${pattern##*-}"
	detail "reading the package index of $suites"
	run_logged "reading the package index of $suites" papt "$apt" apt-get update
	PACKAGE=$(newest_package "$apt" "$pattern") || :
	[ -n "$PACKAGE" ] ||
		die "$suites: no complete package $pattern there; see kernel '$1' in $KERNELS."
	RELEASE=${PACKAGE#linux-*-}
}

fetch_kernel() {
	local apt=kernel-$1 packages mb
	packages=$(kernel_packages "$apt" "$PACKAGE")
	mkdir -p "$CACHE/downloads/kernel-$RELEASE"
	cd "$CACHE/downloads/kernel-$RELEASE"
	mb=$(papt "$apt" apt-get download --print-uris $packages | uris_mb)
	detail "kernel $RELEASE: downloading $mb MB"
	run_download "downloading the kernel" . "$mb" papt "$apt" apt-get download $packages
	cd /
}

# Makes the headers' Makefile find the common headers relative to its own folder, in place of an
# absolute path. (The links to kbuild are relative already.)
relocate_headers() {
	local makefile=$1/usr/src/linux-headers-$RELEASE/Makefile

	sed -i 's|/usr/src/|$(dir $(abspath $(lastword $(MAKEFILE_LIST))))../|' "$makefile"
}

# unpack_image DIR: completes an unpacked image. Of what the package's installation script would do,
# only depmod is needed.
unpack_image() {
	local vmlinuz=root/boot/vmlinuz-$RELEASE
	[ -f "$1/$vmlinuz" ] || vmlinuz=root/lib/modules/$RELEASE/vmlinuz
	[ -f "$1/$vmlinuz" ] || die "the packages of kernel $RELEASE hold no vmlinuz."
	run_logged "indexing the kernel's modules" depmod -b "$1/root" "$RELEASE"
	ln -s "$vmlinuz" "$1/vmlinuz"
	ln -s "root/lib/modules/$RELEASE" "$1/modules"
}

unpack_kernel() {
	local root=$1/root deb
	mkdir -p "$root"
	for deb in "$CACHE/downloads/kernel-$RELEASE"/*.deb; do
		run_logged "unpacking $(basename "$deb")" dpkg-deb -x "$deb" "$root"
	done
	[ -e "$root/lib" ] || ln -s usr/lib "$root/lib" # images since Debian 13
	relocate_headers "$root"
	case $PACKAGE in
	linux-image-*) unpack_image "$1" ;;
	esac
	ln -s "root/usr/src/linux-headers-$RELEASE" "$1/build"
	echo "$RELEASE" >"$1/release"
}

# get_kernel NAME: sets RELEASE and makes CACHE/kernel/RELEASE, unless it exists. The caller has
# made the folder WORK.
get_kernel() {
	find_package "$1"
	[ ! -f "$CACHE/kernel/$RELEASE/release" ] || return 0
	fetch_kernel "$1"
	detail "unpacking"
	unpack_kernel "$WORK/kernel"
	mkdir -p "$CACHE/kernel"
	commit_dir "$WORK/kernel" "$CACHE/kernel/$RELEASE"
	rm -rf "$CACHE/downloads/kernel-$RELEASE"
}

# name_kernel NAME: makes CACHE/kernel/NAME a link to RELEASE.
name_kernel() {
	point_current "$CACHE/kernel/$RELEASE" "$1"
	kernel_line "$1" >"$CACHE/kernel/$1.line"
}
