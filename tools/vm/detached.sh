# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that can be suspended, as they need no file of the host while the command runs, and the
# disk that a guest hibernates to. tools/vm/init/detached.c and disk.c are the guest's part.

check_detached_options() {
	[ $detached = 1 ] || [ -z "$disk${with[*]}" ] || die "--disk and --with need --detached"
	[ $detached = 0 ] && return
	[ "$snapshot$shell$trace" = 000 ] ||
		die "--detached cannot be used with --snapshot, --shell or --trace"
	[ -z "$disk" ] || [ -f "$disk" ] ||
		die "there is no $disk: 'truncate -s 1G $disk; mkswap $disk' makes a disk"
}

# find_program NAME: prints the path of a program or file, which the guest gets under that path.
find_program() {
	local path
	path=`type -P -- "$1"` || path=$1
	[ -f "$path" ] || die "there is no file $path for the guest"
	realpath -s -- "$path"
}

# with_needed PATH: prints the path, and those of libraries or of the interpreter that it needs.
with_needed() {
	local first
	echo "$1"
	read -r -n 128 first <"$1" 2>/dev/null
	case $first in
	'#!'*) first=${first#'#!'}; with_needed "`find_program ${first%% *}`" ;;
	*) ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' ;;
	esac
}

# Prints the files that a detached guest gets.
detached_files() {
	local name path
	[ $detached = 1 ] || return 0
	for name in "${command[0]}" "${with[@]}"; do
		path=`find_program "$name"` || exit 125
		with_needed "$path"
	done
	[ $driver = 0 ] || echo "$parts/firmware/pinion/mgmt.bin"
}

# A guest that has hibernated leaves these bytes at the end of the disk's first page.
has_hibernated() {
	[ -n "$disk" ] && [ "`tail -c +4087 "$disk" | head -c 9`" = S1SUSPEND ]
}

# The port has the number of the one for snapshots, which detached guests do not have.
add_detached() {
	[ $detached = 1 ] || return 0
	qemu+=(-chardev "file,id=status,path=$run/status"
		-device virtserialport,nr=4,chardev=status)
	[ -z "$disk" ] || qemu+=(-drive "file=$disk,if=none,id=disk,format=raw"
		-device virtio-blk-pci,drive=disk)
}
