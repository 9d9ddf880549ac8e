// SPDX-License-Identifier: GPL-2.0-or-later
/* The queue engine: indices that wrap, rounds and phases, doorbells, stop and reset, semaphores. */
#include "card_fixture.h"

#define CMD FX_DEV_VA
#define SEM (FX_DEV_VA + 0x10000)

static const struct pinion_desc nop = { .opcode = PINION_DESC_NOP, .cookie = 77 };

static bool record_is(struct fixture *fx, uint32_t q, uint32_t i, uint64_t cookie, uint32_t status)
{
	struct pinion_cqe cqe = fx_cqe(fx, q, i);
	uint32_t phase = pinion_ring_phase(i, fx->card->s.queues[q].entries);

	return cqe.cookie == cookie && cqe.status == (status | phase);
}

static void test_rounds(struct fixture *fx)
{
	bool good = true;
	uint32_t i;

	fx_queue(fx, 3, 1, 4, 1);
	for (i = 0; i < 50; i++) {
		struct pinion_desc desc = nop;

		desc.cookie = i;
		fx_desc(fx, 3, &desc);
		if (i % 3 == 2)
			continue;
		fx_doorbell(fx, 3);
		good &= fx_run(fx) && record_is(fx, 3, i, i, PINION_STATUS_OK) &&
			fx_cqe(fx, 3, i).sq_head == i + 1;
	}
	tap_ok(good, "50 jobs through a ring of 4: cookie, head and phase of each");
	tap_ok(fx->card->s.queues[3].state == PINION_Q_IDLE, "then the queue is IDLE");
}

static void test_wrap(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[5];
	bool good = true;
	uint32_t i, base = UINT32_MAX - 9;

	fx_queue(fx, 5, 1, 8, 1);
	q->head = q->tail = q->cq_index = base;
	fx->tail[5] = base;
	for (i = 0; i < 30; i++) {
		struct pinion_desc desc = nop;

		desc.cookie = 1000 + i;
		fx_desc(fx, 5, &desc);
		fx_doorbell(fx, 5);
		good &= fx_run(fx) && record_is(fx, 5, base + i, 1000 + i, PINION_STATUS_OK) &&
			fx_cqe(fx, 5, base + i).sq_head == base + i + 1;
	}
	tap_ok(good, "indices wrap at 2^32");
}

static void test_wrong_end(struct fixture *fx)
{
	uint64_t ends[2];

	fx->card->config.debug = true;
	fx_queue(fx, 6, 1, 4, 1);
	fx_wr(fx, PINION_REG_DEBUG_RECORD_END, 0x80000001);
	for (uint32_t i = 0; i < 2; i++) {
		fx_desc(fx, 6, &nop);
		fx_doorbell(fx, 6);
		fx_run(fx);
		ends[i] = fx_cqe(fx, 6, i).end;
	}
	tap_ok(ends[0] >> 32 == 0x80000001 && !(ends[1] >> 32) &&
		       !fx_rd(fx, PINION_REG_DEBUG_RECORD_END),
	       "a knob makes the end in one record wrong");
	fx->card->config.debug = false;
}

static void test_bad_doorbells(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[6];
	struct pinion_fault_record *r = &fx->card->s.faults[6];
	unsigned int before = fx->complaints;

	card_doorbell_write(fx->card, 9 * PINION_DOORBELL_STRIDE, 1);
	tap_ok(fx->complaints == before + 1 && fx->card->s.queues[9].state == PINION_Q_DISABLED,
	       "a doorbell of a disabled queue is ignored and remarked upon");

	fx_queue(fx, 6, 1, 4, 1);
	fx_desc(fx, 6, &nop);
	fx_desc(fx, 6, &nop);
	fx_doorbell(fx, 6);
	fx_run(fx);
	card_doorbell_write(fx->card, 6 * PINION_DOORBELL_STRIDE, 2);
	tap_ok(fx_run(fx) && q->state == PINION_Q_IDLE, "the same tail again is no work");

	card_doorbell_write(fx->card, 6 * PINION_DOORBELL_STRIDE, 7);
	fx_run(fx);
	tap_ok(q->state == PINION_Q_FAULTED && r->status == PINION_STATUS_BAD_RING &&
		       q->cq_index == 2,
	       "a tail beyond the ring: BAD_RING, no record");
	tap_ok(fx_rd(fx, PINION_REG_FAULT_QUEUES(0)) == 1u << 6, "its bit in FAULT_QUEUES");
	queue_stop(fx->card, q);
	tap_ok(!fx_rd(fx, PINION_REG_FAULT_QUEUES(0)) && !r->status &&
		       q->state == PINION_Q_DISABLED,
	       "stop clears record and bit");
}

static void test_refused_rings(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[7];

	fx_queue(fx, 7, 1, 4, 1);
	fx->deny_from = fx_ring(7);
	fx->deny_to = fx_ring(7) + 64;
	fx_desc(fx, 7, &nop);
	fx_doorbell(fx, 7);
	fx_run(fx);
	tap_ok(q->state == PINION_Q_FAULTED &&
		       fx->card->s.faults[7].status == PINION_STATUS_BAD_RING &&
		       fx->card->s.faults[7].va == fx_ring(7),
	       "descriptor ring not readable: BAD_RING");

	fx_queue(fx, 7, 1, 4, 1);
	fx->deny_from = q->cq;
	fx->deny_to = q->cq + 32;
	fx_desc(fx, 7, &nop);
	fx_doorbell(fx, 7);
	fx_run(fx);
	tap_ok(q->state == PINION_Q_FAULTED && fx->card->s.faults[7].va == q->cq &&
		       fx->card->s.faults[7].access == PINION_ACCESS_WRITE,
	       "completion ring not writable: BAD_RING");
	fx->deny_from = fx->deny_to = 0;
	queue_stop(fx->card, q);
}

static void test_interrupts(struct fixture *fx)
{
	struct pinion_desc quiet = nop;
	unsigned int before;

	quiet.flags = PINION_DESC_F_NO_IRQ;
	fx_queue(fx, 8, 1, 16, 1);
	before = fx->msi[9];
	fx_desc(fx, 8, &quiet);
	fx_doorbell(fx, 8);
	fx_run(fx);
	tap_ok(fx->msi[9] == before && record_is(fx, 8, 0, 77, 0), "NO_IRQ: record, no interrupt");

	fx_desc(fx, 8, &nop);
	fx_desc(fx, 8, &nop);
	fx_desc(fx, 8, &nop);
	fx_doorbell(fx, 8);
	fx_run(fx);
	tap_ok(fx->msi[9] > before && fx->msi[9] <= before + 3 && record_is(fx, 8, 3, 77, 0),
	       "three jobs: at least one interrupt, at most three");

	before = fx->msi[9];
	quiet.opcode = 99;
	fx_wr(fx, PINION_REG_INT_ENABLE, PINION_INT_FAULT);
	fx_desc(fx, 8, &quiet);
	fx_doorbell(fx, 8);
	fx_run(fx);
	tap_ok(fx->msi[9] == before + 1 && record_is(fx, 8, 4, 77, PINION_STATUS_BAD_DESC),
	       "a failed job interrupts in spite of NO_IRQ");
	tap_ok(fx_rd(fx, PINION_REG_INT_STATUS) & PINION_INT_FAULT && fx->msi[0] == 1,
	       "INT_FAULT and vector 0");
	fx_wr(fx, PINION_REG_INT_STATUS, PINION_INT_ALL);
	fx_wr(fx, PINION_REG_INT_ENABLE, 0);
	queue_stop(fx->card, &fx->card->s.queues[8]);
}

/* Each way in which a descriptor can be wrong. */
static void test_bad_descs(struct fixture *fx)
{
	static const struct pinion_desc good = {
		.opcode = PINION_DESC_EXEC,
		.cmd_va = CMD,
		.cookie = 5,
	};
	struct pinion_desc bad[11];
	unsigned int i, refused = 0;

	for (i = 0; i < 11; i++)
		bad[i] = good;
	bad[0].opcode = 2;
	bad[1].flags = PINION_DESC_F_ALL + 1;
	bad[2].group = 1;
	bad[3].reserved2 = 1;
	bad[4].bytes = 4;
	bad[5].bytes = PINION_MAX_CMD_BYTES + 8;
	bad[6].cmd_va = CMD + 4;
	bad[7].wait_va = SEM + 1;
	bad[8].signal_va = SEM + 4;
	bad[9].opcode = PINION_DESC_NOP;
	bad[10].opcode = PINION_DESC_NOP;
	bad[10].cmd_va = 0;
	bad[10].bytes = 8;
	for (i = 0; i < 11; i++) {
		fx_queue(fx, 10, 1, 4, 1);
		fx_desc(fx, 10, &bad[i]);
		fx_doorbell(fx, 10);
		fx_run(fx);
		refused += fx->card->s.queues[10].state == PINION_Q_FAULTED &&
			   record_is(fx, 10, 0, 5, PINION_STATUS_BAD_DESC);
	}
	tap_ok(refused == 11, "%u of 11 bad descriptors are refused as BAD_DESC", refused);

	fx_queue(fx, 10, 1, 4, 1);
	fx_desc(fx, 10, &good);
	fx_doorbell(fx, 10);
	tap_ok(fx_run(fx) && record_is(fx, 10, 0, 5, PINION_STATUS_OK), "the good one passes");
}

/* Three descriptors as one job, and then a job of one. */
static void chain(struct fixture *fx, uint32_t bad)
{
	uint32_t i;

	fx_queue(fx, 14, 1, 8, 1);
	for (i = 0; i < 4; i++) {
		struct pinion_desc desc = nop;

		desc.cookie = i / 3 + 1;
		desc.flags = i < 2 ? PINION_DESC_F_MORE : 0;
		desc.signal_va = SEM + 8 * i;
		desc.signal_value = 1;
		if (i == bad)
			desc.opcode = 99;
		fx_desc(fx, 14, &desc);
	}
	memset(fx_dev(fx, SEM), 0, 32);
}

static void test_chains(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[14];
	struct pinion_fault_record *r = &fx->card->s.faults[14];
	uint64_t *sem = fx_dev(fx, SEM);
	unsigned int before = fx->msi[15];

	chain(fx, 9);
	card_doorbell_write(fx->card, 14 * PINION_DOORBELL_STRIDE, 2);
	tap_ok(fx_run(fx) && sem[0] && sem[1] && !fx_cqe(fx, 14, 0).status &&
		       fx->msi[15] == before && q->state == PINION_Q_IDLE,
	       "two of three descriptors of a job: no record, no interrupt");
	fx->now += 1000;
	fx_doorbell(fx, 14);
	tap_ok(fx_run(fx) && record_is(fx, 14, 0, 1, 0) && fx_cqe(fx, 14, 0).sq_head == 3 &&
		       fx_cqe(fx, 14, 0).start + 1000 <= fx_cqe(fx, 14, 0).end,
	       "the third: one record, from the beginning of the first");
	tap_ok(record_is(fx, 14, 1, 2, 0) && fx_cqe(fx, 14, 1).sq_head == 4 &&
		       fx_cqe(fx, 14, 1).start == fx_cqe(fx, 14, 1).end && q->cq_index == 2,
	       "the next job has a record of its own");
	chain(fx, 1);
	fx_doorbell(fx, 14);
	tap_ok(fx_run(fx) && record_is(fx, 14, 0, 1, PINION_STATUS_BAD_DESC) && r->part == 1 &&
		       r->cookie == 1 && fx_cqe(fx, 14, 0).sq_head == 2 && sem[0] && !sem[2] &&
		       q->state == PINION_Q_FAULTED,
	       "one that fails ends the job and says which it is");
	chain(fx, 3);
	fx_doorbell(fx, 14);
	tap_ok(fx_run(fx) && record_is(fx, 14, 1, 2, PINION_STATUS_BAD_DESC) && !r->part,
	       "a job after it counts from 0");
	fx->card->config.without_caps = PINION_CAP_CHAIN;
	chain(fx, 9);
	fx_doorbell(fx, 14);
	tap_ok(fx_run(fx) && record_is(fx, 14, 0, 1, PINION_STATUS_BAD_DESC),
	       "a card without the capability refuses them");
	fx->card->config.without_caps = 0;
	queue_stop(fx->card, q);
}

/* clang-format off */
static void test_semaphores(struct fixture *fx)
{
	struct pinion_desc waiter = {
		.opcode = PINION_DESC_NOP, .wait_va = SEM, .wait_value = 3, .cookie = 1,
	};
	struct pinion_desc signaller = {
		.opcode = PINION_DESC_NOP, .signal_va = SEM, .signal_value = 3, .cookie = 2,
	};
	uint64_t *sem = fx_dev(fx, SEM);

	*sem = 2;
	fx_queue(fx, 11, 1, 4, 1);
	fx_queue(fx, 12, 1, 4, 1);
	fx_desc(fx, 11, &waiter);
	fx_doorbell(fx, 11);
	tap_ok(fx_run(fx) && fx->card->s.queues[11].state == PINION_Q_WAITING &&
	       fx->wakeup == fx->now + CARD_POLL_NS, "a queue waits and asks to be woken");
	fx_desc(fx, 12, &signaller);
	fx_doorbell(fx, 12);
	tap_ok(fx_run(fx) && *sem == 3 && record_is(fx, 11, 0, 1, 0) && record_is(fx, 12, 0, 2, 0),
	       "another queue's signal lets it go on, without the clock");

	*sem = 9;
	fx_desc(fx, 12, &signaller);
	fx_doorbell(fx, 12);
	fx_run(fx);
	tap_ok(*sem == 9, "a signal does not lower a semaphore");

	waiter.wait_va = FX_HOST_VA;
	fx_desc(fx, 11, &waiter);
	fx_doorbell(fx, 11);
	fx_run(fx);
	*(uint64_t *)fx_hostmem(fx, FX_HOST_VA) = UINT64_MAX;
	tap_ok(fx->card->s.queues[11].state == PINION_Q_WAITING, "waits for a word of the host");
	fx->now = fx->wakeup;
	tap_ok(fx_run(fx) && record_is(fx, 11, 1, 1, 0), "and sees it at the next look");
}
/* clang-format on */

static void test_stop(struct fixture *fx)
{
	struct pinion_desc waiter = {
		.opcode = PINION_DESC_NOP,
		.wait_va = SEM,
		.wait_value = UINT64_MAX,
	};
	struct pinion_pkt_fill fill = FX_FILL(FX_DEV_VA + 0x100000, 4u << 20, 7, 1);
	struct card_queue *q = &fx->card->s.queues[13];
	uint64_t wakeup;

	fx_queue(fx, 13, 1, 4, 1);
	fx_desc(fx, 13, &waiter);
	fx_doorbell(fx, 13);
	fx_run(fx);
	queue_stop(fx->card, q);
	tap_ok(fx_run(fx) && fx->wakeup == UINT64_MAX && q->state == PINION_Q_DISABLED,
	       "stop while WAITING");

	fx_queue(fx, 13, 1, 4, 1);
	memcpy(fx_dev(fx, CMD), &fill, sizeof(fill));
	fx_exec(fx, 13, CMD, sizeof(fill), 0);
	card_step(fx->card, 1, &wakeup);
	tap_ok(q->state == PINION_Q_RUNNING && q->done > 0 && q->done < fill.bytes,
	       "a long FILL is done in pieces");
	fx_wr(fx, PINION_REG_RESET, PINION_RESET_ENGINE);
	tap_ok(fx_rd(fx, PINION_REG_RESET) == PINION_RESET_BUSY, "engine reset: BUSY");
	fx_run(fx);
	tap_ok(!fx_rd(fx, PINION_REG_RESET) &&
		       fx_rd(fx, PINION_REG_RESET_RESULT) == PINION_RESET_ENGINE &&
		       q->state == PINION_Q_DISABLED && !q->done,
	       "then done, the queue DISABLED");
	queue_enable(fx->card, q);
	fx->tail[13] = 0;
	fx_exec(fx, 13, CMD, sizeof(fill), 0);
	tap_ok(fx_run(fx) && record_is(fx, 13, 0, 0, 0), "and good again when enabled");
}

/* clang-format off */
static void test_enable(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[20], good;
	unsigned int refused = 0, i;

	fx_queue(fx, 20, 1, 4, 1);
	queue_stop(fx->card, q);
	good = *q;
	for (i = 0; i < 12; i++) {
		*q = good;
		switch (i) {
		case 0: q->entries = 1; break;
		case 1: q->entries = 6; break;
		case 2: q->entries = 8192; break;
		case 3: q->vm = 0; break;
		case 4: q->vm = 256; break;
		case 5: q->vector = 0; break;
		case 6: q->vector = 64; break;
		case 7: q->priority = 4; break;
		case 8: q->ring += 32; break;
		case 9: q->cq += 8; break;
		case 10: q->ring = 1ull << 57; break;
		case 11: q->cq = (1ull << 57) - 64; break;
		}
		queue_enable(fx->card, q);
		refused += q->state == PINION_Q_DISABLED;
	}
	tap_ok(refused == 12, "%u of 12 bad set-ups are not enabled", refused);
}
/* clang-format on */

static void test_priority(struct fixture *fx)
{
	struct pinion_pkt_sem stamp[2] = {
		FX_SEM(PINION_PKT_TIMESTAMP, FX_DEV_VA + 0x8000, 0),
		FX_SEM(PINION_PKT_TIMESTAMP, FX_DEV_VA + 0x8000, 0),
	};
	uint64_t wakeup;

	memcpy(fx_dev(fx, CMD), stamp, sizeof(stamp));
	fx_queue(fx, 30, 1, 4, 0);
	fx_queue(fx, 31, 1, 4, 3);
	fx_exec(fx, 30, CMD, sizeof(stamp), 1);
	fx_exec(fx, 31, CMD, sizeof(stamp), 2);
	card_step(fx->card, 1, &wakeup);
	tap_ok(record_is(fx, 31, 0, 2, 0) && !fx_cqe(fx, 30, 0).status,
	       "the higher priority goes first");
	tap_ok(fx_run(fx) && record_is(fx, 30, 0, 1, 0), "the lower one follows");
}

static uint32_t status_reg(struct fixture *fx, uint32_t q, uint32_t reg)
{
	return card_doorbell_read(fx->card, q * PINION_DOORBELL_STRIDE + reg);
}

static void test_progress(struct fixture *fx)
{
	struct pinion_desc quiet = { .opcode = PINION_DESC_NOP, .flags = PINION_DESC_F_NO_IRQ };
	struct pinion_desc more = { .opcode = PINION_DESC_NOP, .flags = PINION_DESC_F_MORE };
	struct pinion_desc bad = { .opcode = 99 };

	fx_queue(fx, 40, 1, 4, 1);
	tap_ok(!status_reg(fx, 40, PINION_DOORBELL_RECORDS) &&
		       status_reg(fx, 40, PINION_DOORBELL_STATE) == PINION_Q_IDLE,
	       "a new queue is idle");
	fx_desc(fx, 40, &quiet);
	fx_desc(fx, 40, &more);
	fx_desc(fx, 40, &quiet);
	fx_doorbell(fx, 40);
	tap_ok(status_reg(fx, 40, PINION_DOORBELL_STATE) == PINION_Q_RUNNING,
	       "after a doorbell it is not");
	tap_ok(fx_run(fx) && status_reg(fx, 40, PINION_DOORBELL_RECORDS) == 2 &&
		       status_reg(fx, 40, PINION_DOORBELL_STATE) == PINION_Q_IDLE,
	       "jobs are counted, not descriptors");
	fx_desc(fx, 40, &bad);
	fx_doorbell(fx, 40);
	tap_ok(fx_run(fx) && status_reg(fx, 40, PINION_DOORBELL_RECORDS) == 3 &&
		       status_reg(fx, 40, PINION_DOORBELL_STATE) == PINION_Q_FAULTED,
	       "one that fails, too");
	queue_stop(fx->card, &fx->card->s.queues[40]);
	tap_ok(!status_reg(fx, 40, PINION_DOORBELL_RECORDS) &&
		       status_reg(fx, 40, PINION_DOORBELL_STATE) == PINION_Q_DISABLED &&
		       !status_reg(fx, 40, PINION_DOORBELL_TAIL),
	       "a stop begins anew");
	tap_ok(!card_doorbell_read(fx->card, UINT32_MAX - 3), "nothing behind the last page");
}

static struct pinion_shadow *shadow_of(struct fixture *fx, uint32_t q)
{
	return (void *)(fx->host + (fx->card->s.queues[q].shadow - FX_HOST_BASE));
}

/* Behind the rings. */
static void shadow_queue(struct fixture *fx, uint32_t q, uint32_t entries)
{
	struct card_queue *queue = &fx->card->s.queues[q];

	fx_queue(fx, q, 1, entries, 1);
	queue_stop(fx->card, queue);
	queue->shadow = queue->cq + entries * sizeof(struct pinion_cqe);
	queue_enable(fx->card, queue);
}

static void test_shadow(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[50];
	struct pinion_shadow *shadow;
	unsigned int i;

	shadow_queue(fx, 50, 8);
	shadow = shadow_of(fx, 50);
	for (i = 0; i < 3; i++)
		fx_desc(fx, 50, &nop);
	shadow->tail = 3;
	tap_ok(fx_run(fx) && !fx_cqe(fx, 50, 0).status && !shadow->wake,
	       "a queue at rest is not looked at");
	card_doorbell_write(fx->card, 50 * PINION_DOORBELL_STRIDE, 1);
	tap_ok(fx_run(fx) && record_is(fx, 50, 2, 77, 0) && q->head == 3,
	       "one that runs finds more than the doorbell told");
	tap_ok(shadow->wake == 3 && q->state == PINION_Q_IDLE,
	       "before it rests it asks for a doorbell");
	for (i = 0; i < 8; i++)
		fx_desc(fx, 50, &nop);
	shadow->tail = 11;
	fx_doorbell(fx, 50);
	tap_ok(fx_run(fx) && q->head == 11 && shadow->wake == 11, "the next round");
	shadow->tail = 5;
	card_doorbell_write(fx->card, 50 * PINION_DOORBELL_STRIDE, 11);
	tap_ok(fx_run(fx) && q->head == 11 && q->state == PINION_Q_IDLE,
	       "one that goes back is ignored");
	shadow->tail = 20;
	card_doorbell_write(fx->card, 50 * PINION_DOORBELL_STRIDE, 11);
	tap_ok(fx_run(fx) && q->state == PINION_Q_FAULTED &&
		       fx->card->s.faults[50].status == PINION_STATUS_BAD_RING,
	       "one beyond the ring: BAD_RING");
}

static void test_bad_shadow(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[51];

	shadow_queue(fx, 51, 8);
	fx->deny_from = q->shadow;
	fx->deny_to = q->shadow + 8;
	fx_desc(fx, 51, &nop);
	fx_doorbell(fx, 51);
	tap_ok(fx_run(fx) && q->state == PINION_Q_FAULTED && record_is(fx, 51, 0, 77, 0) &&
		       fx->card->s.faults[51].va == q->shadow,
	       "one that the host refuses: after the job");
	fx->deny_from = fx->deny_to = 0;
	queue_stop(fx->card, q);
	q->shadow += 4;
	queue_enable(fx->card, q);
	tap_ok(q->state == PINION_Q_DISABLED, "one that is not aligned: not enabled");
	q->shadow = 0;
}

int main(void)
{
	struct fixture *fx = fx_new(2, NULL);

	tap_plan(50);
	fx_vm(fx, 1);
	test_rounds(fx);
	test_wrap(fx);
	test_wrong_end(fx);
	test_bad_doorbells(fx);
	test_refused_rings(fx);
	test_interrupts(fx);
	test_bad_descs(fx);
	test_chains(fx);
	test_semaphores(fx);
	test_stop(fx);
	test_enable(fx);
	test_priority(fx);
	test_progress(fx);
	test_shadow(fx);
	test_bad_shadow(fx);
	fx_free(fx);
	return tap_result();
}
