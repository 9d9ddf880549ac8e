// SPDX-License-Identifier: GPL-2.0-or-later
/* Scheduling groups: their weights, the slice, and what they have used. The card does the rest. */
#include "fw.h"
#include "io.h"

static uint32_t reg(uint32_t group, uint32_t offset)
{
	return PINION_MGMT_GROUP_BASE + group * PINION_MGMT_GROUP_STRIDE + offset;
}

bool sched_valid(const struct fw *fw, const union msg_args *args)
{
	const struct pinion_msg_sched *arg = &args->sched;

	return fw->caps & PINION_CAP_PREEMPT && arg->group < PINION_MAX_GROUPS &&
	       arg->weight <= PINION_WEIGHT_MAX &&
	       (!arg->slice || arg->slice >= PINION_SLICE_MIN) && all_zero(arg->reserved, 11);
}

/**
 * sched_set() - set the weight of a group, the slice of the card, or both
 * @fw: the firmware's state
 * @args: arguments that sched_valid() has checked
 *
 * Return: PINION_MBOX_OK.
 */
uint16_t sched_set(struct fw *fw, union msg_args *args)
{
	const struct pinion_msg_sched *arg = &args->sched;

	(void)fw;
	if (arg->weight)
		io_write(reg(arg->group, PINION_MGMT_GROUP_WEIGHT), arg->weight);
	if (arg->slice)
		sys_write(PINION_MGMT_SLICE, arg->slice);
	return PINION_MBOX_OK;
}

bool group_stats_valid(const struct fw *fw, const union msg_args *args)
{
	const struct pinion_msg_group_stats *arg = &args->group_stats;

	return fw->caps & PINION_CAP_PREEMPT && arg->group < PINION_MAX_GROUPS && !arg->cycles_lo &&
	       !arg->cycles_hi && !arg->preemptions && !arg->weight && !arg->slice &&
	       all_zero(arg->reserved, 8);
}

/**
 * group_stats() - tell what a group has used, and how it shares
 * @fw: the firmware's state
 * @args: arguments that group_stats_valid() has checked; filled in for the reply
 *
 * Return: PINION_MBOX_OK.
 */
uint16_t group_stats(struct fw *fw, union msg_args *args)
{
	struct pinion_msg_group_stats *arg = &args->group_stats;

	(void)fw;
	/* The counter goes on meanwhile: a carry into the upper half makes LO too small. */
	do {
		arg->cycles_hi = io_read(reg(arg->group, PINION_MGMT_GROUP_CYCLES_HI));
		arg->cycles_lo = io_read(reg(arg->group, PINION_MGMT_GROUP_CYCLES_LO));
	} while (io_read(reg(arg->group, PINION_MGMT_GROUP_CYCLES_HI)) != arg->cycles_hi);
	arg->preemptions = io_read(reg(arg->group, PINION_MGMT_GROUP_PREEMPTIONS));
	arg->weight = io_read(reg(arg->group, PINION_MGMT_GROUP_WEIGHT));
	arg->slice = sys_read(PINION_MGMT_SLICE);
	return PINION_MBOX_OK;
}
