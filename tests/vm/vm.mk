# SPDX-License-Identifier: GPL-2.0-or-later
# The program of the guest that migrate.py saves; not a test by itself.

ALL += $(BUILD)/vm/migrate-guest

$(BUILD)/vm/migrate-guest: tests/vm/migrate-guest.c $(BUILD)/lib/libpinion.a
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -Ilibruntime/include -o $@ $^ $(shell pkg-config --libs libdrm liburing)

# The program of the guest in which update.sh updates firmware; not a test by itself.
ALL += $(BUILD)/vm/update-guest

$(BUILD)/vm/update-guest: $(BUILD)/rig/vm/update-guest.o $(rig-objects)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -ldrm -pthread -o $@

# The program of the guests that go to sleep; not a test by itself.
ALL += $(BUILD)/vm/sleep-guest

$(BUILD)/vm/sleep-guest: tests/vm/sleep-guest.c $(BUILD)/lib/libpinion.a
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -Ilibruntime/include -o $@ $^ $(shell pkg-config --libs libdrm liburing)

# The program of the guest in which an idle card rests; not a test by itself.
ALL += $(BUILD)/vm/rest-guest

$(BUILD)/vm/rest-guest: tests/vm/rest-guest.c $(BUILD)/lib/libpinion.a
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -Ilibruntime/include -o $@ $^ $(shell pkg-config --libs libdrm liburing)

# What kexec.sh leaves in the card when a second kernel starts; not a test by itself.
ALL += $(BUILD)/vm/left-guest

$(BUILD)/vm/left-guest: $(BUILD)/rig/vm/left-guest.o $(rig-objects)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $^ -luring -ldrm -pthread -o $@
