# SPDX-License-Identifier: GPL-2.0-or-later
# The program of the guest that recovery.sh runs; not a test by itself.

ALL += $(BUILD)/budget/recovery

$(BUILD)/budget/recovery: $(BUILD)/rig/budget/recovery.o $(rig-objects)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -ldrm -pthread -o $@
