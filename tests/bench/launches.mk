# SPDX-License-Identifier: GPL-2.0-or-later
#
# Speed of short launches: in the guest by a program that also serves tests/vm/launches.py, and in
# instructions of the host by a program for tests/budget/launches.py.

$(BUILD)/tests/bench/guest-launches: tests/bench/launches.c tests/runtime/kernels/probe.h \
		$(BUILD)/lib/libpinion.a $(BUILD)/kernels/test/probe.elf $(BUILD)/kernels/gemm.elf
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -I. -Ilibruntime/include -Ifirmware/kernels/include \
		$(filter %.c %.a,$^) $(shell pkg-config --libs libdrm liburing) -pthread -o $@

$(BUILD)/bench/launch-cost: $(BUILD)/tests/obj/bench-launch-cost.o $(BUILD)/tests/obj/cardrig.o \
		$(BUILD)/tests/obj/cardrig_elf.o $(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ $(CARD_LIBS) -o $@

TESTS += $(BUILD)/tests/bench/guest-launches $(BUILD)/bench/launch-cost
