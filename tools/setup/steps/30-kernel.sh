# SPDX-License-Identifier: GPL-2.0-or-later
# Downloads the guest kernel, "current" of kernels.table. The kernel is kept until the table
# changes, or until tools/setup/kernels --update looks for a newer one.

STEP_TITLE="guest kernel"
STEP_MB=450

. "$SETUP_DIR/kernels.sh"

step_missing() {
	have_kernel current && [ -f "$CACHE/kernel/current/proved" ] || echo "guest kernel"
}

prove_module_build() {
	local dir=$WORK/hello build=$1
	mkdir -p "$dir"
	echo 'obj-m := hello.o' >"$dir/Makefile"
	cat >"$dir/hello.c" <<-'END'
		#include <linux/module.h>
		static int __init hello_init(void) { return 0; }
		static void __exit hello_exit(void) { }
		module_init(hello_init);
		module_exit(hello_exit);
		MODULE_DESCRIPTION("proof that modules build");
		MODULE_LICENSE("GPL");
	END
	run_logged "building a module for the guest kernel" make -C "$build" M="$dir" modules
	modinfo -F vermagic "$dir/hello.ko" | grep -q "^$RELEASE " ||
		die "a module built for the guest kernel $RELEASE is for" \
			"'$(modinfo -F vermagic "$dir/hello.ko")'."
}

step_run() {
	get_kernel current
	prove_module_build "$CACHE/kernel/$RELEASE/build"
	touch "$CACHE/kernel/$RELEASE/proved"
	name_kernel current
	detail "guest kernel $RELEASE; a module built against its headers carries its version"
}
