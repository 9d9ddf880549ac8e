#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver's KUnit tests (driver/pinion_kunit.c), on a kernel that has KUnit:
# the kernel prints their results into its log.
set -u

driver=${PINION_MODULE:-$(modinfo -n pinion 2>/dev/null)}
module=$(dirname "$driver")/pinion_kunit.ko
if [ ! -f "$module" ]; then
	echo "1..0 # SKIP this kernel has no KUnit"
	exit 4
fi

# The log may have the results of an earlier run, so this one begins at a line of its own.
mark="kunit.sh: run $$ of $(cat /proc/sys/kernel/random/uuid)"
echo "$mark" >/dev/kmsg
if ! insmod "$module"; then
	echo "Bail out! $module cannot be loaded: is it loaded already?"
	exit 1
fi
dmesg --notime | awk -v mark="$mark" '
	index($0, mark) { begun = 1 }
	!begun { next }
	/^ *# Subtest: pinion_/ { suite = $NF }
	suite && /^ +# .*(EXPECTATION|ASSERTION)|^ +(Expected|but|==)/ { print "#" $0 }
	suite && /^ +(not )?ok [0-9]+ / {
		bad = /not ok/
		results[++n] = (bad ? "not ok " : "ok ") n " - " suite ": " $NF
		failed += bad
	}
	/^(not )?ok [0-9]+ pinion_/ { suite = "" }
	END {
		print "TAP version 13"
		print "1.." n
		for (i = 1; i <= n; i++)
			print results[i]
		exit failed || !n
	}'
status=$?
rmmod pinion_kunit
exit $status
