// SPDX-License-Identifier: GPL-2.0-or-later
/* When a card sleeps and when it does not. The core's own assertions are built in. */
#include "card_fixture.h"

#define CMD  FX_DEV_VA
#define CODE (FX_DEV_VA + 0x10000)
#define SEM  (FX_DEV_VA + 0x20000)

/* Enables the mailbox's and the faults' interrupt; each one that wakes it adds 1 to HEARTBEAT. */
static const uint32_t firmware[] = {
	LUI(T0, PINION_MGMT_SYS_BASE >> 12),
	ADDI(T1, ZERO, PINION_MGMT_IRQ_MBOX | PINION_MGMT_IRQ_FAULT),
	SW(T0, T1, PINION_MGMT_IRQ_ENABLE),
	LUI(T1, 1),
	ADDI(T1, T1, RV_IRQ_EXTERNAL - 4096),
	0x30431073 /* csrw mie, t1 */,
	WFI,
	LW(T1, T0, PINION_MGMT_IRQ),
	SW(T0, T1, PINION_MGMT_IRQ),
	LW(T2, T0, PINION_MGMT_HEARTBEAT),
	ADDI(T2, T2, 1),
	SW(T0, T2, PINION_MGMT_HEARTBEAT),
	0xfe9ff06f, /* j to the WFI */
};

static void start_firmware(struct fixture *fx)
{
	memcpy(fx->card->s.mgmt.ram, firmware, sizeof(firmware));
	mgmt_start(fx->card, PINION_MGMT_RAM_BASE);
	fx_run(fx);
}

/* Whether the card says again and again that it is idle, until @wakeup. */
static bool sleeps(struct fixture *fx, uint64_t wakeup)
{
	unsigned int i;

	if (!fx_run(fx))
		return false;
	for (i = 0; i < 10; i++)
		if (card_step(fx->card, 1, &fx->wakeup) || fx->wakeup != wakeup)
			return false;
	return true;
}

static bool stays_awake(struct fixture *fx)
{
	unsigned int i;

	for (i = 0; i < 1000; i++)
		if (!card_step(fx->card, 1 + i % 200, &fx->wakeup))
			return false;
	return true;
}

static void submit(struct fixture *fx, uint32_t q, const void *packets, uint32_t bytes)
{
	memcpy(fx_dev(fx, CMD + q * 256), packets, bytes);
	fx_exec(fx, q, CMD + q * 256, bytes, q);
}

static void launch(struct fixture *fx, uint32_t q, const uint32_t *code, size_t bytes,
		   uint32_t blocks)
{
	struct pinion_pkt_launch p = FX_LAUNCH(CODE, 0, blocks, 1, 1);

	memcpy(fx_dev(fx, CODE), code, bytes);
	mmu_invalidate(fx->card, 0);
	submit(fx, q, &p, sizeof(p));
}

static void test_firmware(struct fixture *fx)
{
	uint32_t beat;

	tap_ok(sleeps(fx, UINT64_MAX), "without firmware: asleep");
	start_firmware(fx);
	tap_ok(sleeps(fx, UINT64_MAX), "the management processor in WFI: asleep");
	beat = fx_rd(fx, PINION_REG_FW_HEARTBEAT);
	fx_wr(fx, PINION_REG_H2F_TAIL, 1);
	tap_ok(sleeps(fx, UINT64_MAX) && fx_rd(fx, PINION_REG_FW_HEARTBEAT) == beat + 1,
	       "a message wakes it once");
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_ENGINE);
	tap_ok(sleeps(fx, UINT64_MAX) && !fx_rd(fx, PINION_REG_RESET), "a reset is done first");
}

static void test_waiting(struct fixture *fx)
{
	struct pinion_pkt_sem wait = FX_SEM(PINION_PKT_WAIT, SEM, 1);
	struct pinion_pkt_sem signal = FX_SEM(PINION_PKT_SIGNAL, SEM, 1);

	fx_queue(fx, 0, 1, 4, 1);
	fx_queue(fx, 1, 1, 4, 3);
	submit(fx, 0, &wait, sizeof(wait));
	tap_ok(sleeps(fx, fx->now + CARD_POLL_NS), "a job that waits: asleep until the next look");
	submit(fx, 1, &signal, sizeof(signal));
	tap_ok(sleeps(fx, UINT64_MAX) && fx_cqe(fx, 0, 0).status == PINION_CQE_PHASE,
	       "the card's own signal ends that at once");
}

/* Blocks of 1 to 6 instructions; budgets that end before, with and after the last one of them. */
static void test_blocks(struct fixture *fx)
{
	uint32_t code[6] = { 0 }, budget, length, left = 0;

	for (budget = 1; budget <= 400; budget++) {
		for (length = 1; length <= 6; length++) {
			for (uint32_t i = 0; i < length; i++)
				code[i] = i + 1 < length ? ADDI(T0, T0, 1) : RET;
			fx_queue(fx, 2, 1, 4, 1);
			launch(fx, 2, code, sizeof(code), 1 + budget % 9);
			while (card_step(fx->card, budget, &fx->wakeup))
				;
			left += fx_cqe(fx, 2, 0).status != PINION_CQE_PHASE;
		}
	}
	tap_ok(!left, "no block is left behind by a budget that ends with it");
}

/* What a fault leaves to do is the firmware's, and the firmware's alone. */
static void test_faults(struct fixture *fx)
{
	const uint32_t code[] = { ADDI(T0, T0, 1), ADDI(T0, T0, 1), EBREAK };
	uint32_t budget, beat = fx_rd(fx, PINION_REG_FW_HEARTBEAT);

	for (budget = 1; budget <= 400; budget++) {
		fx_queue(fx, 3, 1, 4, 1);
		launch(fx, 3, code, sizeof(code), 1 + budget % 9);
		while (card_step(fx->card, budget, &fx->wakeup))
			;
	}
	tap_ok(fx_rd(fx, PINION_REG_FW_HEARTBEAT) == beat + 400,
	       "the firmware hears of 400 faults");
	tap_ok(sleeps(fx, UINT64_MAX), "a queue that has stopped: asleep");
}

static void test_abort(struct fixture *fx)
{
	const uint32_t forever[] = { LOOP_FOREVER };
	uint32_t at = 4 * PINION_DOORBELL_STRIDE + PINION_DOORBELL_ABORT;

	fx_queue(fx, 4, 1, 4, 1);
	launch(fx, 4, forever, sizeof(forever), 1);
	tap_ok(stays_awake(fx), "a block that does not end: awake");
	fx->card->s.knobs.deaf = 1;
	card_doorbell_write(fx->card, at, PINION_ABORT_VALID | 4);
	tap_ok(stays_awake(fx), "a deaf card goes on with it");
	fx->card->s.knobs.deaf = 0;
	card_doorbell_write(fx->card, at, PINION_ABORT_VALID | 4);
	tap_ok(sleeps(fx, UINT64_MAX), "it is aborted: asleep");
}

int main(void)
{
	struct fixture *fx = fx_new(4, NULL);

	tap_plan(12);
	fx_vm(fx, 1);
	test_firmware(fx);
	test_waiting(fx);
	test_blocks(fx);
	test_faults(fx);
	test_abort(fx);
	fx_free(fx);
	return tap_result();
}
