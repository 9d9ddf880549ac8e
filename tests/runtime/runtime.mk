# SPDX-License-Identifier: MIT
#
# Tests of libpinion on a card. They run in the guest, with the shared library.

RT_TESTS := $(patsubst tests/runtime/%.c,$(BUILD)/tests/runtime/%,$(wildcard tests/runtime/*.c))
RT_PROBES := $(patsubst %,$(BUILD)/kernels/test/%.elf,probe support)

$(RT_TESTS): $(BUILD)/tests/runtime/%: tests/runtime/%.c $(BUILD)/lib/libpinion.so \
		$(BUILD)/lib/libpinion.so.1 $(RT_PROBES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -pthread -MMD -MP -MF $(BUILD)/libruntime/$*.test.d \
		-Itests -Ilibruntime/include $< -o $@ -L$(BUILD)/lib -lpinion -luring \
		-Wl,-rpath,'$$ORIGIN/../../lib'

$(RT_PROBES): $(BUILD)/kernels/test/%.elf: tests/runtime/kernels/%.c tests/runtime/kernels/%.h \
		firmware/kernels/kernel.ld firmware/kernels/include/pinion_kernel.h $(KERNEL_LIB)
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(KERNEL_CFLAGS) -Wno-unused-parameter -c $< -o $(@:.elf=.o)
	$(Q)$(KERNEL_LD) $(@:.elf=.o) $(KERNEL_LIB) -o $@

TESTS += $(RT_TESTS)

-include $(wildcard $(BUILD)/libruntime/*.test.d)
