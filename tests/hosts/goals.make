# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-hosts: runs the commands of the README in fresh systems. It needs nothing built here.

plain-goals += check-hosts
host-scripts := $(sort $(wildcard tests/hosts/debian*))

check-hosts:
	$(Q)tests/hosts/lib/try $(host-scripts:tests/hosts/debian%=%)

.PHONY: check-hosts
