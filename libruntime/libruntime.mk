# SPDX-License-Identifier: MIT
#
# libpinion: the runtime, its examples, and how to install it.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
RT_SONAME := libpinion.so.$(firstword $(subst ., ,$(VERSION)))
RT_LIB := $(BUILD)/lib/libpinion.so.$(VERSION)
RT_LINKS := $(BUILD)/lib/$(RT_SONAME) $(BUILD)/lib/libpinion.so
RT_STATIC := $(BUILD)/lib/libpinion.a
RT_PC := $(BUILD)/lib/pkgconfig/pinion.pc
RT_OBJS := $(patsubst libruntime/src/%.c,$(BUILD)/libruntime/%.o,$(wildcard libruntime/src/*.c))
RT_CFLAGS = $(CFLAGS) -D_GNU_SOURCE -fPIC -fvisibility=hidden -pthread -MMD -MP \
	-Ilibruntime/include $(shell pkg-config --cflags libdrm)
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
$(RT_PC): libruntime/pinion.pc.in libruntime/libruntime.mk
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(abspath $(BUILD))|; s|@LIBDIR@|$(abspath $(BUILD))/lib|' \
		-e 's|@INCLUDEDIR@|$(abspath libruntime/include)|; s|@VERSION@|$(VERSION)|' \
		-e 's|@RPATH@| -Wl,-rpath,$${libdir}|' $< > $@

ALL += $(RT_LIB) $(RT_LINKS) $(RT_STATIC) $(RT_PC)

# ---- Examples: built as a user would, from pkg-config alone.
RT_EXAMPLES := $(BUILD)/bin/hello $(BUILD)/bin/ring

$(RT_EXAMPLES): $(BUILD)/bin/%: libruntime/examples/%.c $(RT_LINKS) $(RT_PC) \
		libruntime/include/pinion.h
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -g -Wall -Wextra $< -o $@ \
		$$(PKG_CONFIG_PATH=$(abspath $(BUILD))/lib/pkgconfig pkg-config --cflags --libs pinion) \
		$(RT_EXAMPLE_LIBS)

$(BUILD)/bin/ring: RT_EXAMPLE_LIBS := -luring

ALL += $(RT_EXAMPLES)

# ---- make install [DESTDIR=] [PREFIX=/usr/local] [LIBDIR=$PREFIX/lib]
install: $(RT_LIB) $(RT_STATIC)
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include \
		$(DESTDIR)$(PREFIX)/share/man/man3 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(RT_LIB) $(DESTDIR)$(LIBDIR)/
	ln -sf $(notdir $(RT_LIB)) $(DESTDIR)$(LIBDIR)/$(RT_SONAME)
	ln -sf $(RT_SONAME) $(DESTDIR)$(LIBDIR)/libpinion.so
	install -m 644 $(RT_STATIC) $(DESTDIR)$(LIBDIR)/
	install -m 644 libruntime/include/pinion.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 libruntime/man/*.3 $(DESTDIR)$(PREFIX)/share/man/man3/
	install -m 644 libruntime/man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7/
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@RPATH@||' \
		-e 's|@INCLUDEDIR@|$(PREFIX)/include|; s|@VERSION@|$(VERSION)|' \
		libruntime/pinion.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/pinion.pc

.PHONY: install

-include $(wildcard $(BUILD)/libruntime/*.d)
