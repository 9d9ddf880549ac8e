# SPDX-License-Identifier: GPL-2.0-or-later
#
# One non-recursive build: the parts add their outputs to ALL and their test
# programs to TESTS in the fragments included below. Everything made here lands
# in $(BUILD); everything downloaded lands in $(CACHE), outside the tree.

BUILD := build
home := $(HOME)
# With sudo, make install finds what the user who calls it has set up, unless root has done so.
ifneq ($(and $(SUDO_USER),$(filter install uninstall,$(MAKECMDGOALS))),)
ifeq ($(wildcard $(HOME)/.cache/pinion/kernel/current),)
home := $(shell getent passwd '$(SUDO_USER)' | cut -d: -f6)
endif
endif
CACHE ?= $(or $(XDG_CACHE_HOME),$(home)/.cache)/pinion
export CACHE

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 -Wall -Wextra -Iuapi
JOBS ?= $(shell nproc)
# Not search: it is the card that works there, and not the driver.
DEBUG_GROUPS ?= $(filter-out search,$(shell awk '$$2 == "guest" && $$1 !~ "/" { print $$1 }' \
	tests/groups.table))
# tests/run finds out how many tests at once fit this machine, unless the caller says how many.
run-tests = tests/run $(if $(filter file,$(origin JOBS)),,-j$(JOBS))
debug-driver := $(BUILD)/debug/driver
Q := $(if $(V),,@)
# Such as 1.2.0: uapi/pinion_version.h has the one version of library, driver and packages.
VERSION := $(shell awk '/_(MAJOR|MINOR|PATCH)[ \t]/ { v = v s $$3; s = "." } END { print v }' \
	uapi/pinion_version.h)

ALL :=
TESTS :=
# The goals that make help leaves out, as they are for tests and for other goals.
internal-goals :=
comma := ,

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

# The goals that need no fragment must work before anything is set up, too.
plain-goals := setup clean help check-debug demo check bench soak
-include $(wildcard tests/*/goals.make)
ifneq ($(filter-out $(plain-goals),$(or $(MAKECMDGOALS),all)),)
ifneq ($(words $(subst :, ,$(subst $(comma), ,$(CURDIR)))),1)
$(error The path '$(CURDIR)' has a space, colon or comma in it, which make and QEMU \
	cannot handle: move the repository)
endif
ifneq ($(filter all install docs lint lint-%,$(or $(MAKECMDGOALS),all)),)
ifneq ($(words $(wildcard $(CACHE)/kernel/current $(CACHE)/kselftest/current)),2)
$(error Not all that is built with is in $(CACHE) yet: run 'make setup' first)
endif
endif
-include tests/tests.mk $(sort tools/card/card.mk firmware/firmware.mk driver/driver.mk \
	libruntime/libruntime.mk tools/search/search.mk \
	$(wildcard tests/*/*.mk tools/*/*.mk))
endif

# Set-up may bring what the fragments look for while make reads them, so the
# build that follows it is a make of its own.
sub-make = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
step = @printf '\n== %s\n'

# A + makes a line run even under make -n; there set-up must not install anything, so it has none.
unless-dry := $(if $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,+)
set-up = $(unless-dry)$(Q)tools/setup/setup

all: $(ALL) $(TESTS)

setup:
	$(set-up)

demo:
	$(step) "make demo 1/3: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make demo 2/3: build into $(BUILD)/"
	+$(Q)$(sub-make) all
	$(step) "make demo 3/3: boot the VM with a card and answer questions on it"
	$(Q)tools/search/demo $(DEMO_OPTIONS)

check:
	$(step) "make check 1/3: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make check 2/3: build into $(BUILD)/"
	+$(Q)$(sub-make) all
	$(step) "make check 3/3: run every test group"
	$(Q)$(run-tests)

bench:
	$(step) "make bench 1/3: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make bench 2/3: build into $(BUILD)/"
	+$(Q)$(sub-make) all
	$(step) "make bench 3/3: measure; table in $(BUILD)/bench.json, plots in $(BUILD)/bench/"
	$(Q)tests/bench/run

soak:
	$(step) "make soak 1/3: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make soak 2/3: build into $(BUILD)/"
	+$(Q)$(sub-make) all
	$(step) "make soak 3/3: run $(or $(SOAK),every test group) with long counts"
	$(Q)PINION_SOAK=1 $(run-tests) --vm=--append=log_buf_len=16M $(SOAK)

check-debug:
	$(step) "make check-debug 1/4: set-up (cached in $(CACHE))"
	$(set-up)
	$(step) "make check-debug 2/4: the debug kernel (cached, built once)"
	$(unless-dry)$(Q)JOBS=$(JOBS) tools/setup/debug-kernel
	$(step) "make check-debug 3/4: build into $(BUILD)/, the driver once more for that kernel"
	+$(Q)$(sub-make) all
	+$(Q)$(sub-make) $(debug-driver)/pinion.ko driver-out=$(debug-driver) \
		KERNEL_BUILD=$(CACHE)/kernel/debug/build
	$(step) "make check-debug 4/4: run groups $(DEBUG_GROUPS); any kernel report fails"
	$(Q)$(run-tests) --slow 6 $(DEBUG_GROUPS) \
		--vm="--kernel=debug --module=$(debug-driver)/pinion.ko --memory=3G --snapshot"

clean:
	rm -rf $(BUILD)

define help-text
make all                   build everything into $(BUILD)/ (default; needs 'make setup' once)
make setup                 install or unpack what the build and the VM need; safe to repeat
make demo                  set up, build, and run the search job on a card in a VM; with
                           DEMO_OPTIONS for tools/search/demo, such as '--cards 2'
make check                 set up, build, and run every test
make soak                  the same with long counts; SOAK='selftests/kill vm' is a test and a group
make check-debug           the guest tests on a debug kernel: KASAN, lockdep, kmemleak
make check-irqsoff         count instructions with interrupts off, on a kernel without checkers
make check-dmem            the test of the dmem cgroup on the kernel debug-newest
make debug-kernel          build a kernel of tests/debug/variants.table, KERNEL=NAME, and its driver
make check-kernels         build and test the driver for every kernel of the table
make check-kernels-build   build the driver for every kernel, and test nothing
make check-hosts           the two commands in fresh systems of each Debian that set-up knows
make check-installed       make install into minimal Debian systems, DKMS included
make bench                 set up, build, measure; writes $(BUILD)/bench.json and plots
make fuzz-runtime-elf      libFuzzer on libpinion's loader, for FUZZ_SECONDS (60)
make lint                  the rules of style over the whole tree (tools/lint/lint)
make lint-CHECK            one check alone, such as lint-prose; tools/lint/lint --help has all
make docs                  the documentation as HTML, in $(BUILD)/docs/html
make install               install below DESTDIR and PREFIX: see Documentation/install.rst
make uninstall             remove what make install with the same variables put there
make clean                 remove $(BUILD)/ (the cache stays: $(CACHE))
make help                  this list
V=1 shows the commands, JOBS=N limits parallel jobs (now $(JOBS)).
endef

help:
	@$(info $(help-text)):

.PHONY: all setup demo check bench soak check-debug clean help
