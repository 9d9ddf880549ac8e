# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rings of uapi/pinion_ring.h as a program uses them.

$(BUILD)/tests/unit/ring: tests/unit/ring.c $(wildcard uapi/*.h) tests/tap.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all -I. $< -o $@

TESTS += $(BUILD)/tests/unit/ring
