# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two groups that run programs of other groups on other machines, so each is a
# link to one of those, called GROUP-NAME:
#
# iommu   with an IOMMU between the cards and memory
# window  with device memory of which BAR4 shows little, a card whose DMA
#         addresses have 32 bits, and memory that it cannot reach
#
# Each has a test of its own as well.

iommu-selftests := bo-create bo-mmap exec exec-cancel isolation kill prime reload unbind vm-bind wedge
iommu-runtime := buffer fault launch packets threads
window-selftests := bo-create bo-mmap exec isolation prime unbind vm-bind
window-runtime := buffer launch packets

# $(call relink,GROUP,ORIGIN,NAMES)
define relink
$(3:%=$(BUILD)/tests/$(1)/$(2)-%): $(BUILD)/tests/$(1)/$(2)-%: $(BUILD)/tests/$(2)/%
	@mkdir -p $$(@D)
	$$(Q)ln -sf ../$(2)/$$* $$@
TESTS += $(3:%=$(BUILD)/tests/$(1)/$(2)-%)
endef

$(foreach group,iommu window,$(foreach origin,selftests runtime,\
	$(eval $(call relink,$(group),$(origin),$($(group)-$(origin))))))

# Their own, with the selftests' rig.
machine-tests := $(BUILD)/tests/iommu/stray $(BUILD)/tests/window/small
machine-objs := $(machine-tests:$(BUILD)/tests/%=$(BUILD)/machines/%.o)

TESTS += $(machine-tests)

$(machine-objs): $(BUILD)/machines/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -I/usr/include/libdrm -MMD -MP -c $< -o $@

$(machine-tests): $(BUILD)/tests/%: $(BUILD)/machines/%.o $(BUILD)/selftests/rig.o
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -o $@

-include $(machine-objs:.o=.d)
