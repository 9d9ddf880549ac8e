# SPDX-License-Identifier: GPL-2.0-or-later
#
# make debug-kernel KERNEL=NAME: builds the kernel NAME of variants.table, and the driver for it in
# build/NAME/driver. This goal works before the build is set up, so this file is no *.mk.

plain-goals += debug-kernel
KERNEL ?= debug

debug-kernel:
	$(unless-dry)$(Q)JOBS=$(JOBS) tools/setup/debug-kernel $(KERNEL)
	+$(Q)$(sub-make) $(BUILD)/$(KERNEL)/driver/pinion.ko driver-out=$(BUILD)/$(KERNEL)/driver \
		KERNEL_BUILD=$(CACHE)/kernel/$(KERNEL)/build

.PHONY: debug-kernel
