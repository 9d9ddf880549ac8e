#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What make install puts where, that nothing of it leads back to the tree, and that make uninstall
# takes away just that.
. "$(dirname "$0")/lib.sh"

root=$scratch/root
CACHE=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}

list() {
	(cd "$1" && find . ! -type d | sort)
}

staged() {
	make -s -C "$top" install DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib/here
}

each_part_is_there() {
	local file missing=0
	cd "$root"
	for file in usr/lib/here/libpinion.{so,so.1,a} usr/include/pinion.h \
		usr/include/pinion/pinion_{accel,kernel,packet}.h usr/share/man/man3/pinion_submit.3 \
		usr/share/man/man7/pinion.7 usr/share/pinion/{kernel.ld,libpinion-kernel.a} \
		usr/share/pinion/kernels/{vecadd,gemm}.elf usr/share/pinion/examples/hello.c \
		usr/lib/here/pkgconfig/pinion{,-kernel}.pc usr/lib/here/cmake/pinion/pinion-config.cmake \
		usr/bin/pinion-{vm,search,fwsign} lib/firmware/pinion/mgmt.bin lib/udev/rules.d/60-pinion.rules \
		lib/modprobe.d/pinion.conf usr/src/pinion-*/{dkms.conf,Kbuild,uapi/pinion_accel.h}; do
		[ -e "$file" ] || { echo "$file is missing"; missing=1; }
	done
	return $missing
}

# Folders on the way to the tree, such as /home, may well be named; the tree may not.
no_path_of() {
	! grep -rlF -e "$1" "$2"
}

no_rpath_but_relative() {
	local file bad=0
	while read -r file; do
		readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' | grep -v '\[\$ORIGIN' && bad=1
	done < <(find "$root" -type f -perm -100)
	return $bad
}

links_lead_inside() {
	[ -z "$(find "$root" -xtype l)" ] && [ -z "$(find "$root" -lname '/*')" ]
}

paths_are_the_installed() {
	PKG_CONFIG_PATH=$root/usr/lib/here/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
		pkg-config --libs pinion | grep -x -- '-L/usr/lib/here -lpinion *' &&
		PKG_CONFIG_PATH=$root/usr/lib/here/pkgconfig pkg-config --libs pinion-kernel |
		grep -F -- '--script=/usr/share/pinion/kernel.ld'
}

one_version() {
	local version
	version=$(PKG_CONFIG_PATH=$root/usr/lib/here/pkgconfig pkg-config --modversion pinion)
	[ -f "$root/usr/lib/here/libpinion.so.$version" ] &&
		[ "$(modinfo -F version "$top/build/driver/pinion.ko")" = "$version" ] &&
		grep -x "PACKAGE_VERSION=\"$version\"" "$root/usr/src/pinion-$version/dkms.conf"
}

# Whoever has an older lld than the build's links it.
nothing_for_debuggers() {
	! riscv64-unknown-elf-readelf -SW "$root/usr/share/pinion/libpinion-kernel.a" | grep -F .debug
}

cmake_knows_includedir() {
	local config=$scratch/headers/usr/lib/here/cmake/pinion/pinion-config.cmake
	make -s -C "$top" install DESTDIR="$scratch/headers" PREFIX=/usr LIBDIR=/usr/lib/here INCLUDEDIR=/opt/headers
	grep -F '/../../../../../opt/headers"' "$config" && ! grep -F '/include"' "$config"
}

odd_places_refused() {
	local place
	for place in "PREFIX=/opt/a b" "PREFIX=/opt/a&b" PREFIX=/opt/a:b PREFIX=opt LIBDIR=lib "MANDIR=/opt/it's"; do
		make -s -C "$top" install DESTDIR="$scratch/odd" "$place" 2>&1 | tee "$scratch/errors"
		[ "${PIPESTATUS[0]}" = 2 ] && [ "$(wc -l <"$scratch/errors")" = 1 ] &&
			grep -qF "but must be an absolute path of" "$scratch/errors" || return 1
	done
	[ -z "$(find "$scratch" -maxdepth 1 -name 'odd*')" ]
}

# again_changes_nothing COMMAND...: one that installs.
again_changes_nothing() {
	local before after
	before=$(cd "$root" && find . -type f -exec sha256sum {} + | sort)
	"$@" || return
	after=$(cd "$root" && find . -type f -exec sha256sum {} + | sort)
	[ "$before" = "$after" ]
}

# sudo gives make root's HOME, where nothing is set up.
by_sudo() {
	env -u CACHE -u XDG_CACHE_HOME HOME="$scratch" SUDO_USER="$(id -un)" make -s -C "$top" install \
		DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib/here
}

uninstalled() {
	touch "$root/usr/include/mine.h" "$root/usr/share/pinion/mine"
	make -s -C "$top" uninstall DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib/here
	[ "$(list "$root")" = "./usr/include/mine.h
./usr/share/pinion/mine" ]
}

no_empty_folder_is_left() {
	rm "$root/usr/share/pinion/mine" && rmdir "$root/usr/share/pinion" &&
		[ -z "$(find "$root" -type d -path '*pinion*')" ]
}

refused_in_words() {
	local said
	! said=$(make -s -C "$top" install PREFIX=/proc/none 2>&1) && [[ $said == *"DESTDIR="* ]]
}

everything_is_below_the_prefix() {
	install_here && [ "$(list "$P" | wc -l)" = "$count" ]
}

# uninstall_while_dkms_says TEXT: a dkms of the test's own, as the machine's may have something to say.
uninstall_while_dkms_says() {
	mkdir -p "$scratch/fake"
	printf '#!/bin/sh\necho "%s"\n' "$1" >"$scratch/fake/dkms" && chmod +x "$scratch/fake/dkms" &&
		PATH=$scratch/fake:$PATH make -s -C "$top" uninstall "${own_places[@]}" 2>&1
}

not_while_dkms_has_it() {
	local said
	! said=$(uninstall_while_dkms_says "pinion/1.2.0: added") &&
		[[ $said == *"dkms remove pinion/"*"--all"* ]] && [ -f "$P/include/pinion.h" ]
}

all_is_gone() {
	uninstall_while_dkms_says "" && [ -z "$(list "$P")" ]
}

tap_plan 19
tap_check "make install DESTDIR= PREFIX= LIBDIR=" staged
count=$(list "$root" | wc -l)
tap_check "each part is there" each_part_is_there
tap_check "no file names the source tree" no_path_of "$top" "$root"
tap_check "no file names DESTDIR" no_path_of "$root" "$root"
tap_check "no rpath but relative ones" no_rpath_but_relative
tap_check "the archive for kernels has nothing for debuggers" nothing_for_debuggers
tap_check "links lead to what is installed" links_lead_inside
tap_check "pkg-config says the installed paths" paths_are_the_installed
tap_check "library, driver and DKMS have one version" one_version
tap_check "a second make install changes nothing" again_changes_nothing staged
if [ "$(readlink -m "$CACHE")" = "$(readlink -m "$(getent passwd "$(id -un)" | cut -d: -f6)/.cache/pinion")" ]; then
	tap_check "nor does one with sudo" again_changes_nothing by_sudo
else
	tap_skip "nor does one with sudo" "the cache is not in this user's home"
fi
tap_check "make uninstall leaves what it did not install" uninstalled
tap_check "no folder of Pinion's stays behind empty" no_empty_folder_is_left
tap_check "the CMake package finds headers where INCLUDEDIR is" cmake_knows_includedir
tap_check "a place that is relative or has odd characters is refused" odd_places_refused
tap_check "a place that cannot be written is refused in words" refused_in_words
tap_check "with a place of one's own for each, nothing goes elsewhere" everything_is_below_the_prefix
tap_check "make uninstall waits until DKMS has let go of the driver" not_while_dkms_has_it
tap_check "when it has, nothing stays" all_is_gone
tap_done
