#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reproducer outside the tree, such as one that comes with a bug report, is built with the tests'
# rig and the headers of the tree alone, as Documentation/testing.rst says.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
build=(cc -D_GNU_SOURCE -Wall -Wextra -Werror -Iuapi -Itests -Itests/selftests
	-I/usr/include/libdrm)

reproducer() {
	cat >"$scratch/reproducer.c" <<-END
		#include "rig.h"
		#include "../isolation/code.h"

		int main(void)
		{
			struct rig rig;

			rig_open(&rig, 4);
			if (rig_run(&rig).res)
				$1
			return 0;
		}
	END
	"${build[@]}" -o "$scratch/reproducer" "$scratch/reproducer.c" \
		build/rig/selftests/rig.o -luring -ldrm -pthread
}

tap_plan 2
tap_check "it is built, and gives up by tests/tap.h" reproducer 'tap_bail("a job fails");'
tap_check "without a card it says so" bash -c "'$scratch/reproducer' | grep -q 'SKIP no card'"
tap_done
