# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of the processors.

RV_TEST_DIFF := $(BUILD)/tests/unit/rv-diff

$(RV_TEST_DIFF): tests/unit/rv-diff.c tests/unit/rv-gen.c tests/unit/rv-gen.h tests/tap.h \
		$(BUILD)/card/libpinion-card.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Itools/card/core -Itests $(filter %.c %.a,$^) -lunicorn -lm -o $@

TESTS += $(RV_TEST_DIFF)
