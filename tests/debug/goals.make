# SPDX-License-Identifier: GPL-2.0-or-later
#
# make debug-kernel KERNEL=NAME: builds the kernel NAME of variants.table, and the driver for it in
# build/NAME/driver. This goal works before the build is set up, so this file is no *.mk.

#
# make check-dmem: the test of the dmem cgroup, which of all kernels only debug-newest has.

plain-goals += debug-kernel check-dmem
KERNEL ?= debug

debug-kernel:
	$(unless-dry)$(Q)JOBS=$(JOBS) tools/setup/debug-kernel $(KERNEL)
	+$(Q)$(sub-make) $(BUILD)/$(KERNEL)/driver/pinion.ko driver-out=$(BUILD)/$(KERNEL)/driver \
		KERNEL_BUILD=$(CACHE)/kernel/$(KERNEL)/build

check-dmem: KERNEL = debug-newest
check-dmem: debug-kernel
	+$(Q)$(sub-make) all
	$(Q)tools/vm/pinion-vm --kernel debug-newest --memory 3G \
		--module $(BUILD)/debug-newest/driver/pinion.ko -- $(BUILD)/tests/isolation/dmem

.PHONY: debug-kernel check-dmem
