# SPDX-License-Identifier: GPL-2.0-or-later
#
# Speed of compute kernels on a card model in the same process.

$(BUILD)/tests/obj/bench-%.o: tests/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -I. -Ifirmware/kernels/include -MMD -MP -c $< -o $@

$(BUILD)/tests/bench/%-core: $(BUILD)/tests/obj/bench-%-core.o $(BUILD)/tests/obj/cardrig.o \
		$(BUILD)/tests/obj/cardrig_elf.o $(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ $(CARD_LIBS) -ldl -o $@

.PRECIOUS: $(BUILD)/tests/obj/bench-%.o
TESTS += $(BUILD)/tests/bench/gemm-core
