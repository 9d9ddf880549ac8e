# SPDX-License-Identifier: GPL-2.0-or-later
#
# Accuracy tests of the compute kernels: build/tests/unit/kernel-NAME runs on the card model without
# a VM.

RIG_OBJS := $(patsubst %,$(BUILD)/tests/obj/%.o,cardrig cardrig_elf)
RIG_LIBS = $(BUILD)/card/libpinion-card.a $(CARD_LIBS)

$(BUILD)/tests/obj/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -I. -MMD -MP -c $< -o $@

$(BUILD)/tests/obj/kernel-%.o: tests/kernels/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -I. -Ifirmware/kernels/include -ffp-contract=off -MMD -MP -c $< -o $@

KERNEL_TESTS := $(patsubst %,$(BUILD)/tests/unit/kernel-%,$(KERNEL_NAMES))

$(KERNEL_TESTS): $(BUILD)/tests/unit/%: $(BUILD)/tests/obj/%.o $(BUILD)/tests/obj/kernel-kt_rig.o \
		$(RIG_OBJS) $(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(filter %.o,$^) $(RIG_LIBS) -o $@

RIG_TESTS := $(addprefix $(BUILD)/tests/unit/,mgmt-boot mgmt-warm mgmt-sched card-caps \
	launches)

$(RIG_TESTS): $(BUILD)/tests/unit/%: $(BUILD)/tests/obj/%.o $(RIG_OBJS) \
		$(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(filter %.o,$^) $(RIG_LIBS) -o $@

.PRECIOUS: $(BUILD)/tests/obj/%.o
TESTS += $(KERNEL_TESTS) $(RIG_TESTS)

-include $(wildcard $(BUILD)/tests/obj/*.d)

# build/tests/kernels/NAME is the same test through libpinion, for a guest.
KERNEL_GUEST_TESTS := $(patsubst %,$(BUILD)/tests/kernels/%,$(KERNEL_NAMES))

$(BUILD)/tests/obj/kernel-kt_pinion.o: CFLAGS += -Ilibruntime/include

$(KERNEL_GUEST_TESTS): $(BUILD)/tests/kernels/%: $(BUILD)/tests/obj/kernel-%.o \
		$(BUILD)/tests/obj/kernel-kt_pinion.o $(BUILD)/lib/libpinion.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ -ldrm -luring -pthread -lm -o $@

TESTS += $(KERNEL_GUEST_TESTS)
