# SPDX-License-Identifier: GPL-2.0-or-later
# Small Debian systems in folders of the cache ("roots"), for what must be built
# or tried with another release's compiler and libraries. Root and users take the
# same way: a mount namespace of their own, in which a user is root by name only
# (that needs the package uidmap and a line for the user in /etc/subuid). Mounts
# therefore end with the command, however it ends. Sourced after lib.sh and apt.sh.

as_root_apart() {
	local user=()
	[ "$(id -u)" = 0 ] || user=(--map-root-user --map-auto)
	unshare "${user[@]}" --mount -- "$@"
}

check_roots() {
	command -v mmdebstrap >/dev/null ||
		die "mmdebstrap, which makes the systems to build in, is not installed: run 'make setup'."
	as_root_apart true 2>>"$LOG" ||
		die "this machine does not let $(id -un) have a mount namespace (unshare failed, see $LOG): be root, or have a line in /etc/subuid and /etc/subgid and unprivileged user namespaces allowed."
}

# The archives of a release as lines for apt: its main suite, and its security
# suite if apt's lists on this machine name an archive with security suites.
root_sources() {
	local suite uri key
	for suite in "$1" "$1-security"; do
		read -r uri key < <(suite_source "$suite") || continue
		apt_source_line deb "$uri" "$key" "$suite"
	done
}

# How this machine's apt reaches its archives: proxies, patience, credentials.
host_apt_options() {
	apt-config dump | grep -E '^Acquire::(http|https|Check|Retries|AllowRel)[^ ]* "[^"]+";' || :
	cat <<-END
		Dir::Etc::netrc "/etc/apt/auth.conf";
		Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
	END
}

remove_root() { [ ! -e "$1" ] || as_root_apart rm -rf --one-file-system "$1"; }

# make_root RELEASE DIR PACKAGE...: sees to it that DIR/root is a minimal system
# of that release (trixie) with these packages. One that is complete has
# DIR/packages; one that was begun, or has other packages, is made anew.
make_root() {
	local release=$1 dir=$2 include
	shift 2
	include=$(printf '%s\n' "$@" | sort -u | paste -sd ,)
	[ "$(cat "$dir/packages" 2>/dev/null)" != "$release $include" ] || return 0
	check_roots
	detail "making a minimal system of Debian $release with $include"
	mkdir -p "$(dirname "$dir")"
	(
		exec 8>"$dir.lock"
		flock -n 8 || { detail "another run makes it; waiting"; flock 8; }
		[ "$(cat "$dir/packages" 2>/dev/null)" != "$release $include" ] || exit 0
		trap "remove_root '$dir.new'" EXIT # "dir" is expanded now: fill_root has its own
		trap 'exit 130' INT
		trap 'exit 143' TERM
		fill_root "$release" "$dir.new" "$include"
		remove_root "$dir"
		mv -T "$dir.new" "$dir"
	) || exit
}

fill_root() {
	local release=$1 dir=$2 include=$3
	remove_root "$dir"
	mkdir -p "$dir"
	host_apt_options >"$dir/apt.conf"
	printf '\n$ mmdebstrap %s %s\n' "$release" "$include" >>"$LOG"
	root_sources "$release" |
		as_root_apart mmdebstrap --mode=root --variant=minbase --format=directory \
			--architectures=amd64 --include="$include" --aptopt="$dir/apt.conf" \
			"$release" "$dir/root" - 2>&1 8>&- |
		tee -a "$LOG" | sed -un 's/^I: /      /p' || {
		tail -n 25 "$LOG" >&2
		die "making a minimal system of Debian $release failed; the whole log is $LOG."
	}
	echo "$release $include" >"$dir/packages"
}

# Runs in the namespace; see in_root.
enter_root() {
	local root=$1 writable=$2 path
	shift 2
	mount --bind "$root" "$root" || return
	for path in /dev /proc /sys; do
		mount --rbind "$path" "$root$path" || return
	done
	mount -t tmpfs tmpfs "$root/tmp" || return
	while [ "$1" != -- ]; do
		path=$2
		mkdir -p "$root$path" && mount --bind "$path" "$root$path" || return
		[ "$1" = --write ] || mount -o remount,bind,ro "$root$path" || return
		shift 2
	done
	shift
	[ "$writable" = yes ] || mount -o remount,bind,ro "$root" || return
	exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# in_root [--writable] DIR [--read FOLDER]... [--write FOLDER]... -- COMMAND...
# Runs a command in the system DIR/root, which keeps what the command writes only
# with --writable. The folders of this machine are seen there under their own
# names; one that lies in another is named after it.
in_root() {
	local writable=no
	[ "$1" != --writable ] || { writable=yes; shift; }
	local root=$1/root
	shift
	as_root_apart bash -c "$(declare -f enter_root); enter_root \"\$@\"" in_root \
		"$root" $writable "$@"
}
