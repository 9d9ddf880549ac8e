#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The mirror and its keyring are found in both forms of apt's source lists.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tab=$'\t'

# read_as EXPECTED FILE <<text: the lines that sources.awk prints for it.
read_as() {
	local got
	cat >"$scratch/$2"
	got=$(awk -v KEYFILE="$scratch/key.asc" -f "$here/../../tools/setup/sources.awk" \
		"$scratch/$2")
	echo "got: $got"
	[ "$got" = "$1" ]
}

tap_plan 9

tap_check "one line" read_as "http://m/debian${tab}bookworm${tab}-" a.list <<'END'
deb http://m/debian bookworm main contrib
END
tap_check "one line with options" read_as "http://m/debian${tab}bookworm${tab}/k.gpg" a.list <<'END'
deb [ arch=amd64 signed-by=/k.gpg ] http://m/debian bookworm main # comment
END
tap_check "comments, sources, CD-ROMs and foreign components are passed over" \
	read_as "" a.list <<'END'
# deb http://m/debian bookworm main
deb-src http://m/debian bookworm main
deb cdrom:[Debian]/ bookworm main
deb http://other/apt stable tools
END
tap_check "deb822" read_as "http://m/debian${tab}bookworm${tab}/k.gpg
http://m/debian${tab}bookworm-updates${tab}/k.gpg" a.sources <<'END'
# the main archive
Types: deb deb-src
URIs: http://m/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /k.gpg
END
tap_check "deb822 with two entries, one of them switched off" \
	read_as "http://b/debian${tab}trixie${tab}-" a.sources <<'END'
Enabled: no
Types: deb
URIs: http://a/debian
Suites: trixie
Components: main

Types: deb
URIs: http://b/debian
Suites: trixie
Components: main
END
tap_check "deb822 with a folded field" read_as "http://a/debian${tab}trixie${tab}-
http://b/debian${tab}trixie${tab}-" a.sources <<'END'
Types: deb
URIs: http://a/debian
 http://b/debian
Suites: trixie
Components: main
END
embedded() {
	read_as "http://a/debian${tab}trixie${tab}$scratch/key.asc" a.sources <<'END' || return
Types: deb
URIs: http://a/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abcd
 -----END PGP PUBLIC KEY BLOCK-----
END
	cat "$scratch/key.asc"
	[ "$(sed '/^$/d' "$scratch/key.asc" | wc -l)" = 3 ] && grep -q '^abcd$' "$scratch/key.asc"
}
tap_check "deb822 with the key in it" embedded
tap_check "no list at all" read_as "" a.list </dev/null
tap_check "an unfinished last line" read_as "http://m/debian${tab}bookworm${tab}-" a.list \
	< <(printf 'deb http://m/debian bookworm main')

tap_done
