# SPDX-License-Identifier: GPL-2.0-or-later
# TAP for shell tests. Sourced by bash:
#   tap_plan N; tap_check "name" command...; tap_done

tap_number=0
tap_failed=0

tap_plan() {
	echo "TAP version 13"
	echo "1..$1"
}

# tap_check NAME COMMAND...: ok if the command succeeds; shows its output if not.
tap_check() {
	local name=$1 output
	shift
	tap_number=$((tap_number + 1))
	if output=$("$@" 2>&1); then
		echo "ok $tap_number - $name"
	else
		printf '%s\n' "$output" | sed 's/^/# /'
		echo "not ok $tap_number - $name"
		tap_failed=$((tap_failed + 1))
	fi
}

tap_skip() {
	tap_number=$((tap_number + 1))
	echo "ok $tap_number - $1 # SKIP $2"
}

# Ends the script with the status that the results deserve.
tap_done() {
	[ "$tap_failed" = 0 ]
	exit
}
