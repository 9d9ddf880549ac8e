#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's compile probes: when they are asked again, and when they stop the build.
set -u

here=$(cd "$(dirname "$0")" && pwd)
repo=${here%/tests/unit}
. "$here/../lib/tap.sh"

cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinion}
kernel=$(realpath "$cache/kernel/current/build")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pinion-probes.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
lines=$tree/driver/pinion_probes.h
object=$tree/driver/pinion_moderation.o

# What the checks are about; every build of the driver asks all that there are.
set -- control_fails control_passes driver_date drm_accel oldest wq_percpu
probes=$#
chosen=("${@/%/.c}")

# A tree as somebody has it who cloned the repository, but for the probes.
fresh() {
	rm -rf "$tree"
	mkdir -p "$tree/driver/probes"
	cp -r "$repo/Kbuild" "$repo/uapi" "$tree"
	cp "$repo"/driver/*.[ch] "$repo/driver/Kbuild" "$tree/driver"
	(cd "$repo/driver/probes" && cp probe.sh "${chosen[@]}" "$tree/driver/probes")
}

# build [FOLDER [ARGUMENT...]]: one object of the driver, and all probes before it.
build() {
	local folder=${1:-$tree}
	shift
	make -C "$kernel" M="$folder" V=1 "$@" \
		"$([ "$folder" = "$tree" ] && echo driver/)pinion_moderation.o" >"$scratch/log" 2>&1
}

# asked N: a build succeeds, and asks N probes.
asked() {
	local want=$1 n
	shift
	build "$@" || { tail -20 "$scratch/log"; return 1; }
	n=$(grep -c 'probe.sh ask' "$scratch/log")
	echo "$n probes were asked, not $want"
	[ "$n" = "$want" ]
}

# A kernel's folder of links to that of the guest, but for what will be written to.
copy_kernel() {
	local name copy=$scratch/kernel/$(basename "$kernel")
	mkdir -p "$copy/include/generated"
	for name in "$kernel"/../*; do
		ln -sfn "$(realpath "$name")" "$scratch/kernel/" 2>/dev/null
	done
	for name in "$kernel"/* "$kernel"/.[a-z]*; do
		ln -sfn "$(realpath "$name")" "$copy/" 2>/dev/null
	done
	for name in "$kernel"/include/* "$kernel"/include/generated/*; do
		ln -sfn "$(realpath "$name")" "$copy${name#"$kernel"}" 2>/dev/null
	done
	for name in Makefile Module.symvers include/generated/autoconf.h; do
		rm "$copy/$name"
		cp "$kernel/$name" "$copy/$name"
	done
	kernel=$copy
}

# stops TEXT: the build fails, with one sentence of ours, which has TEXT.
stops() {
	if build; then
		echo "it was built"
		return 1
	fi
	grep '^pinion: ' "$scratch/log" || tail -5 "$scratch/log"
	[ "$(grep -c '^pinion: ' "$scratch/log")" = 1 ] && grep -q "^pinion: .*$1" "$scratch/log"
}

# was_kept COMMAND...: it succeeds, and the object and the header are not written.
was_kept() {
	local before
	before=$(stat -c '%n %y' "$lines" "$object")
	"$@" && [ "$before" = "$(stat -c '%n %y' "$lines" "$object")" ]
}

has() {
	cat "$lines"
	grep -q "$1" "$lines"
}

tap_plan 17
fresh
tap_check "the first build asks every probe" asked "$probes"
tap_check "an answer that is yes" has '^#define PINION_HAS_CONTROL_PASSES 1$'
tap_check "an answer that is no, and why" has '^/. no CONTROL_FAILS: .*pci_enable_device'
tap_check "the second asks none, and writes nothing" was_kept asked 0
tap_check "other warnings: the same answers" was_kept asked 0 "$tree" KBUILD_MODPOST_WARN=1

echo '/* changed */' >>"$tree/driver/probes/wq_percpu.c"
tap_check "a probe that changes is asked, its answer is the same: nothing is built" \
	was_kept asked "$probes"
echo '#error "not here"' >>"$tree/driver/probes/driver_date.c"
touch -d '1 hour ago' "$tree/driver/probes/driver_date.c"
tap_check "even if its file is old" asked "$probes"
tap_check "its answer is another" has '^/. no DRIVER_DATE: '
tap_check "what the answer was for is built again" test "$object" -nt "$lines"

fresh
mv "$tree/uapi" "$tree/driver/uapi"
tap_check "the driver's folder with uapi in it builds, as DKMS has it" \
	asked "$probes" "$tree/driver"

fresh
echo '#error "broken"' >>"$tree/driver/probes/control_passes.c"
tap_check "the control that must pass" stops 'a right one does not compile'
fresh
echo 'int right;' >"$tree/driver/probes/control_fails.c"
sed -n '/^ \* Stop if/s|^|/*\n|p' "$repo/driver/probes/control_fails.c" \
	>>"$tree/driver/probes/control_fails.c"
echo ' */' >>"$tree/driver/probes/control_fails.c"
tap_check "the control that must fail" stops 'a wrong one compiles'
fresh
echo '#error "too old"' >>"$tree/driver/probes/oldest.c"
tap_check "a kernel that is too old" stops 'too old for the driver'

copy_kernel
fresh
tap_check "another kernel's folder" asked "$probes"
echo '#define CONFIG_OF_NOTHING 1' >>"$kernel/include/generated/autoconf.h"
tap_check "its configuration changes: all are asked" asked "$probes"
sed -i '/CONFIG_DRM_ACCEL /d' "$kernel/include/generated/autoconf.h"
tap_check "a kernel without DRM_ACCEL" stops 'built without CONFIG_DRM_ACCEL'
cp "$repo/driver/probes/control_passes.c" "$tree/driver/probes/drm_accel.c"
sed -i '/pci_enable_device/d' "$kernel/Module.symvers"
tap_check "a kernel without symbols" stops 'Module.symvers is empty'
tap_done
