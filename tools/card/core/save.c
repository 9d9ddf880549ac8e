// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Saving and loading a card. A saved state is a header with the card's configuration, struct
 * card_state, the harts' registers and the scratchpads. Anybody may have written what is loaded, so
 * every index in it is checked.
 */
#include "card_sched.h"

#define SAVE_MAGIC   0x53444350u /* "PCDS" */
#define SAVE_VERSION 6u

struct save_header {
	uint32_t magic;
	uint32_t version;
	uint64_t state_bytes; /* of struct card_state */
	uint64_t hart_bytes;  /* of struct rv_state */
	uint64_t memory_bytes;
	uint64_t caps;
	uint32_t cores;
	uint32_t scratchpad_bytes;
};

static struct save_header save_header(const struct card *card)
{
	return (struct save_header){
		.magic = SAVE_MAGIC,
		.version = SAVE_VERSION,
		.state_bytes = sizeof(struct card_state),
		.hart_bytes = sizeof(struct rv_state),
		.memory_bytes = card->config.memory_bytes,
		.caps = card_caps(card),
		.cores = card->config.cores,
		.scratchpad_bytes = card->config.scratchpad_bytes,
	};
}

size_t card_save_bytes(const struct card *card)
{
	return sizeof(struct save_header) + sizeof(struct card_state) + sizeof(struct rv_state) +
	       card->config.cores * (sizeof(struct rv_state) + card->config.scratchpad_bytes);
}

static uint8_t *put(uint8_t *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return to + bytes;
}

void card_save(const struct card *card, void *buf)
{
	struct save_header header = save_header(card);
	uint8_t *to = put(buf, &header, sizeof(header));
	uint32_t i;

	to = put(to, &card->s, sizeof(card->s));
	to = put(to, &card->mgmt_hart.s, sizeof(card->mgmt_hart.s));
	for (i = 0; i < card->config.cores; i++) {
		to = put(to, &card->cores[i].hart.s, sizeof(card->cores[i].hart.s));
		to = put(to, card->cores[i].scratch, card->config.scratchpad_bytes);
	}
}

static bool control_loads(const struct card *card)
{
	const struct card_state *s = &card->s;
	const struct card_mbox *m = &s->mbox;

	return s->reset <= PINION_RESET_WARM && s->boot.state <= PINION_BOOT_CRASHED &&
	       s->boot.error <= PINION_BOOT_ERR_FLASH && s->boot.slot < PINION_FLASH_SLOTS &&
	       (!(s->boot.flash || s->flash.command) || card_caps(card) & PINION_CAP_FLASH) &&
	       s->boot.fetched <= s->boot.size && s->core_cursor < card->config.cores &&
	       m->h2f_tail - m->h2f_head <= PINION_MBOX_SLOTS &&
	       m->f2h_tail - m->f2h_head <= PINION_MBOX_SLOTS;
}

static bool group_loads(const struct card_group *group)
{
	uint32_t i, j;

	for (i = 0; i < CARD_RESOURCES; i++) {
		if (!sched_vtime_loads(group->vtime[i]))
			return false;
		for (j = 0; j < CARD_PRIORITIES; j++)
			if (group->cursor[i][j] >= PINION_MAX_QUEUES)
				return false;
	}
	return group->weight >= PINION_WEIGHT_MIN && group->weight <= PINION_WEIGHT_MAX &&
	       group->cost == sched_cost(group->weight);
}

static bool sched_loads(const struct card *card)
{
	uint32_t i;

	for (i = 0; i < CARD_RESOURCES; i++)
		if (!sched_vtime_loads(card->s.vtime[i]))
			return false;
	for (i = 0; i < PINION_MAX_GROUPS; i++)
		if (!group_loads(&card->s.groups[i]))
			return false;
	for (i = 0; i < PINION_MAX_VMS; i++) {
		const struct card_vm *vm = &card->s.vms[i];

		if (vm->group >= PINION_MAX_GROUPS ||
		    (vm->save && !preempt_area_valid(card, vm->save)))
			return false;
	}
	return card->s.slice >= PINION_SLICE_MIN;
}

static bool packet_loads(const struct card *card, const struct card_queue *q)
{
	const union card_packet *p = &q->pkt;

	return packet_valid(card, p) && p->head.bytes <= q->desc.bytes - q->pos &&
	       packet_ops[p->head.op].loads(q);
}

static bool job_loads(const struct card *card, const struct card_queue *q)
{
	const struct pinion_desc *d = &q->desc;

	if (q->stage == STAGE_FETCH)
		return true;
	if (!desc_valid(card, q) || q->pos % 8 || q->pos > d->bytes)
		return false;
	return q->stage != STAGE_BUSY || packet_loads(card, q);
}

static bool queue_loads(const struct card *card, const struct card_queue *q)
{
	if (q->state > PINION_Q_STOPPING || q->stage >= NR_STAGES ||
	    q->group >= PINION_MAX_GROUPS || (q->saved && !queue_in_launch(q)))
		return false;
	if (q->state == PINION_Q_DISABLED)
		return q->stage == STAGE_FETCH && !q->batch_count && !q->fetch_bytes && !q->held;
	return queue_config_valid(card, q) && q->batch_count <= CARD_BATCH &&
	       q->fetch_bytes <= CARD_FETCH_BYTES && q->tail - q->head <= q->entries &&
	       q->held <= PINION_MODERATION_COUNT && job_loads(card, q);
}

/*
 * The blocks of a queue are on cores, or they are saved: each in the area of a core that exists,
 * and alone there. @used: a bit per core whose area of the address space is in use.
 */
static bool saved_loads(const struct card *card, const struct card_queue *q, uint32_t on_cores,
			uint64_t *used)
{
	uint64_t missing = card->config.cores < 64 ? ~0ull << card->config.cores : 0;

	if (!q->saved)
		return true;
	if (on_cores || q->saved & missing || !card->s.vms[q->vm].save || q->saved & used[q->vm])
		return false;
	used[q->vm] |= q->saved;
	return true;
}

/* A core must not run a block of an address space for which its save area is in use. */
static bool areas_load(const struct card *card, const uint64_t *used)
{
	uint32_t i;

	for (i = 0; i < PINION_MAX_CORES && i < card->config.cores; i++)
		if (card->s.cores[i].queue != CARD_NO_QUEUE && used[card->s.cores[i].vm] >> i & 1)
			return false;
	return true;
}

/* A queue must have exactly as many blocks on cores or saved as it counts in flight. */
static bool cores_load(const struct card *card)
{
	uint32_t in_flight[PINION_MAX_QUEUES] = { 0 };
	uint64_t used[PINION_MAX_VMS] = { 0 };
	uint32_t i;

	for (i = 0; i < card->config.cores; i++) {
		const struct card_core_state *st = &card->s.cores[i];

		if ((st->last_queue != CARD_NO_QUEUE && st->last_queue >= PINION_MAX_QUEUES) ||
		    st->vm >= PINION_MAX_VMS || !st->part || st->part > UINT16_MAX)
			return false;
		if (st->queue == CARD_NO_QUEUE)
			continue;
		if (st->queue >= PINION_MAX_QUEUES || card->s.queues[st->queue].vm != st->vm)
			return false;
		in_flight[st->queue]++;
	}
	for (i = 0; i < PINION_MAX_QUEUES; i++) {
		const struct card_queue *q = &card->s.queues[i];

		if (!saved_loads(card, q, in_flight[i], used))
			return false;
		in_flight[i] += (uint32_t)__builtin_popcountll(q->saved);
		if (in_flight[i] != (queue_in_launch(q) ? q->next_block - q->ended_blocks : 0))
			return false;
	}
	return areas_load(card, used);
}

static bool state_loads(const struct card *card)
{
	uint32_t i;

	if (!control_loads(card) || !sched_loads(card))
		return false;
	for (i = 0; i < PINION_MAX_QUEUES; i++)
		if (!queue_loads(card, &card->s.queues[i]))
			return false;
	return cores_load(card);
}

static const uint8_t *get(void *to, const uint8_t *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return from + bytes;
}

/* Registers may hold any value, except for fields that index tables or have unused bits. */
static const uint8_t *get_hart(struct rv_hart *hart, const uint8_t *from)
{
	from = get(&hart->s, from, sizeof(hart->s));
	hart->s.frm &= 7;
	hart->s.fflags &= 31;
	hart->s.mip &= RV_IRQ_ALL;
	hart->s.mie &= RV_IRQ_ALL;
	rv_flush(hart);
	return from;
}

int card_load(struct card *card, const void *buf, size_t bytes)
{
	const struct save_header want = save_header(card);
	const uint8_t *from = buf;
	uint32_t i;

	if (bytes != card_save_bytes(card) || memcmp(from, &want, sizeof(want)))
		return -1;
	from = get(&card->s, from + sizeof(want), sizeof(card->s));
	if (!state_loads(card)) {
		memset(card->s.queues, 0, sizeof(card->s.queues));
		cores_reset(card);
		queues_rebuild(card);
		card_reset(card);
		return -1;
	}

	card->s.boot.fetched = 0;
	from = get_hart(&card->mgmt_hart, from);
	for (i = 0; i < card->config.cores; i++) {
		from = get_hart(&card->cores[i].hart, from);
		from = get(card->cores[i].scratch, from, card->config.scratchpad_bytes);
	}
	mmu_invalidate(card, 0);
	cores_rebuild(card);
	queues_rebuild(card);
	return 0;
}
