# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/bench/submit runs: programs for the guest and a plugin for QEMU.

PLUGIN_CFLAGS = $(CFLAGS) -Wno-unused-parameter -I$(CACHE)/qemu/current/src/include/qemu \
	-I$(BUILD)/bench $(shell pkg-config --cflags glib-2.0)

$(BUILD)/bench/plugin_probes.h: $(wildcard tests/bench/plugin/probes/*.c) tools/card/qemu.mk \
		$(CACHE)/qemu/current/cflags
	@mkdir -p $(@D)
	@echo "  PROBE   $@"
	$(Q)$(call qemu-probe,$(PLUGIN_CFLAGS))

$(BUILD)/bench/insns.so: $(addprefix tests/bench/,plugin/insns.c plugin/compat.h marks.h) \
		$(BUILD)/bench/plugin_probes.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(PLUGIN_CFLAGS) -fPIC -shared -fvisibility=hidden $< -o $@ \
		$$(pkg-config --libs glib-2.0)

$(BUILD)/rig/bench/modes_user.o: CFLAGS += -Ilibruntime/include

bench-guest := $(addprefix $(BUILD)/bench/,submit bind timing placement dma)
bench-objects := $(addprefix $(BUILD)/rig/bench/,modes.o modes_user.o)

$(bench-guest): $(BUILD)/bench/%: $(BUILD)/rig/bench/%.o $(bench-objects) $(rig-objects) \
		$(RT_STATIC)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ $(RT_LIBS) -o $@

.SECONDARY: $(bench-guest:$(BUILD)/bench/%=$(BUILD)/rig/bench/%.o) $(bench-objects)

TESTS += $(BUILD)/bench/insns.so $(bench-guest)
