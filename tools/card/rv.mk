# SPDX-License-Identifier: GPL-2.0-or-later
#
# The processors of the card model: interpreter and matrix engine. Variables alone; card.mk has the
# rules.

CARD_RV_SRCS := $(addprefix tools/card/core/, rv_exec.c rv_decode.c rv_rvc.c rv_mem.c rv_csr.c \
	rv_fp.c rv_fp_round.c matrix.c matrix_host.c)

# One indirect jump per handler is the point of threaded dispatch: keep the compiler from sharing.
CARD_CFLAGS_rv_exec := -fno-gcse -fno-crossjumping -ffp-contract=off
CARD_CFLAGS_rv_fp := -ffp-contract=off
CARD_CFLAGS_rv_fp_round := -ffp-contract=off
