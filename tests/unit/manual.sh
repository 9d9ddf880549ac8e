#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/docs/manual makes manual pages of what the header says, and refuses what does not fit.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Two functions and a page that describes both.
small() {
	cat >"$scratch/a.h" <<-'END'
		/**
		 * DOC: errors
		 *
		 * Errors everywhere: -EPERM: the process was forked;
		 * -ENOMEM: memory is short.
		 */

		/**
		 * struct pinion_s - a struct
		 * @one: first member, for pinion_a()
		 * @reserved: zero
		 */
		struct pinion_s {
			int one;
			int reserved;
		};

		/**
		 * pinion_a() - do a
		 * @b: number of things,
		 *	at most 7
		 * @c: array of @b pointers
		 *
		 * Text about a.
		 * Return: 0 if @b is 1; -EINVAL: @b is NULL, see pinion_c(); -EPERM.
		 */
		int pinion_a(int b, char (*c)[4]);
		/**
		 * pinion_c() - do c
		 *
		 * Return: as pinion_a(); -EPERM: not today; -ENOMEM.
		 */
		int pinion_c(void);
	END
	printf '%s\n' '.Sh NAME' '.Nm pinion_a ,' '.Nm pinion_c' '.Sh DESCRIPTION' 'Text.' \
		'@members pinion_s' \
		'.Sh SEE ALSO' '.Xr pinion 7' >"$scratch/pinion_a.3.in"
}

wanted() {
	cat <<-'END'
		.Sh NAME
		.Nm pinion_a ,
		.Nm pinion_c
		.Sh LIBRARY
		The Pinion runtime (libpinion, \-lpinion)
		.Sh SYNOPSIS
		.In pinion.h
		.Ft int
		.Fo pinion_a
		.Fa "int b"
		.Fa "char (*c)[4]"
		.Fc
		.Ft int
		.Fo pinion_c
		.Fa "void"
		.Fc
		.Sh DESCRIPTION
		Text.
		.Bl -tag -width timeout_ns
		.It Va one
		First member, for
		.Fn pinion_a .
		.El
		.Sh ARGUMENTS
		.Bl -tag -width timeout_ns
		.It Fa b
		Number of things, at most 7.
		.It Fa c
		Array of
		.Fa b
		pointers.
		.El
		.Sh RETURN VALUES
		.Fn pinion_a
		and
		.Fn pinion_c
		return 0 if
		.Fa b
		is 1, or a negative errno.
		.Sh ERRORS
		.Bl -tag -width timeout_ns
		.It Er \-EINVAL
		.Fa b
		is
		.Dv NULL ,
		see
		.Fn pinion_c .
		.It Er \-EPERM
		.Fn pinion_a :
		The process was forked.
		.Pp
		.Fn pinion_c :
		Not today.
		.It Er \-ENOMEM
		.Fn pinion_c :
		Memory is short.
		.El
		.Sh SEE ALSO
		.Xr pinion 7
	END
}

make_pages() {
	tools/docs/manual "$scratch/a.h" "$scratch" "$scratch"/*.3.in
}

page_of_both() {
	small
	touch "$scratch/pinion_old.3"
	make_pages && [ ! -e "$scratch/pinion_old.3" ] && wanted | diff - "$scratch/pinion_a.3" &&
		[ "$(cat "$scratch/pinion_c.3")" = ".so man3/pinion_a.3" ]
}

# refused SAYING SCRIPT: after a change of the header by sed.
refused() {
	small
	sed -i "$2" "$scratch/a.h"
	if make_pages 2>"$scratch/said"; then
		return 1
	fi
	cat "$scratch/said"
	grep -qxF "tools/docs/manual: $1" "$scratch/said"
}

# in_two_pages: the same page under two names.
in_two_pages() {
	small
	cp "$scratch/pinion_a.3.in" "$scratch/z.3.in"
	make_pages 2>&1 | grep -x "tools/docs/manual: pinion_a() has two pages"
	local status=$?
	rm "$scratch/z.3.in"
	return $status
}

in_no_page() {
	small
	sed -i '/pinion_c/d; s/ ,$//' "$scratch/pinion_a.3.in"
	make_pages 2>&1 | grep -x "tools/docs/manual: pinion_c: no page has it"
}

tap_plan 8
tap_check "a page of two functions" page_of_both
tap_check "an argument without a description" refused \
	"pinion_a() does not describe @c" '/@c:/d'
tap_check "an error without a reason" refused \
	"pinion_a() gives no reason for -EINVAL" 's/-EINVAL: @b is NULL, see pinion_c()/-EINVAL/'
tap_check "the errors of a function that is not there" refused \
	"pinion_c() returns what pinion_b() does, which is not there" 's/as pinion_a/as pinion_b/'
tap_check "a function that is not in the header" refused \
	"pinion_c() is not in the header" '/^int pinion_c/d'
tap_check "a struct that is not in the header" refused \
	"struct pinion_s is not in the header" 's/ \* struct pinion_s -/ * pinion_s -/'
tap_check "a function in two pages" in_two_pages
tap_check "a function in no page" in_no_page
tap_done
