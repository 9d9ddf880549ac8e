# SPDX-License-Identifier: GPL-2.0-or-later
#
# Selftests of the driver: each tests/selftests/NAME.c is one program, run in
# the guest, with the rig linked in.

selftests-out := $(BUILD)/tests/selftests
selftests-src := $(filter-out tests/selftests/rig%.c,$(wildcard tests/selftests/*.c))
selftests := $(patsubst tests/selftests/%.c,$(selftests-out)/%,$(selftests-src))
SELFTESTS_CFLAGS := -I/usr/include/libdrm

TESTS += $(selftests)

$(BUILD)/selftests/%.o: tests/selftests/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) $(SELFTESTS_CFLAGS) -MMD -MP -c $< -o $@

$(selftests): $(selftests-out)/%: $(BUILD)/selftests/%.o $(BUILD)/selftests/rig.o
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -o $@

.SECONDARY: $(patsubst tests/selftests/%.c,$(BUILD)/selftests/%.o,$(selftests-src)) \
	$(BUILD)/selftests/rig.o

-include $(wildcard $(BUILD)/selftests/*.d)
