# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's source of the guest's kernel: the package linux-source of its series, in the
# version of the kernel itself. Sourced after lib.sh and apt.sh.

# find_source: sets RELEASE, what the guest's kernel calls itself, and PACKAGE and VERSION
# of its source.
find_source() {
	RELEASE=$(cat "$CACHE/kernel/current/release" 2>/dev/null) ||
		die "there is no guest kernel yet: run 'make setup' first."
	PACKAGE=linux-source-$(cut -d. -f1,2 <<<"$RELEASE")
	VERSION=$(papt kernel-current apt-cache show "linux-image-$RELEASE" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1)
	[ -n "$VERSION" ] || die "the package index of the guest kernel $RELEASE is gone:" \
		"run 'tools/setup/kernels --update current'."
}

# fetch_source DIR: downloads the package into the folder DIR, which it makes.
fetch_source() {
	local mb
	mkdir -p "$1"
	cd "$1"
	mb=$(papt kernel-current apt-get download --print-uris "$PACKAGE=$VERSION" 2>>"$LOG" |
		uris_mb) ||
		die "the mirror has no $PACKAGE $VERSION any more;" \
			"run 'tools/setup/kernels --update current' for a newer guest kernel."
	detail "$PACKAGE $VERSION: downloading $mb MB"
	run_download "downloading the kernel's source" . "$mb" \
		papt kernel-current apt-get download "$PACKAGE=$VERSION"
	cd /
}
