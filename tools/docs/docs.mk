# SPDX-License-Identifier: GPL-2.0-or-later
#
# make docs: the pages of Documentation, the kernel-doc comments and the manual as HTML. Every
# warning of Sphinx is an error. Nothing is fetched: scripts/kernel-doc is in the cached
# linux-kbuild. tools/docs/manual makes the manual pages, see libruntime/libruntime.mk.

docs-src := Documentation
docs-out := $(BUILD)/docs
kernel-doc := $(CACHE)/kernel/current/build/scripts/kernel-doc

# The manual page of the errors is written from their catalogue.
errors-page := $(BUILD)/man/pinion-errors.7

$(errors-page): Documentation/sphinx/error_catalogue.py uapi/pinion_errors.h uapi/pinion_regs.h
	@mkdir -p $(@D)
	$(Q)python3 $< >$@

ALL += $(errors-page)

docs: $(errors-page) $(RT_MAN3)
	$(Q)command -v sphinx-build >/dev/null || \
		{ echo "make docs needs sphinx-build (python3-sphinx): run 'make setup'"; exit 1; }
	@echo "  SPHINX  $(docs-out)/html"
	$(Q)PYTHONDONTWRITEBYTECODE=1 sphinx-build -b html -q -W --keep-going \
		-d $(docs-out)/doctrees -D kernel_doc_script=$(kernel-doc) \
		-D manual_build=$(abspath $(BUILD)) \
		$(docs-src) $(docs-out)/html
	@echo "docs: open $(abspath $(docs-out))/html/index.html"

.PHONY: docs
