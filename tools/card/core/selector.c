// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boot selector: a record in one of two pages of the flash. A new record goes into the page
 * that does not have the newest, and counts only once it is whole, which its checksum tells. So the
 * power may fail at any write: either the old record counts or the new one.
 *
 * Behind the checksum are two tallies: for each start of the selected slot a bit of @tried is
 * cleared, and the same bit of @worked when the firmware was ready. That needs no erasing.
 */
#include <sodium.h>

#include "card_int.h"

#define MAGIC	  0x4c535042u /* "BPSL" */
#define TALLIES	  64u	      /* words */
#define COUNTABLE (TALLIES * 32)

struct record {
	uint32_t magic;
	uint32_t seq;
	uint32_t slot;
	uint32_t minimum;
	uint8_t check[8]; /* of SHA-256 over the four words before it */
	uint32_t tried[TALLIES];
	uint32_t worked[TALLIES];
};

static void checksum(const struct record *r, uint8_t check[8])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const void *)r, offsetof(struct record, check));
	memcpy(check, hash, 8);
}

static bool record_read(const struct card *card, uint32_t page, struct record *r)
{
	uint8_t check[8];

	if (nor_read(card, page * CARD_FLASH_PAGE, r, sizeof(*r)) || r->magic != MAGIC ||
	    r->slot >= PINION_FLASH_SLOTS)
		return false;
	checksum(r, check);
	return !memcmp(check, r->check, sizeof(check));
}

/* Return: the page that has the newest record; -1 if no page has one, as in a new flash. */
static int newest(const struct card *card, struct record *r)
{
	struct record other;
	bool first = record_read(card, 0, r), second = record_read(card, 1, &other);

	uint32_t least = 0;

	/* A minimum counts as long as one of the records has it, so that it never falls. */
	if (first)
		least = r->minimum;
	if (second && other.minimum > least)
		least = other.minimum;
	if (second && (!first || (int32_t)(other.seq - r->seq) > 0)) {
		*r = other;
		r->minimum = least;
		return 1;
	}
	if (first) {
		r->minimum = least;
		return 0;
	}
	memset(r, 0, sizeof(*r));
	memset(r->tried, 0xff, sizeof(r->tried) + sizeof(r->worked));
	return -1;
}

static bool bit(const uint32_t *tally, uint32_t i)
{
	return tally[i / 32] >> i % 32 & 1;
}

/* Number of bits that are cleared in the tally of starts. */
static uint32_t starts(const struct record *r)
{
	uint32_t n = 0;

	while (n < COUNTABLE && !bit(r->tried, n))
		n++;
	return n;
}

static uint32_t failed(const struct record *r)
{
	uint32_t n = starts(r), in_a_row = 0;

	while (n && bit(r->worked, --n))
		in_a_row++;
	return in_a_row;
}

struct card_selector selector_get(const struct card *card)
{
	struct record r;

	newest(card, &r);
	return (struct card_selector){
		.seq = r.seq,
		.slot = r.slot,
		.minimum = r.minimum,
		.failed = failed(&r),
	};
}

/* The slot that is started first: the other one if the selected one has failed too often. */
uint32_t selector_first(const struct card_selector *sel)
{
	return sel->failed >= PINION_BOOT_TRIES ? !sel->slot : sel->slot;
}

/* Write a record with empty tallies. Return: 0, or -1: the record before it counts. */
int selector_put(const struct card *card, uint32_t slot, uint32_t minimum)
{
	struct record r;
	uint32_t at = newest(card, &r) == 0 ? CARD_FLASH_PAGE : 0;
	struct record next = { .magic = MAGIC, .seq = r.seq + 1, .slot = slot, .minimum = minimum };

	checksum(&next, next.check);
	if (nor_erase(card, at))
		return -1;
	return nor_program(card, at, &next, offsetof(struct record, tried));
}

static int tally(const struct card *card, int page, size_t offset, uint32_t i)
{
	uint32_t word = ~(1u << i % 32);
	uint32_t at = (uint32_t)page * CARD_FLASH_PAGE + (uint32_t)offset + i / 32 * 4;
	uint32_t old;

	if (nor_read(card, at, &old, sizeof(old)))
		return -1;
	word &= old;
	return nor_program(card, at, &word, sizeof(word));
}

/* Count a start of the selected slot. Return: 0, or -1 if the flash does not take it. */
int selector_count(const struct card *card)
{
	struct record r;
	int page = newest(card, &r);

	if (page < 0 || starts(&r) == COUNTABLE) {
		if (selector_put(card, r.slot, r.minimum))
			return -1;
		page = newest(card, &r);
	}
	return page < 0 ? -1 : tally(card, page, offsetof(struct record, tried), starts(&r));
}

/* The firmware whose start was counted last is ready. */
int selector_worked(const struct card *card)
{
	struct record r;
	int page = newest(card, &r);
	uint32_t n = starts(&r);

	if (page < 0 || !n)
		return -1;
	return tally(card, page, offsetof(struct record, worked), n - 1);
}
