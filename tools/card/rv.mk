# The processors of the card model: interpreter and matrix engine.
CARD_RV_SRCS := $(addprefix tools/card/core/, rv_exec.c rv_decode.c rv_rvc.c rv_mem.c rv_csr.c \
	rv_fp.c rv_fp_round.c)
