# SPDX-License-Identifier: GPL-2.0
#
# pinion.ko, built by Kbuild in $(BUILD)/driver, where the sources are linked:
# the source folder stays clean, and 6.12 has no MO= yet.

KERNEL_BUILD ?= $(CACHE)/kernel/current/build
driver-out := $(BUILD)/driver
driver-src := $(wildcard driver/*.c driver/*.h driver/probes/*.c driver/probes/*.sh) driver/Kbuild
driver-uapi := $(wildcard uapi/*.h)
driver-links := $(patsubst driver/%,$(driver-out)/%,$(driver-src))
driver-make = $(MAKE) --no-print-directory -C $(KERNEL_BUILD) M=$(abspath $(driver-out)) \
	$(if $(V),V=1,-s)

ALL += $(driver-out)/pinion.ko

$(driver-links): $(driver-out)/%: driver/%
	$(Q)mkdir -p $(@D)
	$(Q)ln -sf $(abspath $<) $@

$(driver-out)/uapi:
	$(Q)mkdir -p $(@D)
	$(Q)ln -sfn $(abspath uapi) $@

# Another kernel may have older files than the module that was built for the one before.
$(driver-out)/kernel: driver-kernel
	$(Q)mkdir -p $(@D)
	$(Q)echo $(realpath $(KERNEL_BUILD)) | cmp -s - $@ || echo $(realpath $(KERNEL_BUILD)) >$@

# Order-only: a link's time is that of its target, and make follows it.
$(driver-out)/pinion.ko: $(driver-src) $(driver-uapi) $(KERNEL_BUILD)/Module.symvers \
		$(driver-out)/kernel | $(driver-links) $(driver-out)/uapi
	@echo "  KBUILD  $@"
	+$(Q)$(driver-make) modules
	$(Q)touch $@

# What the check "sparse" of make lint runs; it reads the warnings, which fail nothing here.
sparse-driver: | $(driver-links) $(driver-out)/uapi
	+$(Q)$(driver-make) C=2 W=1 modules

internal-goals += sparse-driver driver-kernel
.PHONY: sparse-driver driver-kernel
