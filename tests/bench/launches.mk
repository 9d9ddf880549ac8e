# SPDX-License-Identifier: GPL-2.0-or-later
#
# Speed of short launches in the guest. The program also serves tests/vm/launches.py.

$(BUILD)/tests/bench/guest-launches: tests/bench/launches.c tests/runtime/kernels/probe.h \
		$(BUILD)/lib/libpinion.a $(BUILD)/kernels/test/probe.elf $(BUILD)/kernels/gemm.elf
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -I. -Ilibruntime/include -Ifirmware/kernels/include \
		$(filter %.c %.a,$^) $(shell pkg-config --libs libdrm liburing) -pthread -o $@

TESTS += $(BUILD)/tests/bench/guest-launches
