# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install and make uninstall: which files are installed, and where (Documentation/install.rst).

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
SDKDIR := $(PREFIX)/share/pinion
VMDIR := $(PREFIX)/libexec/pinion
# The folders in which the kernel, udev, systemd-sysusers, modprobe and dkms look, whatever PREFIX
# is.
FIRMWAREDIR ?= /lib/firmware
UDEVDIR ?= /lib/udev/rules.d
SYSUSERSDIR ?= /lib/sysusers.d
MODPROBEDIR ?= /lib/modprobe.d
DKMSDIR ?= /usr/src
STRIP ?= strip

# The names of these folders pass through make, the shell, sed and a list with colons between its
# fields, and are written into files that are read from other folders: hence few characters.
install-dirs := PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR FIRMWAREDIR UDEVDIR SYSUSERSDIR MODPROBEDIR \
	DKMSDIR
bad-dirs = $(foreach v,$(install-dirs),$(if $(shell printf '%s\n' '$(subst ','\'',$($v))' | \
	grep -vx '/[A-Za-z0-9/._+@~%=-]*'),$v))
ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
ifneq ($(strip $(bad-dirs)),)
$(error $(firstword $(bad-dirs)) is '$($(firstword $(bad-dirs)))', but must be an absolute path of \
	letters, digits and ._+@~%=- only)
endif
endif

dkms-tree := $(DKMSDIR)/pinion-$(VERSION)
# $(call from-to,A,B): the path of folder B relative to folder A.
from-to = $(shell realpath -m -s --relative-to=$1 $2)

# ---- A script for sed, which replaces each @NAME@ in the files *.in.
define INSTALL_SED
s|@PREFIX@|$(PREFIX)|
s|@LIBDIR@|$(LIBDIR)|
s|@INCLUDEDIR@|$(INCLUDEDIR)|
s|@RPATH@||
s|@SDKDIR@|$(SDKDIR)|
s|@KERNELSDIR@|$${sdkdir}/kernels|
s|@INCLUDES@|-I$(INCLUDEDIR)/pinion|
s|@LIBRARY@|$${sdkdir}/libpinion-kernel.a|
s|@CFLAGS@|$(KERNEL_SDK_CFLAGS)|
s|@LDFLAGS@|$(KERNEL_SDK_LDFLAGS)|
s|@VERSION@|$(VERSION)|
s|@MAJOR@|$(firstword $(subst ., ,$(VERSION)))|
s|@SONAME@|$(RT_SONAME)|
s|@UP@|$(call from-to,$(LIBDIR)/cmake/pinion,$(PREFIX))|
s|@TO_INCLUDE@|$(call from-to,$(LIBDIR)/cmake/pinion,$(INCLUDEDIR))|
endef

# pinion-kernel.pc for the build folder: headers, linker script and archive are those of the tree.
KERNEL_PC := $(BUILD)/lib/pkgconfig/pinion-kernel.pc

$(KERNEL_PC): firmware/kernels/pinion-kernel.pc.in firmware/firmware.mk tools/install/install.mk \
		uapi/pinion_version.h
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(abspath $(BUILD))|; s|@SDKDIR@|$(abspath firmware/kernels)|' \
		-e 's|@KERNELSDIR@|$${prefix}/kernels|; s|@VERSION@|$(VERSION)|' \
		-e 's|@INCLUDES@|-I$(abspath firmware/kernels/include) -I$(abspath uapi)|' \
		-e 's|@LIBRARY@|$${kernelsdir}/libpinion-kernel.a|' \
		-e 's|@CFLAGS@|$(KERNEL_SDK_CFLAGS)|; s|@LDFLAGS@|$(KERNEL_SDK_LDFLAGS)|' $< > $@

ALL += $(KERNEL_PC)

# ---- The list of files. An entry is KIND:SOURCE:DESTINATION; tools/install/place has the kinds.
# $(call put,KIND,FOLDER,FILES): entries for files that keep their names, without a final .in.
put = $(foreach f,$3,$1:$f:$2/$(notdir $(f:.in=)))
driver-tree := $(shell find driver -type f ! -name '*.mk' ! -name '*.in')

install-list := \
	$(call put,library,$(LIBDIR),$(RT_LIB)) \
	link:$(notdir $(RT_LIB)):$(LIBDIR)/$(RT_SONAME) \
	link:$(RT_SONAME):$(LIBDIR)/libpinion.so \
	$(call put,archive,$(LIBDIR),$(RT_STATIC)) \
	$(call put,text,$(LIBDIR)/pkgconfig,libruntime/pinion.pc.in \
		firmware/kernels/pinion-kernel.pc.in) \
	$(call put,text,$(LIBDIR)/cmake/pinion,$(wildcard tools/install/*.cmake.in)) \
	$(call put,file,$(INCLUDEDIR),libruntime/include/pinion.h) \
	$(call put,file,$(INCLUDEDIR)/pinion,$(wildcard uapi/*.h firmware/kernels/include/*.h)) \
	$(call put,file,$(MANDIR)/man1,$(wildcard tools/*/*.1)) \
	$(call put,file,$(MANDIR)/man3,$(RT_MAN3)) \
	$(call put,file,$(MANDIR)/man7,$(wildcard libruntime/man/*.7)) \
	$(call put,file,$(MANDIR)/man7,$(BUILD)/man/pinion-errors.7) \
	$(call put,file,$(SDKDIR),firmware/kernels/kernel.ld $(KERNEL_LIB)) \
	$(call put,file,$(SDKDIR)/kernels,$(KERNEL_ELFS)) \
	$(call put,file,$(SDKDIR)/examples,$(wildcard libruntime/examples/*.c)) \
	$(call put,program,$(BINDIR),$(BUILD)/bin/pinion-search $(BUILD)/bin/pinion-fwsign) \
	link:$(call from-to,$(BINDIR),$(VMDIR)/vm/pinion-vm):$(BINDIR)/pinion-vm \
	$(call put,script,$(VMDIR)/vm,tools/vm/pinion-vm) \
	$(call put,file,$(VMDIR)/vm,$(wildcard tools/vm/*.sh)) \
	$(call put,program,$(VMDIR)/vm,$(BUILD)/vm/init $(BUILD)/vm/tsc-khz) \
	$(call put,library,$(VMDIR)/card,$(BUILD)/card/pinion-card.so) \
	$(call put,file,$(VMDIR)/firmware/pinion,$(BUILD)/firmware/pinion/mgmt.bin) \
	$(call put,file,$(FIRMWAREDIR)/pinion,$(BUILD)/firmware/pinion/mgmt.bin) \
	$(call put,file,$(UDEVDIR),tools/install/60-pinion.rules) \
	file:tools/install/sysusers.conf:$(SYSUSERSDIR)/pinion.conf \
	file:tools/install/modprobe.conf:$(MODPROBEDIR)/pinion.conf \
	$(call put,text,$(dkms-tree),driver/dkms.conf.in) \
	$(foreach f,$(driver-tree),file:$f:$(dkms-tree)/$(f:driver/%=%)) \
	$(call put,file,$(dkms-tree)/uapi,$(wildcard uapi/*.h))

install-field = $(word $1,$(subst :, ,$2))
install-sources := $(foreach e,$(install-list),\
	$(if $(filter link:%,$e),,$(call install-field,2,$e)))
place = printf '%s\n' $(install-list) | \
	STRIP=$(STRIP) DKMS_PACKAGE=pinion/$(VERSION) tools/install/place

install: export INSTALL_SED := $(INSTALL_SED)
install: $(install-sources)
	$(Q)$(place) install '$(DESTDIR)'

uninstall:
	$(Q)$(place) remove '$(DESTDIR)'

.PHONY: install uninstall

# For tests: the names of the kernels' tools in the documentation, and the names on this machine.
show-kernel-tools:
	@echo "clang $(FW_CLANG)"; echo "ld.lld $(FW_LD)"

internal-goals += show-kernel-tools
.PHONY: show-kernel-tools
