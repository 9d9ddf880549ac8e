# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that are made before set-up changes anything. Each ends with one sentence if it fails.

# LD_PRELOAD, QEMU's options, make and kbuild have lists separated by these characters.
check_path() {
	[[ $TOP != *[[:space:]:,]* ]] ||
		die "the path $TOP has a space, colon or comma in it," \
			"which make and QEMU cannot handle; move the repository."
}

check_debian() {
	local id version
	id=$(os_release ID)
	version=$(os_release VERSION_ID)
	[ "$id" = debian ] ||
		die "this machine runs '${id:-an unknown system}'," \
			"but set-up knows only Debian $(known_releases)."
	[ -n "$(suite_field 2)" ] ||
		die "this is Debian ${version:-of an unknown version}," \
			"but set-up knows only Debian $(known_releases)."
	[ "$(dpkg --print-architecture)" = amd64 ] ||
		die "this is Debian for $(dpkg --print-architecture)," \
			"but the guest kernel and the VM need amd64."
}

known_releases() {
	awk '/^[0-9]/ { printf "%s%s", sep, $1; sep = " or " }' "$SETUP_DIR/suites.table"
}

# Root is needed for packages only, and only if some are missing.
check_root() {
	local packages
	packages=$(missing_in "$SETUP_DIR/steps/10-packages.sh" | wc -l)
	[ "$packages" -gt 0 ] && [ "$(id -u)" != 0 ] || return 0
	command -v sudo >/dev/null ||
		die "$packages Debian packages are missing and can be installed only as root:" \
			"run this as root, or install sudo."
	sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } ||
		die "$packages Debian packages are missing," \
			"and sudo does not let you install them: run this as root."
}

# disk_needs STEP...: prints the disk space that the steps and the build need, "MB folder" a line.
disk_needs() {
	local step
	for step in "$@"; do
		case $step in
		*-packages.sh) echo "$(step_mb "$step") /usr" ;;
		*) echo "$(step_mb "$step") $CACHE" ;;
		esac
	done
	echo "$BUILD_MB $TOP"
}

step_mb() { (. "$1"; echo "$STEP_MB"); }

# check_disk WHAT: ends with a message if there is too little disk space for WHAT. Standard input
# has the space that WHAT needs, "MB folder" a line; for folders on one disk the numbers are added
# up.
check_disk() {
	local what=$1 need free dirs
	while read -r need free dirs; do
		die "$what about $need MB of disk in $dirs, but only $free MB are free there."
	done < <(while read -r need dirs; do
		echo "$need $dirs $(df -Pm "$dirs" | awk 'NR == 2 { print $4, $6 }')"
	done | awk '{
		need[$4] += $1
		free[$4] = $3
		if (!named[$2]++)
			dirs[$4] = dirs[$4] (dirs[$4] ? " and " : "") $2
	} END {
		for (disk in need)
			if (need[disk] > free[disk])
				print need[disk], free[disk], dirs[disk]
	}')
}

check_network() {
	local uri key suite
	suite=$(suite_field 2)
	read -r uri key < <(host_mirror) || :
	[ -n "${uri:-}" ] ||
		die "apt's source lists in $APT_ETC name no archive for $suite," \
			"which set-up needs to find a mirror."
	detail "mirror: $uri"
	mkdir -p "$CACHE/apt"
	if ! LC_ALL=C /usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=1 \
		-o Acquire::http::Timeout=20 download-file "$uri/dists/$suite/InRelease" \
		"$CACHE/apt/InRelease" >>"$LOG" 2>&1; then
		die "no network: the Debian mirror $uri cannot be reached (details in $LOG)."
	fi
	rm -f "$CACHE/apt/InRelease"
}
