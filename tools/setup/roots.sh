# SPDX-License-Identifier: GPL-2.0-or-later
# Small Debian systems in folders of the cache ("roots"), in which programs are built or run with
# the compiler and libraries of another release. Commands run in a mount namespace, so that all
# mounts end with the command. A user is root in a user namespace, too, which needs the package
# uidmap and a line for the user in /etc/subuid. To be sourced after lib.sh and apt.sh.

# as_root_apart COMMAND...: runs a command as root in a mount namespace.
as_root_apart() {
	local user=()
	[ "$(id -u)" = 0 ] || user=(--map-root-user --map-auto)
	unshare "${user[@]}" --mount -- "$@"
}

check_roots() {
	command -v mmdebstrap >/dev/null ||
		die "mmdebstrap, which makes the systems to build in, is missing: run 'make setup'."
	as_root_apart true 2>>"$LOG" ||
		die "this machine does not let $(id -un) have a mount namespace (unshare failed," \
			"see $LOG): run this as root, or allow unprivileged user namespaces and" \
			"add a line for $(id -un) to /etc/subuid and /etc/subgid."
}

# root_sources RELEASE: prints the archives of a release as lines for apt: the main suite, and the
# security suite if apt's lists on this machine name an archive with security suites.
root_sources() {
	local suite uri key
	for suite in "$1" "$1-security"; do
		read -r uri key < <(suite_source "$suite") || continue
		apt_source_line deb "$uri" "$key" "$suite"
	done
}

# Prints the options by which this machine's apt reaches its archives: proxies, time-outs,
# credentials.
host_apt_options() {
	apt-config dump | grep -E '^Acquire::(http|https|Check|Retries|AllowRel)[^ ]* "[^"]+";' || :
	cat <<-END
		Dir::Etc::netrc "/etc/apt/auth.conf";
		Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
	END
}

remove_root() { [ ! -e "$1" ] || as_root_apart rm -rf --one-file-system "$1"; }

# make_root RELEASE DIR PACKAGE...: makes DIR/root a minimal system of a release, such as trixie,
# with these packages. A complete system has the file DIR/packages. An incomplete one, or one with
# other packages, is made anew.
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
		flock -n 8 || { detail "waiting for another run that makes it"; flock 8; }
		[ "$(cat "$dir/packages" 2>/dev/null)" != "$release $include" ] || exit 0
		trap "remove_root '$dir.new'" EXIT # $dir is expanded now, as fill_root has another
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

# The part of in_root that runs in the mount namespace.
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
#
# Runs a command in the system DIR/root, which the command can write only with --writable. The
# FOLDERs of this machine have the same paths there. A folder inside of another must come after
# that one.
in_root() {
	local writable=no
	[ "$1" != --writable ] || { writable=yes; shift; }
	local root=$1/root
	shift
	as_root_apart bash -c "$(declare -f enter_root); enter_root \"\$@\"" in_root \
		"$root" $writable "$@"
}
