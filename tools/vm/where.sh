# SPDX-License-Identifier: GPL-2.0-or-later
# The folders that pinion-vm uses, in the source tree or as make install has placed them.
#
# parts    folder of the built files: vm/init, vm/tsc-khz, card/pinion-card.so, firmware/
# build    the only folder that the guest can write; runs and images are in build/vm
# repo     the tree or PREFIX, which stays visible in the guest even if it is below /tmp
# kernel   kernel to boot unless --kernel names one; empty: the one installed on this machine
# module   driver to load unless --module names one; empty: the one installed on this machine

cache=${CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pinion}

case $here in
*/tools/vm)
	repo=${here%/tools/vm}
	build=$repo/build parts=$repo/build
	kernel=current module=$build/driver/pinion.ko ;;
*)
	repo=${here%/libexec/pinion/vm}
	build=$(readlink -m "$cache") parts=${here%/vm}
	kernel= module= ;;
esac
readonly kernel_default=${kernel:-the newest in /lib/modules that has it}
readonly module_default=${module:-the one that DKMS built for that kernel}

# Sets kernel to the newest kernel on this machine; unless --no-driver is given, to the newest that
# has the driver.
find_installed_kernel() {
	local release
	for release in $(ls /lib/modules 2>/dev/null | sort -rV); do
		if [ $driver = 0 ] || modinfo -k "$release" -n pinion >/dev/null 2>&1; then
			kernel=$release
			return
		fi
	done
	die "no kernel in /lib/modules has the driver: install one of 6.12 or newer, its headers" \
		"and dkms, then run 'dkms install pinion/VERSION -k RELEASE';" \
		"or use --kernel and --module"
}

# Sets module to the driver that modprobe would load for the kernel whose modules are in $modules.
find_installed_module() {
	local root=${modules%/lib/modules/*} release=${modules##*/}
	module=$(modinfo -b "$root" -k "$release" -n pinion 2>/dev/null) ||
		die "$release has no driver: run 'dkms install pinion/VERSION -k $release'," \
			"or name the driver with --module"
}
