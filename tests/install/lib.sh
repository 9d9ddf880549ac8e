# SPDX-License-Identifier: GPL-2.0-or-later
# Gives each test an installation of its own. Sourced by bash in place of tests/lib/tap.sh. Sets
# top (the source tree), scratch (a folder that is removed at the end) and P (a prefix in scratch to
# install to).

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
P=$scratch/prefix
# modinfo lies in sbin, which Debian leaves out of a user's PATH.
PATH=$PATH:/usr/sbin:/sbin
# Variables of the make that may have called this test must not reach the make that it calls.
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX LIBDIR

# The variables that Documentation/install.rst names for users who are not root.
own_places=("PREFIX=$P" "FIRMWAREDIR=$P/firmware" "DKMSDIR=$P/src" "UDEVDIR=$P/udev"
	"SYSUSERSDIR=$P/sysusers" "MODPROBEDIR=$P/modprobe")

install_here() {
	make -s -C "$top" install "${own_places[@]}"
}

# Set up an environment in which only the installed files are found. On Debian the names of clang
# and ld.lld end with a version, which the documentation leaves to the reader.
use_installed() {
	mkdir -p "$scratch/bin"
	make -s -C "$top" show-kernel-tools | while read -r name tool; do
		ln -sf "$(command -v "$tool")" "$scratch/bin/$name"
	done
	export PATH=$scratch/bin:$P/bin:$PATH LD_LIBRARY_PATH=$P/lib
	export PKG_CONFIG_PATH=$P/lib/pkgconfig CMAKE_PREFIX_PATH=$P
}

# guest ARGUMENT...: run the installed pinion-vm with the tree's kernel and driver. It has a cache
# of its own, which is kept for the next test, as finding out whether KVM works takes long.
guest() {
	(
		cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}
		kernel=$(readlink -f "$cache/kernel/current")
		unset CACHE
		XDG_CACHE_HOME=$top/build/install-cache pinion-vm --kernel "$kernel" \
			--module "$top/build/driver/pinion.ko" "$@"
	)
}
