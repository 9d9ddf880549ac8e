// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt moderation: how many completions share an interrupt. Pure: the
 * caller writes the value to the card.
 *
 * The card holds nothing back once a queue has run dry, so that a single job is
 * told of at once whatever the value. It matters where jobs are in flight all
 * the time. Whether it pays is seen from the records that the interrupts find,
 * without a clock: they say when the jobs ended. The kernel's own library for
 * this (dimlib) reads the clock and decides in a worker, and is there only if some
 * other driver asks for it.
 */
#include <linux/minmax.h>

#include "pinion_regs.h"
#include "pinion_moderation.h"

#define MODERATION_COUNT  32u /* at most, and half of what may be in flight */
#define MODERATION_US	  50u /* the latency that it may cost */
#define MODERATION_WINDOW 16u /* interrupts, before the next decision */

/**
 * pinion_moderation_init() - choose the value from now on; nothing is held back at first
 * @m: all zero
 * @entries: jobs that may be in flight
 * @time_freq: ticks of device time per second
 */
void pinion_moderation_init(struct pinion_moderation *m, u32 entries, u32 time_freq)
{
	u32 count = min(entries / 2, MODERATION_COUNT);

	if (count < 2)
		return;
	m->busy = PINION_MODERATION(count, MODERATION_US);
	/* Two of them have to come in that time for it to be of use. */
	m->near = time_freq / (2 * 1000000 / MODERATION_US);
}

/*
 * Hold back where interrupts come before the queue has run dry and the next
 * completion is near; no longer where an interrupt finds but one in spite of it.
 */
static u32 moderation_choose(const struct pinion_moderation *m, u64 end)
{
	if (m->value)
		return m->records < 2 * m->interrupts ? 0 : m->value;
	if (2 * m->early >= m->interrupts && end - m->since < m->records * m->near)
		return m->busy;
	return 0;
}

/**
 * pinion_moderation_learn() - learn from an interrupt
 * @m: what is known
 * @records: that it found, > 0
 * @more: jobs are still in flight
 * @end: device time in the last record; may be anything
 *
 * Return: whether the value changed: at most once in MODERATION_WINDOW calls.
 */
bool pinion_moderation_learn(struct pinion_moderation *m, u32 records, bool more, u64 end)
{
	u32 old = m->value;

	if (!m->busy)
		return false;
	m->records += records;
	m->early += more;
	if (++m->interrupts < MODERATION_WINDOW)
		return false;
	m->value = moderation_choose(m, end);
	m->since = end;
	m->interrupts = 0;
	m->records = 0;
	m->early = 0;
	return m->value != old;
}
