# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the headers that a device for the installed QEMU is compiled with, from the Debian source
# package of that version of QEMU. QEMU itself is not built.

STEP_TITLE="QEMU headers"
STEP_MB=700

qemu_version() {
	dpkg-query -W -f '${source:Version}' qemu-system-x86 2>/dev/null
}

# Prints the folder for the installed version. Its name has no colon: make and LD_PRELOAD split
# there.
qemu_dir() { echo "$CACHE/qemu/$(qemu_version | tr : _)"; }

step_missing() {
	local dir
	dir=$(qemu_dir)
	[ -f "$dir/proved" ] && [ "$CACHE/qemu/current" -ef "$dir" ] || echo "QEMU headers"
}

fetch_qemu() {
	local version=$1 mb uri suite key
	while IFS=$'\t' read -r uri suite key; do
		apt_source_line deb-src "$uri" "$key" "$suite"
	done < <(host_sources | sort -u) | private_apt qemu
	detail "reading the index of source packages"
	run_logged "reading the index of source packages" papt qemu apt-get update
	mkdir -p "$CACHE/downloads/qemu"
	cd "$CACHE/downloads/qemu"
	mb=$(papt qemu apt-get source --download-only --print-uris "qemu=$version" 2>>"$LOG" |
		uris_mb) || die "the mirror has no source of the installed QEMU $version;" \
		"upgrade the package qemu-system-x86 and repeat set-up."
	detail "QEMU $version: downloading $mb MB"
	run_download "downloading QEMU's source" . "$mb" \
		papt qemu apt-get source --download-only "qemu=$version"
	cd /
}

# Prints the option that keeps this version's configure from downloading meson and other sources.
offline_option() {
	if grep -q -e --disable-download ../configure; then
		echo --disable-download
	else
		echo --with-git-submodules=ignore
	fi
}

# Generates headers, then removes the files that are not needed to compile a device.
generate_headers() {
	local src=$1 link
	mkdir "$src/b"
	cd "$src/b"
	detail "configuring"
	run_logged "configuring QEMU" ../configure --target-list=x86_64-softmmu \
		--without-default-features --enable-system --enable-tcg --enable-kvm \
		--enable-qom-cast-debug --disable-user --disable-tools --disable-docs \
		--disable-install-blobs --disable-werror $(offline_option)
	detail "generating headers"
	run_logged "generating QEMU's headers" ninja \
		$(ninja -t targets all | sed -n 's/^\([^:]*\.h\): CUSTOM_COMMAND.*/\1/p')
	ln -sfnr "$src/linux-headers/asm-x86" linux-headers/asm
	cd /
	find "$src/b" -type l -lname '/*' -delete
	rm -rf "$src"/{roms,tests,pc-bios,po,docs,linux-user,bsd-user,b/meson-*}
}

# device_cflags DIR: prints the compiler flags for a device, with headers in DIR.
device_cflags() {
	local src=$1/src flag flags="-std=gnu11 -fPIC -DNEED_CPU_H"
	flags+=" -DCONFIG_TARGET=\\\"x86_64-softmmu-config-target.h\\\""
	flags+=" -DCONFIG_DEVICES=\\\"x86_64-softmmu-config-devices.h\\\""
	for flag in b b/qapi b/trace b/ui . target/i386 tcg/i386; do
		flags+=" -I$src/$flag"
	done
	flags+=" -isystem $src/linux-headers -isystem $src/b/linux-headers"
	for flag in b . include tcg/i386; do
		flags+=" -iquote $src/$flag"
	done
	echo "$flags $(pkg-config --cflags glib-2.0 pixman-1)"
}

# Compiles a device without functions, which the installed QEMU must list when it is preloaded.
prove_device_build() {
	local so=$WORK/proof.so
	cat >"$WORK/proof.c" <<-'END'
		#include "qemu/osdep.h"
		#if __has_include("hw/pci/pci_device.h")
		#include "hw/pci/pci_device.h"
		#else
		#include "hw/pci/pci.h"
		#endif
		static void proof_realize(PCIDevice *dev, Error **errp) { }
		static void proof_class_init(ObjectClass *class, void *data)
		{
			PCI_DEVICE_CLASS(class)->realize = proof_realize;
			PCI_DEVICE_CLASS(class)->class_id = PCI_CLASS_OTHERS;
		}
		static const TypeInfo proof_type = {
			.name = "setup-proof",
			.parent = TYPE_PCI_DEVICE,
			.instance_size = sizeof(PCIDevice),
			.class_init = proof_class_init,
			.interfaces = (InterfaceInfo[]) {
				{ INTERFACE_CONVENTIONAL_PCI_DEVICE },
				{ }
			},
		};
		static void proof_register(void) { type_register_static(&proof_type); }
		type_init(proof_register)
	END
	run_logged "compiling a device for QEMU" \
		sh -c "gcc -shared -O1 -o '$so' $(cat "$1/cflags") '$WORK/proof.c'"
	LD_PRELOAD=$so qemu-system-x86_64 -device help 2>>"$LOG" |
		grep '"setup-proof"' >/dev/null ||
		die "the installed QEMU does not list a preloaded device compiled for it; see $LOG."
}

step_run() {
	local version dir
	version=$(qemu_version)
	dir=$(qemu_dir)
	fetch_qemu "$version"
	detail "unpacking"
	mkdir -p "$WORK/qemu" "$CACHE/qemu"
	cd "$WORK/qemu"
	run_logged "unpacking QEMU's source" dpkg-source --no-check --no-copy -x \
		"$CACHE/downloads/qemu/qemu_${version#*:}.dsc" src
	generate_headers "$WORK/qemu/src"
	device_cflags "$dir" >"$WORK/qemu/cflags"
	commit_dir "$WORK/qemu" "$dir"
	prove_device_build "$dir"
	touch "$dir/proved"
	point_current "$dir"
	rm -rf "$CACHE/downloads/qemu"
	detail "QEMU $version lists a device compiled against its headers"
}
