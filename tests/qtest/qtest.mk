# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the qtest accelerator, which Debian's QEMU lacks, from the source package of that QEMU.
# The tests are the scripts in this folder.

ALL += $(BUILD)/card/qtest-accel.so

QEMU_SRC = $(CACHE)/qemu/current/src

$(BUILD)/card/qtest-accel.so: $(CACHE)/qemu/current/cflags
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(QEMU_CFLAGS) -shared -o $@ $(QEMU_SRC)/accel/qtest/qtest.c
