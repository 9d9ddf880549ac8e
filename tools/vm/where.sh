# SPDX-License-Identifier: GPL-2.0-or-later
# Where things are: in the source tree, or as make install put them.
#
# parts   what was built: vm/init, vm/tsc-khz, card/pinion-card.so, firmware/
# build   the one folder that the guest can write; runs and images go to build/vm
# repo    the tree or PREFIX, which stays visible in the guest even if it is below /tmp
# kernel, module   what is booted and loaded unless options say otherwise; empty:
#                  what is installed on this machine

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

# Sets kernel to the newest on this machine that has the driver, if that is asked for.
find_installed_kernel() {
	local release
	for release in $(ls /lib/modules 2>/dev/null | sort -rV); do
		if [ $driver = 0 ] || modinfo -k "$release" -n pinion >/dev/null 2>&1; then
			kernel=$release
			return
		fi
	done
	die "no kernel in /lib/modules has the driver: install one of 6.12 or newer, its headers and dkms, then run 'dkms install pinion/VERSION -k RELEASE'; or name --kernel and --module"
}

# Sets module to what modprobe would load for the kernel whose modules are in $modules.
find_installed_module() {
	module=$(modinfo -b "${modules%/lib/modules/*}" -k "${modules##*/}" -n pinion 2>/dev/null) ||
		die "${modules##*/} has no driver: run 'dkms install pinion/VERSION -k ${modules##*/}', or name it with --module"
}
