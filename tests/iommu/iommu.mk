# SPDX-License-Identifier: GPL-2.0-or-later
#
# Four groups that run programs of other groups on other machines, so each is a
# link to one of those, called GROUP-NAME:
#
# preempted  with a card that preempts each block after every 1,000 cycles
# smp     with two processors
# iommu   with an IOMMU between the cards and memory
# window  with device memory of which BAR4 shows little, a card whose DMA
#         addresses have 32 bits, and memory that it cannot reach
#
# smp and window have a test of their own as well.

iommu-shares := $(filter-out memory/many,$(filter memory/% isolation/%,$(rig-src:tests/%.c=%))) \
	$(addprefix queue/,exec user user-ends fences) uring/exec-cancel \
	$(addprefix selftests/,kill reload unbind wedge) \
	$(addprefix runtime/,buffer fault launch packets threads)
window-shares := $(addprefix memory/,bo-create bo-mmap prime vm-bind vm-bind-args) queue/exec \
	isolation/fresh selftests/unbind $(addprefix runtime/,buffer launch packets)
# Not queue/deadline-storm: a tracepoint patches the kernel, which may crash a guest of several
# processors that QEMU emulates in a thread each (Documentation/vm.rst).
smp-shares := $(addprefix queue/,timeline-wait user-ends user-races) \
	$(addprefix uring/,exec-cancel exec-iopoll-ends exec-model) selftests/kill

preempted-shares := $(patsubst firmware/kernels/%.c,kernels/%,$(wildcard firmware/kernels/*.c)) \
	runtime/launch

# $(call relink,GROUP,ORIGIN/NAME)
define relink
$(BUILD)/tests/$(1)/$(subst /,-,$(2)): $(BUILD)/tests/$(2)
	@mkdir -p $$(@D)
	$$(Q)ln -sf ../$(2) $$@
TESTS += $(BUILD)/tests/$(1)/$(subst /,-,$(2))
endef

$(foreach group,smp iommu window preempted,\
	$(foreach share,$($(group)-shares),$(eval $(call relink,$(group),$(share)))))
