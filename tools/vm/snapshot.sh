# SPDX-License-Identifier: GPL-2.0-or-later
# Snapshots: guests that were saved with the driver bound. They are kept in build/vm, under a
# checksum of all that goes into a guest. tools/vm/init/snapshot.c is the guest's part.

SNAPSHOTS=6	# number of snapshots that are kept

# Without this, QEMU would save that the guest was stopped, and the restored guest would not run.
saving=(-global migration.store-global-state=off)

check_snapshot_options() {
	[ $snapshot = 0 ] && return
	[ $driver = 1 ] || die "--snapshot needs the driver: leave out --no-driver"
	[ $shell$gdb = 00 ] || die "--snapshot cannot be used with --shell or --gdb"
	[ -z "$plugin$icount" ] && [ ${#more_qemu[@]} = 0 ] ||
		die "--snapshot cannot be used with --plugin, --icount or --qemu"
}

snapshot_key() {
	{
		printf '%s\n' "${qemu[@]}" "${saving[@]}"
		qemu-system-x86_64 --version
		sha256sum "$module" "$parts/firmware/pinion/mgmt.bin" \
			"$parts/card/pinion-card.so" "$parts/vm/init"
	} | sha256sum | cut -c 1-16
}

# The pipes are opened for both directions, so that no open has to wait for the other end.
open_pipes() {
	mkfifo "$run"/{control,monitor}.{in,out} || die "cannot write to $run"
	exec {control}<>"$run/control.out" {monitor}<>"$run/monitor.in" \
		{answers}<>"$run/monitor.out"
}

# Boots a guest and saves it when its init says that it is ready. QEMU's monitor executes one line
# after the other, so that QEMU quits when the state is written. The guest is stopped first: under
# TCG, QEMU 7.2 loses what a running guest writes while the guest's memory is saved.
save_guest() {
	local line= part=
	setpriv --pdeathsig KILL -- "${qemu[@]}" "${saving[@]}" </dev/null >"$run/qemu" 2>&1 \
		{control}>&- {monitor}>&- {answers}>&- {saver}>&- &
	qemu_pid=$!
	while kill -0 $qemu_pid 2>/dev/null && ! read -r -t 1 part <&$control; do line+=$part; done
	[ "$line$part" = ready ] || return 1
	cat <"$run/monitor.out" >"$run/answers" {control}>&- {monitor}>&- {answers}>&- {saver}>&- &
	err_pid=$!
	printf '%s\n' stop "migrate_set_parameter max-bandwidth 1T" \
		"migrate \"exec:cat >$run/state\"" "info migrate" quit >&$monitor
	wait $qemu_pid
	qemu_pid=
	exec {answers}>&-	# the last open end for writing: now the reader sees the end
	wait $err_pid
	err_pid=
	grep -q 'Migration status: completed' "$run/answers"
}

make_snapshot() {
	clean_up_at_end
	claim_run saving
	build_command_line
	open_pipes
	if ! save_guest; then
		show_qemu
		show_log 60
		die "the guest could not be saved with the driver bound"
	fi
	mv "$run/state" "$saved"
	exec {control}>&- {monitor}>&- {lock}>&-
	clean_up
	trap - INT TERM HUP
	ls -t "$runs"/snapshot-* | tail -n +$((SNAPSHOTS + 1)) | xargs -r -d '\n' rm -f
}

# Sets snapshot to the file with the guest's state, and makes the file if there is none. If another
# pinion-vm saves a guest of the same image just now, this one waits.
find_snapshot() {
	[ $snapshot = 1 ] || return 0
	run=$build/vm/saving
	build_command_line
	saved=$runs/snapshot-$(snapshot_key)
	if [ ! -f "$saved" ]; then
		exec {saver}<"$image"
		flock $saver
		[ -f "$saved" ] || make_snapshot
		exec {saver}>&-
	fi
	touch "$saved"
	snapshot=$saved
}

random_seed() { od -An -v -tx1 -N 32 /dev/urandom | tr -d ' \n'; }

# Sends the restored guest what it waits for: the name of the run, the time, and a random seed.
wake_guest() {
	[ "$snapshot" = 0 ] || printf '%s %s %s\n' "${run#"$build/vm/"}" "`date +%s.%N`" \
		"`random_seed`" >&$wake
}
