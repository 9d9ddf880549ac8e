# SPDX-License-Identifier: MIT
#
# make fuzz-runtime-elf [FUZZ_SECONDS=60]: runs libFuzzer on the program loader, starting from the
# compute kernels of the build. make check runs a short test of the same kind with a fixed seed,
# tests/unit/runtime-elf.

FUZZ_SECONDS ?= 60
FUZZ_ELF := $(BUILD)/fuzz/runtime-elf

$(FUZZ_ELF): tests/fuzz/runtime-elf.c $(wildcard libruntime/src/*.[ch])
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(CFLAGS) -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -Ilibruntime/include -Ilibruntime/src \
		$(shell pkg-config --cflags libdrm) $< \
		$(wildcard libruntime/src/*.c) -ldrm -luring -pthread -o $@

fuzz-runtime-elf: $(FUZZ_ELF) $(KERNEL_ELFS)
	@mkdir -p $(BUILD)/fuzz/corpus-elf
	$(Q)$(FUZZ_ELF) -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -rss_limit_mb=1024 \
		-artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus-elf $(BUILD)/kernels

.PHONY: fuzz-runtime-elf
