# SPDX-License-Identifier: GPL-2.0-or-later
# The card as a PCI device: an object that LD_PRELOAD loads into the installed QEMU. Set-up found
# the compiler flags that fit this QEMU.

ALL += $(BUILD)/card/pinion-card.so

QEMU_CFLAGS = $(shell cat $(CACHE)/qemu/current/cflags) -O2 -g -Wall -Iuapi \
	-I$(CACHE)/qemu/current/src/include -I$(BUILD)/card/qemu
CARD_QEMU_OBJS := $(patsubst tools/card/qemu/%.c,$(BUILD)/card/qemu/%.o,\
	$(wildcard tools/card/qemu/*.c))

# $(call qemu-probe,FLAGS): write a header that defines QEMU_HAS_NAME for each prerequisite
# DIR/NAME.c which compiles. DIR/control.c must compile, or a failure would say nothing about QEMU.
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
