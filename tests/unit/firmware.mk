# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of the firmware: natively on fake registers, and the real image on the card model.

MGMT_MBOX_SRCS := tests/unit/mgmt-mbox.c \
	$(patsubst %,firmware/mgmt/%.c,main mbox queue vm sched crash log)

$(BUILD)/tests/unit/mgmt-mbox: $(MGMT_MBOX_SRCS) firmware/mgmt/fw.h firmware/mgmt/io.h tests/tap.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined -I. -Ifirmware/mgmt \
		-DPINION_FW_VERSION=$(FW_VERSION_WORD) $(MGMT_MBOX_SRCS) -o $@

TESTS += $(BUILD)/tests/unit/mgmt-mbox
