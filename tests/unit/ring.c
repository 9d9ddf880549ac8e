// SPDX-License-Identifier: GPL-2.0-or-later
/* uapi/pinion_ring.h: arithmetic at the ends of its range, and a queue against a card of its own.
 */
#include <stdint.h>

#include "pinion_ring.h"
#include "tests/tap.h"

#define ENTRIES 8u
#define ROUNDS	100000u

static void test_slots(void)
{
	tap_ok(pinion_ring_slot(0, 64) == 0 && pinion_ring_slot(63, 64) == 63 &&
		       pinion_ring_slot(64, 64) == 0 && pinion_ring_slot(UINT32_MAX, 64) == 63 &&
		       pinion_ring_slot(1ull << 32, 64) == 0 && pinion_ring_slot(5, 1) == 0,
	       "slots go round");
	tap_ok(pinion_ring_phase(0, 4) == PINION_CQE_PHASE &&
		       pinion_ring_phase(3, 4) == PINION_CQE_PHASE && !pinion_ring_phase(4, 4) &&
		       !pinion_ring_phase(7, 4) && pinion_ring_phase(8, 4) == PINION_CQE_PHASE &&
		       !pinion_ring_phase(UINT32_MAX, 4),
	       "the phase bit flips each round");
}

static void test_ranges(void)
{
	static const uint32_t starts[] = { 0, 1, INT32_MAX, UINT32_MAX - 4, UINT32_MAX };
	bool head = true, space = true, doorbell = true;

	for (unsigned int i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint32_t at = starts[i];

		head &= !pinion_ring_has_head(at, at, at + 5) &&
			pinion_ring_has_head(at + 1, at, at + 5) &&
			pinion_ring_has_head(at + 5, at, at + 5) &&
			!pinion_ring_has_head(at + 6, at, at + 5) &&
			!pinion_ring_has_head(at - 1, at, at + 5) &&
			!pinion_ring_has_head(at + 1, at, at);
		space &= pinion_ring_has_room(at, at, 8, 8) &&
			 pinion_ring_has_room(at + 7, at, 1, 8) &&
			 !pinion_ring_has_room(at + 8, at, 1, 8) &&
			 !pinion_ring_has_room(at + 5, at, 4, 8);
		doorbell &= pinion_ring_wants_doorbell(at, at, at + 1) &&
			    pinion_ring_wants_doorbell(at, at, at + 5) &&
			    pinion_ring_wants_doorbell(at + 4, at, at + 5) &&
			    !pinion_ring_wants_doorbell(at + 5, at, at + 5) &&
			    !pinion_ring_wants_doorbell(at - 1, at, at + 5);
	}
	tap_ok(head, "a head is behind what was completed and not beyond the tail");
	tap_ok(space, "as many descriptors fit as there are free slots");
	tap_ok(doorbell, "the doorbell is needed for the first tail beyond the wake word");
}

static void test_announce(void)
{
	struct pinion_shadow shadow = { .tail = 3, .wake = 7 };

	tap_ok(pinion_ring_announce(NULL, 3, 4), "without a shadow each tail needs the doorbell");
	tap_ok(!pinion_ring_announce(&shadow, 3, 7) && shadow.tail == 7 &&
		       pinion_ring_announce(&shadow, 7, 9) && shadow.tail == 9 &&
		       shadow.wake == 7 && !pinion_ring_announce(&shadow, 9, 12),
	       "with a shadow the tail is written, and the wake word decides");
}

static void test_record(void)
{
	struct pinion_cqe cq[2] = {}, rec;
	bool before = pinion_ring_has_record(cq, 1, 2) || pinion_ring_read_record(cq, 1, 2, &rec);

	cq[1] = (struct pinion_cqe){ 5, 6, 7, 8, PINION_STATUS_PAGE_FAULT | PINION_CQE_PHASE };
	tap_ok(!before && pinion_ring_has_record(cq, 1, 2) &&
		       pinion_ring_read_record(cq, 1, 2, &rec) && rec.cookie == 5 &&
		       rec.start == 6 && rec.end == 7 && rec.sq_head == 8 &&
		       rec.status == cq[1].status,
	       "a record is there once it has the phase of its round, and is copied whole");
	tap_ok(!pinion_ring_has_record(cq, 3, 2) && !pinion_ring_read_record(cq, 3, 2, &rec),
	       "it is not the record of the next round");
}

/**
 * struct card - a queue as the hardware contract describes it, counted with 64 bits
 * @ring: slots of the descriptor ring
 * @cq: slots of the completion ring
 * @shadow: doorbell in memory, which the host and the card write
 * @tail: tail that the card knows
 * @done: number of descriptors run, each of which is a job
 * @idle: the card reads nothing until the doorbell is written
 */
struct card {
	struct pinion_desc ring[ENTRIES];
	struct pinion_cqe cq[ENTRIES];
	struct pinion_shadow shadow;
	uint64_t tail;
	uint64_t done;
	bool idle;
};

/* Run one job, or go to sleep if the shadow has no new tail. */
static void card_step(struct card *card)
{
	struct pinion_cqe *cqe = &card->cq[card->done % ENTRIES];
	uint64_t round = card->done / ENTRIES;

	card->tail += (uint32_t)(card->shadow.tail - (uint32_t)card->tail);
	if (card->done == card->tail) {
		card->shadow.wake = (uint32_t)card->tail;
		card->idle = true;
		return;
	}
	cqe->cookie = card->ring[card->done++ % ENTRIES].cookie;
	cqe->sq_head = (uint32_t)card->done;
	cqe->status = round % 2 ? 0 : PINION_CQE_PHASE;
}

/**
 * struct host - the other side of the queue, counted with 32 bits
 * @tail: number of descriptors written
 * @freed: number of descriptors that belong to completed jobs
 * @records: number of records read
 * @cookie: cookie of the next job
 * @expected: cookie of the next record
 */
struct host {
	uint32_t tail;
	uint32_t freed;
	uint32_t records;
	uint64_t cookie;
	uint64_t expected;
};

static void host_submit(struct host *host, struct card *card, uint32_t count)
{
	uint32_t old = host->tail;

	while (count-- && pinion_ring_has_room(host->tail, host->freed, 1, ENTRIES))
		card->ring[pinion_ring_slot(host->tail++, ENTRIES)].cookie = host->cookie++;
	if (host->tail != old && pinion_ring_announce(&card->shadow, old, host->tail))
		card->idle = false;
}

/* Return: false if a record has not the cookie or the head of the oldest job. */
static bool host_reap(struct host *host, const struct card *card)
{
	struct pinion_cqe rec;

	while (pinion_ring_read_record(card->cq, host->records, ENTRIES, &rec)) {
		if (rec.cookie != host->expected++ ||
		    !pinion_ring_has_head(rec.sq_head, host->freed, host->tail))
			return false;
		host->records++;
		host->freed = rec.sq_head;
	}
	return true;
}

static void test_queue(void)
{
	/* An even number of rounds before 2^32: the first round has the phase of round 0. */
	const uint64_t start = (1ull << 32) - ROUNDS / 2 * (2 * ENTRIES);
	struct host host = { .tail = (uint32_t)start };
	struct card card = { .tail = start, .done = start, .idle = true };
	uint32_t seed = 1, slept = 0;
	bool good = true;

	host.freed = host.records = card.shadow.tail = card.shadow.wake = host.tail;
	for (uint32_t i = 0; i < 8 * ROUNDS && good; i++) {
		seed = seed * 1664525 + 1013904223;
		if (seed >> 31)
			host_submit(&host, &card, (seed >> 24) % (ENTRIES + 2));
		for (uint32_t n = (seed >> 16) % 6; n && !card.idle; n--)
			card_step(&card);
		slept += card.idle;
		good = host_reap(&host, &card);
	}
	while (!card.idle)
		card_step(&card);
	good &= host_reap(&host, &card) && host.expected == host.cookie;
	tap_ok(good && slept && host.cookie > ROUNDS * ENTRIES && card.done >> 32,
	       "%llu jobs across 2^32, a card that sleeps between them: none is lost",
	       (unsigned long long)host.cookie);
}

int main(void)
{
	tap_plan(10);
	test_slots();
	test_ranges();
	test_announce();
	test_record();
	test_queue();
	return tap_result();
}
