# SPDX-License-Identifier: GPL-2.0-or-later
#
# The firmware: image tool, test key, management firmware, compute kernels.

# All parts use one version of clang on every Debian: the version that set-up installs.
LLVM := $(shell sed -n 's/^clang-//p' tools/setup/packages.d/firmware.list)
FW_CLANG := clang-$(LLVM)
FW_LD := ld.lld-$(LLVM)
FW_VERSION := 1.0.0
# FW_VERSION for C: 31:24 major, 23:16 minor, 15:0 patch.
FW_VERSION_WORD := $(shell printf '0x%02x%02x%04x' $(subst ., ,$(FW_VERSION)))

# ---- The public test key as C source, for the card model and for pinion-fwsign
TEST_KEY_C := $(BUILD)/card/test_key.c

$(TEST_KEY_C): firmware/keys/pinion-test.pub firmware/firmware.mk
	@mkdir -p $(@D)
	$(Q){ echo '/* made from $< */'; echo '#include <stdint.h>'; \
	echo 'extern const uint8_t card_test_public_key[32];'; \
	echo 'const uint8_t card_test_public_key[32] = {'; \
	sed '/^#/d;s/../0x&,/g' $<; echo '};'; } > $@

# ---- pinion-fwsign
FWSIGN_OBJS := $(patsubst %,$(BUILD)/firmware/tools/%.o,fwsign file elf image test_key)

$(BUILD)/firmware/tools/%.o: firmware/tools/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -MMD -MP -c $< -o $@

$(BUILD)/firmware/tools/test_key.o: $(TEST_KEY_C)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(BUILD)/bin/pinion-fwsign: $(FWSIGN_OBJS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ -lsodium -ljson-c -o $@

ALL += $(BUILD)/bin/pinion-fwsign

# ---- The management firmware
MGMT_OBJS := $(patsubst %,$(BUILD)/firmware/mgmt/%.o,start main mbox queue vm \
	sched crash log io string)
MGMT_CFLAGS := --target=riscv32-unknown-elf -march=rv32imc -mabi=ilp32 -mno-relax -Os -g \
	-std=gnu11 -Wall -Wextra -ffreestanding -fno-builtin -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)/= -Iuapi -DPINION_FW_VERSION=$(FW_VERSION_WORD)

$(BUILD)/firmware/mgmt/%.o: firmware/mgmt/%.c firmware/firmware.mk
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(MGMT_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/firmware/mgmt/%.o: firmware/mgmt/%.S firmware/firmware.mk
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(MGMT_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/firmware/mgmt/mgmt.elf: $(MGMT_OBJS) firmware/mgmt/link.ld
	$(Q)$(FW_LD) --gc-sections -T firmware/mgmt/link.ld $(MGMT_OBJS) -o $@

$(BUILD)/firmware/pinion/mgmt.bin: $(BUILD)/firmware/mgmt/mgmt.elf $(BUILD)/bin/pinion-fwsign \
		firmware/keys/pinion-test.key
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bin/pinion-fwsign sign --key firmware/keys/pinion-test.key \
		--version $(FW_VERSION) --elf $< -o $@ --build 'test build'

ALL += $(BUILD)/firmware/pinion/mgmt.bin

-include $(wildcard $(BUILD)/firmware/tools/*.d $(BUILD)/firmware/mgmt/*.d)

# ---- The compute kernels: firmware/kernels/NAME.c holds the kernel NAME, built to NAME.elf.
KERNEL_NAMES := $(notdir $(basename $(sort $(wildcard firmware/kernels/*.c))))
KERNEL_ELFS := $(patsubst %,$(BUILD)/kernels/%.elf,$(KERNEL_NAMES))

# Flags to compile and to link a kernel; pinion-kernel.pc prints both lists. A program runs at any
# address without relocations, because addresses are pc-relative (-mcmodel=medany) and there are no
# jump tables; -pie marks it as position independent. -X drops the assembler's local labels, which
# would take the place of function names in fault records. In C, clang ignores the flags for C++.
KERNEL_SDK_CFLAGS := --target=riscv64-unknown-elf -march=rv64imfdc -mabi=lp64d -mcmodel=medany \
	-mno-relax -ffreestanding -fno-jump-tables -fno-math-errno -fno-trapping-math \
	-msmall-data-limit=0 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
KERNEL_SDK_LDFLAGS := -pie --no-dynamic-linker --hash-style=sysv -X -e 0

KERNEL_CFLAGS := $(KERNEL_SDK_CFLAGS) -O2 -g -std=gnu11 -Wall -Wextra \
	-ffile-prefix-map=$(CURDIR)/= -fdebug-compilation-dir=. -Iuapi -Ifirmware/kernels/include
KERNEL_LD := $(FW_LD) $(KERNEL_SDK_LDFLAGS) --script=firmware/kernels/kernel.ld
KERNEL_LIB := $(BUILD)/kernels/libpinion-kernel.a

$(BUILD)/kernels/%.o: firmware/kernels/%.c firmware/firmware.mk
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(KERNEL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/kernels/%.elf: $(BUILD)/kernels/%.o firmware/kernels/kernel.ld $(KERNEL_LIB) \
		firmware/firmware.mk
	$(Q)$(KERNEL_LD) $< $(KERNEL_LIB) -o $@

# ---- libpinion-kernel.a: functions that compilers call in code that does not name them. mem*() and
# __muloti4() are from support/, all other arithmetic is from libgcc, in the variant with the
# kernels' calling convention. KERNEL_LIBGCC_NOT are the objects of libgcc that the cores cannot run
# (atomic.o has instructions of the A extension), or that need a C library or an unwinder.
KERNEL_SUPPORT := $(patsubst firmware/kernels/%.c,$(BUILD)/kernels/%.o,\
	$(wildcard firmware/kernels/support/*.c))
KERNEL_LIBGCC = $(shell riscv64-unknown-elf-gcc -march=rv64imafdc -mabi=lp64d -mcmodel=medany \
	-print-libgcc-file-name)
KERNEL_LIBGCC_NOT := atomic unwind.* emutls enable-execute-stack _clear_cache _trampoline _ctors \
	__main _eprintf __gcc_bcmp

# Without debug information: users link the archive with an lld of their own, and an older lld
# refuses what this clang writes.
$(BUILD)/kernels/support/%.o: private KERNEL_CFLAGS += -fno-builtin -g0

$(KERNEL_LIB): $(KERNEL_SUPPORT) firmware/firmware.mk
	@mkdir -p $(@D)/libgcc
	$(Q)libgcc=$(KERNEL_LIBGCC) && cd $(@D)/libgcc && rm -f *.o && \
		riscv64-unknown-elf-ar x "$$libgcc" && \
		rm $$(ls | grep -x $(KERNEL_LIBGCC_NOT:%=-e '%[.]o')) && \
		riscv64-unknown-elf-strip --strip-debug *.o
	$(Q)rm -f $@ && riscv64-unknown-elf-ar rcsD $@ $(KERNEL_SUPPORT) $(@D)/libgcc/*.o

.PRECIOUS: $(BUILD)/kernels/%.o
ALL += $(KERNEL_ELFS) $(KERNEL_LIB)

-include $(wildcard $(BUILD)/kernels/*.d $(BUILD)/kernels/support/*.d)
