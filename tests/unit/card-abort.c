// SPDX-License-Identifier: GPL-2.0-or-later
/* PINION_DOORBELL_ABORT: one job ends, whatever it does, and its queue goes on. */
#include "card_fixture.h"

#define Q    3u
#define CMD  FX_DEV_VA
#define CODE (FX_DEV_VA + 0x10000)
#define SEM  (FX_DEV_VA + 0x20000)
#define OUT  (FX_DEV_VA + 0x100000)

static const struct pinion_desc nop = { .opcode = PINION_DESC_NOP };

static void end_job(struct fixture *fx, uint32_t cookie)
{
	card_doorbell_write(fx->card, Q * PINION_DOORBELL_STRIDE + PINION_DOORBELL_ABORT,
			    cookie | PINION_ABORT_VALID);
}

static bool record_is(struct fixture *fx, uint32_t i, uint64_t cookie, uint32_t status)
{
	struct pinion_cqe cqe = fx_cqe(fx, Q, i);

	return cqe.cookie == cookie && cqe.status == (status | PINION_CQE_PHASE);
}

static bool is_idle(struct fixture *fx)
{
	return fx->card->s.queues[Q].state == PINION_Q_IDLE && !fx->card->s.faults[Q].status;
}

static void put(struct fixture *fx, uint64_t cookie, uint8_t flags, uint64_t wait_va)
{
	struct pinion_desc desc = nop;

	desc.cookie = cookie;
	desc.flags = flags;
	desc.wait_va = wait_va;
	desc.wait_value = wait_va ? 1 : 0;
	desc.signal_va = SEM + 8 * cookie;
	desc.signal_value = 1;
	fx_desc(fx, Q, &desc);
}

static void begin(struct fixture *fx)
{
	memset(fx_dev(fx, SEM), 0, 256);
	fx_queue(fx, Q, 1, 16, 1);
}

static void steps(struct fixture *fx, unsigned int n)
{
	while (n--)
		card_step(fx->card, 100000, &fx->wakeup);
}

/* An endless program on all cores, with a job behind it and another queue beside. */
static void test_running(struct fixture *fx)
{
	const struct pinion_pkt_launch p = FX_LAUNCH(CODE, OUT, 16, 1, 1);
	const uint32_t forever[] = { LOOP_FOREVER };
	unsigned int before = fx->msi[Q + 1];

	begin(fx);
	memcpy(fx_dev(fx, CODE), forever, sizeof(forever));
	memcpy(fx_dev(fx, CMD), &p, sizeof(p));
	mmu_invalidate(fx->card, 0);
	fx_exec(fx, Q, CMD, sizeof(p), 7);
	put(fx, 8, 0, 0);
	fx_doorbell(fx, Q);
	steps(fx, 5);
	tap_ok(!fx_cqe(fx, Q, 0).status && fx->card->s.cores[0].queue == Q, "an endless program");
	end_job(fx, 6);
	steps(fx, 5);
	tap_ok(!fx_cqe(fx, Q, 0).status, "another job's name does nothing to it");
	end_job(fx, 7);
	tap_ok(fx_run(fx) && record_is(fx, 0, 7, PINION_STATUS_ABORTED) && fx->msi[Q + 1] > before,
	       "it ends, with a record and an interrupt");
	tap_ok(record_is(fx, 1, 8, PINION_STATUS_OK) && is_idle(fx), "and the job behind it runs");
	fx_queue(fx, 4, 1, 4, 1);
	fx_exec(fx, 4, CMD, 0, 1);
	tap_ok(fx_run(fx) && fx_cqe(fx, 4, 0).status == PINION_CQE_PHASE, "the cores are free");
}

static void test_waiting(struct fixture *fx)
{
	const uint64_t *sem = fx_dev(fx, SEM);

	begin(fx);
	put(fx, 1, 0, SEM);
	put(fx, 2, 0, 0);
	fx_doorbell(fx, Q);
	fx_run(fx);
	end_job(fx, 1);
	tap_ok(fx_run(fx) && record_is(fx, 0, 1, PINION_STATUS_ABORTED) && !sem[1],
	       "one that waits, without its signal");
	tap_ok(record_is(fx, 1, 2, PINION_STATUS_OK) && sem[2] && is_idle(fx), "the next has it");
	end_job(fx, 2);
	tap_ok(fx_run(fx) && !fx_cqe(fx, Q, 2).status && is_idle(fx), "a job that is complete");
}

static void test_before(struct fixture *fx)
{
	begin(fx);
	put(fx, 1, 0, SEM);
	put(fx, 2, 0, 0);
	put(fx, 3, 0, 0);
	fx_doorbell(fx, Q);
	fx_run(fx);
	end_job(fx, 2);
	fx_run(fx);
	tap_ok(!fx_cqe(fx, Q, 0).status, "one that has not begun leaves the one before it alone");
	*(uint64_t *)fx_dev(fx, SEM) = 1;
	fx->now = fx->wakeup;
	tap_ok(fx_run(fx) && record_is(fx, 0, 1, 0) && record_is(fx, 1, 2, PINION_STATUS_ABORTED) &&
		       record_is(fx, 2, 3, 0),
	       "and ends when it begins");
	end_job(fx, 4);
	put(fx, 4, 0, 0);
	put(fx, 4u | 1ull << 31, 0, 0);
	put(fx, 5, 0, 0);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && record_is(fx, 3, 4, PINION_STATUS_ABORTED) &&
		       record_is(fx, 4, 4u | 1ull << 31, PINION_STATUS_ABORTED) &&
		       record_is(fx, 5, 5, 0),
	       "named before it is in the ring, by 31 bits of its cookie");
}

static void test_chain(struct fixture *fx)
{
	const uint64_t *sem = fx_dev(fx, SEM);
	struct pinion_cqe cqe;

	begin(fx);
	put(fx, 1, PINION_DESC_F_MORE, 0);
	put(fx, 1, PINION_DESC_F_MORE, SEM);
	put(fx, 1, PINION_DESC_F_MORE, 0);
	put(fx, 1, 0, 0);
	put(fx, 2, 0, 0);
	fx_doorbell(fx, Q);
	fx_run(fx);
	end_job(fx, 1);
	fx_run(fx);
	cqe = fx_cqe(fx, Q, 0);
	tap_ok(record_is(fx, 0, 1, PINION_STATUS_ABORTED) && cqe.sq_head == 4 && sem[1],
	       "of four descriptors the second waits: one record, after the fourth");
	tap_ok(record_is(fx, 1, 2, 0) && is_idle(fx) && !fx->card->s.queues[Q].part,
	       "and the next job is one of its own");
	put(fx, 3, PINION_DESC_F_MORE, 0);
	fx_doorbell(fx, Q);
	fx_run(fx);
	end_job(fx, 3);
	end_job(fx, 9);
	fx_run(fx);
	tap_ok(!fx_cqe(fx, Q, 2).status && is_idle(fx), "the rest of it is not there yet");
	put(fx, 3, 0, SEM);
	put(fx, 4, 0, 0);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && record_is(fx, 2, 3, PINION_STATUS_ABORTED) && record_is(fx, 3, 4, 0),
	       "it is left out when it comes, though another job was named since");
}

static void test_no_job(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[Q];
	unsigned int before = fx->complaints;

	begin(fx);
	put(fx, 1, 0, SEM);
	fx_doorbell(fx, Q);
	fx_run(fx);
	fx->deny_from = q->cq;
	fx->deny_to = q->cq + 32;
	end_job(fx, 1);
	fx_run(fx);
	tap_ok(q->state == PINION_Q_FAULTED &&
		       fx->card->s.faults[Q].status == PINION_STATUS_BAD_RING,
	       "a record that the host refuses: BAD_RING");
	fx->deny_from = fx->deny_to = 0;
	end_job(fx, 1);
	tap_ok(q->state == PINION_Q_FAULTED && fx->complaints == before,
	       "on a faulted queue: nothing");
	queue_stop(fx->card, q);
	end_job(fx, 1);
	tap_ok(fx->complaints == before + 1 && !q->abort, "on a disabled one: a remark");
	begin(fx);
	fx->card->config.without_caps = PINION_CAP_ABORT;
	end_job(fx, 1);
	tap_ok(fx->complaints == before + 2 && !q->abort, "without the capability: a remark");
	fx->card->config.without_caps = 0;
}

static void test_deaf(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[Q];

	fx->card->config.debug = true;
	fx_wr(fx, PINION_REG_DEBUG_DEAF, 1);
	card_reset(fx->card);
	fx_vm(fx, 1);
	begin(fx);
	end_job(fx, 1);
	tap_ok(fx_rd(fx, PINION_REG_DEBUG_DEAF) == 1 && !q->abort,
	       "a deaf card, though reset: nothing");
	fx_wr(fx, PINION_REG_DEBUG_DEAF, 0);
	end_job(fx, 1);
	tap_ok(q->abort, "until it is not");
	fx->card->config.debug = false;
}

int main(void)
{
	struct fixture *fx = fx_new(2, NULL);

	tap_plan(21);
	fx_vm(fx, 1);
	test_running(fx);
	test_waiting(fx);
	test_before(fx);
	test_chain(fx);
	test_no_job(fx);
	test_deaf(fx);
	fx_free(fx);
	return tap_result();
}
