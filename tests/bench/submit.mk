# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/bench/submit runs: the guest's programs and QEMU's plugin.

$(BUILD)/bench/insns.so: tests/bench/plugin/insns.c tests/bench/marks.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -Wno-unused-parameter -fPIC -shared -fvisibility=hidden \
		-I$(CACHE)/qemu/current/src/include/qemu $$(pkg-config --cflags glib-2.0) $< -o $@ \
		$$(pkg-config --libs glib-2.0)

bench-guest := $(BUILD)/bench/submit $(BUILD)/bench/bind

$(bench-guest): $(BUILD)/bench/%: tests/bench/%.c tests/bench/marks.h $(rig-objects)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) $(RIG_CFLAGS) $(filter %.c %.o,$^) -luring -o $@

TESTS += $(BUILD)/bench/insns.so $(bench-guest)
