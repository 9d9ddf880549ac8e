/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic of a queue's two rings: counters that only grow, modulo 2^32, over
 * rings of a power of two of slots. Pure, for pinion_kunit.c.
 */
#ifndef PINION_RING_H
#define PINION_RING_H

#include <linux/types.h>

#include "pinion_regs.h"

/**
 * pinion_ring_slot() - where something is
 * @n: how many came before it
 * @entries: of the ring
 * Return: index of its slot.
 */
static inline u32 pinion_ring_slot(u64 n, u32 entries)
{
	return n & (entries - 1);
}

/**
 * pinion_ring_phase() - the phase bit of a completion record
 * @n: how many records came before it
 * @entries: of the ring
 * Return: PINION_CQE_PHASE in the first round and every other, or 0.
 */
static inline u32 pinion_ring_phase(u32 n, u32 entries)
{
	return n & entries ? 0 : PINION_CQE_PHASE;
}

/**
 * pinion_ring_has_head() - whether a head that the card tells can be true
 * @head: descriptors that the card says it has begun
 * @done: those of the jobs that were complete before
 * @tail: that were put in
 * Return: whether it has begun one more than @done at least, and no more than @tail.
 */
static inline bool pinion_ring_has_head(u32 head, u32 done, u32 tail)
{
	return head - done - 1 < tail - done;
}

/**
 * pinion_ring_has_room() - whether descriptors fit in
 * @tail: ever put in
 * @done: those of the jobs that are complete
 * @more: to be put in
 * @entries: of the ring; @more is no more
 */
static inline bool pinion_ring_has_room(u32 tail, u32 done, u32 more, u32 entries)
{
	return tail - done + more <= entries;
}

/**
 * pinion_ring_wants_doorbell() - whether a queue with a shadow doorbell has to be told of a tail
 * @wake: as the card wrote it, which has not seen more than that
 * @old: the tail that was written to the shadow before
 * @tail: that was written to it now, not the same
 * Return: whether @wake is among those from @old on that @tail is beyond.
 */
static inline bool pinion_ring_wants_doorbell(u32 wake, u32 old, u32 tail)
{
	return tail - wake - 1 < tail - old;
}

#endif /* PINION_RING_H */
