// SPDX-License-Identifier: GPL-2.0
/*
 * The users who are refused for a time. Each reset that the driver makes because a job of a user
 * does not end counts: the reset of a queue, and that of the card if the queue could not be reset.
 * Such a reset costs all users of the card a request to the firmware or, in the worst case, their
 * jobs.
 */
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "pinion_ban.h"
#include "pinion_device.h"
#include "pinion_errors.h"
#include "pinion_health.h"
#include "pinion_limits.h"
#include "pinion_report.h"

/*
 * A developer's program that hangs is started again by hand, a few times a minute. Only a program
 * that goes on by itself reaches this number, and a minute's pause makes it harmless.
 */
#define BAN_RESETS  8
#define BAN_SECONDS 60

/**
 * pinion_ban_init() - refuse no user
 * @pdev: device, in probe
 * @work: function that tells queues of the users who are refused: pinion_ban_queues()
 */
void pinion_ban_init(struct pinion_card *pdev, work_func_t work)
{
	struct pinion_bans *bans = &pdev->bans;

	spin_lock_init(&bans->lock);
	bans->max = BAN_RESETS;
	bans->seconds = BAN_SECONDS;
	INIT_DELAYED_WORK(&bans->work, work);
}

static bool ban_is_free(const struct pinion_offender *o)
{
	return !o->resets && !o->until;
}

/* The entry of a user, or NULL. */
static struct pinion_offender *ban_find(struct pinion_bans *bans, kuid_t uid)
{
	struct pinion_offender *o;

	lockdep_assert_held(&bans->lock);
	for (o = bans->offenders; o < bans->offenders + PINION_OFFENDERS; o++)
		if (!ban_is_free(o) && uid_eq(o->uid, uid))
			return o;
	return NULL;
}

/* The entry to use for another user: a free one, or the one that has been of no use for longest. */
static struct pinion_offender *ban_oldest(struct pinion_bans *bans)
{
	struct pinion_offender *o, *oldest = bans->offenders;

	for (o = bans->offenders; o < bans->offenders + PINION_OFFENDERS; o++)
		if (max(o->since, o->until) < max(oldest->since, oldest->until))
			oldest = o;
	return oldest;
}

/* Count a reset for a user. Return: whether the user is refused from now on. */
static bool ban_count(struct pinion_bans *bans, kuid_t uid)
{
	struct pinion_offender *o = ban_find(bans, uid);
	time64_t now = ktime_get_seconds();

	if (!bans->max)
		return false;
	if (!o) {
		o = ban_oldest(bans);
		*o = (struct pinion_offender){ .uid = uid };
	}
	if (now - o->since >= bans->seconds)
		o->resets = 0;
	if (!o->resets++)
		o->since = now;
	if (o->resets < bans->max || o->until > now)
		return false;
	o->resets = 0;
	o->until = now + bans->seconds;
	return true;
}

/**
 * pinion_ban_offend() - count a reset that a user's job has cost the card
 * @pdev: device
 * @budget: budget of the job's file; NULL: a job of the driver, which counts for nobody
 *
 * A user with CAP_SYS_RESOURCE is never refused, like with all other limits. May be called in any
 * context.
 */
void pinion_ban_offend(struct pinion_card *pdev, const struct pinion_budget *budget)
{
	struct pinion_bans *bans = &pdev->bans;
	unsigned long flags;
	u32 seconds;
	kuid_t uid;
	bool banned;

	if (!budget || budget->exempt)
		return;
	uid = budget->accounts[PINION_USER]->uid;
	spin_lock_irqsave(&bans->lock, flags);
	banned = ban_count(bans, uid);
	seconds = bans->seconds;
	spin_unlock_irqrestore(&bans->lock, flags);
	if (!banned)
		return;
	pinion_health_count(pdev, PINION_COUNT_USERS_REFUSED);
	pinion_report(pdev, PINION_ERROR_USER_REFUSED, "user %u, for %u s",
		      from_kuid(&init_user_ns, uid), seconds);
	mod_delayed_work(system_dfl_wq, &bans->work, 0);
}

/**
 * pinion_ban_left() - find out for how long a user is refused
 * @pdev: device
 * @budget: budget of one of the user's files; NULL: the driver itself
 * Return: time in seconds; 0: the user is not refused.
 */
u32 pinion_ban_left(struct pinion_card *pdev, const struct pinion_budget *budget)
{
	struct pinion_bans *bans = &pdev->bans;
	struct pinion_offender *o;
	unsigned long flags;
	time64_t until;

	if (!budget || budget->exempt)
		return 0;
	spin_lock_irqsave(&bans->lock, flags);
	o = ban_find(bans, budget->accounts[PINION_USER]->uid);
	until = o ? o->until : 0;
	spin_unlock_irqrestore(&bans->lock, flags);
	return max(until - ktime_get_seconds(), 0);
}

/**
 * pinion_ban_next() - find out when the next user is not refused any longer
 * @pdev: device
 * Return: time from now in seconds; 0: no user is refused.
 */
u32 pinion_ban_next(struct pinion_card *pdev)
{
	struct pinion_bans *bans = &pdev->bans;
	time64_t now = ktime_get_seconds(), next = 0;
	struct pinion_offender *o;

	spin_lock_irq(&bans->lock);
	for (o = bans->offenders; o < bans->offenders + PINION_OFFENDERS; o++)
		if (o->until > now)
			next = min_not_zero(next, o->until - now);
	spin_unlock_irq(&bans->lock);
	return next;
}

/**
 * pinion_ban_lift() - refuse a user no longer, and forget the resets that counted
 * @pdev: device
 * @uid: real user id
 * Return: whether the user was refused.
 */
bool pinion_ban_lift(struct pinion_card *pdev, kuid_t uid)
{
	struct pinion_bans *bans = &pdev->bans;
	struct pinion_offender *o;
	bool was = false;

	spin_lock_irq(&bans->lock);
	o = ban_find(bans, uid);
	if (o) {
		was = o->until > ktime_get_seconds();
		*o = (struct pinion_offender){};
	}
	spin_unlock_irq(&bans->lock);
	if (was)
		mod_delayed_work(system_dfl_wq, &bans->work, 0);
	return was;
}
