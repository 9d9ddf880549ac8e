# SPDX-License-Identifier: GPL-2.0-or-later
# A simulated machine for set-up: an os-release, an apt configuration, a PATH and
# a cache of its own. Sourced by the set-up's tests.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cache_home=$scratch/cache
setup=$top/tools/setup/setup

# A Debian 12 whose mirror is port 9 (discard) of this machine, where nobody
# listens, and on which all else is in order but nothing is set up. The PATH is
# a folder of links, so that single commands can be replaced or taken away.
fresh() {
	rm -rf "${scratch:?}"/*
	mkdir -p "$scratch/bin" "$scratch/apt"
	printf 'ID=debian\nVERSION_ID="12"\n' >"$scratch/os-release"
	echo 'deb http://127.0.0.1:9/debian bookworm main' >"$scratch/apt/sources.list"
	ln -s /usr/bin/* "$scratch/bin"
	ln -sf /usr/sbin/* "$scratch/bin"
	fake dpkg 'echo amd64'
}

# fake COMMAND SCRIPT
fake() {
	rm -f "$scratch/bin/$1"
	printf '#!/bin/bash\n%s\n' "$2" >"$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
}

run_setup() {
	env -u CACHE -u http_proxy -u https_proxy PATH="$scratch/bin" XDG_CACHE_HOME="$cache_home" \
		PINION_OS_RELEASE="$scratch/os-release" PINION_APT_ETC="$scratch/apt" \
		"$setup" "$@" </dev/null
}
