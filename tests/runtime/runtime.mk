# SPDX-License-Identifier: MIT
#
# Tests of libpinion on a card: they run in the guest and use the shared library.

RT_TESTS := $(patsubst tests/runtime/%.c,$(BUILD)/tests/runtime/%,$(wildcard tests/runtime/*.c))
RT_PROBE := $(BUILD)/kernels/test/probe.elf

$(RT_TESTS): $(BUILD)/tests/runtime/%: tests/runtime/%.c $(BUILD)/lib/libpinion.so \
		$(BUILD)/lib/libpinion.so.1 $(RT_PROBE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -pthread -MMD -MP -MF $(BUILD)/libruntime/$*.test.d \
		-Itests -Ilibruntime/include $< -o $@ -L$(BUILD)/lib -lpinion -luring \
		-Wl,-rpath,'$$ORIGIN/../../lib'

$(RT_PROBE): tests/runtime/kernels/probe.c tests/runtime/kernels/probe.h \
		firmware/kernels/kernel.ld firmware/kernels/include/pinion_kernel.h $(KERNEL_LIB)
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(KERNEL_CFLAGS) -Wno-unused-parameter -c $< -o $(@:.elf=.o)
	$(Q)$(KERNEL_LD) $(@:.elf=.o) $(KERNEL_LIB) -o $@

TESTS += $(RT_TESTS)

-include $(wildcard $(BUILD)/libruntime/*.test.d)
