# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-installed: installs into minimal systems and tests what is there. The goal works before
# anything is set up, so this file is no *.mk.

plain-goals += check-installed

check-installed:
	$(step) "make check-installed 1/3: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make check-installed 2/3: build into $(BUILD)/"
	+$(Q)$(sub-make) all
	$(step) "make check-installed 3/3: make install into minimal systems, and use what is there"
	$(Q)tests/install/roots/run

.PHONY: check-installed
