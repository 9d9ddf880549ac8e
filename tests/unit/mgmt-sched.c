// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware's messages for sharing the card, on the card model: VM_SET with save area and group,
 * QUEUE_CREATE with flags, SCHED and GROUP_STATS, and what makes such a message invalid.
 */
#include <string.h>

#include "cardrig.h"
#include "tests/tap.h"

#define VM    5u
#define CORES 3u

static uint64_t area_last;
static uint64_t root;

static unsigned int set_vm(struct rig *rig, uint64_t save, uint32_t group)
{
	struct pinion_msg_vm m = { .vm = VM,
				   .root_lo = (uint32_t)root,
				   .save_lo = (uint32_t)save,
				   .save_hi = (uint32_t)(save >> 32),
				   .group = group };

	return rig_ask(rig, PINION_MSG_VM_SET, &m, NULL);
}

static unsigned int clear_vm(struct rig *rig)
{
	struct pinion_msg_vm m = { .vm = VM };

	return rig_ask(rig, PINION_MSG_VM_CLEAR, &m, NULL);
}

static void test_areas(struct rig *rig)
{
	struct pinion_msg_vm m = { .vm = VM, .group = 1 };

	tap_ok(!set_vm(rig, area_last, 255) && !clear_vm(rig), "the last save area and group");
	tap_ok(!set_vm(rig, 0, 0) && !clear_vm(rig), "neither");
	tap_ok(set_vm(rig, area_last + 4096, 1) == PINION_MBOX_INVALID, "an area beyond memory");
	tap_ok(set_vm(rig, 1ull << 63, 1) == PINION_MBOX_INVALID, "an area far beyond");
	tap_ok(set_vm(rig, area_last - 8, 1) == PINION_MBOX_INVALID, "an area not aligned");
	tap_ok(set_vm(rig, area_last, 256) == PINION_MBOX_INVALID, "a group beyond the last");
	set_vm(rig, area_last, 1);
	tap_ok(rig_ask(rig, PINION_MSG_VM_CLEAR, &m, NULL) == PINION_MBOX_INVALID && !clear_vm(rig),
	       "VM_CLEAR with a group");
}

static unsigned int create(struct rig *rig, uint32_t flags)
{
	struct rig_buf rings = rig_alloc(rig, 4096, PINION_PTE_HOST);
	struct pinion_msg_queue_create m = {
		.queue = 7,
		.vm = RIG_VM,
		.ring_lo = (uint32_t)rings.addr,
		.ring_hi = (uint32_t)(rings.addr >> 32),
		.cq_lo = (uint32_t)rings.addr + 2048,
		.cq_hi = (uint32_t)(rings.addr >> 32),
		.entries = 8,
		.vector = 3,
		.flags = flags,
	};

	return rig_ask(rig, PINION_MSG_QUEUE_CREATE, &m, NULL);
}

static void test_flags(struct rig *rig)
{
	const struct pinion_msg_queue queue = { .queue = 7 };

	tap_ok(create(rig, 2) == PINION_MBOX_INVALID, "a flag of queues that is not known");
	tap_ok(!create(rig, PINION_QUEUE_F_CHARGE) &&
		       !rig_ask(rig, PINION_MSG_QUEUE_DESTROY, &queue, NULL),
	       "a queue whose descriptors name who pays");
}

static unsigned int sched(struct rig *rig, uint32_t group, uint32_t weight, uint32_t slice)
{
	struct pinion_msg_sched m = { .group = group, .weight = weight, .slice = slice };

	return rig_ask(rig, PINION_MSG_SCHED, &m, NULL);
}

static struct pinion_msg_group_stats stats(struct rig *rig, uint32_t group)
{
	struct pinion_msg_group_stats m = { .group = group };
	struct pinion_msg reply;

	if (rig_ask(rig, PINION_MSG_GROUP_STATS, &m, &reply))
		tap_bail("GROUP_STATS was refused");
	memcpy(&m, reply.data, sizeof(m));
	return m;
}

static void test_sched(struct rig *rig)
{
	struct pinion_msg_group_stats m = stats(rig, 255), bad = { .group = 256 };
	struct pinion_msg_sched reserved = { .group = 1, .reserved = { [10] = 1 } };

	tap_ok(m.group == 255 && m.weight == PINION_WEIGHT_DEFAULT &&
		       m.slice == PINION_SLICE_DEFAULT && !m.cycles_lo && !m.preemptions,
	       "a group at first");
	tap_ok(!sched(rig, 255, 1000, 0) && !sched(rig, 254, 0, 1000), "SCHED");
	m = stats(rig, 255);
	tap_ok(m.weight == 1000 && m.slice == 1000 &&
		       stats(rig, 254).weight == PINION_WEIGHT_DEFAULT,
	       "changes a weight or the slice, or both");
	tap_ok(sched(rig, 256, 1, 0) == PINION_MBOX_INVALID &&
		       sched(rig, 1, 1001, 0) == PINION_MBOX_INVALID &&
		       sched(rig, 1, 1, 999) == PINION_MBOX_INVALID &&
		       rig_ask(rig, PINION_MSG_SCHED, &reserved, NULL) == PINION_MBOX_INVALID,
	       "SCHED: group, weight, slice and reserved words out of range");
	tap_ok(rig_ask(rig, PINION_MSG_GROUP_STATS, &bad, NULL) == PINION_MBOX_INVALID,
	       "GROUP_STATS: a group beyond the last");
	bad = (struct pinion_msg_group_stats){ .group = 1, .slice = 1 };
	tap_ok(rig_ask(rig, PINION_MSG_GROUP_STATS, &bad, NULL) == PINION_MBOX_INVALID,
	       "GROUP_STATS: with a field of the reply");
}

/* A kernel that returns at once; its cycles count for its group. */
static void test_cycles(struct rig *rig)
{
	struct rig_buf code = rig_alloc(rig, 4096, RIG_RW | PINION_PTE_EXEC);
	struct pinion_pkt_launch launch = {
		.pkt = { .op = PINION_PKT_LAUNCH, .bytes = sizeof(launch) },
		.entry = code.va,
		.grid = { 10, 1, 1 },
	};
	uint32_t status, cycles;

	*(uint32_t *)code.ptr = 0x00008067;
	status = rig_run(rig, &launch, sizeof(launch));
	cycles = stats(rig, 0).cycles_lo;
	tap_ok(!status && cycles >= 10 && !stats(rig, 1).cycles_lo, "ten blocks have run %u cycles",
	       cycles);
}

static void test_lacking(void)
{
	struct rig *rig = rig_new(&(struct rig_options){
		.memory_bytes = 32 << 20, .without_caps = PINION_CAP_PREEMPT, .quiet = true });
	struct pinion_msg_group_stats m = { .group = 0 };

	tap_ok(sched(rig, 1, 1, 0) == PINION_MBOX_INVALID &&
		       rig_ask(rig, PINION_MSG_GROUP_STATS, &m, NULL) == PINION_MBOX_INVALID &&
		       create(rig, PINION_QUEUE_F_CHARGE) == PINION_MBOX_INVALID &&
		       set_vm(rig, 0x10000, 0) == PINION_MBOX_INVALID &&
		       set_vm(rig, 0, 1) == PINION_MBOX_INVALID && !set_vm(rig, 0, 0),
	       "a card without the capability takes none of it");
	rig_free(rig);
}

int main(void)
{
	struct rig *rig = rig_new(&(struct rig_options){
		.memory_bytes = 32 << 20, .cores = CORES, .quiet = true });

	tap_plan(17);
	area_last = (32u << 20) - CORES * card_reg_read(rig->card, PINION_REG_SAVE_BYTES);
	root = rig_alloc(rig, 4096, 0).addr;
	test_areas(rig);
	test_flags(rig);
	test_sched(rig);
	test_cycles(rig);
	test_lacking();
	rig_free(rig);
	return tap_result();
}
