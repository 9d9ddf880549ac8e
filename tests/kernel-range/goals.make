# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-kernels: builds and tests the driver on every kernel of tools/setup/kernels.table.
# These goals work before anything is set up, so this file is no *.mk.

plain-goals += check-kernels check-kernels-build

check-kernels:
	$(step) "make check-kernels 1/4: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make check-kernels 2/4: the kernels of tools/setup/kernels.table (cached)"
	$(Q)tools/setup/kernels
	$(step) "make check-kernels 3/4: build into $(BUILD)/"
	+$(Q)$(sub-make) all
	$(step) "make check-kernels 4/4: build the driver for every kernel and test it there"
	$(Q)JOBS=$(JOBS) tests/kernel-range/run

check-kernels-build:
	$(step) "make check-kernels-build 1/3: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make check-kernels-build 2/3: the kernels of tools/setup/kernels.table (cached)"
	$(Q)tools/setup/kernels
	$(step) "make check-kernels-build 3/3: build the driver for every kernel"
	$(Q)JOBS=$(JOBS) tests/kernel-range/run --build-only

.PHONY: check-kernels check-kernels-build
