# SPDX-License-Identifier: GPL-2.0-or-later
# A run: its folder, through which host and guest exchange data, its processes, and its end.

# The folder for the folders of runs, and for results that hold until the machine boots again. In a
# guest it is a tmpfs (tools/vm/init/mounts.c): the host does not see locks taken in a guest, so
# that host and guest would remove each other's folders if they shared one.
case ${PINION_VM_RUN-} in
"$build"/vm/?*) runs=$PINION_VM_RUN/guests ;;
*) runs=$build/vm ;;
esac

# Prints the part of the caller's environment that the command gets.
passed_environment() {
	local name
	for name in `compgen -e`; do
		case $name in
		PINION_VM_* | PINION_MODULE | PINION_MODULES) ;;
		PATH | HOME | TERM | USER | LOGNAME | SHELL | LANG | LC_* | TZ | CI | CACHE | \
		XDG_CACHE_HOME | LD_LIBRARY_PATH | PKG_CONFIG_PATH | PINION_*)
			printf '%s=%s\0' "$name" "${!name}" ;;
		esac
	done
	printf '%s\0' PINION_VM=1 "PINION_VM_RUN=$run" "PINION_MODULE=$module" \
		"PINION_MODULES=${modules%/lib/modules/*}"
}

# Prints the folders that the run needs and that the guest's tmpfs on /tmp, /run or /dev/shm would
# hide: the guest makes them visible again.
kept_paths() {
	local path elsewhere=
	[ $driver = 0 ] || [[ $module == "$build"/* ]] || elsewhere=${module%/*}
	for path in "$repo" "`pwd -P`" "`readlink -f "$cache"`" ${elsewhere:+"$elsewhere"}; do
		case $path/ in
		"$repo"/?*/) ;;
		/tmp/?*/ | /run/?*/ | /dev/shm/?*/) printf '%s\0' "$path" ;;
		esac
	done
}

# Removes the folders of runs that were killed by SIGKILL, which nobody holds a lock on any more.
# The process id in a folder's name is no proof that the run lives: it may be of another container.
remove_stale_runs() {
	local dir
	for dir in "$runs"/{run,saving}-*; do
		[ ! -d "$dir" ] || ! flock -n "$dir" true 2>/dev/null || rm -rf "$dir"
	done
}

# Unpacks a compressed module: the kernel cannot, as DKMS makes xz write checksums it does not know.
unpack_driver() {
	[ $driver = 1 ] && [[ $module != *.ko ]] || return 0
	unpack "$module" >"$run/pinion.ko" || die "cannot unpack $module"
	module=$run/pinion.ko
}

# claim_run PREFIX: sets run to a new folder whose name begins with PREFIX, and locks the folder.
# QEMU inherits the lock, which is therefore held until the last process of the run ends. A lock on
# $runs is held meanwhile, so that no other pinion-vm takes the new folder for that of a dead run.
claim_run() {
	local all name
	mkdir -p "$runs" && exec {all}<"$runs" || die "cannot write to $runs"
	flock $all
	remove_stale_runs
	name=$runs/$1-$$
	while [ -e "$name" ]; do name+=x; done	# a process of another container has the same id
	run=$name
	mkdir "$run" && exec {lock}<"$run" || die "cannot write to $runs"
	flock $lock
	exec {all}>&-
}

# Called before there is anything to clean up, as a signal may come at any time. If a signal with a
# trap comes while bash 5.2 reads $(...), bash loses the signal. So code that runs after this call,
# except in a process of its own, uses `...` instead.
clean_up_at_end() {
	run= qemu_pid= out_pid= err_pid= clock_pid= terminal=
	trap 'clean_up' EXIT
	trap 'stop_by INT' INT
	trap 'stop_by TERM' TERM
	trap 'stop_by HUP' HUP
}

start_run() {
	clean_up_at_end
	claim_run run
	unpack_driver
	printf '%s\0' "build=$build" "cwd=$PWD" "driver=$driver" "tty=$shell" "trace=$trace" \
		"module=$module" "detached=$detached" "kexec=$kexec" "kdump=$kdump" \
		"image=$image" \
		>"$run/options"
	printf '%s\0' "${command[@]}" >"$run/argv"
	passed_environment >"$run/env"
	kept_paths >"$run/keep"
	detached_files | tr '\n' '\0' >"$run/files"
	[ ${PIPESTATUS[0]} = 0 ] || exit 125
	mkfifo "$run/out" "$run/err"
	[ "$snapshot" = 0 ] || mkfifo "$run"/control.{in,out}
}

# Processes are waited for by their ids, because bash would otherwise report each as killed.
clean_up() {
	local pids="$qemu_pid $clock_pid $out_pid $err_pid"
	trap - EXIT
	{
		kill -KILL $pids
		wait $pids
	} 2>/dev/null
	[ -z "$terminal" ] || stty "$terminal"
	[ -z "$run" ] || rm -rf "$run"
}

stop_by() {
	clean_up
	trap - "$1"
	kill -s "$1" $$
}

# Pipes are opened for both directions first, so that no open has to wait for the other end.
start_readers() {
	exec {out}<>"$run/out" {err}<>"$run/err"
	[ "$snapshot" = 0 ] || exec {wake}<>"$run/control.in"
	cat <"$run/out" {out}>&- {err}>&- &
	out_pid=$!
	cat <"$run/err" >&2 {out}>&- {err}>&- &
	err_pid=$!
}

start_clock() {
	[ "$timeout" = 0 ] && return
	setpriv --pdeathsig KILL sleep "$timeout" {out}>&- {err}>&- </dev/null >/dev/null 2>&1 &
	clock_pid=$!
}

# QEMU gets a terminal as standard input only for --shell: else it would take the caller's input.
start_qemu() {
	local launch=(setpriv --pdeathsig KILL -- "${qemu[@]}")
	if [ $shell = 1 ]; then
		terminal=`stty -g`
		"${launch[@]}" <&0 2>"$run/qemu" {out}>&- {err}>&- &
	elif [ -t 0 ]; then
		"${launch[@]}" </dev/null >"$run/qemu" 2>&1 {out}>&- {err}>&- &
	else
		"${launch[@]}" <&0 >"$run/qemu" 2>&1 {out}>&- {err}>&- &
	fi
	qemu_pid=$!
}

# Sets ended to what ended first: qemu; out, if the reader of the output is gone; or clock.
wait_for_end() {
	local pid
	while :; do
		wait -n -p pid $qemu_pid $clock_pid $out_pid 2>/dev/null
		qemu_status=$?
		case $pid in
		"$qemu_pid") ended=qemu; qemu_pid= ; return ;;
		"$out_pid") ended=out; out_pid= ; return ;;
		"${clock_pid:-none}") ended=clock; clock_pid= ; return ;;
		esac
	done
}

drain_readers() {
	exec {out}>&- {err}>&-
	wait $out_pid $err_pid
	out_pid= err_pid=
}

show_log() {
	tr -d '\r' 2>/dev/null <"$run/console" | tail -n "$1" | sed 's/^/pinion-vm: guest: /' >&2
}

show_qemu() {
	sed 's/^/pinion-vm: qemu: /' "$run/qemu" >&2
}

# Called last, so that the reason stands below the command's own messages.
show_refused() {
	[ ! -f "$run/refused" ] || sed 's/^/pinion-vm: /' "$run/refused" >&2
}

finish() {
	local status
	if [ -s "$run/status" ]; then
		[ $verbose = 0 ] || { show_qemu; show_log 100000; }
		show_refused
		read -r status <"$run/status"
		exit "$status"
	fi
	! has_hibernated || exit 123
	show_qemu
	show_log 60
	if grep -q 'Kernel panic' "$run/console" 2>/dev/null; then
		die "the guest's kernel panicked"
	fi
	die "the guest ended before the command did (QEMU: $qemu_status)"
}

supervise() {
	start_readers
	start_qemu
	wake_guest
	start_clock
	wait_for_end
	case $ended in
	qemu) drain_readers; finish ;;
	out) clean_up; trap - PIPE; kill -s PIPE $$ ;;
	clock)
		[ $verbose = 0 ] || show_log 100000
		echo "pinion-vm: the command did not end within $timeout s: killed" >&2
		exit 124 ;;
	esac
}
