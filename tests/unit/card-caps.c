// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capabilities, on a card with its firmware: a card that lacks one says so, does not know what the
 * capability gives a meaning to, and knows everything else.
 */
#include <string.h>

#include "cardrig.h"
#include "pinion_ring.h"
#include "tests/tap.h"

#define MANY	 60  /* jobs, of which one turn of a queue runs only some */
#define PATIENCE 100 /* steps until a job that is aborted has its record */

static void write_doorbell(struct rig *rig, uint32_t reg, uint32_t value)
{
	card_doorbell_write(rig->card, RIG_QUEUE * PINION_DOORBELL_STRIDE + reg, value);
}

static unsigned int run(struct rig *rig, const struct pinion_desc *desc)
{
	unsigned int status;

	rig_submit(rig, &rig->queue, desc);
	status = rig_wait(rig, &rig->queue).status & PINION_CQE_STATUS;
	if (status && status != PINION_STATUS_ABORTED)
		rig_queue_reset(rig, &rig->queue);
	return status;
}

/* A job reads a page that has no memory behind it. */
static bool knows_SPARSE(struct rig *rig)
{
	struct rig_buf page = rig_alloc(rig, 4096, RIG_RW);
	struct pinion_pkt_copy copy = {
		.pkt = { .op = PINION_PKT_COPY, .bytes = sizeof(copy) },
		.src = page.va,
		.dst = rig->args.va,
		.row_bytes = 64,
		.rows = 1,
	};
	unsigned int status;

	rig_map(rig, page.va, PINION_PTE_VALID | PINION_PTE_READ | PINION_PTE_SPARSE);
	rig_invalidate(rig);
	status = rig_run(rig, &copy, sizeof(copy));
	if (status)
		rig_queue_reset(rig, &rig->queue);
	return !status;
}

/* No interrupt is sent after the first of many jobs, which one short step cannot run. */
static bool knows_MODERATION(struct rig *rig)
{
	const struct pinion_desc nop = { .opcode = PINION_DESC_NOP };
	unsigned int i, before = rig->msi[1];
	uint64_t budget = rig->budget;
	bool held;

	write_doorbell(rig, PINION_DOORBELL_MODERATION, PINION_MODERATION(MANY, UINT16_MAX));
	for (i = 0; i < MANY; i++)
		rig_submit(rig, &rig->queue, &nop);
	rig->budget = 1;
	rig_wait(rig, &rig->queue);
	rig->budget = budget;
	held = rig->msi[1] == before;
	for (i = 1; i < MANY; i++)
		rig_wait(rig, &rig->queue);
	write_doorbell(rig, PINION_DOORBELL_MODERATION, 0);
	return held && rig->msi[1] == before + 1;
}

/* A job has two descriptors. */
static bool knows_CHAIN(struct rig *rig)
{
	struct pinion_desc nop = { .opcode = PINION_DESC_NOP, .flags = PINION_DESC_F_MORE };

	rig_submit(rig, &rig->queue, &nop);
	nop.flags = 0;
	return run(rig, &nop) == PINION_STATUS_OK;
}

/* A job that waits for a semaphore is aborted; if it is not, the semaphore ends it. */
static bool knows_ABORT(struct rig *rig)
{
	const struct pinion_desc desc = {
		.opcode = PINION_DESC_NOP, .wait_va = rig->args.va, .wait_value = 1, .cookie = 5
	};
	const struct rig_queue *q = &rig->queue;
	uint64_t *sem = rig->args.ptr;
	unsigned int i, status;

	*sem = 0;
	rig_submit(rig, &rig->queue, &desc);
	rig_step(rig);
	write_doorbell(rig, PINION_DOORBELL_ABORT, PINION_ABORT_VALID | (uint32_t)desc.cookie);
	for (i = 0; i < PATIENCE && !pinion_ring_has_record(q->cq, q->head, q->entries); i++)
		rig_step(rig);
	*sem = 1;
	status = rig_wait(rig, &rig->queue).status & PINION_CQE_STATUS;
	write_doorbell(rig, PINION_DOORBELL_ABORT, 0);
	return status == PINION_STATUS_ABORTED;
}

/* The doorbell page tells how many records were written. */
static bool knows_PROGRESS(struct rig *rig)
{
	const struct pinion_desc nop = { .opcode = PINION_DESC_NOP };

	run(rig, &nop);
	return card_doorbell_read(rig->card, RIG_QUEUE * PINION_DOORBELL_STRIDE +
						     PINION_DOORBELL_RECORDS) == rig->queue.head;
}

/* The firmware makes a queue that has a shadow doorbell. */
static bool knows_SHADOW(struct rig *rig)
{
	struct rig_buf mem = rig_alloc(rig, 4096, PINION_PTE_HOST);
	struct pinion_msg_queue_create create = {
		.queue = RIG_QUEUE + 1,
		.vm = RIG_VM,
		.entries = PINION_RING_MIN,
		.vector = 1,
		.ring_lo = (uint32_t)mem.addr,
		.ring_hi = (uint32_t)(mem.addr >> 32),
		.cq_lo = (uint32_t)mem.addr + 1024,
		.cq_hi = (uint32_t)(mem.addr >> 32),
		.shadow_lo = (uint32_t)mem.addr + 2048,
		.shadow_hi = (uint32_t)(mem.addr >> 32),
	};

	return rig_ask(rig, PINION_MSG_QUEUE_CREATE, &create, NULL) == PINION_MBOX_OK;
}

/* The firmware takes the weight of a group, and the card says how large a save area is. */
static bool knows_PREEMPT(struct rig *rig)
{
	struct pinion_msg_sched sched = { .group = 1, .weight = 200 };

	return rig_ask(rig, PINION_MSG_SCHED, &sched, NULL) == PINION_MBOX_OK &&
	       card_reg_read(rig->card, PINION_REG_SAVE_BYTES) &&
	       card_reg_read(rig->card, PINION_REG_SAVE_FORMAT) == PINION_SAVE_FORMAT;
}

/* The level exists. The card of the next test has its own firmware. */
static bool knows_WARM(struct rig *rig)
{
	card_reg_write(rig->card, PINION_REG_RESET, PINION_RESET_WARM);
	while (card_reg_read(rig->card, PINION_REG_RESET))
		rig_step(rig);
	return card_reg_read(rig->card, PINION_REG_RESET_RESULT) == PINION_RESET_WARM;
}

/* The registers are there. */
static bool knows_FLASH(struct rig *rig)
{
	return card_reg_read(rig->card, PINION_REG_FLASH_PAGE) == CARD_FLASH_PAGE;
}

/* A capability beyond those of contract 1.0 does not compile without its function. */
#define PROBE(name, bit, minor, announces, text) { PINION_CAP_##name, #name, knows_##name },

static const struct probe {
	uint64_t cap;
	const char *name;
	bool (*knows)(struct rig *rig);
} probes[] = { PINION_EACH_REQUIRED_CAP(PROBE) PINION_EACH_OPTIONAL_CAP(PROBE) };

#define PROBES (sizeof(probes) / sizeof(probes[0]))

static bool is_card_without(uint64_t lacking)
{
	struct rig *rig = rig_new(&(struct rig_options){
		.memory_bytes = 32 << 20, .without_caps = lacking, .quiet = true });
	bool good = card_reg_read(rig->card, PINION_REG_CAPS_LO) ==
		    ((PINION_CAPS_ALL & ~lacking) & UINT32_MAX);

	for (unsigned int i = 0; i < PROBES; i++)
		if (probes[i].knows(rig) != !(lacking & probes[i].cap)) {
			printf("# PINION_CAP_%s\n", probes[i].name);
			good = false;
		}
	rig_free(rig);
	return good;
}

int main(void)
{
	tap_plan(PROBES + 2);
	tap_ok(is_card_without(0), "a card with all capabilities knows what they mean");
	for (unsigned int i = 0; i < PROBES; i++)
		tap_ok(is_card_without(probes[i].cap),
		       "a card without %s lacks that and nothing else", probes[i].name);
	tap_ok(is_card_without(~0ull), "a card without capabilities");
	return tap_result();
}
