#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What would be wrong in the documentation fails its build, in a small tree of three pages.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset MAKEFLAGS MAKELEVEL
export PYTHONDONTWRITEBYTECODE=1

# A sound tree: a page of each kind, a header and a manual page.
fresh() {
	rm -rf "$scratch"/*
	mkdir -p "$scratch"/{Documentation,uapi,libruntime/man}
	cp -r "$top"/Documentation/{conf.py,sphinx} "$scratch/Documentation"
	cp "$top/uapi/pinion_version.h" "$scratch/uapi"
	cat >"$scratch/uapi/a.h" <<-'END'
		/**
		 * struct thing - a thing
		 * @size: bytes of the thing
		 */
		struct thing {
			int size;
		};
	END
	printf '.Dd $Mdocdate$\n.Dt A 7\n.Os\n.Sh NAME\n.Nm a\n.Nd a page\n' \
		>"$scratch/libruntime/man/a.7"
	printf 'Index\n=====\n\n.. toctree::\n\n   page\n   reference\n' \
		>"$scratch/Documentation/index.rst"
	printf 'Page\n====\n\nSee :doc:`index`.\n' \
		>"$scratch/Documentation/page.rst"
	cat >"$scratch/Documentation/reference.rst" <<-'END'
		Reference
		=========

		.. kernel-doc:: uapi/*.h

		.. manual-pages:: libruntime/man/*.7
	END
}

build() {
	make -s --no-print-directory -C "$top" docs docs-src="$scratch/Documentation" \
		docs-out="$scratch/out" >"$scratch/said" 2>&1
}

sound_tree() {
	fresh
	build || { cat "$scratch/said"; return 1; }
	grep -q 'bytes of the thing' "$scratch/out/html/reference.html" &&
		grep -q 'href="man/a.7.html"' "$scratch/out/html/reference.html" &&
		grep -q 'class="Nd"' "$scratch/out/html/man/a.7.html"
}

# refused MESSAGE: the build fails and says so.
refused() {
	! build && grep -q -- "$1" "$scratch/said" || { cat "$scratch/said"; return 1; }
}

dead_link() {
	fresh
	echo 'See :doc:`nowhere`.' >>"$scratch/Documentation/page.rst"
	refused "page.rst:4: WARNING: unknown document: 'nowhere'"
}

page_without_a_place() {
	fresh
	printf 'Lost\n====\n' >"$scratch/Documentation/lost.rst"
	refused "lost.rst: WARNING: document isn't included in any toctree"
}

member_without_a_word() {
	fresh
	sed -i '/@size/d' "$scratch/uapi/a.h"
	refused "member 'size' not described in 'thing'"
}

# A struct and a function of one name are no mistake where the reference has a namespace.
struct_and_function() {
	fresh
	printf '/**\n * thing() - make a thing\n *\n * Return: 0.\n */\nint thing(void);\n' \
		>>"$scratch/uapi/a.h"
	refused 'Duplicate C declaration' || return
	sed -i 's/^.. kernel-doc::.*/&\n   :namespace: a/' "$scratch/Documentation/reference.rst"
	build || { cat "$scratch/said"; return 1; }
	grep -q 'make a thing' "$scratch/out/html/reference.html"
}

reference_of_nothing() {
	fresh
	echo 'struct other;' >"$scratch/uapi/a.h"
	refused 'no kernel-doc comment in uapi/\*.h'
}

errors_of_nothing() {
	fresh
	cp "$top"/uapi/pinion_{caps,errors,regs}.h "$scratch/uapi"
	printf '\n.. error-table:: BOOT\n' >>"$scratch/Documentation/page.rst"
	build || { cat "$scratch/said"; return 1; }
	grep -q 'The file is not a Pinion firmware image' "$scratch/out/html/page.html" || return 1
	sed -i 's/error-table:: BOOT/error-table:: FORMAT/' "$scratch/Documentation/page.rst"
	refused 'the range FORMAT has no rows'
}

tap_plan 7
tap_check "a sound tree becomes HTML" sound_tree
tap_check "a dead link fails the build" dead_link
tap_check "so does a page that no table of contents has" page_without_a_place
tap_check "so does a struct's member without a description" member_without_a_word
tap_check "so do a struct and a function of one name, outside a namespace" struct_and_function
tap_check "so does a reference of files without a comment" reference_of_nothing
tap_check "so does a table of errors that nobody has defined" errors_of_nothing
tap_done
