# SPDX-License-Identifier: GPL-2.0-or-later
# An installation of its own for each test. Sourced by bash, before tests/lib/tap.sh is used:
# sets top, scratch (removed at the end) and P, a prefix in it that is ready to be installed to.

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
P=$scratch/prefix
# Where modinfo is, which Debian leaves out of a user's PATH.
PATH=$PATH:/usr/sbin:/sbin
# The make that may have called this test is none of this test's business.
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX LIBDIR

# What Documentation/install.rst tells whoever is not root.
own_places=("PREFIX=$P" "FIRMWAREDIR=$P/firmware" "DKMSDIR=$P/src" "UDEVDIR=$P/udev"
	"MODPROBEDIR=$P/modprobe")

install_here() {
	make -s -C "$top" install "${own_places[@]}"
}

# The environment of somebody who has the installed files alone. clang and ld.lld have a version in
# their names on Debian, which the documentation leaves to the reader.
use_installed() {
	mkdir -p "$scratch/bin"
	make -s -C "$top" show-kernel-tools | while read -r name tool; do
		ln -sf "$(command -v "$tool")" "$scratch/bin/$name"
	done
	export PATH=$scratch/bin:$P/bin:$PATH LD_LIBRARY_PATH=$P/lib
	export PKG_CONFIG_PATH=$P/lib/pkgconfig CMAKE_PREFIX_PATH=$P
}

# The installed pinion-vm with a cache of its own, which is kept: to find out whether KVM works
# takes long. Kernel and driver are those of the tree.
guest() {
	(
		kernel=$(readlink -f "${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}/kernel/current")
		unset CACHE
		XDG_CACHE_HOME=$top/build/install-cache pinion-vm --kernel "$kernel" \
			--module "$top/build/driver/pinion.ko" "$@"
	)
}
