# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of the processors; those with known answers on the build with sanitisers (card.mk).

RV_TEST_DIFF := $(BUILD)/tests/unit/rv-diff
RV_TESTS := $(addprefix $(BUILD)/tests/unit/, rv-known rv-machine matrix)

$(RV_TEST_DIFF): tests/unit/rv-diff.c tests/unit/rv-gen.c tests/unit/rv-gen.h tests/tap.h \
		$(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itools/card/core -Itests $(filter %.c %.a,$^) -lunicorn -lm -o $@

$(RV_TESTS): $(BUILD)/tests/unit/%: tests/unit/%.c tests/unit/rv-known.h tests/tap.h $(CARD_SAN_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(CARD_SAN) -D_GNU_SOURCE -Itools/card/core -Itests \
		$(filter %.c %.a,$^) -lm -o $@

TESTS += $(RV_TEST_DIFF) $(RV_TESTS)
