#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run on fake tests: each way in which a test can end is told apart.
set -u

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/lib/fake.sh"

# fake NAME EXPECTED-STATUS EXPECTED-TEXT <<script: one test alone in a group.
judge() {
	local name=$1 status=$2 text=$3 output got
	fake_tree
	fake_test host "$name"
	output=$("$here/../run" --top "$tree" --timeout 2 host 2>&1)
	got=$?
	echo "$output"
	[ $got = "$status" ] && grep -qF -- "$text" <<<"$output"
}

tap_plan 17

tap_check "all passed" judge pass 0 '2 passed, 0 failed, 0 skipped' <<'END'
printf 'TAP version 13\n1..2\nok 1 - a\nok 2 - b\n'
END
tap_check "one failed" judge fail 1 '1 passed, 1 failed, 0 skipped' <<'END'
printf '1..2\nok 1 - a\nnot ok 2 - b\n'; exit 1
END
tap_check "a failure with status 0 still fails" \
	judge fail0 1 '0 passed, 1 failed, 0 skipped' <<'END'
printf '1..1\nnot ok 1 - a\n'
END
tap_check "what a failed test printed is shown" judge show 1 'the reason is 42' <<'END'
echo "# the reason is 42"; printf '1..1\nnot ok 1 - a\n'; exit 1
END
tap_check "one result skipped" judge skip 0 '1 passed, 0 failed, 1 skipped' <<'END'
printf '1..2\nok 1 - a # SKIP no card\nok 2 - b\n'
END
tap_check "status 4 skips the whole test" judge skip4 0 '0 passed, 0 failed, 1 skipped' <<'END'
exit 4
END
tap_check "an empty plan is a skip" judge skip0 0 '0 passed, 0 failed, 1 skipped' <<'END'
echo '1..0 # SKIP nothing to do'
END
tap_check "a crash fails" judge crash 1 'killed by SIGSEGV' <<'END'
printf '1..1\nok 1 - a\n'; kill -SEGV $$
END
tap_check "passing results with status 3 fail" judge status3 1 'exited with status 3' <<'END'
printf '1..1\nok 1 - a\n'; exit 3
END
tap_check "fewer results than planned fail" judge short 1 'planned 3 results and printed 1' <<'END'
printf '1..3\nok 1 - a\n'
END
tap_check "more results than planned fail" judge long 1 'planned 1 results and printed 2' <<'END'
printf '1..1\nok 1 - a\nok 2 - b\n'
END
tap_check "a result counted twice fails" judge twice 1 'each once' <<'END'
printf '1..2\nok 1 - a\nok 1 - a\n'
END
tap_check "silence fails" judge silent 1 'printed no plan' <<'END'
exit 0
END
tap_check "bailing out is one failure" judge bail 1 '1 passed, 1 failed, 0 skipped' <<'END'
printf '1..5\nok 1 - a\nBail out! no memory\n'; exit 1
END
tap_check "a hang is killed and fails" judge hang 1 'timed out' <<'END'
printf '1..1\n'; sleep 1000
END
tap_check "and so is a loop without an end" judge loop 1 'timed out' <<'END'
printf '1..1\n'; while :; do :; done
END
tap_check "subtests do not count twice" judge nested 0 '1 passed, 0 failed, 0 skipped' <<'END'
printf 'KTAP version 1\n1..1\n    KTAP version 1\n    1..2\n    ok 1 x\n    ok 2 y\nok 1 a\n'
END

tap_done
