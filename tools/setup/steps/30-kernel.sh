# SPDX-License-Identifier: GPL-2.0-or-later
# The guest kernel: newest stock Debian 6.12 image with the headers to build a
# module for it, unpacked side by side and never installed on the host.

STEP_TITLE="guest kernel"
STEP_MB=450
SERIES=6.12

step_missing() {
	local k=$CACHE/kernel/current
	[ -f "$k/vmlinuz" ] && [ -f "$k/build/Makefile" ] && [ -f "$k/release" ] &&
		[ -f "$k/proved" ] || echo "guest kernel"
}

# The newest version whose image, headers, common headers and kbuild are all
# there: a suite can carry headers of a build whose signed image is still due.
newest_kernel() {
	papt kernel apt-cache pkgnames "linux-image-$SERIES." |
		grep -E "^linux-image-$SERIES\.[0-9]+\+[^-]*-amd64\$" | sort -Vr |
		while read -r image; do
			release=${image#linux-image-}
			[ -z "$(papt kernel apt-cache --quiet=0 show $(kernel_packages "$release") 2>&1 |
				grep '^[EN]:')" ] && echo "$release" && break
		done
}

kernel_packages() {
	local version=${1%-amd64}
	echo "linux-image-$1 linux-headers-$1 linux-headers-$version-common linux-kbuild-$version"
}

# Sets RELEASE from the first suite that carries a complete kernel.
find_kernel() {
	local uri key suite
	read -r uri key < <(host_mirror)
	RELEASE=
	for suite in $(suite_field 3 | tr , ' '); do
		apt_source_line deb "$uri" "$key" "$suite" | private_apt kernel
		detail "reading the package index of $suite"
		run_logged "reading the package index of $suite" papt kernel apt-get update
		RELEASE=$(newest_kernel)
		[ -z "$RELEASE" ] || return 0
	done
	die "the mirror $uri carries no complete Debian $SERIES kernel (looked in $(suite_field 3))."
}

fetch_kernel() {
	local packages mb
	packages=$(kernel_packages "$RELEASE")
	mkdir -p "$CACHE/downloads/kernel-$RELEASE"
	cd "$CACHE/downloads/kernel-$RELEASE"
	mb=$(papt kernel apt-get download --print-uris $packages | uris_mb)
	detail "kernel $RELEASE: downloading $mb MB"
	run_download "downloading the kernel" . "$mb" papt kernel apt-get download $packages
	cd /
}

# The headers' Makefile names the common headers by absolute path; ours finds
# them from its own folder. (The links to kbuild are relative already.)
relocate_headers() {
	local makefile=$1/usr/src/linux-headers-$RELEASE/Makefile

	sed -i 's|/usr/src/|$(dir $(abspath $(lastword $(MAKEFILE_LIST))))../|' "$makefile"
}

prove_module_build() {
	local dir=$WORK/hello build=$1
	mkdir -p "$dir"
	echo 'obj-m := hello.o' >"$dir/Makefile"
	cat >"$dir/hello.c" <<-'END'
		#include <linux/module.h>
		static int __init hello_init(void) { return 0; }
		static void __exit hello_exit(void) { }
		module_init(hello_init);
		module_exit(hello_exit);
		MODULE_DESCRIPTION("proof that modules build");
		MODULE_LICENSE("GPL");
	END
	run_logged "building a module for the guest kernel" make -C "$build" M="$dir" modules
	modinfo -F vermagic "$dir/hello.ko" | grep -q "^$RELEASE " ||
		die "a module built for the guest kernel says '$(modinfo -F vermagic "$dir/hello.ko")' instead of $RELEASE."
}

# depmod is the one thing that the image's installation script would have done.
unpack_kernel() {
	local root=$1/root deb
	mkdir -p "$root"
	for deb in "$CACHE/downloads/kernel-$RELEASE"/*.deb; do
		run_logged "unpacking $(basename "$deb")" dpkg-deb -x "$deb" "$root"
	done
	[ -e "$root/lib" ] || ln -s usr/lib "$root/lib" # images since Debian 13
	relocate_headers "$root"
	run_logged "indexing the kernel's modules" depmod -b "$root" "$RELEASE"
	ln -s "root/boot/vmlinuz-$RELEASE" "$1/vmlinuz"
	ln -s "root/lib/modules/$RELEASE" "$1/modules"
	ln -s "root/usr/src/linux-headers-$RELEASE" "$1/build"
	echo "$RELEASE" >"$1/release"
}

step_run() {
	local dir
	find_kernel
	dir=$CACHE/kernel/$RELEASE
	fetch_kernel
	detail "unpacking"
	unpack_kernel "$WORK/kernel"
	prove_module_build "$WORK/kernel/build"
	touch "$WORK/kernel/proved"
	mkdir -p "$CACHE/kernel"
	commit_dir "$WORK/kernel" "$dir"
	point_current "$dir"
	rm -rf "$CACHE/downloads/kernel-$RELEASE"
	detail "guest kernel $RELEASE; a module built against its headers carries its version"
}
