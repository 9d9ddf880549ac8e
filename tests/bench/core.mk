# SPDX-License-Identifier: GPL-2.0-or-later
#
# Speed of the model's compute cores, measured with code of a stock compiler.

BENCH_RV := $(addprefix $(BUILD)/tests/bench-data/, integer.bin branchy.bin float.bin)

# Each source has one function and uses no library: the result is a flat image that begins with
# the function.
$(BUILD)/tests/bench-data/%.bin: tests/bench/rv/%.c
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) --target=riscv64-unknown-elf -march=rv64imfdc -mabi=lp64d -mcmodel=medany \
		-O2 -ffp-contract=fast -ffreestanding -nostdlib -fuse-ld=lld -static \
		-Wl,-Ttext=0x10000,-e,run,--oformat=binary $< -o $@

$(BUILD)/tests/bench/core-speed: tests/bench/core-speed.c $(BUILD)/card/libpinion-card.a \
		$(BENCH_RV)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itools/card/core $(filter %.c %.a,$^) -lm -o $@

TESTS += $(BUILD)/tests/bench/core-speed
