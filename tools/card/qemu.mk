# SPDX-License-Identifier: GPL-2.0-or-later
# The PCI shell: a device that stock QEMU takes in by LD_PRELOAD. Its flags are
# those that the set-up found to fit the installed QEMU.

ALL += $(BUILD)/card/pinion-card.so

QEMU_CFLAGS = $(shell cat $(CACHE)/qemu/current/cflags) -O2 -g -Wall -Iuapi \
	-I$(CACHE)/qemu/current/src/include -I$(BUILD)/card/qemu
CARD_QEMU_OBJS := $(patsubst tools/card/qemu/%.c,$(BUILD)/card/qemu/%.o,$(wildcard tools/card/qemu/*.c))

# $(call qemu-probe,FLAGS): makes of probes DIR/NAME.c, the prerequisites, a header that defines
# QEMU_HAS_NAME for each that compiles. DIR/control.c must, or the others' failures mean nothing.
qemu-probe = $(CC) $(1) -Werror -fsyntax-only $(filter %/control.c,$^) && \
	for probe in $(basename $(notdir $(filter-out %/control.c,$(filter %.c,$^)))); do \
		! $(CC) $(1) -Werror -fsyntax-only $(<D)/$$probe.c 2>/dev/null || \
			echo "\#define QEMU_HAS_$$(echo $$probe | tr a-z A-Z)"; \
	done >$@

$(BUILD)/card/qemu/qemu_probes.h: $(wildcard tools/card/qemu/probes/*.c) tools/card/qemu.mk \
		$(CACHE)/qemu/current/cflags
	@mkdir -p $(@D)
	@echo "  PROBE   $@"
	$(Q)$(call qemu-probe,$(QEMU_CFLAGS))

$(BUILD)/card/qemu/%.o: tools/card/qemu/%.c $(BUILD)/card/qemu/qemu_probes.h tools/card/qemu.mk
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(QEMU_CFLAGS) -fvisibility=hidden -MMD -MP -c -o $@ $<

$(BUILD)/card/pinion-card.so: $(CARD_QEMU_OBJS) $(BUILD)/card/libpinion-card.a
	@echo "  LD      $@"
	$(Q)$(CC) -shared -o $@ $^ $(CARD_LIBS)

-include $(CARD_QEMU_OBJS:.o=.d)
