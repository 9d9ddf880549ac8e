// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups share cores and queue engine by weight, and nobody waits long. */
#include "card_groups.h"

static void test_registers(void)
{
	struct fixture *fx = fx_new(CORES, NULL);
	uint32_t bytes = fx_rd(fx, PINION_REG_SAVE_BYTES), last = FX_MEMORY - CORES * bytes;

	tap_ok(bytes % 4096 == 0 && rd(fx, PINION_MGMT_SYS_BASE + PINION_MGMT_SAVE_BYTES) == bytes,
	       "the size of a save area");
	wr(fx, area_reg(1, PINION_MGMT_SAVE_LO), last);
	wr(fx, area_reg(1, PINION_MGMT_SAVE_GROUP), 255);
	tap_ok(rd(fx, area_reg(1, PINION_MGMT_SAVE_LO)) == last &&
		       rd(fx, area_reg(1, PINION_MGMT_SAVE_GROUP)) == 255,
	       "the last area and the last group");
	wr(fx, area_reg(1, PINION_MGMT_SAVE_LO), last + 4096);
	wr(fx, area_reg(1, PINION_MGMT_SAVE_GROUP), 256);
	tap_ok(!rd(fx, area_reg(1, PINION_MGMT_SAVE_LO)) &&
		       rd(fx, area_reg(1, PINION_MGMT_SAVE_GROUP)) == 255,
	       "none beyond the end of memory, or beyond the last group");
	wr(fx, area_reg(1, PINION_MGMT_SAVE_LO), last | 8);
	tap_ok(!rd(fx, area_reg(1, PINION_MGMT_SAVE_LO)), "nor unaligned");
	wr(fx, area_reg(1, PINION_MGMT_SAVE_HI), 1);
	wr(fx, area_reg(1, PINION_MGMT_SAVE_LO), 0);
	tap_ok(!rd(fx, area_reg(1, PINION_MGMT_SAVE_HI)), "nor in memory that is not there");
	make_vm(fx, 1, SAVE(1), 1);
	wr(fx, area_reg(1, PINION_MGMT_SAVE_LO), SAVE(2));
	wr(fx, area_reg(1, PINION_MGMT_SAVE_GROUP), 2);
	tap_ok(rd(fx, area_reg(1, PINION_MGMT_SAVE_LO)) == SAVE(1) &&
		       rd(fx, area_reg(1, PINION_MGMT_SAVE_GROUP)) == 1,
	       "with a root, the area is fixed");
	wr(fx, group_reg(9, PINION_MGMT_GROUP_WEIGHT), 1000);
	wr(fx, group_reg(9, PINION_MGMT_GROUP_WEIGHT), 1001);
	wr(fx, group_reg(9, PINION_MGMT_GROUP_WEIGHT), 0);
	tap_ok(rd(fx, group_reg(9, PINION_MGMT_GROUP_WEIGHT)) == 1000 &&
		       rd(fx, group_reg(8, PINION_MGMT_GROUP_WEIGHT)) == 100,
	       "weights are 1 to 1000");
	wr(fx, PINION_MGMT_SYS_BASE + PINION_MGMT_SLICE, 999);
	tap_ok(rd(fx, PINION_MGMT_SYS_BASE + PINION_MGMT_SLICE) == 1000000,
	       "a slice is a million cycles, and never less than 1000");
	fx_free(fx);
}

/* Two groups with endless kernels on all cores. */
static void test_shares(uint32_t weight)
{
	struct fixture *fx = start();
	uint64_t want, got;

	wr(fx, group_reg(1, PINION_MGMT_GROUP_WEIGHT), weight);
	fx_queue(fx, 1, 1, 4, 0);
	fx_queue(fx, 2, 2, 4, 3);
	launch_endless(fx, 1, CORES);
	launch_endless(fx, 2, 3 * CORES);
	while (preemptions(fx, 1) < 1000)
		steps(fx, 1);
	want = cycles_of(fx, 2) * weight / 100;
	got = cycles_of(fx, 1);
	tap_ok(got > want - want / 10 && got < want + want / 10,
	       "weights %u and 100: %llu and %llu cycles in 1000 slices", weight,
	       (unsigned long long)got, (unsigned long long)cycles_of(fx, 2));
	fx_free(fx);
}

/* A group that comes back after the others have run for a very long time is served at once. */
static void test_idle_for_long(void)
{
	static const uint32_t code[] = { RET };
	struct fixture *fx = start();
	unsigned int i;

	for (i = 0; i < CARD_RESOURCES; i++) {
		fx->card->s.vtime[i] = (1ull << 63) + 10;
		fx->card->s.groups[1].vtime[i] = (1ull << 63) + 10;
		fx->card->s.groups[2].vtime[i] = 0;
	}
	fx_queue(fx, 1, 1, 4, 3);
	fx_queue(fx, 2, 2, 4, 0);
	launch_endless(fx, 1, CORES);
	steps(fx, 100);
	launch(fx, 2, code, sizeof(code), 1);
	for (i = 0; i < 10000 && !fx->card->s.queues[2].cq_index; i++)
		card_step(fx->card, 500, &fx->wakeup);
	tap_ok(fx->card->s.queues[2].cq_index == 1 && fx->card->s.vtime[0] < 1ull << 62,
	       "a group that was idle for years is served");
	fx_free(fx);
}

/* A block of a third group starts within two slices, whenever it comes. */
static void test_latency(void)
{
	static const uint32_t code[] = { RET };
	struct fixture *fx = start();
	uint64_t worst = 0;
	uint32_t i, late = 0;

	fx_queue(fx, 1, 1, 4, 3);
	fx_queue(fx, 2, 2, 4, 3);
	fx_queue(fx, 3, 3, 128, 0);
	launch_endless(fx, 1, CORES);
	launch_endless(fx, 2, CORES);
	for (i = 0; i < 100; i++) {
		uint64_t before, used;

		steps(fx, i % 7 + 1);
		before = cycles_of(fx, 1) + cycles_of(fx, 2);
		launch(fx, 3, code, sizeof(code), 1);
		while (fx->card->s.queues[3].cq_index == i)
			card_step(fx->card, 500, &fx->wakeup);
		used = cycles_of(fx, 1) + cycles_of(fx, 2) - before;
		worst = used > worst ? used : worst;
		late += used > 2ull * SLICE * CORES;
	}
	tap_ok(!late, "a third group's block starts within two slices, at most %llu cycles of %u",
	       (unsigned long long)worst, 2 * SLICE * CORES);
	fx_free(fx);
}

/* A group with one endless block must not make the others pay for the cores that it leaves idle. */
static void test_lone_block(void)
{
	struct fixture *fx = start();
	uint64_t lone, wide;

	fx_queue(fx, 1, 1, 4, 1);
	fx_queue(fx, 2, 2, 4, 1);
	launch_endless(fx, 1, CORES);
	steps(fx, 1);
	launch_endless(fx, 2, 1);
	while (preemptions(fx, 1) < 500)
		steps(fx, 1);
	wide = cycles_of(fx, 1) / CORES;
	lone = cycles_of(fx, 2);
	tap_ok(wide > lone - lone / 10 && wide < lone + lone / 10,
	       "a block on one core gets half of the time: %llu cycles, %llu on each of all cores",
	       (unsigned long long)lone, (unsigned long long)wide);
	fx_free(fx);
}

/* What is not preempted: no save area, the same address space, a higher priority of one group. */
static void test_never(void)
{
	struct fixture *fx = start();

	make_vm(fx, 1, 0, 1);
	fx_queue(fx, 1, 1, 4, 0);
	fx_queue(fx, 2, 2, 4, 3);
	launch_endless(fx, 1, CORES);
	steps(fx, 1);
	launch_endless(fx, 2, 1);
	steps(fx, 20);
	tap_ok(!preemptions(fx, 1) && !cycles_of(fx, 2), "an address space without a save area");
	queue_stop(fx->card, &fx->card->s.queues[1]);
	fx_queue(fx, 18, 2, 4, 3);
	launch_endless(fx, 2, CORES);
	steps(fx, 1);
	launch_endless(fx, 18, 1);
	steps(fx, 20);
	tap_ok(!preemptions(fx, 2), "a queue of the same address space");
	queue_stop(fx->card, &fx->card->s.queues[2]);
	queue_stop(fx->card, &fx->card->s.queues[18]);

	make_vm(fx, 3, SAVE(3), 4);
	fx_queue(fx, 3, 3, 4, 2);
	fx_queue(fx, 4, 4, 4, 1);
	launch_endless(fx, 3, CORES);
	steps(fx, 1);
	launch_endless(fx, 4, 1);
	steps(fx, 20);
	tap_ok(!preemptions(fx, 4), "a queue whose priority in the group is higher");
	queue_stop(fx->card, &fx->card->s.queues[4]);
	fx_queue(fx, 4, 4, 4, 2);
	launch_endless(fx, 4, CORES);
	steps(fx, 20);
	tap_ok(preemptions(fx, 4) > 50,
	       "at the same priority, two address spaces take turns, %u times", preemptions(fx, 4));
	fx_free(fx);
}

/* Fill queues of @vm with FILLs that do not end soon. */
static void fill_for_ever(struct fixture *fx, uint32_t q, uint32_t vm, uint32_t flags,
			  uint32_t group)
{
	struct pinion_pkt_fill fill = FX_FILL(FX_DEV_VA + (4u << 20), 4u << 20, q, 8);
	struct pinion_desc desc = { .opcode = PINION_DESC_EXEC,
				    .cmd_va = CMD + q * 256,
				    .bytes = sizeof(fill),
				    .group = (uint16_t)group };
	uint32_t i;

	memcpy(fx_dev(fx, CMD + q * 256), &fill, sizeof(fill));
	queue_stop(fx->card, &fx->card->s.queues[q]);
	fx->card->s.queues[q].flags = flags;
	fx_queue(fx, q, vm, 32, q % 4);
	for (i = 0; i < 30; i++)
		fx_desc(fx, q, &desc);
	fx_doorbell(fx, q);
}

/* Bytes that queue @q has filled. */
static uint64_t filled(struct fixture *fx, uint32_t q)
{
	const struct card_queue *queue = &fx->card->s.queues[q];

	return queue->cq_index * (4ull << 20) + (queue->stage == STAGE_BUSY ? queue->done : 0);
}

/* The queue engine: a group with three queues moves as much as a group with one. */
static void test_engine(void)
{
	struct fixture *fx = start();
	uint64_t one, three;

	fill_for_ever(fx, 1, 1, 0, 0);
	fill_for_ever(fx, 2, 2, 0, 0);
	fill_for_ever(fx, 18, 2, 0, 0);
	fill_for_ever(fx, 34, 2, 0, 0);
	while (filled(fx, 1) < 40u << 20)
		steps(fx, 1);
	one = filled(fx, 1);
	three = filled(fx, 2) + filled(fx, 18) + filled(fx, 34);
	tap_ok(three > one - one / 10 && three < one + one / 10,
	       "one queue fills %llu bytes beside %llu of three queues of another group",
	       (unsigned long long)one, (unsigned long long)three);
	fx_free(fx);
}

/* A queue that clears memory for others does so at their expense. */
static void test_charge(void)
{
	struct pinion_desc bad = { .opcode = PINION_DESC_NOP, .group = PINION_MAX_GROUPS };
	struct fixture *fx = start();
	uint64_t other, cleared;

	wr(fx, group_reg(1, PINION_MGMT_GROUP_WEIGHT), 300);
	fill_for_ever(fx, 1, 1, 0, 0);
	fill_for_ever(fx, 3, 3, PINION_QUEUE_F_CHARGE, 2);
	while (filled(fx, 1) < 60u << 20)
		steps(fx, 1);
	other = filled(fx, 1);
	cleared = filled(fx, 3);
	tap_ok(other > 27 * cleared / 10 && other < 33 * cleared / 10,
	       "a descriptor uses the share of the group that it names: %llu and %llu bytes",
	       (unsigned long long)other, (unsigned long long)cleared);
	fx_queue(fx, 4, 4, 4, 1);
	bad.group = 1;
	fx_desc(fx, 4, &bad);
	fx_doorbell(fx, 4);
	fx_queue(fx, 3, 3, 4, 1);
	bad.group = PINION_MAX_GROUPS;
	fx_desc(fx, 3, &bad);
	fx_doorbell(fx, 3);
	fx_run(fx);
	tap_ok(done(fx, 3, PINION_STATUS_BAD_DESC) && done(fx, 4, PINION_STATUS_BAD_DESC),
	       "a group that is not there, and a group where none may be named");
	fx_free(fx);
}

int main(void)
{
	tap_plan(20 + 1);
	test_registers();
	test_shares(100);
	test_shares(300);
	test_shares(1000);
	test_idle_for_long();
	test_latency();
	test_lone_block();
	test_never();
	test_engine();
	test_charge();
	return tap_result();
}
