// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt moderation decides how many completions share an interrupt. These functions only
 * compute the value; the caller writes it to the card.
 *
 * The card delays no interrupt once a queue has run dry, so a single job is reported at once with
 * any value. Moderation matters while jobs are in flight all the time. Whether it pays shows in
 * the completion records that each interrupt finds; the records have the times at which the jobs
 * ended, so no clock is read. The kernel's library for this purpose (dimlib) reads the clock,
 * decides in a worker, and is only built if another driver selects it.
 */
#include <linux/minmax.h>

#include "pinion_regs.h"
#include "pinion_moderation.h"

#define MODERATION_COUNT  32u /* completions for each interrupt, or half the entries if fewer */
#define MODERATION_US	  50u /* longest delay of an interrupt in microseconds */
#define MODERATION_WINDOW 16u /* interrupts from one decision to the next */

/**
 * pinion_moderation_init() - begin adaptive moderation, at first without any delay
 * @m: moderation of a queue, all zero
 * @entries: number of jobs that may be in flight
 * @time_freq: ticks of device time per second
 */
void pinion_moderation_init(struct pinion_moderation *m, u32 entries, u32 time_freq)
{
	u32 count = min(entries / 2, MODERATION_COUNT);

	if (count < 2)
		return;
	m->busy = PINION_MODERATION(count, MODERATION_US);
	/* A delay is only of use if two completions come in MODERATION_US. */
	m->near = time_freq / (2 * 1000000 / MODERATION_US);
}

/*
 * Begin to delay interrupts if jobs were still in flight after at least half the interrupts of the
 * window, and completions come fast. Stop if the interrupts of the window found fewer than two
 * records on average in spite of the delay.
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
 * pinion_moderation_learn() - take note of what an interrupt found
 * @m: moderation of the queue
 * @records: number of completion records that the interrupt found, > 0
 * @more: whether jobs are still in flight
 * @end: device time in the last record, as the card wrote it; not checked
 *
 * Return: true if pinion_moderation.value changed, at most once in MODERATION_WINDOW calls.
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
