/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The two rings of a queue as the host uses them: arithmetic, and the accesses that the card may
 * race with. Counters of descriptors and of records only grow, modulo 2^32; the number of slots is
 * a power of two.
 */
#ifndef PINION_RING_H
#define PINION_RING_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <asm/barrier.h>
#else
#include <stdbool.h>
#endif

#include "pinion_regs.h"

/*
 * LOAD and STORE access a word that the card or the host may access at the same time. FIELD reads
 * a field of a record that the card has written: the kernel reads it exactly once, because a
 * faulty card could change it; a program relies on the card. The three barriers order accesses of
 * host memory that the card accesses, too, and PINION_RING_WMB() also those before a write of the
 * doorbell.
 *
 * In a program they are what dma_rmb(), dma_wmb() and dma_mb() are in the kernel:
 *
 * - arm64: a fence of C orders what other processors see ("dmb ish", inner shareable). The card is
 *   no processor, so "dmb osh" (outer shareable) is needed, with "ld" for loads before loads and
 *   stores, and "st" for stores before stores, a store to a register of the card included.
 * - x86: loads are seen in order, and so are stores, by processors and devices alike, so the
 *   fences of C keep only the compiler from moving accesses. A load may overtake a store, so the
 *   third fence is an instruction. The pages of doorbells are uncached: a store to them is seen
 *   after all stores to memory before it.
 */
#ifdef __KERNEL__
#define PINION_RING_LOAD(word)	       READ_ONCE(word)
#define PINION_RING_STORE(word, value) WRITE_ONCE(word, value)
#define PINION_RING_FIELD(field)       READ_ONCE(field)
#define PINION_RING_RMB()	       dma_rmb()
#define PINION_RING_WMB()	       dma_wmb()
#define PINION_RING_MB()	       dma_mb()
#else
#define PINION_RING_LOAD(word)	       __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define PINION_RING_STORE(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)
#define PINION_RING_FIELD(field)       (field)
#ifdef __aarch64__
#define PINION_RING_RMB() __asm__ volatile("dmb oshld" ::: "memory")
#define PINION_RING_WMB() __asm__ volatile("dmb oshst" ::: "memory")
#define PINION_RING_MB()  __asm__ volatile("dmb osh" ::: "memory")
#else
#define PINION_RING_RMB() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define PINION_RING_WMB() __atomic_thread_fence(__ATOMIC_RELEASE)
#define PINION_RING_MB()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif
#endif

/**
 * pinion_ring_slot() - slot of a descriptor or completion record
 * @n: number of descriptors or records before it
 * @entries: number of slots in the ring
 *
 * Return: index of the slot
 */
static inline __u32 pinion_ring_slot(__u64 n, __u32 entries)
{
	return (__u32)n & (entries - 1);
}

/**
 * pinion_ring_phase() - phase bit of a completion record
 * @n: number of records before it
 * @entries: number of slots in the ring
 *
 * Return: PINION_CQE_PHASE in the first, third, ... round of the ring; 0 in the second,
 * fourth, ... round
 */
static inline __u32 pinion_ring_phase(__u32 n, __u32 entries)
{
	return n & entries ? 0 : PINION_CQE_PHASE;
}

/**
 * pinion_ring_has_head() - check the head in a completion record
 * @head: number of descriptors that the card claims to have begun
 * @done: number of descriptors that belong to jobs completed before
 * @tail: number of descriptors written to the ring
 *
 * Return: true if @done < @head <= @tail modulo 2^32
 */
static inline bool pinion_ring_has_head(__u32 head, __u32 done, __u32 tail)
{
	return head - done - 1 < tail - done;
}

/**
 * pinion_ring_has_room() - check that more descriptors fit into the ring
 * @tail: number of descriptors written to the ring so far
 * @done: number of descriptors that belong to completed jobs
 * @more: number of descriptors to add, at most @entries
 * @entries: number of slots in the ring
 *
 * Return: true if there are @more free slots
 */
static inline bool pinion_ring_has_room(__u32 tail, __u32 done, __u32 more, __u32 entries)
{
	return tail - done + more <= entries;
}

/**
 * pinion_ring_wants_doorbell() - check whether a new tail in the shadow needs the doorbell, too
 * @wake: pinion_shadow.wake: the card has seen no later tail and needs the doorbell for one
 * @old: previous tail in the shadow
 * @tail: new tail in the shadow, different from @old
 *
 * Return: true if @old <= @wake < @tail modulo 2^32 (as virtio's vring_need_event())
 */
static inline bool pinion_ring_wants_doorbell(__u32 wake, __u32 old, __u32 tail)
{
	return tail - wake - 1 < tail - old;
}

/**
 * pinion_ring_announce() - publish the tail after descriptors were written
 * @shadow: shadow doorbell of the queue; NULL: the queue has none
 * @old: tail of the previous call
 * @tail: number of descriptors written to the ring, different from @old
 *
 * Return: true if the caller has to write @tail to PINION_DOORBELL_TAIL now
 */
static inline bool pinion_ring_announce(struct pinion_shadow *shadow, __u32 old, __u32 tail)
{
	/* The descriptors before the tail or doorbell; pairs with the card's fetch. */
	PINION_RING_WMB();
	if (!shadow)
		return true;
	PINION_RING_STORE(shadow->tail, tail);
	/* The tail before the wake; pairs with the card's barrier between the two. */
	PINION_RING_MB();
	return pinion_ring_wants_doorbell(PINION_RING_LOAD(shadow->wake), old, tail);
}

/**
 * pinion_ring_has_record() - check whether the card has written a completion record
 * @cq: first slot of the completion ring
 * @n: number of records before it
 * @entries: number of slots in the ring
 *
 * Return: true if the record is there. No access to its other fields is ordered after the check.
 */
static inline bool pinion_ring_has_record(const struct pinion_cqe *cq, __u32 n, __u32 entries)
{
	__u32 status = PINION_RING_LOAD(cq[pinion_ring_slot(n, entries)].status);

	return !((status ^ pinion_ring_phase(n, entries)) & PINION_CQE_PHASE);
}

/**
 * pinion_ring_read_record() - copy a completion record if the card has written it
 * @cq: first slot of the completion ring
 * @n: number of records before it
 * @entries: number of slots in the ring
 * @rec: where the record is copied to, phase bit included; valid if the function returns true
 *
 * Return: true if the record is there
 */
static inline bool pinion_ring_read_record(const struct pinion_cqe *cq, __u32 n, __u32 entries,
					   struct pinion_cqe *rec)
{
	const struct pinion_cqe *slot = &cq[pinion_ring_slot(n, entries)];

	rec->status = PINION_RING_LOAD(slot->status);
	if ((rec->status ^ pinion_ring_phase(n, entries)) & PINION_CQE_PHASE)
		return false;
	/* The phase before the rest; pairs with the card writing status last. */
	PINION_RING_RMB();
	rec->cookie = PINION_RING_FIELD(slot->cookie);
	rec->start = PINION_RING_FIELD(slot->start);
	rec->end = PINION_RING_FIELD(slot->end);
	rec->sq_head = PINION_RING_FIELD(slot->sq_head);
	return true;
}

#undef PINION_RING_LOAD
#undef PINION_RING_STORE
#undef PINION_RING_FIELD
#undef PINION_RING_RMB
#undef PINION_RING_WMB
#undef PINION_RING_MB

#endif /* PINION_RING_H */
