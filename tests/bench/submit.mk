# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/bench/submit runs: the guest's programs and QEMU's plugin.

$(BUILD)/bench/insns.so: tests/bench/plugin/insns.c tests/bench/marks.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -Wno-unused-parameter -fPIC -shared -fvisibility=hidden \
		-I$(CACHE)/qemu/current/src/include/qemu $$(pkg-config --cflags glib-2.0) $< -o $@ \
		$$(pkg-config --libs glib-2.0)

$(BUILD)/rig/bench/modes_user.o: CFLAGS += -Ilibruntime/include

bench-guest := $(addprefix $(BUILD)/bench/,submit bind timing dma)
bench-objects := $(addprefix $(BUILD)/rig/bench/,modes.o modes_user.o)

$(bench-guest): $(BUILD)/bench/%: $(BUILD)/rig/bench/%.o $(bench-objects) $(rig-objects) $(RT_STATIC)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ $(RT_LIBS) -o $@

.SECONDARY: $(bench-guest:$(BUILD)/bench/%=$(BUILD)/rig/bench/%.o) $(bench-objects)

TESTS += $(BUILD)/bench/insns.so $(bench-guest)
