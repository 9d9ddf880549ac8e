#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks where make install puts each file, that no file leads back to the source tree, and that
# make uninstall removes what was installed and nothing else.
. "$(dirname "$0")/lib.sh"

root=$scratch/root
CACHE=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}

list() {
	(cd "$1" && find . ! -type d | sort)
}

lib=usr/lib/here
places=(PREFIX=/usr "LIBDIR=/$lib")
parts=("$lib"/libpinion.{so,so.1,a} "$lib"/pkgconfig/pinion{,-kernel}.pc
	"$lib/cmake/pinion/pinion-config.cmake"
	usr/include/pinion.h usr/include/pinion/pinion_{accel,errors,kernel,packet}.h
	usr/share/man/man3/pinion_submit.3 usr/share/man/man7/pinion{,-errors}.7
	usr/share/pinion/{kernel.ld,libpinion-kernel.a} usr/share/pinion/kernels/{vecadd,gemm}.elf
	usr/share/pinion/examples/hello.c usr/bin/pinion-{vm,search,fwsign}
	lib/firmware/pinion/mgmt.bin lib/udev/rules.d/60-pinion.rules lib/modprobe.d/pinion.conf
	lib/sysusers.d/pinion.conf)

staged() {
	make -s -C "$top" install DESTDIR="$root" "${places[@]}"
}

each_part_is_there() {
	local file missing=0
	cd "$root"
	for file in "${parts[@]}" usr/src/pinion-*/{dkms.conf,Kbuild,uapi/pinion_accel.h}; do
		[ -e "$file" ] || { echo "$file is missing"; missing=1; }
	done
	return $missing
}

# no_path_of FOLDER INSTALLED: no installed file contains the name of the folder. Names of folders
# above it, such as /home, are allowed.
no_path_of() {
	! grep -rlF -e "$1" "$2"
}

# A secret key is 32 bytes: in hexadecimal digits, as the files of firmware/keys have it, as raw
# bytes, or in base64.
no_secret_key() {
	local hex file escaped
	for file in "$top"/firmware/keys/*.key; do
		hex=$(grep -xE '[0-9a-f]{64}' "$file") || return 1
		escaped=$(sed 's/../\\x&/g' <<<"$hex")
		LC_ALL=C grep -rlaiE -e "$hex" -e "$(printf "$escaped" | base64)" "$root" &&
			return 1
		LC_ALL=C grep -rlaP -e "$escaped" "$root" && return 1
	done
	! find "$root" -name '*.key' -o -name '*.pem' | grep .
}

no_rpath_but_relative() {
	local file bad=0
	while read -r file; do
		readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' |
			grep -v '\[\$ORIGIN' && bad=1
	done < <(find "$root" -type f -perm -100)
	return $bad
}

links_lead_inside() {
	[ -z "$(find "$root" -xtype l)" ] && [ -z "$(find "$root" -lname '/*')" ]
}

paths_are_the_installed() {
	PKG_CONFIG_PATH=$root/$lib/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
		pkg-config --libs pinion | grep -x -- "-L/$lib -lpinion *" &&
		PKG_CONFIG_PATH=$root/$lib/pkgconfig pkg-config --libs pinion-kernel |
		grep -F -- '--script=/usr/share/pinion/kernel.ld'
}

one_version() {
	local version
	version=$(PKG_CONFIG_PATH=$root/$lib/pkgconfig pkg-config --modversion pinion)
	[ -f "$root/$lib/libpinion.so.$version" ] &&
		[ "$(modinfo -F version "$top/build/driver/pinion.ko")" = "$version" ] &&
		grep -x "PACKAGE_VERSION=\"$version\"" "$root/usr/src/pinion-$version/dkms.conf"
}

# An lld that is older than the build's must be able to link the archive, and may not know the
# format of debug sections.
nothing_for_debuggers() {
	local archive=$root/usr/share/pinion/libpinion-kernel.a
	! riscv64-unknown-elf-readelf -SW "$archive" | grep -F .debug
}

cmake_knows_includedir() {
	local config=$scratch/headers/$lib/cmake/pinion/pinion-config.cmake
	make -s -C "$top" install DESTDIR="$scratch/headers" "${places[@]}" INCLUDEDIR=/opt/headers
	grep -F '/../../../../../opt/headers"' "$config" && ! grep -F '/include"' "$config"
}

odd_places_refused() {
	local place
	for place in "PREFIX=/opt/a b" "PREFIX=/opt/a&b" PREFIX=/opt/a:b PREFIX=opt LIBDIR=lib \
		"MANDIR=/opt/it's"; do
		make -s -C "$top" install DESTDIR="$scratch/odd" "$place" 2>&1 |
			tee "$scratch/errors"
		[ "${PIPESTATUS[0]}" = 2 ] && [ "$(wc -l <"$scratch/errors")" = 1 ] &&
			grep -qF "but must be an absolute path of" "$scratch/errors" || return 1
	done
	[ -z "$(find "$scratch" -maxdepth 1 -name 'odd*')" ]
}

# again_changes_nothing COMMAND...: a command that installs leaves all files as they are.
again_changes_nothing() {
	local before after
	before=$(cd "$root" && find . -type f -exec sha256sum {} + | sort)
	"$@" || return
	after=$(cd "$root" && find . -type f -exec sha256sum {} + | sort)
	[ "$before" = "$after" ]
}

# With sudo, make gets the HOME of root, where nothing is set up.
by_sudo() {
	env -u CACHE -u XDG_CACHE_HOME HOME="$scratch" SUDO_USER="$(id -un)" \
		make -s -C "$top" install DESTDIR="$root" "${places[@]}"
}

cache_is_at_home() {
	local home
	home=$(getent passwd "$(id -un)" | cut -d: -f6)
	[ "$(readlink -m "$CACHE")" = "$(readlink -m "$home/.cache/pinion")" ]
}

uninstalled() {
	touch "$root/usr/include/mine.h" "$root/usr/share/pinion/mine"
	make -s -C "$top" uninstall DESTDIR="$root" "${places[@]}"
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

# uninstall_while_dkms_says TEXT: uninstall while dkms prints TEXT. The test has a dkms of its own,
# as the machine's dkms may know the driver already.
uninstall_while_dkms_says() {
	local dkms=$scratch/fake/dkms
	mkdir -p "$scratch/fake"
	printf '#!/bin/sh\necho "%s"\n' "$1" >"$dkms" && chmod +x "$dkms" &&
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

tap_plan 20
tap_check "make install with DESTDIR, PREFIX and LIBDIR" staged
count=$(list "$root" | wc -l)
tap_check "each part is there" each_part_is_there
tap_check "no file names the source tree" no_path_of "$top" "$root"
tap_check "no file names DESTDIR" no_path_of "$root" "$root"
tap_check "no file has a secret key in it" no_secret_key
tap_check "no rpath but relative ones" no_rpath_but_relative
tap_check "the archive for kernels has nothing for debuggers" nothing_for_debuggers
tap_check "links lead to what is installed" links_lead_inside
tap_check "pkg-config says the installed paths" paths_are_the_installed
tap_check "library, driver and DKMS have one version" one_version
tap_check "a second make install changes nothing" again_changes_nothing staged
if cache_is_at_home; then
	tap_check "make install with sudo changes nothing either" again_changes_nothing by_sudo
else
	tap_skip "make install with sudo changes nothing either" \
		"the cache is not in this user's home"
fi
tap_check "make uninstall leaves what it did not install" uninstalled
tap_check "no folder of Pinion's stays behind empty" no_empty_folder_is_left
tap_check "the CMake package finds headers where INCLUDEDIR is" cmake_knows_includedir
tap_check "a place that is relative or has odd characters is refused" odd_places_refused
tap_check "a place that cannot be written is refused in words" refused_in_words
tap_check "with a place named for each kind of file, nothing goes elsewhere" \
	everything_is_below_the_prefix
tap_check "make uninstall refuses while DKMS has the driver" not_while_dkms_has_it
tap_check "make uninstall without DKMS leaves nothing" all_is_gone
tap_done
