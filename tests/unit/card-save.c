// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that is saved and loaded into another, again and again at random moments, ends like one
 * that was left alone. States that do not fit or lie are refused.
 */
#include "card_fixture.h"

#define CODE   (FX_DEV_VA + 0x10000)
#define OUT    (FX_DEV_VA + 0x100000)
#define SEM    (FX_DEV_VA + 0x20000)
#define QUEUES 6

/* Adds the numbers up to 2000 in the scratchpad and stores the sum at a0 + 8 * x. */
static const uint32_t sum_code[] = {
	LUI(T0, 0x10),	 SLLI(T0, T0, 32), SD(T0, ZERO, 0), ADDI(T1, ZERO, 2000),
	LD(T2, T0, 0),	 ADD(T2, T2, T1),  SD(T0, T2, 0),   ADDI(T1, T1, -1),
	0xfe0318e3, /* bnez t1, -16 */
	SLLI(T1, A1, 3), ADD(T1, T1, A0),  SD(T1, T2, 0),   RET,
};

struct job {
	struct pinion_pkt_sem wait;
	struct pinion_pkt_copy copy;
	struct pinion_pkt_launch launch;
	struct pinion_pkt_fill fill;
	struct pinion_pkt_sem signal;
};

static void submit(struct fixture *fx, uint32_t q)
{
	uint64_t out = OUT + q * 0x100000, cmd = FX_DEV_VA + q * 0x1000;
	struct job job = {
		FX_SEM(PINION_PKT_WAIT, SEM, q),
		FX_COPY(FX_HOST_VA + q * 7, out + 0x80000, 300000),
		FX_LAUNCH(CODE, out, 40, 1, 1),
		FX_FILL(out + 0x10000, 80000, 0x0123456789abcdefull, 8),
		FX_SEM(PINION_PKT_SIGNAL, SEM, q + 1),
	};

	memcpy(fx_dev(fx, cmd), &job, sizeof(job));
	fx_exec(fx, q, cmd, sizeof(job), q);
}

static struct fixture *start(void)
{
	struct fixture *fx = fx_new(3, NULL);
	uint64_t seed = 99;
	uint32_t i;

	for (i = 0; i < FX_HOST_MAPPED; i++)
		fx->host[FX_HOST_AT + i] = (uint8_t)fx_random(&seed);
	for (i = 1; i <= 2; i++)
		fx_vm(fx, i);
	memcpy(fx_dev(fx, CODE), sum_code, sizeof(sum_code));
	for (i = QUEUES; i-- > 0;) {
		fx_queue(fx, i, i % 2 + 1, 4, i % 4);
		submit(fx, i);
	}
	fx_queue(fx, QUEUES, 1, 4, 1);
	fx_exec(fx, QUEUES, 0x1000, 64, 7);
	return fx;
}

/* The world moves to a new card, as in a migration. */
static struct fixture *move(struct fixture *from)
{
	struct fixture *to = fx_new(3, NULL);
	size_t bytes = card_save_bytes(from->card);
	void *state = malloc(bytes);

	if (!state)
		tap_bail("no memory");
	card_save(from->card, state);
	if (card_load(to->card, state, bytes))
		tap_bail("a state just saved does not load");
	memcpy(to->memory, from->memory, FX_MEMORY);
	memcpy(to->host, from->host, FX_HOST_BYTES);
	to->now = from->now;
	free(state);
	fx_free(from);
	return to;
}

static void test_moves(void)
{
	struct fixture *still = start(), *moving = start();
	uint64_t seed = 5, wakeup;
	unsigned int moves = 0, n = 0;

	if (!fx_run(still))
		tap_bail("no rest");
	tap_ok(*(uint64_t *)fx_dev(still, SEM) == QUEUES &&
		       *(uint64_t *)fx_dev(still, OUT + 8) == 2001000,
	       "the work was done");
	while (card_step(moving->card, 1 + fx_random(&seed) % 20000, &wakeup))
		if (++n % 3 == 0 && moves < 30) {
			moving = move(moving);
			moves++;
		}
	tap_ok(moves > 20 && !memcmp(still->memory, moving->memory, FX_MEMORY),
	       "after %u moves device memory is the same", moves);
	tap_ok(!memcmp(still->host, moving->host, FX_HOST_BYTES),
	       "and host memory with its completion records");
	tap_ok(!memcmp(still->card->s.faults, moving->card->s.faults,
		       sizeof(still->card->s.faults)),
	       "and the fault records");
	fx_free(still);
	fx_free(moving);
}

/* A completion is written, and its interrupt held back while a long job runs. */
static struct fixture *hold_back(void)
{
	struct pinion_pkt_fill fill = FX_FILL(FX_DEV_VA + 0x100000, 4u << 20, 7, 1);
	struct pinion_desc nop = { .opcode = PINION_DESC_NOP };
	struct fixture *fx = fx_new(3, NULL);

	fx_vm(fx, 1);
	fx_queue(fx, 1, 1, 4, 1);
	card_doorbell_write(fx->card, PINION_DOORBELL_STRIDE + PINION_DOORBELL_MODERATION,
			    50u << 16 | 64);
	memcpy(fx_dev(fx, FX_DEV_VA), &fill, sizeof(fill));
	fx_desc(fx, 1, &nop);
	fx_exec(fx, 1, FX_DEV_VA, sizeof(fill), 0);
	while (!fx->card->s.queues[1].cq_index)
		card_step(fx->card, 1, &fx->wakeup);
	return fx;
}

static void test_held_back(void)
{
	struct fixture *fx = move(hold_back());

	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(fx->card->s.queues[1].held == 1 && !fx->msi[2], "an interrupt stays held back");
	fx->now += 50000;
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(fx->msi[2] == 1, "and is sent when its time is over");
	fx_free(fx);

	fx = hold_back();
	fx->now -= 900000;
	fx = move(fx);
	card_step(fx->card, 1, &fx->wakeup);
	fx->now += 50000;
	card_step(fx->card, 1, &fx->wakeup);
	tap_ok(fx->msi[2] == 1, "no later, if the clock was put back");
	fx_free(fx);
}

static bool refused(struct fixture *fx, const void *state, size_t bytes)
{
	return card_load(fx->card, state, bytes) == -1;
}

/* clang-format off */
static void lie_of_groups(struct card_state *s, unsigned int which)
{
	switch (which) {
	case 23: s->groups[9].weight = 0; break;
	case 24: s->groups[9].weight = 1001; break;
	case 25: s->slice = 999; break;
	case 26: s->vms[5].group = PINION_MAX_GROUPS; break;
	case 27: s->vms[5].save = FX_MEMORY - 4096; break;
	case 28: s->vms[5].save = 8; break;
	case 29: s->queues[0].group = PINION_MAX_GROUPS; break;
	case 30: s->queues[0].flags = 2; break;
	case 31: s->queues[0].saved = 1; break;
	case 32: s->queues[99].saved = 1; break;
	case 33: s->groups[9].cost = 0; break;
	case 34: s->groups[9].vtime[1] = 1ull << 63; break;
	case 35: s->vtime[0] = 1ull << 63; break;
	}
}

static void tell_lie(struct card_state *s, unsigned int which)
{
	switch (which) {
	case 0: s->queues[0].state = 6; break;
	case 1: s->queues[0].stage = NR_STAGES; break;
	case 2: s->queues[0].entries = 3; break;
	case 3: s->queues[0].vm = PINION_MAX_VMS; break;
	case 4: s->queues[0].vector = PINION_MSIX_VECTORS; break;
	case 5: s->queues[0].priority = CARD_PRIORITIES; break;
	case 6: s->queues[0].batch_count = CARD_BATCH + 1; break;
	case 7: s->queues[0].fetch_bytes = CARD_FETCH_BYTES + 1; break;
	case 8: s->queues[0].tail = s->queues[0].head + 5; break;
	case 9: s->cores[0].queue = PINION_MAX_QUEUES; break;
	case 10: s->cores[0].queue = 0; break;
	case 11: s->cores[1].vm = PINION_MAX_VMS; break;
	case 12: s->core_cursor = 3; break;
	case 13: s->groups[7].cursor[0][1] = PINION_MAX_QUEUES; break;
	case 14: s->boot.state = 7; break;
	case 15: s->boot.fetched = s->boot.size + 1; break;
	case 16: s->mbox.h2f_tail = s->mbox.h2f_head + 17; break;
	case 17: s->cores[2].last_queue = PINION_MAX_QUEUES; break;
	case 18: s->cores[2].part = 0; break;
	case 19: s->queues[99].stage = STAGE_BUSY; break;
	case 20: s->queues[99].held = 1; break;
	case 21: s->queues[0].held = PINION_MODERATION_COUNT + 1; break;
	case 22:
		s->queues[0].stage = STAGE_PACKET;
		s->queues[0].desc = (struct pinion_desc){ .opcode = 99 };
		break;
	}
}
/* clang-format on */

/* A state with one lie in it. */
static bool lie_refused(struct fixture *fx, unsigned int which)
{
	struct fixture *liar = start();
	struct card_state *s = &liar->card->s;
	size_t bytes = card_save_bytes(liar->card);
	void *state = malloc(bytes);
	bool good;

	tell_lie(s, which);
	lie_of_groups(s, which);
	card_save(liar->card, state);
	good = refused(fx, state, bytes);
	s->queues[0] = (struct card_queue){ 0 };
	free(state);
	card_reset(liar->card);
	fx_free(liar);
	return good;
}

/* A launch whose blocks are all handed out, but none is on a core: it could never end. */
static bool lost_blocks_refused(uint32_t state)
{
	struct fixture *liar = start();
	struct card_queue *q = &liar->card->s.queues[QUEUES - 1];
	size_t bytes = card_save_bytes(liar->card);
	void *saved = malloc(bytes);
	bool good;

	while (!queue_in_launch(q))
		card_step(liar->card, 1, &liar->wakeup);
	cores_abort(liar->card, QUEUES - 1);
	q->next_block = q->blocks;
	q->state = state;
	card_save(liar->card, saved);
	good = refused(liar, saved, bytes);
	free(saved);
	fx_free(liar);
	return good;
}

static void test_refusals(void)
{
	struct fixture *fx = start(), *other = fx_new(4, NULL);
	size_t bytes = card_save_bytes(fx->card);
	uint8_t *state = malloc(bytes + 1);
	unsigned int i, caught = 0;

	fx->card->s.knobs.dma_stray = 1000000;
	card_save(fx->card, state);
	tap_ok(refused(fx, state, bytes - 1) && refused(fx, state, bytes + 1) &&
		       refused(fx, state, 0),
	       "another length is refused");
	tap_ok(refused(other, state, bytes), "a card of another shape refuses");
	state[4] ^= 1;
	tap_ok(refused(fx, state, bytes), "another version is refused");
	state[4] ^= 1;
	fx->card->s.knobs.dma_stray = 0;
	tap_ok(!card_load(fx->card, state, bytes) && fx->card->s.knobs.dma_stray == 1000000,
	       "the true one loads, with the knobs as they were");
	tap_ok(fx_run(fx), "and runs");
	for (i = 0; i < 36; i++)
		caught += lie_refused(fx, i);
	tap_ok(caught == 36, "%u of 36 lies are refused", caught);
	tap_ok(lost_blocks_refused(PINION_Q_RUNNING) && lost_blocks_refused(PINION_Q_WAITING) &&
		       lost_blocks_refused(PINION_Q_IDLE),
	       "and blocks that are on no core");
	free(state);
	fx_free(other);
	fx_free(fx);
}

int main(void)
{
	tap_plan(14);
	test_moves();
	test_held_back();
	test_refusals();
	return tap_result();
}
