# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of the driver's pure parts, on the host with a shim of the kernel's words.

DRIVER_PT_SRCS := tests/unit/driver-pt.c driver/pinion_pt.c driver/pinion_pt_plan.c

$(BUILD)/tests/unit/driver-pt: $(DRIVER_PT_SRCS) $(wildcard driver/pinion_pt*.h) \
		uapi/pinion_regs.h tests/tap.h \
		$(wildcard tests/unit/kshim/*.h tests/unit/kshim/*/*.h)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -Itests/unit/kshim -Idriver \
		$(DRIVER_PT_SRCS) -o $@

DRIVER_MODERATION_SRCS := tests/unit/driver-moderation.c driver/pinion_moderation.c

$(BUILD)/tests/unit/driver-moderation: $(DRIVER_MODERATION_SRCS) driver/pinion_moderation.h \
		uapi/pinion_regs.h tests/tap.h $(wildcard tests/unit/kshim/*.h)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -Itests/unit/kshim -Idriver \
		$(DRIVER_MODERATION_SRCS) -o $@

$(BUILD)/tests/unit/driver-time: tests/unit/driver-time.c driver/pinion_time.h tests/tap.h \
		$(wildcard tests/unit/kshim/*.h tests/unit/kshim/*/*.h)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -Itests/unit/kshim -Idriver $< -o $@

DRIVER_FAIR_SRCS := tests/unit/driver-fair.c driver/pinion_fair.c

$(BUILD)/tests/unit/driver-fair: $(DRIVER_FAIR_SRCS) driver/pinion_fair.h tests/tap.h \
		$(wildcard tests/unit/kshim/*.h)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -Itests/unit/kshim -Idriver \
		$(DRIVER_FAIR_SRCS) -o $@

TESTS += $(addprefix $(BUILD)/tests/unit/driver-,pt moderation time fair)
