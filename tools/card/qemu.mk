# SPDX-License-Identifier: GPL-2.0-or-later
# The PCI shell: a device that stock QEMU takes in by LD_PRELOAD. Its flags are
# those that the set-up found to fit the installed QEMU.

ALL += $(BUILD)/card/pinion-card.so

QEMU_CFLAGS = $(shell cat $(CACHE)/qemu/current/cflags) -O2 -g -Wall -Iuapi \
	-I$(CACHE)/qemu/current/src/include
CARD_QEMU_OBJS := $(patsubst tools/card/qemu/%.c,$(BUILD)/card/qemu/%.o,$(wildcard tools/card/qemu/*.c))

$(BUILD)/card/qemu/%.o: tools/card/qemu/%.c $(CACHE)/qemu/current/cflags
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(QEMU_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/card/pinion-card.so: $(CARD_QEMU_OBJS) $(BUILD)/card/libpinion-card.a
	@echo "  LD      $@"
	$(Q)$(CC) -shared -o $@ $^ $(CARD_LIBS)

-include $(CARD_QEMU_OBJS:.o=.d)
