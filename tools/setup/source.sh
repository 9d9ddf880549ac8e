# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's source of a kernel of kernels.table that is in the cache: the package linux-source of its
# series, in the version of the kernel itself. Sourced after lib.sh and apt.sh.

# find_source KERNEL: sets RELEASE, what the kernel calls itself, and PACKAGE and VERSION of the
# source.
find_source() {
	RELEASE=$(cat "$CACHE/kernel/$1/release" 2>/dev/null) ||
		die "there is no kernel '$1' yet:" \
			"run 'make setup' and 'tools/setup/kernels $1' first."
	PACKAGE=linux-source-$(cut -d. -f1,2 <<<"$RELEASE")
	VERSION=$(papt "kernel-$1" apt-cache show "linux-image-$RELEASE" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1)
	[ -n "$VERSION" ] || die "the package index of the kernel $RELEASE is gone:" \
		"run 'tools/setup/kernels --update $1'."
}

# fetch_source KERNEL DIR: downloads the package into the folder DIR, which it makes.
fetch_source() {
	local kernel=$1 mb
	mkdir -p "$2"
	cd "$2"
	mb=$(papt "kernel-$kernel" apt-get download --print-uris "$PACKAGE=$VERSION" 2>>"$LOG" |
		uris_mb) ||
		die "the mirror has no $PACKAGE $VERSION any more;" \
			"run 'tools/setup/kernels --update $kernel' for a newer kernel."
	detail "$PACKAGE $VERSION: downloading $mb MB"
	run_download "downloading the kernel's source" . "$mb" \
		papt "kernel-$kernel" apt-get download "$PACKAGE=$VERSION"
	cd /
}
