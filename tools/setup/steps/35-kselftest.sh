# SPDX-License-Identifier: GPL-2.0-or-later
# The frame of the kernel's own tests, tools/testing/selftests, from Debian's source of the
# guest's kernel: the headers that a test includes, and the makefiles and scripts that build,
# install and run tests. They keep their paths in the kernel's tree.

STEP_TITLE="kernel's frame for selftests"
STEP_MB=160
SELFTESTS=tools/testing/selftests
SELFTEST_FILES="scripts/subarch.include $SELFTESTS/Makefile $SELFTESTS/lib.mk
	$SELFTESTS/kselftest.h $SELFTESTS/kselftest_harness.h $SELFTESTS/kselftest
	$SELFTESTS/run_kselftest.sh $SELFTESTS/kselftest_install.sh"

. "$SETUP_DIR/source.sh"

step_missing() {
	local dir
	dir=$CACHE/kselftest/$(cat "$CACHE/kernel/current/release" 2>/dev/null || :)
	[ -f "$dir/proved" ] && [ "$CACHE/kselftest/current" -ef "$dir" ] || echo "$STEP_TITLE"
}

# unpack_selftests DEB DIR: the package holds the source as one archive.
unpack_selftests() {
	dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$PACKAGE.tar.xz" |
		tar -xJ -C "$2" --strip-components=1 $(printf "$PACKAGE/%s " $SELFTEST_FILES)
}

# A test of two lines, which the kernel's harness must run.
prove_selftests() {
	cat >"$WORK/proof.c" <<-'END'
		#include "kselftest_harness.h"
		TEST(proof) { EXPECT_EQ(1, 1); }
		TEST_HARNESS_MAIN
	END
	run_logged "compiling a selftest" gcc -isystem "$1/$SELFTESTS" \
		-o "$WORK/proof" "$WORK/proof.c"
	"$WORK/proof" >"$WORK/proved" 2>&1 || :
	cat "$WORK/proved" >>"$LOG"
	grep -q '^ok 1 ' "$WORK/proved" ||
		die "a test made with the kernel's kselftest_harness.h does not pass; see $LOG."
}

step_run() {
	find_source current
	fetch_source current "$WORK/debs"
	detail "unpacking"
	mkdir -p "$WORK/kselftest" "$CACHE/kselftest"
	run_logged "unpacking $PACKAGE" unpack_selftests "$WORK"/debs/*.deb "$WORK/kselftest"
	prove_selftests "$WORK/kselftest"
	touch "$WORK/kselftest/proved"
	commit_dir "$WORK/kselftest" "$CACHE/kselftest/$RELEASE"
	point_current "$CACHE/kselftest/$RELEASE"
	detail "kselftest of $PACKAGE $VERSION; a test made with its harness passes"
}
