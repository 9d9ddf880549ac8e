# SPDX-License-Identifier: MIT
#
# libpinion: the runtime and its examples. tools/install/install.mk installs them.

RT_SONAME := libpinion.so.$(firstword $(subst ., ,$(VERSION)))
RT_LIB := $(BUILD)/lib/libpinion.so.$(VERSION)
RT_LINKS := $(BUILD)/lib/$(RT_SONAME) $(BUILD)/lib/libpinion.so
RT_STATIC := $(BUILD)/lib/libpinion.a
RT_PC := $(BUILD)/lib/pkgconfig/pinion.pc
RT_OBJS := $(patsubst libruntime/src/%.c,$(BUILD)/libruntime/%.o,$(wildcard libruntime/src/*.c))
RT_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fPIC -fvisibility=hidden -pthread \
	-MMD -MP -Ilibruntime/include $(shell pkg-config --cflags libdrm)
RT_LIBS := -ldrm -luring -pthread

$(BUILD)/libruntime/%.o: libruntime/src/%.c libruntime/libruntime.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(RT_CFLAGS) -c $< -o $@

$(RT_LIB): $(RT_OBJS) libruntime/pinion.map
	@mkdir -p $(@D)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,$(RT_SONAME) -Wl,--no-undefined \
		-Wl,--version-script=libruntime/pinion.map $(RT_OBJS) $(RT_LIBS) -o $@

$(RT_LINKS): $(RT_LIB)
	$(Q)ln -sf $(<F) $@

$(RT_STATIC): $(RT_OBJS)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# The one in the build folder finds header and library where they are now, and
# makes programs find the library there, too.
$(RT_PC): libruntime/pinion.pc.in libruntime/libruntime.mk uapi/pinion_version.h
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(abspath $(BUILD))|; s|@LIBDIR@|$(abspath $(BUILD))/lib|' \
		-e 's|@INCLUDEDIR@|$(abspath libruntime/include)|; s|@VERSION@|$(VERSION)|' \
		-e 's|@RPATH@| -Wl,-rpath,$${libdir}|' $< > $@

ALL += $(RT_LIB) $(RT_LINKS) $(RT_STATIC) $(RT_PC)

# ---- The manual pages of the functions: the header's comments, and what only a page says.
RT_MAN3_IN := $(wildcard libruntime/man/*.3.in)
RT_MAN3 := $(patsubst %,$(BUILD)/man/%.3, \
	$(shell sed -n 's/^\.Nm \([a-z0-9_]*\).*/\1/p' $(RT_MAN3_IN)))

$(RT_MAN3) &: $(RT_MAN3_IN) libruntime/include/pinion.h tools/docs/manual
	@mkdir -p $(BUILD)/man
	$(Q)tools/docs/manual libruntime/include/pinion.h $(BUILD)/man $(RT_MAN3_IN)

ALL += $(RT_MAN3)

# ---- Examples: built as a user would, from pkg-config alone.
RT_EXAMPLES := $(BUILD)/bin/hello $(BUILD)/bin/ring

$(RT_EXAMPLES): $(BUILD)/bin/%: libruntime/examples/%.c $(RT_LINKS) $(RT_PC) \
		libruntime/include/pinion.h
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -g -Wall -Wextra $< -o $@ \
		$$(PKG_CONFIG_PATH=$(abspath $(BUILD))/lib/pkgconfig \
			pkg-config --cflags --libs pinion) \
		$(RT_EXAMPLE_LIBS)

$(BUILD)/bin/ring: RT_EXAMPLE_LIBS := -luring

ALL += $(RT_EXAMPLES)

-include $(wildcard $(BUILD)/libruntime/*.d)
