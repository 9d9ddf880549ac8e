# SPDX-License-Identifier: GPL-2.0-or-later
#
# Three groups that run programs of other groups on other machines, so each is a
# link to one of those, called GROUP-NAME:
#
# smp     with two processors
# iommu   with an IOMMU between the cards and memory
# window  with device memory of which BAR4 shows little, a card whose DMA
#         addresses have 32 bits, and memory that it cannot reach
#
# Each has a test of its own as well.

iommu-shares := $(filter-out memory/many,$(filter memory/% isolation/%,$(rig-src:tests/%.c=%))) \
	$(addprefix queue/,exec user user-ends fences) uring/exec-cancel \
	$(addprefix selftests/,kill reload unbind wedge) \
	$(addprefix runtime/,buffer fault launch packets threads)
window-shares := $(addprefix memory/,bo-create bo-mmap prime vm-bind) queue/exec isolation/fresh \
	selftests/unbind $(addprefix runtime/,buffer launch packets)
smp-shares := $(addprefix queue/,deadline-storm timeline-wait user-ends user-races) \
	$(addprefix uring/,exec-cancel exec-iopoll-ends exec-model) selftests/kill

# $(call relink,GROUP,ORIGIN/NAME)
define relink
$(BUILD)/tests/$(1)/$(subst /,-,$(2)): $(BUILD)/tests/$(2)
	@mkdir -p $$(@D)
	$$(Q)ln -sf ../$(2) $$@
TESTS += $(BUILD)/tests/$(1)/$(subst /,-,$(2))
endef

$(foreach group,smp iommu window,\
	$(foreach share,$($(group)-shares),$(eval $(call relink,$(group),$(share)))))

# Tests of the groups iommu and window alone, with the rig of the selftests.
machine-tests := $(addprefix $(BUILD)/tests/iommu/,stray deaf) $(BUILD)/tests/window/small
machine-objs := $(machine-tests:$(BUILD)/tests/%=$(BUILD)/machines/%.o)

TESTS += $(machine-tests)

$(machine-objs): $(BUILD)/machines/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) $(RIG_CFLAGS) -MMD -MP -c $< -o $@

$(machine-tests): $(BUILD)/tests/%: $(BUILD)/machines/%.o $(rig-objects)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -o $@

-include $(machine-objs:.o=.d)
