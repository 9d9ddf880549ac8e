# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of the processors.

RV_TEST_DIFF := $(BUILD)/tests/unit/rv-diff

$(RV_TEST_DIFF): tests/unit/rv-diff.c tests/unit/rv-gen.c tests/unit/rv-gen.h tests/tap.h \
		$(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itools/card/core -Itests $(filter %.c %.a,$^) -lunicorn -lm -o $@

TESTS += $(RV_TEST_DIFF)

RV_TEST_MATRIX := $(BUILD)/tests/unit/matrix

$(RV_TEST_MATRIX): tests/unit/matrix.c tests/tap.h $(CARD_SAN_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(CARD_SAN) -D_GNU_SOURCE -Itools/card/core -Itests $(filter %.c %.a,$^) -lm -o $@

TESTS += $(RV_TEST_MATRIX)
