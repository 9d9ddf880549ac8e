# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that were saved with the driver bound, in build/vm under a checksum of
# all that they were made from. tools/vm/init/snapshot.c is the guest's part.

SNAPSHOTS=6	# that are kept

# A guest that is saved does not know that it was stopped for it, so the restored one goes on.
saving=(-global migration.store-global-state=off)

check_snapshot_options() {
	[ $snapshot = 0 ] && return
	[ $driver = 1 ] || die "--snapshot needs the driver: it is what is saved"
	[ $shell$gdb = 00 ] || die "--snapshot goes with neither --shell nor --gdb"
	[ -z "$plugin$icount" ] && [ ${#more_qemu[@]} = 0 ] ||
		die "--snapshot goes with none of --plugin, --icount and --qemu"
}

snapshot_key() {
	{
		printf '%s\n' "${qemu[@]}" "${saving[@]}"
		qemu-system-x86_64 --version
		sha256sum "$module" "$parts/firmware/pinion/mgmt.bin" "$parts/card/pinion-card.so" "$parts/vm/init"
	} | sha256sum | cut -c 1-16
}

# Whoever holds both ends of a pipe open never waits to open it.
open_pipes() {
	mkfifo "$run"/{control,monitor}.{in,out} || die "cannot write to $run"
	exec {control}<>"$run/control.out" {monitor}<>"$run/monitor.in" {answers}<>"$run/monitor.out"
}

# QEMU's monitor does one line after the other, so it ends when the state is written.
# The guest is stopped first: under TCG QEMU 7.2 loses what a running one writes
# while its memory is saved.
save_guest() {
	local line= part=
	setpriv --pdeathsig KILL -- "${qemu[@]}" "${saving[@]}" </dev/null >"$run/qemu" 2>&1 \
		{control}>&- {monitor}>&- {answers}>&- {saver}>&- &
	qemu_pid=$!
	while kill -0 $qemu_pid 2>/dev/null && ! read -r -t 1 part <&$control; do line+=$part; done
	[ "$line$part" = ready ] || return 1
	cat <"$run/monitor.out" >"$run/answers" {control}>&- {monitor}>&- {answers}>&- {saver}>&- &
	err_pid=$!
	printf '%s\n' stop "migrate_set_parameter max-bandwidth 1T" "migrate \"exec:cat >$run/state\"" \
		"info migrate" quit >&$monitor
	wait $qemu_pid
	qemu_pid=
	exec {answers}>&-	# the last to hold it open, so that its reader comes to the end
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

# Sets snapshot, the file with the guest's state, making it if need be. Who finds
# another pinion-vm saving a guest of the same image waits for it.
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

# What the guest waits for: which run it is, the time, and a seed.
wake_guest() {
	[ "$snapshot" = 0 ] || printf '%s %s %s\n' "${run#"$build/vm/"}" "`date +%s.%N`" \
		"`random_seed`" >&$wake
}
