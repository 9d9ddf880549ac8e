# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of the card model's core, on a build of it with the address and undefined-behaviour
# sanitisers.

CARD_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CARD_SAN_OBJS := $(patsubst tools/card/core/%.c,$(BUILD)/card/san/%.o,\
	$(wildcard tools/card/core/*.c)) $(BUILD)/card/test_key.o
CARD_SAN_LIB := $(BUILD)/card/san/libpinion-card.a

$(BUILD)/card/san/%.o: tools/card/core/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(CARD_CFLAGS) -DCARD_DEBUG $(CARD_SAN) -MMD -MP -c $< -o $@

$(CARD_SAN_LIB): $(CARD_SAN_OBJS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

CARD_TESTS := card-regs card-boot card-mgmt card-firmware card-queue card-moderation card-abort \
	card-packets card-mmu card-launch card-sched card-preempt card-flash card-idle card-knobs \
	card-save card-fuzz
CARD_TEST_BINS := $(CARD_TESTS:%=$(BUILD)/tests/unit/%)

$(CARD_TEST_BINS): $(BUILD)/tests/unit/%: tests/unit/%.c tests/unit/card_fixture.c $(CARD_SAN_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(CARD_CFLAGS) $(CARD_SAN) -I. -Itests/unit -MMD -MP -MF $@.d -MT $@ \
		$< tests/unit/card_fixture.c $(CARD_SAN_LIB) $(CARD_LIBS) -o $@

TESTS += $(CARD_TEST_BINS)

# The same abuse driven by libFuzzer, for as long as one likes.
$(BUILD)/fuzz/card: tests/unit/card-fuzz.c tests/unit/card_fixture.c \
		$(wildcard tools/card/core/*.[ch])
	@mkdir -p $(@D)
	$(Q)$(FW_CLANG) $(CFLAGS) $(CARD_CFLAGS) -DCARD_DEBUG -DFUZZER \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -I. -Itests/unit $(filter %.c,$^) $(CARD_LIBS) -o $@
-include $(CARD_SAN_OBJS:.o=.d) $(CARD_TEST_BINS:%=%.d)
