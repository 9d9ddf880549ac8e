# SPDX-License-Identifier: GPL-2.0-or-later
# Helpers shared by the set-up steps. Sourced by bash.

# depmod and modinfo are in these folders, which Debian leaves out of a user's PATH.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
detail() { printf '      %s\n' "$*"; }

# die SENTENCE: prints a message on stderr and exits. The EXIT trap in setup removes what was begun.
die() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

# run_logged WHAT COMMAND...: runs a command with its output in the log; if the command fails, shows
# the end of the output.
run_logged() {
	local what=$1 start rc=0
	shift
	start=$(wc -c <"$LOG")
	printf '\n$ %s\n' "$*" >>"$LOG"
	if [ -n "${VERBOSE:-}" ]; then
		"$@" 2>&1 | tee -a "$LOG"
		rc=${PIPESTATUS[0]}
	else
		"$@" >>"$LOG" 2>&1 || rc=$?
	fi
	[ "$rc" = 0 ] && return
	[ -n "${VERBOSE:-}" ] || tail -c +$((start + 1)) "$LOG" | tail -n 25 >&2
	die "$what failed (exit status $rc); the whole output is in $LOG."
}

# run_watched WHAT SHOW COMMAND...: runs a command, and every few seconds the function SHOW, which
# prints the command's progress.
run_watched() {
	local what=$1 show=$2
	shift 2
	(
		trap 'kill $!; exit 0' TERM
		while sleep 5 & wait $!; do
			$show
		done
	) &
	WATCHER=$!
	run_logged "$what" "$@"
	stop_watcher
}

# run_download WHAT DIR TOTAL_MB COMMAND...: runs a command that downloads into DIR, and prints how
# much has arrived.
run_download() {
	local what=$1 dir=$2 total=$3 before
	shift 3
	before=$(du -sm "$dir" | cut -f1)
	run_watched "$what" show_arrived "$@"
}

show_arrived() { detail "$(($(du -sm "$dir" | cut -f1) - before)) of $total MB"; }

stop_watcher() {
	[ -n "${WATCHER:-}" ] || return 0
	kill "$WATCHER" 2>/dev/null || :
	wait "$WATCHER" 2>/dev/null || :
	WATCHER=
}

# commit_dir NEW FINAL: renames a complete folder to its final name, so that an interrupted step
# never leaves an incomplete folder of that name.
commit_dir() {
	local new=$1 final=$2
	rm -rf "$final.old"
	[ ! -e "$final" ] || mv "$final" "$final.old"
	mv "$new" "$final"
	rm -rf "$final.old"
}

# point_current DIR [NAME]: makes the link NAME ("current" if there is no NAME) beside DIR point at
# DIR, atomically.
point_current() {
	local link
	link=$(dirname "$1")/${2:-current}
	ln -sfn "$(basename "$1")" "$link.new"
	mv -T "$link.new" "$link"
}

# os_release NAME: prints the value of a variable in os-release.
os_release() {
	[ ! -f "$OS_RELEASE" ] ||
		sed -n "s/^$1=\"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}\$/\\1/p" "$OS_RELEASE"
}

# suite_field COLUMN: prints a column of the line in suites.table for this machine's release.
suite_field() {
	awk -v v="$(os_release VERSION_ID)" -v c="$1" '$1 == v { print $c }' \
		"$SETUP_DIR/suites.table"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}
