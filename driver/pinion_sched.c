// SPDX-License-Identifier: GPL-2.0
/*
 * Shares of the card, with PINION_CAP_PREEMPT. Each user is a scheduling group of the card, to
 * which all address spaces of the user belong. The card divides cores and queue engine among groups
 * by their weights, which the operator sets. Without the capability nothing here does anything.
 */
#include <linux/seq_file.h>

#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_limits.h"
#include "pinion_mbox.h"
#include "pinion_regs.h"
#include "pinion_sched.h"

static bool sched_is_there(struct pinion_card *pdev)
{
	return pdev->info.caps & PINION_CAP_PREEMPT;
}

/*
 * Tell the card the weight of a group, if it does not know the weight yet. Tasks may do so at the
 * same time, and the operator may change the weight meanwhile: whoever has sent a weight looks
 * whether it is still the right one, and sends again if not. So the last weight sent is right.
 */
static int sched_send_weight(struct pinion_card *pdev, struct pinion_budget *budget, u32 group)
{
	struct pinion_limits *limits = &pdev->limits;
	struct pinion_msg_sched args = { .group = group };
	u32 want, known;
	int ret;

	for (;;) {
		spin_lock(&limits->lock);
		want = pinion_limits_get_weight(limits, group);
		known = args.weight ? args.weight : limits->groups[group].told;
		limits->groups[group].told = want;
		spin_unlock(&limits->lock);
		if (!want || want == known)
			return 0;
		args.weight = want;
		ret = pinion_mbox_call(pdev, budget, PINION_MSG_SCHED, &args, sizeof(args), NULL);
		if (!ret)
			continue;
		spin_lock(&limits->lock);
		limits->groups[group].told = 0;
		spin_unlock(&limits->lock);
		return ret;
	}
}

/* Tell the card the slice, until what was sent is what the operator wants. */
static int sched_send_slice(struct pinion_card *pdev)
{
	struct pinion_msg_sched args = {};
	int ret = 0;

	while (!ret && args.slice != READ_ONCE(pdev->limits.slice)) {
		args.slice = READ_ONCE(pdev->limits.slice);
		ret = pinion_mbox_call(pdev, NULL, PINION_MSG_SCHED, &args, sizeof(args), NULL);
	}
	return ret;
}

static int sched_send_all(struct pinion_card *pdev)
{
	int ret = sched_send_slice(pdev);
	u32 group;

	for (group = 1; !ret && group < PINION_MAX_GROUPS; group++)
		ret = sched_send_weight(pdev, NULL, group);
	return ret;
}

/**
 * pinion_sched_start() - tell a card whose firmware has booted the slice and all weights
 * @pdev: device; the caller is in drm_dev_enter(), or in probe
 * Return: 0 or an error of pinion_mbox_call().
 */
int pinion_sched_start(struct pinion_card *pdev)
{
	struct pinion_limits *limits = &pdev->limits;
	u32 group;

	if (!sched_is_there(pdev))
		return 0;
	/* The card's counts of groups begin at zero as well. */
	spin_lock(&limits->lock);
	for (group = 0; group < PINION_MAX_GROUPS; group++)
		limits->groups[group] = (struct pinion_group){ .uid = limits->groups[group].uid };
	spin_unlock(&limits->lock);
	return sched_send_all(pdev);
}

/**
 * pinion_sched_tell() - tell the card what the operator has changed
 * @pdev: device
 * Return: 0; -ENODEV: the device is gone; an error of pinion_mbox_call().
 */
int pinion_sched_tell(struct pinion_card *pdev)
{
	int ret, idx;

	/*
	 * A card that is being restarted is told everything at the end. Waiting for that here would
	 * keep the driver from being unbound, and with it the restart, which needs the same lock.
	 */
	if (!pinion_try_enter(pdev, &idx))
		return drm_dev_is_unplugged(&pdev->drm) ? -ENODEV : 0;
	ret = sched_send_all(pdev);
	pinion_exit(pdev, idx);
	return ret;
}

static int sched_stats(struct pinion_card *pdev, struct pinion_budget *budget, u32 group,
		       struct pinion_msg_group_stats *stats)
{
	struct pinion_msg_group_stats args = { .group = group };
	struct pinion_msg reply;
	int ret;

	ret = pinion_mbox_call(pdev, budget, PINION_MSG_GROUP_STATS, &args, sizeof(args), &reply);
	if (!ret)
		memcpy(stats, reply.data, sizeof(*stats));
	return ret;
}

static u64 stats_cycles(const struct pinion_msg_group_stats *stats)
{
	return (u64)stats->cycles_hi << 32 | stats->cycles_lo;
}

/* Remember the counts that a group has of its last user. */
static int sched_begin(struct pinion_card *pdev, struct pinion_budget *budget, u32 group)
{
	struct pinion_limits *limits = &pdev->limits;
	struct pinion_msg_group_stats stats;
	int ret;

	ret = sched_stats(pdev, budget, group, &stats);
	if (ret)
		return ret;
	spin_lock(&limits->lock);
	limits->groups[group].cycles = stats_cycles(&stats);
	limits->groups[group].preemptions = stats.preemptions;
	spin_unlock(&limits->lock);
	return 0;
}

/**
 * pinion_sched_join() - make sure that the card knows the weight of a user
 * @pdev: device; the caller is in drm_dev_enter()
 * @budget: budget of a file of the user, in which an address space is about to be created
 * Return: 0 or an error of pinion_mbox_call().
 */
int pinion_sched_join(struct pinion_card *pdev, struct pinion_budget *budget)
{
	u32 group = pinion_budget_get_group(budget);
	int ret = 0;

	if (!sched_is_there(pdev))
		return 0;
	if (!READ_ONCE(pdev->limits.groups[group].told))
		ret = sched_begin(pdev, budget, group);
	return ret ? ret : sched_send_weight(pdev, budget, group);
}

/* Copy the group of a user. Return: its weight; 0: the group has no user. */
static u32 sched_read(struct pinion_limits *limits, u32 number, struct pinion_group *group)
{
	u32 weight;

	spin_lock(&limits->lock);
	weight = pinion_limits_get_weight(limits, number);
	*group = limits->groups[number];
	spin_unlock(&limits->lock);
	return weight;
}

static int sched_show_groups(struct pinion_card *pdev, struct seq_file *m)
{
	struct pinion_msg_group_stats stats;
	struct pinion_group group;
	u32 number, weight;
	int ret;

	for (number = 1; number < PINION_MAX_GROUPS; number++) {
		weight = sched_read(&pdev->limits, number, &group);
		if (!weight || !group.told)
			continue;
		ret = sched_stats(pdev, NULL, number, &stats);
		if (ret)
			return ret;
		seq_printf(m, "uid %u group %u weight %u cycles %llu preemptions %u\n",
			   from_kuid(&init_user_ns, group.uid), number, weight,
			   stats_cycles(&stats) - group.cycles,
			   stats.preemptions - group.preemptions);
	}
	return 0;
}

/**
 * pinion_sched_show() - print what users have had of the cores
 * @pdev: device
 * @m: file in debugfs
 * Return: 0; -ENODEV: the device is gone; -EOPNOTSUPP: the card has no groups; an error of
 * pinion_mbox_call().
 */
int pinion_sched_show(struct pinion_card *pdev, struct seq_file *m)
{
	int ret, idx;

	if (!sched_is_there(pdev))
		return -EOPNOTSUPP;
	if (!pinion_enter(pdev, &idx))
		return -ENODEV;
	seq_printf(m, "slice %u\n", READ_ONCE(pdev->limits.slice));
	ret = sched_show_groups(pdev, m);
	pinion_exit(pdev, idx);
	return ret;
}
