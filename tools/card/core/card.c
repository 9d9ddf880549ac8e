// SPDX-License-Identifier: GPL-2.0-or-later
/* The card as a whole: power-on, resets, and the order of its units in a step. */
#include <sodium.h>
#include <stdlib.h>

#include "card_sched.h"

#define MGMT_SLICE 20000u /* instructions of the management processor in a round */

#define CORES_SLICE 200000u /* work of the cores before queues and timers get their turn again */

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static bool config_valid(const struct card_config *c)
{
	if (!c->ops || !c->memory || !c->public_key)
		return false;
	if (c->flash && (!c->ops->flash_read || !c->ops->flash_write))
		return false;
	if (c->memory_bytes < 16u << 20 || c->memory_bytes % (2u << 20) ||
	    c->memory_bytes > 1ull << (PINION_DMA_BITS - 1))
		return false;
	if (!is_power_of_two(c->window_bytes) || c->window_bytes > c->memory_bytes)
		return false;
	if (c->cores < 1 || c->cores > PINION_MAX_CORES)
		return false;
	if (c->dma_bits && (c->dma_bits < 32 || c->dma_bits > PINION_DMA_BITS))
		return false;
	return is_power_of_two(c->scratchpad_bytes) && c->scratchpad_bytes >= 64u << 10 &&
	       c->scratchpad_bytes <= 1u << 20;
}

struct card *card_new(const struct card_config *config)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	struct card *card;

	if (!config_valid(config) || sodium_init() < 0)
		return NULL;
	card = calloc(1, sizeof(*card));
	if (!card)
		return NULL;

	card->config = *config;
	if (!card->config.dma_bits)
		card->config.dma_bits = PINION_DMA_BITS;
	crypto_hash_sha256(hash, config->public_key, crypto_sign_PUBLICKEYBYTES);
	memcpy(card->key_id, hash, sizeof(card->key_id));

	card->image = malloc(PINION_FW_MAX_BYTES);
	card->bounce = malloc(CARD_BOUNCE);
	card->mgmt_cache = calloc(1, sizeof(*card->mgmt_cache));
	if (!card->image || !card->bounce || !card->mgmt_cache || cores_init(card)) {
		card_free(card);
		return NULL;
	}

	mgmt_init(card);
	queues_rebuild(card);
	card_reset(card);
	return card;
}

void card_free(struct card *card)
{
	if (!card)
		return;
	cores_free(card);
	free(card->mgmt_cache);
	free(card->bounce);
	free(card->image);
	free(card);
}

static void engine_reset(struct card *card)
{
	uint32_t i;

	for (i = 0; i < PINION_MAX_QUEUES; i++)
		queue_stop(card, &card->s.queues[i]);
	card->s.msi_pending = 0;
}

/*
 * The management processor, its RAM and its mailbox start again. The log, the record of a crash and
 * the panic registers stay, so that the host learns afterwards why the firmware stopped.
 */
static void warm_reset(struct card *card)
{
	mgmt_stop(card);
	memset(&card->s.mgmt, 0, sizeof(card->s.mgmt));
	card->s.mgmt.timecmp = UINT64_MAX;
	mbox_restart(card);
	card->s.boot = (struct card_boot){
		.addr_reg = card->s.boot.addr_reg,
		.size_reg = card->s.boot.size_reg,
		.panic = card->s.boot.panic,
		.panic_pc = card->s.boot.panic_pc,
	};
}

static void firmware_reset(struct card *card)
{
	uint32_t i;

	engine_reset(card);
	for (i = 0; i < PINION_MAX_QUEUES; i++)
		memset(&card->s.queues[i], 0, sizeof(card->s.queues[i]));
	memset(card->s.vms, 0, sizeof(card->s.vms));
	sched_reset(card);
	mmu_invalidate(card, 0);
	cores_reset(card);
	warm_reset(card);
	memset(&card->s.mbox, 0, sizeof(card->s.mbox));
	card->s.boot.panic = 0;
	card->s.boot.panic_pc = 0;
}

void card_reset(struct card *card)
{
	struct card_knobs knobs = card->s.knobs;

	firmware_reset(card);
	memset(&card->s, 0, sizeof(card->s));
	card->s.knobs = knobs;
	card->s.mgmt.timecmp = UINT64_MAX;
	sched_reset(card);
	cores_reset(card);
	queues_rebuild(card);
	boot_power_on(card);
}

static void reset_step(struct card *card)
{
	uint32_t level = card->s.reset;

	if (level == PINION_RESET_ENGINE)
		engine_reset(card);
	else if (level == PINION_RESET_WARM)
		warm_reset(card);
	else if (level == PINION_RESET_FIRMWARE)
		firmware_reset(card);
	else
		card_reset(card);
	card->s.reset = 0;
	card->s.reset_result = level;
}

bool card_reset_busy(struct card *card)
{
	if (!card->s.knobs.reset_busy)
		return false;
	if (!--card->s.knobs.reset_busy)
		card_kick(card);
	return true;
}

static void msi_flush(struct card *card)
{
	uint64_t pending = card->s.msi_pending;

	card->s.msi_pending = 0;
	for (; pending; pending &= pending - 1)
		card_msi(card, __builtin_ctzll(pending));
}

/* A reset that a fault knob does not let finish: the card does nothing meanwhile. */
static bool reset_hangs(const struct card *card)
{
	return card->s.reset && card->s.knobs.reset_busy;
}

static uint64_t card_round(struct card *card, uint64_t budget)
{
	uint64_t now = card_now(card);
	uint64_t work;

	if (reset_hangs(card))
		return 0;
	if (card->s.reset) {
		/* After the reset, no command of before accesses host memory. */
		flash_step(card);
		reset_step(card);
		return 1;
	}

	work = knobs_step(card);
	work += mgmt_step(card, now, MGMT_SLICE);
	work += boot_step(card);
	work += flash_step(card);
	work += queues_step(card, now);
	work += cores_step(card, budget < CORES_SLICE ? budget : CORES_SLICE);
	moderation_step(card);
	msi_flush(card);
	return work;
}

/*
 * Whether the card has nothing to do until the host writes or a timer expires. This asks the state
 * and not what the last round did: that round may have had no budget for work that is left.
 */
static bool card_idle(const struct card *card)
{
	if (reset_hangs(card))
		return true;
	return !card->s.reset && !card->s.msi_pending && !card->s.knobs.msi_storm &&
	       mgmt_idle(card) && boot_idle(card) && !card->s.flash.command && queues_idle(card);
}

/*
 * A queue is RUNNING if and only if a queue or a core can go on. Otherwise the card would spin, or
 * rest with work left.
 */
static bool card_consistent(const struct card *card)
{
	return qset_empty(&card->running) == !(queues_runnable(card) || cores_have_work(card));
}

bool card_step(struct card *card, uint64_t budget, uint64_t *wakeup)
{
	uint64_t spent = 0, work;
	bool idle;

	if (!budget)
		budget = 1;
	do {
		work = card_round(card, budget - spent);
		spent += work;
		idle = card_idle(card);
		CARD_ASSERT(work || idle);
		CARD_ASSERT(card_consistent(card));
	} while (!idle && spent < budget);

	*wakeup = UINT64_MAX;
	if (card->s.mgmt.running && !mgmt_timer_up(card))
		*wakeup = card->s.mgmt.timecmp;
	if (!qset_empty(&card->waiting) && card->s.next_poll < *wakeup)
		*wakeup = card->s.next_poll;
	if (moderation_wakeup(card) < *wakeup)
		*wakeup = moderation_wakeup(card);
	return !idle;
}
