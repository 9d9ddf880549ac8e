# SPDX-License-Identifier: GPL-2.0-or-later
#
# pinion-search: finds lines by meaning; the main example of a program that uses libpinion.

SEARCH_OBJS := $(patsubst tools/search/%.c,$(BUILD)/search/%.o,$(wildcard tools/search/*.c))
SEARCH_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -MMD -MP -Ilibruntime/include -Ifirmware/kernels/include
SEARCH_LIBS := -ljansson -lutf8proc -lcrypto -lm

$(BUILD)/search/%.o: tools/search/%.c tools/search/search.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(SEARCH_CFLAGS) -c $< -o $@

$(BUILD)/bin/pinion-search: $(SEARCH_OBJS) $(BUILD)/lib/libpinion.so $(BUILD)/lib/libpinion.so.1
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(SEARCH_OBJS) -L$(BUILD)/lib -lpinion -Wl,-rpath,'$$ORIGIN/../lib' \
		$(SEARCH_LIBS) -o $@

ALL += $(BUILD)/bin/pinion-search

-include $(wildcard $(BUILD)/search/*.d)
