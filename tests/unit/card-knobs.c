// SPDX-License-Identifier: GPL-2.0-or-later
/* Fault knobs: what a card does that is made to misbehave, and that it is well again afterwards. */
#include "card_fixture.h"

#define Q      3u
#define VECTOR (Q % 62 + 1)

/* A queue with room for four descriptors without commands. */
static void queue(struct fixture *fx)
{
	card_reset(fx->card);
	memset(fx->msi, 0, sizeof(fx->msi));
	memset(fx->tail, 0, sizeof(fx->tail));
	fx_vm(fx, 1);
	fx_queue(fx, Q, 1, 4, 0);
}

static uint32_t records(struct fixture *fx)
{
	return fx->card->s.queues[Q].cq_index;
}

static void nop(struct fixture *fx)
{
	const struct pinion_desc d = { .opcode = PINION_DESC_NOP };

	fx_desc(fx, Q, &d);
}

static void test_names(struct fixture *fx)
{
	unsigned int i, wrong = 0;

	for (i = 0; card_knob_name(i); i++) {
		card_set_knob(fx->card, i, 1);
		wrong += card_knob(fx->card, i) != !!strcmp(card_knob_name(i), "aer");
		card_set_knob(fx->card, i, 0);
		wrong += card_knob(fx->card, i) != 0;
	}
	tap_ok(i == sizeof(fx->card->s.knobs) / 4 && i <= CARD_KNOBS_MAX && !wrong,
	       "%u knobs with names can be set and read", i);
}

static void test_bus_error(struct fixture *fx)
{
	unsigned int i, wrong = 0;

	memset(fx->bus_errors, 0, sizeof(fx->bus_errors));
	for (i = 0; i <= PINION_DEBUG_AER_FATAL; i++)
		fx_wr(fx, PINION_REG_DEBUG_AER, i);
	for (i = 0; i <= PINION_DEBUG_AER_FATAL; i++)
		wrong += fx->bus_errors[i] != (i > 0);
	tap_ok(!wrong && !fx_rd(fx, PINION_REG_DEBUG_AER), "each severity of error is reported");
}

/* The firmware counts its heartbeat, and shows the tail of the messages in the log's tail. */
static void start_firmware(struct fixture *fx)
{
	static const uint32_t code[] = {
		LUI(T0, PINION_MGMT_SYS_BASE >> 12),
		LW(T1, T0, PINION_MGMT_HEARTBEAT),
		ADDI(T1, T1, 1),
		SW(T0, T1, PINION_MGMT_HEARTBEAT),
		LW(T2, T0, PINION_MGMT_H2F_TAIL),
		SW(T0, T2, PINION_MGMT_LOG_TAIL),
		WFI,
		0xfe5ff06f, /* jump back to the second */
	};

	card_reset(fx->card);
	memcpy(fx->card->s.mgmt.ram, code, sizeof(code));
	fx->card->s.mgmt.irq_enable = PINION_MGMT_IRQ_MBOX;
	mgmt_start(fx->card, PINION_MGMT_RAM_BASE);
	fx->card->s.mgmt.running = 1;
}

/* Send a message and take back the interrupt, so that the firmware sleeps when it has looked. */
static bool send(struct fixture *fx, uint32_t tail)
{
	uint64_t wakeup;

	fx_wr(fx, PINION_REG_H2F_TAIL, tail);
	card_step(fx->card, 100, &wakeup);
	fx->card->s.mgmt.irq = 0;
	mgmt_update_irq(fx->card);
	return fx_run(fx);
}

static void test_firmware(struct fixture *fx)
{
	uint32_t beats;

	start_firmware(fx);
	tap_ok(send(fx, 1) && fx_rd(fx, PINION_REG_LOG_TAIL) == 1, "a firmware that sees messages");
	fx_wr(fx, PINION_REG_DEBUG_FIRMWARE, PINION_DEBUG_FW_HANGS);
	beats = fx_rd(fx, PINION_REG_FW_HEARTBEAT);
	tap_ok(send(fx, 2) && beats && fx_rd(fx, PINION_REG_FW_HEARTBEAT) == beats,
	       "one that hangs has no heartbeat");
	fx_wr(fx, PINION_REG_DEBUG_FIRMWARE, PINION_DEBUG_FW_DEAF);
	tap_ok(send(fx, 3) && fx_rd(fx, PINION_REG_FW_HEARTBEAT) != beats &&
		       fx_rd(fx, PINION_REG_LOG_TAIL) == 0 && fx_rd(fx, PINION_REG_H2F_TAIL) == 3,
	       "one that is deaf works and sees no message");
	fx_wr(fx, PINION_REG_DEBUG_FIRMWARE, 0);
	tap_ok(send(fx, 3) && fx_rd(fx, PINION_REG_LOG_TAIL) == 3, "it hears what it missed");
}

static void test_interrupts(struct fixture *fx)
{
	unsigned int i, wrong = 0;

	queue(fx);
	fx_wr(fx, PINION_REG_DEBUG_MSI_LOST, 1);
	nop(fx);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && records(fx) == 1 && !fx->msi[VECTOR] &&
		       !fx_rd(fx, PINION_REG_DEBUG_MSI_LOST),
	       "the interrupt of a job is lost");
	nop(fx);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && fx->msi[VECTOR] == 1, "the next one is not");
	memset(fx->msi, 0, sizeof(fx->msi));
	fx_wr(fx, PINION_REG_DEBUG_MSI_STORM, 5);
	for (i = 0; i < 3; i++)
		card_step(fx->card, 50000, &fx->wakeup);
	tap_ok(fx->msi[0] == 3, "a storm: one message of a vector in each step");
	fx_run(fx);
	for (i = 0; i < PINION_MSIX_VECTORS; i++)
		wrong += fx->msi[i] != 5;
	tap_ok(!wrong, "five of each vector in all");
}

static void test_doorbells(struct fixture *fx)
{
	struct pinion_shadow *shadow;
	struct card_queue *q = &fx->card->s.queues[Q];

	queue(fx);
	fx_wr(fx, PINION_REG_DEBUG_BELL_LOST, 1);
	nop(fx);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && !records(fx), "a doorbell is lost");
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && records(fx) == 1, "the next one is not");

	q->shadow = q->cq + 4 * sizeof(struct pinion_cqe);
	shadow = (void *)(fx->host + (q->shadow - FX_HOST_BASE));
	shadow->tail = 1;
	fx_wr(fx, PINION_REG_DEBUG_WAKE_WRONG, 1);
	nop(fx);
	shadow->tail = 2;
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && records(fx) == 2 && !pinion_ring_wants_doorbell(shadow->wake, 2, 3) &&
		       !pinion_ring_wants_doorbell(shadow->wake, 2, 6),
	       "the wake word asks for no doorbell, whatever is submitted");
	nop(fx);
	shadow->tail = 3;
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && records(fx) == 3 && pinion_ring_wants_doorbell(shadow->wake, 3, 4),
	       "the next one does");
}

static void test_reset(struct fixture *fx)
{
	unsigned int busy = 0;

	queue(fx);
	fx_wr(fx, PINION_REG_DEBUG_RESET_BUSY, 3);
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_CARD);
	nop(fx);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && !records(fx), "a card that resets does nothing else");
	while (fx_rd(fx, PINION_REG_RESET) == PINION_RESET_BUSY && busy < 10) {
		busy++;
		fx_run(fx);
	}
	tap_ok(busy == 3 && fx_rd(fx, PINION_REG_RESET_RESULT) == PINION_RESET_CARD,
	       "the host finds the reset not finished three times");
	fx_wr(fx, PINION_REG_DEBUG_RESET_BUSY, 2);
	card_reset(fx->card);
	tap_ok(card_reset_busy(fx->card) && card_reset_busy(fx->card) && !card_reset_busy(fx->card),
	       "so it does after a reset of the function");
}

static void test_gone(struct fixture *fx)
{
	queue(fx);
	nop(fx);
	fx_wr(fx, PINION_REG_DEBUG_ALL_ONES, 1);
	fx_wr(fx, PINION_REG_INT_ENABLE, PINION_INT_ALL);
	fx_doorbell(fx, Q);
	tap_ok(fx_rd(fx, PINION_REG_ID) == UINT32_MAX &&
		       fx_rd(fx, PINION_REG_DEBUG_ID) == UINT32_MAX &&
		       card_doorbell_read(fx->card, PINION_DOORBELL_RECORDS) == UINT32_MAX &&
		       fx_run(fx) && !records(fx),
	       "a card that seems to be gone");
	fx_wr(fx, PINION_REG_DEBUG_ALL_ONES, 0);
	tap_ok(fx_rd(fx, PINION_REG_ID) == PINION_ID && !fx_rd(fx, PINION_REG_INT_ENABLE),
	       "is back, and has seen no write");
}

int main(void)
{
	struct fixture *fx = fx_new(2, NULL);

	tap_plan(19);
	test_names(fx);
	fx->card->config.debug = true;
	test_bus_error(fx);
	test_firmware(fx);
	test_interrupts(fx);
	test_doorbells(fx);
	test_reset(fx);
	test_gone(fx);
	fx_free(fx);
	return tap_result();
}
