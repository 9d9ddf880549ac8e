# SPDX-License-Identifier: GPL-2.0-or-later
#
# make lint: the tree by its own rules. tools/lint/lint has the checks, each of which is a
# goal of its own, too, such as make lint-prose. Circles are measured from objects.

lint-checks := format files lines functions prose names kernel-doc checkpatch sparse circles
lint-goals := $(lint-checks:%=lint-%)
lint-objects := $(RT_OBJS) $(CARD_OBJS) $(driver-out)/pinion.ko
# The program calls make for sparse, and is not run by make -n.
run-lint = $(unless-dry)$(Q)$(if $(CHECKPATCH),CHECKPATCH='$(CHECKPATCH)') MAKE='$(MAKE)' \
	tools/lint/lint --build '$(BUILD)'

lint: $(lint-objects)
	$(run-lint)

lint-circles: $(lint-objects)

$(lint-goals): lint-%:
	$(run-lint) $*

.PHONY: lint $(lint-goals)
