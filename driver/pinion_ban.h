/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users whose jobs cost the card too many resets are refused for a time: their queues accept no
 * jobs, cannot be reset, and no new ones can be created.
 */
#ifndef PINION_BAN_H
#define PINION_BAN_H

#include <linux/device.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

struct pinion_budget;
struct pinion_card;

/* Users that are remembered; the one whose last reset is longest ago is forgotten first. */
#define PINION_OFFENDERS 64

/**
 * struct pinion_offender - user whose jobs have cost the card resets
 * @uid: real user id
 * @resets: resets that count since @since
 * @since: CLOCK_MONOTONIC time in seconds of the first reset that counts
 * @until: CLOCK_MONOTONIC time in seconds until which the user is refused; 0: the user is not
 */
struct pinion_offender {
	kuid_t uid;
	u32 resets;
	time64_t since;
	time64_t until;
};

/**
 * struct pinion_bans - users who are refused for a time
 * @lock: protects every member but @work; irq-safe
 * @max: resets within @seconds for which a user is refused; 0: no user ever is
 * @seconds: time in which resets count, and for which a user is refused
 * @offenders: users whose jobs have cost resets, in no order; an entry without resets and
 *	@until is free
 * @work: work item that tells queues when their user is refused, and when no longer
 */
struct pinion_bans {
	spinlock_t lock;
	u32 max;
	u32 seconds;
	struct pinion_offender offenders[PINION_OFFENDERS];
	struct delayed_work work;
};

void pinion_ban_init(struct pinion_card *pdev, work_func_t work);
void pinion_ban_offend(struct pinion_card *pdev, const struct pinion_budget *budget);
u32 pinion_ban_left(struct pinion_card *pdev, const struct pinion_budget *budget);
u32 pinion_ban_next(struct pinion_card *pdev);
bool pinion_ban_lift(struct pinion_card *pdev, kuid_t uid);

/* pinion_ban_queues.c */
void pinion_ban_queues(struct work_struct *work);

/* pinion_ban_sysfs.c: files in the folder limits/ of the PCI device */
extern struct device_attribute pinion_ban_resets;
extern struct device_attribute pinion_ban_seconds;
extern struct device_attribute pinion_ban_users;

#endif /* PINION_BAN_H */
