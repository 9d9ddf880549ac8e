# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel and the initramfs that QEMU boots. They are made from the kernel's package, the
# driver's dependencies and tools/vm/init, and kept in build/vm under a checksum of those inputs.

# Sets vmlinuz and modules from --kernel, and module if no option named it.
find_kernel() {
	local dir=$kernel
	[ -n "$kernel" ] || find_installed_kernel
	if [ -f "$kernel" ]; then
		vmlinuz=$kernel modules=$(dirname "$kernel")/modules
	elif [ ! -d "$kernel" ] && [ ! -d "$cache/kernel/$kernel" ] &&
		[ -d "/lib/modules/$kernel" ]; then
		vmlinuz=/boot/vmlinuz-$kernel modules=/lib/modules/$kernel
		[ -f "$vmlinuz" ] || vmlinuz=$modules/vmlinuz
	else
		[ -d "$kernel" ] || dir=$cache/kernel/$kernel
		vmlinuz=$dir/vmlinuz modules=$dir/modules
	fi
	# Since 6.13 the package has vmlinuz beside the modules.
	[ -d "$modules" ] || modules=${modules%/*}
	vmlinuz=$(readlink -f "$vmlinuz") modules=$(readlink -f "$modules")
	[ -f "$vmlinuz" ] ||
		die "no kernel '$kernel' in $dir or /lib/modules: run 'make setup' first"
	[ -f "$modules/modules.dep" ] || die "no modules of kernel '$kernel' in $modules"
	[ $driver = 0 ] || [ -n "$module" ] || find_installed_module
}

check_built() {
	local program
	for program in init tsc-khz; do
		[ -x "$parts/vm/$program" ] ||
			die "$parts/vm/$program is not built: run 'make' first"
	done
	[ "$cards" = 0 ] || [ -f "$parts/card/pinion-card.so" ] ||
		die "$parts/card/pinion-card.so is not built: run 'make' first"
	[ $driver = 0 ] || [ -f "$module" ] || die "$module is not built: run 'make' first"
}

# Prints the files of the modules $@ and of their dependencies, dependencies first.
module_files() {
	local name root=${modules%/lib/modules/*}
	for name; do
		modprobe -d "$root" -S "${modules##*/}" --show-depends "$name" || return 1
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# unpack_kernel BZIMAGE VMLINUX: unpacks the kernel, which under emulation would take most of a
# second to unpack itself. QEMU can start the result if it has a PVH entry (an ELF note of type 18).
unpack_kernel() {
	local sectors offset length unpack
	sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$1")
	offset=$(od -An -tu4 -j $((0x248)) -N 4 "$1")
	length=$(od -An -tu4 -j $((0x24c)) -N 4 "$1")
	offset=$(((sectors + 1) * 512 + offset))
	case $(od -An -tx1 -j $offset -N 4 "$1" | tr -d ' ') in
	28b52ffd) unpack="zstd -dcq" ;;
	fd377a58) unpack="xz -dc" ;;
	1f8b*) unpack="gzip -dc" ;;
	*) return 1 ;;
	esac
	# The last 4 bytes are the unpacked size, which zstd, xz and gzip would take for garbage.
	tail -c +$((offset + 1)) "$1" | head -c $((length - 4)) | $unpack >"$2" 2>/dev/null
	readelf -n "$2" 2>/dev/null | grep -q '0x00000012'
}

unpack() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dcq "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# add_modules TREE FILE...: copies the modules into the tree, unpacked and without type information,
# which takes time to load. Prints the paths of the modules in the initramfs.
add_modules() {
	local tree=$1 file name
	shift
	for file; do
		name=${file##*/}
		name=${name%%.*}.ko
		unpack "$file" >"$tree/$name" || return 1
		objcopy --remove-section=.BTF "$tree/$name" || return 1
		echo "/$name"
	done
}

# Adds driver and firmware for a guest that is to be saved, as it has no file system of the host.
add_driver() {
	local ko
	ko=$(add_modules "$1" "$module") && mkdir -p "$1/lib/firmware/pinion" || return 1
	[ "$ko" = /pinion.ko ] || mv "$1$ko" "$1/pinion.ko" || return 1	# the name that init loads
	cp "$parts/firmware/pinion/mgmt.bin" "$1/lib/firmware/pinion"
}

# Prints the file of the driver of ACPI's power button, which wakes a guest that is suspended to
# idle; nothing for a kernel without that module.
wake_modules() {
	[ $detached = 0 ] || module_files button 2>/dev/null
}

make_image() {
	local dir=$1 tree=$1/tree
	mkdir -p "$tree" || return 1
	cp "$parts/vm/init" "$tree/init" || return 1
	add_modules "$tree" $(module_files 9pnet_virtio 9p) $(wake_modules) \
		>"$tree/modules.root" || return 1
	add_modules "$tree" $(module_files $depends) >"$tree/modules.driver" || return 1
	[ $snapshot = 0 ] || add_driver "$tree" || return 1
	[ -z "$disk" ] || add_modules "$tree" $(module_files virtio_blk) >"$tree/modules.disk" ||
		return 1
	(cd "$tree" && find . | cpio -o -H newc --quiet) >"$dir/initramfs" || return 1
	# Started at its PVH entry, the kernel would not come back from a suspend to RAM, and kexec
	# takes no other kernel than a bzImage.
	{ [ $detached$kexec$kdump = 000 ] && unpack_kernel "$vmlinuz" "$dir/kernel"; } ||
		cp "$vmlinuz" "$dir/kernel" || return 1
	rm -r "$tree"
}

# Sets image to the folder with kernel and initramfs, and makes the folder if there is none.
find_image() {
	local key work
	find_kernel
	check_built
	depends=
	[ $driver = 0 ] || depends=$(modinfo -F depends "$module" | tr , ' ')
	key=$({
		stat -c '%n %s %Y' "$vmlinuz" "$modules/modules.dep"
		cat "$here/image.sh" "$parts/vm/init"
		echo "$depends $detached$kexec$kdump ${disk:+disk}"
		[ $snapshot = 0 ] || cat "$module" "$parts/firmware/pinion/mgmt.bin"
	} | sha256sum)
	image=$build/vm/image-${key:0:16}
	[ -d "$image" ] && return
	mkdir -p "$build/vm" && work=$(mktemp -d "$build/vm/work-XXXXXX") ||
		die "cannot write to $build/vm"
	make_image "$work" || { rm -rf "$work"; die "cannot make the guest's initramfs"; }
	mv -T "$work" "$image" 2>/dev/null || rm -rf "$work"	# another pinion-vm was faster
	ls -dt "$build"/vm/image-* | tail -n +9 | xargs -r -d '\n' rm -rf
}
