# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-irqsoff: the group irqsoff on the kernel that it is for. This goal works before
# anything is set up, so this file is no *.mk.

plain-goals += check-irqsoff
irqsoff-driver := $(BUILD)/irqsoff/driver

check-irqsoff:
	$(step) "make check-irqsoff 1/4: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make check-irqsoff 2/4: the kernel with the tracer (cached, built once)"
	$(unless-dry)$(Q)JOBS=$(JOBS) tools/setup/debug-kernel irqsoff
	$(step) "make check-irqsoff 3/4: build into $(BUILD)/, the driver once more for that kernel"
	+$(Q)$(sub-make) all
	+$(Q)$(sub-make) $(irqsoff-driver)/pinion.ko driver-out=$(irqsoff-driver) \
		KERNEL_BUILD=$(CACHE)/kernel/irqsoff/build
	$(step) "make check-irqsoff 4/4: count instructions with interrupts off"
	$(Q)tests/run --slow 100 -v irqsoff --vm="--kernel=irqsoff --icount=0 --memory=8G \
		--module=$(irqsoff-driver)/pinion.ko"

.PHONY: check-irqsoff
