# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-hosts: needs nothing built, as it builds in systems of its own.

plain-goals += check-hosts

check-hosts:
	$(Q)tests/hosts/lib/try $(patsubst tests/hosts/debian%,%,$(sort $(wildcard tests/hosts/debian*)))

.PHONY: check-hosts
