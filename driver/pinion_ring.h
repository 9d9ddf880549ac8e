/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic of a queue's two rings. Counters only grow, modulo 2^32; the number of slots is a
 * power of two. The functions have no side effects, so that pinion_kunit.c can test them.
 */
#ifndef PINION_RING_H
#define PINION_RING_H

#include <linux/types.h>

#include "pinion_regs.h"

/**
 * pinion_ring_slot() - slot of a descriptor or completion record
 * @n: how many entries came before
 * @entries: number of slots in the ring
 * Return: index of the slot.
 */
static inline u32 pinion_ring_slot(u64 n, u32 entries)
{
	return n & (entries - 1);
}

/**
 * pinion_ring_phase() - phase bit of a completion record
 * @n: how many records came before
 * @entries: number of slots in the ring
 * Return: PINION_CQE_PHASE in the first, third, ... round of the ring, 0 in the second, fourth,
 * ...
 */
static inline u32 pinion_ring_phase(u32 n, u32 entries)
{
	return n & entries ? 0 : PINION_CQE_PHASE;
}

/**
 * pinion_ring_has_head() - check the head in a completion record
 * @head: number of descriptors that the card claims to have begun
 * @done: number of descriptors that belong to jobs completed before
 * @tail: number of descriptors written to the ring
 * Return: true if @done < @head <= @tail modulo 2^32.
 */
static inline bool pinion_ring_has_head(u32 head, u32 done, u32 tail)
{
	return head - done - 1 < tail - done;
}

/**
 * pinion_ring_has_room() - check that more descriptors fit into the ring
 * @tail: number of descriptors written to the ring so far
 * @done: number of descriptors that belong to completed jobs
 * @more: number of descriptors to add, at most @entries
 * @entries: number of slots in the ring
 * Return: true if there are @more free slots.
 */
static inline bool pinion_ring_has_room(u32 tail, u32 done, u32 more, u32 entries)
{
	return tail - done + more <= entries;
}

/**
 * pinion_ring_wants_doorbell() - check whether a new tail in the shadow needs the doorbell, too
 * @wake: pinion_shadow.wake: the card has seen no later tail and needs the doorbell for one
 * @old: previous tail in the shadow
 * @tail: new tail in the shadow, different from @old
 * Return: true if @old <= @wake < @tail modulo 2^32 (as virtio's vring_need_event()).
 */
static inline bool pinion_ring_wants_doorbell(u32 wake, u32 old, u32 tail)
{
	return tail - wake - 1 < tail - old;
}

#endif /* PINION_RING_H */
