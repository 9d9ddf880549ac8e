# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the driver by raw ioctls and io_uring: in each of these groups
# tests/GROUP/NAME.c is one program, run in the guest, with the rig linked in. Their results
# are reported with the kernel's kselftest.h; tests/kselftest has them as kernel selftests.

rig-groups := selftests memory isolation queue uring inject smp window lacking knobs irqsoff
rig-src := $(filter-out tests/selftests/rig%.c,$(wildcard $(rig-groups:%=tests/%/*.c)))
rig-tests := $(rig-src:tests/%.c=$(BUILD)/tests/%)
rig-objects := $(BUILD)/rig/selftests/rig.o
RIG_CFLAGS := -I/usr/include/libdrm -Itests/selftests \
	-isystem $(CACHE)/kselftest/current/tools/testing/selftests

TESTS += $(rig-tests)

$(BUILD)/rig/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) $(RIG_CFLAGS) -MMD -MP -c $< -o $@

$(rig-tests): $(BUILD)/tests/%: $(BUILD)/rig/%.o $(rig-objects)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -ldrm -pthread -o $@

.SECONDARY: $(rig-src:tests/%.c=$(BUILD)/rig/%.o) $(rig-objects)

-include $(wildcard $(BUILD)/rig/*/*.d)
