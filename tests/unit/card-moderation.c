// SPDX-License-Identifier: GPL-2.0-or-later
/* Interrupt moderation: by count, by time, when the queue stops running; nothing is ever lost. */
#include "card_fixture.h"

#define Q      8
#define VECTOR 9
#define US     1000ull
#define SEM    (FX_DEV_VA + 0x10000)
#define CMD    FX_DEV_VA
#define LONG   (4ull << 20)

static void moderate(struct fixture *fx, uint32_t count, uint32_t us)
{
	card_doorbell_write(fx->card, Q * PINION_DOORBELL_STRIDE + PINION_DOORBELL_MODERATION,
			    us << 16 | count);
}

static void queue(struct fixture *fx, uint32_t count, uint32_t us)
{
	fx_queue(fx, Q, 1, 64, 1);
	moderate(fx, count, us);
	fx->msi[VECTOR] = 0;
}

static void nops(struct fixture *fx, unsigned int n, uint8_t flags)
{
	struct pinion_desc nop = { .opcode = PINION_DESC_NOP, .flags = flags };

	while (n--)
		fx_desc(fx, Q, &nop);
}

/* A job that keeps the queue RUNNING for many steps of budget 1. */
static void long_job(struct fixture *fx)
{
	struct pinion_pkt_fill fill = FX_FILL(FX_DEV_VA + 0x100000, LONG, 7, 1);

	memcpy(fx_dev(fx, CMD), &fill, sizeof(fill));
	fx_exec(fx, Q, CMD, sizeof(fill), 0);
}

/* Step until @n records are written; the queue is RUNNING then if a long job follows. */
static bool records(struct fixture *fx, uint32_t n)
{
	unsigned int i;

	for (i = 0; i < 1000 && fx->card->s.queues[Q].cq_index < n; i++)
		card_step(fx->card, 1, &fx->wakeup);
	return fx->card->s.queues[Q].cq_index == n;
}

static bool running(const struct fixture *fx)
{
	return fx->card->s.queues[Q].state == PINION_Q_RUNNING;
}

static void test_count(struct fixture *fx)
{
	unsigned int sent;

	queue(fx, 4, 1000);
	nops(fx, 11, 0);
	long_job(fx);
	records(fx, 11);
	sent = fx->msi[VECTOR];
	tap_ok(running(fx) && sent >= 1 && sent <= 2 && fx->card->s.queues[Q].held == 3,
	       "11 completions, 4 for an interrupt: %u sent, 3 held back", sent);
	tap_ok(fx_run(fx) && !running(fx) && !fx->card->s.queues[Q].held &&
		       fx->msi[VECTOR] == sent + 1,
	       "the rest is told of when the queue is idle");
}

static void test_time(struct fixture *fx)
{
	queue(fx, 64, 50);
	nops(fx, 1, 0);
	long_job(fx);
	tap_ok(records(fx, 1) && running(fx) && !fx->msi[VECTOR], "one is held back");
	fx->now += 49 * US;
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(running(fx) && !fx->msi[VECTOR], "for 49 us");
	fx->now += 1 * US;
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(running(fx) && fx->msi[VECTOR] == 1, "at 50 us it is told of");
	fx->now += 500 * US;
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(running(fx) && fx->msi[VECTOR] == 1, "once");
	fx_run(fx);
}

/* The time counts from the first completion held back, not from the last. */
static void test_first(struct fixture *fx)
{
	queue(fx, 64, 50);
	nops(fx, 1, 0);
	long_job(fx);
	nops(fx, 1, 0);
	long_job(fx);
	records(fx, 1);
	fx->now += 30 * US;
	tap_ok(records(fx, 3) && running(fx) && !fx->msi[VECTOR], "more come 30 us later");
	fx->now += 20 * US;
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(running(fx) && fx->msi[VECTOR] == 1, "the first has waited for 50 us");
	fx_run(fx);
}

static void test_depth_one(struct fixture *fx)
{
	unsigned int i;

	queue(fx, 64, 50);
	for (i = 0; i < 10; i++) {
		nops(fx, 1, 0);
		fx_doorbell(fx, Q);
		fx_run(fx);
	}
	tap_ok(fx->msi[VECTOR] == 10, "one at a time: each at once, %u of 10", fx->msi[VECTOR]);
}

static void test_waiting(struct fixture *fx)
{
	struct pinion_desc wait = {
		.opcode = PINION_DESC_NOP,
		.wait_va = SEM,
		.wait_value = UINT64_MAX,
	};

	*(uint64_t *)fx_dev(fx, SEM) = 0;
	queue(fx, 64, 50);
	nops(fx, 2, 0);
	fx_desc(fx, Q, &wait);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && fx->card->s.queues[Q].state == PINION_Q_WAITING &&
		       fx->msi[VECTOR] == 1,
	       "before it waits for a semaphore the queue tells");
}

static void test_failed(struct fixture *fx)
{
	struct pinion_desc bad = { .opcode = 99, .flags = PINION_DESC_F_NO_IRQ };

	queue(fx, 64, 1000);
	nops(fx, 3, 0);
	fx_desc(fx, Q, &bad);
	fx_doorbell(fx, Q);
	tap_ok(fx_run(fx) && fx->msi[VECTOR] == 1 &&
		       fx->card->s.queues[Q].state == PINION_Q_FAULTED,
	       "a failed job is told of at once");
}

static void test_quiet(struct fixture *fx)
{
	queue(fx, 2, 1000);
	nops(fx, 10, PINION_DESC_F_NO_IRQ);
	long_job(fx);
	tap_ok(records(fx, 10) && !fx->card->s.queues[Q].held, "NO_IRQ does not count");
	fx_run(fx);
}

static void test_off(struct fixture *fx)
{
	static const uint16_t off[][2] = { { 0, 0 }, { 1, 1000 }, { 64, 0 }, { 0, 1000 } };
	unsigned int i, good = 0;

	for (i = 0; i < 4; i++) {
		queue(fx, off[i][0], off[i][1]);
		nops(fx, 1, 0);
		long_job(fx);
		good += records(fx, 1) && running(fx) && fx->msi[VECTOR] == 1;
		fx_run(fx);
	}
	tap_ok(good == 4, "count 0 or 1, or time 0: none is held back (%u of 4)", good);
}

static void test_rewrite(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[Q];

	queue(fx, 64, 60000);
	nops(fx, 1, 0);
	long_job(fx);
	records(fx, 1);
	moderate(fx, 8, 10);
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(fx->msi[VECTOR] == 1, "a new value sends what the old one held back");
	fx_run(fx);

	queue(fx, 64, 60000);
	nops(fx, 1, 0);
	long_job(fx);
	records(fx, 1);
	queue_stop(fx->card, q);
	fx_run(fx);
	tap_ok(!fx->msi[VECTOR] && !q->held && !q->moderation, "a stop drops it, and the value");
	moderate(fx, 8, 10);
	tap_ok(!q->moderation, "a DISABLED queue takes none");
}

/* Whatever the values and the flow of jobs, no completion waits longer than it may. */
static void test_random(struct fixture *fx)
{
	struct card_queue *q = &fx->card->s.queues[Q];
	uint64_t seed = 42, since = 0;
	unsigned int i, late = 0, lost = 0;
	uint32_t us = 1, seen = 0;

	queue(fx, 0, 0);
	for (i = 0; i < 20000; i++) {
		unsigned int sent = fx->msi[VECTOR];

		if (fx_random(&seed) % 256 == 0) {
			us = fx_random(&seed) % 20;
			moderate(fx, fx_random(&seed) % 70, us);
		}
		if (fx->tail[Q] - q->cq_index < 50 && fx_random(&seed) % 4 == 0) {
			nops(fx, fx_random(&seed) % 8, 0);
			fx_doorbell(fx, Q);
		}
		if (fx->tail[Q] - q->cq_index < 50 && fx_random(&seed) % 64 == 0)
			long_job(fx);
		card_step(fx->card, fx_random(&seed) % 2000, &fx->wakeup);
		if (fx->msi[VECTOR] != sent || q->cq_index == seen)
			since = fx->now;
		if (fx->msi[VECTOR] != sent)
			seen = q->cq_index;
		late += fx->now - since > us * US + US;
		fx->now += fx_random(&seed) % US;
	}
	fx_run(fx);
	lost = q->held;
	tap_ok(!late && !lost && q->cq_index > 1000, "%u completions at random: %u late, %u lost",
	       q->cq_index, late, lost);
}

static void test_capability(struct fixture *fx)
{
	tap_ok(fx_rd(fx, PINION_REG_CAPS_LO) & PINION_CAP_MODERATION, "the capability bit");
}

int main(void)
{
	struct fixture *fx = fx_new(2, NULL);

	tap_plan(18);
	fx_vm(fx, 1);
	test_capability(fx);
	test_count(fx);
	test_time(fx);
	test_first(fx);
	test_depth_one(fx);
	test_waiting(fx);
	test_failed(fx);
	test_quiet(fx);
	test_off(fx);
	test_rewrite(fx);
	test_random(fx);
	fx_free(fx);
	return tap_result();
}
