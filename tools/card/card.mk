# SPDX-License-Identifier: GPL-2.0-or-later
#
# The card model's core as a library that does not need QEMU, for the PCI device and the unit tests.

include tools/card/rv.mk

CARD_SRCS := $(addprefix tools/card/core/, card.c regs.c boot.c mbox.c mgmt.c mgmt_regs.c \
	mgmt_irq.c mgmt_sched.c queue.c queue_state.c packet.c mmu.c dma.c core.c core_state.c \
	sched.c preempt.c fault.c moderation.c abort.c shadow.c nor.c selector.c flash.c save.c \
	host.c ident.c knobs.c) $(CARD_RV_SRCS)
CARD_OBJS := $(CARD_SRCS:tools/card/core/%.c=$(BUILD)/card/core/%.o) $(BUILD)/card/test_key.o
CARD_LIB := $(BUILD)/card/libpinion-card.a
# Hidden: in QEMU's process the model's names must not take the place of another library's.
CARD_CFLAGS := -D_GNU_SOURCE -fPIC -fvisibility=hidden -fno-strict-aliasing -Itools/card/core

# Each block begins with registers of zero. With GCC's own code for that, an empty block takes a
# third longer than with a call of memset().
CARD_CFLAGS_core := -mmemset-strategy=libcall:-1:noalign

# Libraries that a program needs if it is linked with the core.
CARD_LIBS := -lsodium -lm

$(BUILD)/card/core/%.o: tools/card/core/%.c tools/card/card.mk tools/card/rv.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(CARD_CFLAGS) $(CARD_CFLAGS_$*) -MMD -MP -c $< -o $@

# firmware/firmware.mk writes this source from the public half of the test key.
$(BUILD)/card/test_key.o: $(BUILD)/card/test_key.c tools/card/card.mk
	$(Q)$(CC) $(CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@

$(CARD_LIB): $(CARD_OBJS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

ALL += $(CARD_LIB)
-include $(CARD_OBJS:.o=.d)
