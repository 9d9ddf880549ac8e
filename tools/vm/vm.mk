# SPDX-License-Identifier: GPL-2.0-or-later
# init is the first process of the guest; static, since nothing is mounted when it starts.

ALL += $(BUILD)/vm/init $(BUILD)/vm/tsc-khz

$(BUILD)/vm/init: $(wildcard tools/vm/init/*.c) tools/vm/init/init.h uapi/pinion_regs.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -static -o $@ $(filter %.c,$^)

$(BUILD)/vm/tsc-khz: tools/vm/tsc-khz.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $<
