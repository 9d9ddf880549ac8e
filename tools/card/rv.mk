# SPDX-License-Identifier: GPL-2.0-or-later
#
# The processors of the card model: interpreter and matrix engine. This file sets variables; the
# rules are in card.mk.

CARD_RV_SRCS := $(addprefix tools/card/core/, rv_exec.c rv_decode.c rv_rvc.c rv_mem.c rv_csr.c \
	rv_fp.c rv_fp_round.c matrix.c matrix_host.c)

# Each handler of the interpreter ends with an indirect jump of its own: keep the compiler from
# merging the jumps into one.
CARD_CFLAGS_rv_exec := -fno-gcse -fno-crossjumping -ffp-contract=off
CARD_CFLAGS_rv_fp := -ffp-contract=off
CARD_CFLAGS_rv_fp_round := -ffp-contract=off
