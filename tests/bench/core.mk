# SPDX-License-Identifier: GPL-2.0-or-later
#
# Speed of the compute cores on code that a stock compiler made.

BENCH_RV := $(addprefix $(BUILD)/tests/bench-data/, integer.bin branchy.bin float.bin)

# One function and no library: a flat image that begins with it.
$(BUILD)/tests/bench-data/%.bin: tests/bench/rv/%.c
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) --target=riscv64-unknown-elf -march=rv64imfdc -mabi=lp64d -mcmodel=medany -O2 \
		-ffp-contract=fast -ffreestanding -nostdlib -fuse-ld=lld -static -Wl,-Ttext=0x10000,-e,run,--oformat=binary \
		$< -o $@

$(BUILD)/tests/bench/core-speed: tests/bench/core-speed.c $(BUILD)/card/libpinion-card.a $(BENCH_RV)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itools/card/core $(filter %.c %.a,$^) -lm -o $@

TESTS += $(BUILD)/tests/bench/core-speed
