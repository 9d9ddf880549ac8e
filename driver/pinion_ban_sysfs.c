// SPDX-License-Identifier: GPL-2.0
/* Files in limits/ of the PCI device in sysfs: which users are refused for a time, and when. */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

#include "pinion_ban.h"
#include "pinion_device.h"

#define BAN_RESETS_MAX	1000000
#define BAN_SECONDS_MAX (24 * 3600) /* a day */

static ssize_t ban_resets_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	u32 max = READ_ONCE(pdev->bans.max);

	return max ? sysfs_emit(buf, "%u\n", max) : sysfs_emit(buf, "max\n");
}

static ssize_t ban_resets_store(struct device *dev, struct device_attribute *attr, const char *buf,
				size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	u32 max = 0;
	int ret;

	if (!sysfs_streq(buf, "max")) {
		ret = kstrtou32(buf, 0, &max);
		if (ret)
			return ret;
		if (!max || max > BAN_RESETS_MAX)
			return -EINVAL;
	}
	WRITE_ONCE(pdev->bans.max, max);
	return count;
}

static ssize_t ban_seconds_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(pdev->bans.seconds));
}

static ssize_t ban_seconds_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	u32 seconds;
	int ret = kstrtou32(buf, 0, &seconds);

	if (ret)
		return ret;
	if (!seconds || seconds > BAN_SECONDS_MAX)
		return -EINVAL;
	WRITE_ONCE(pdev->bans.seconds, seconds);
	return count;
}

/* One user a line: the user id, and the seconds that are left. */
static ssize_t banned_users_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	struct pinion_bans *bans = &pdev->bans;
	time64_t now = ktime_get_seconds();
	struct pinion_offender *o;
	ssize_t n = 0;

	spin_lock_irq(&bans->lock);
	for (o = bans->offenders; o < bans->offenders + PINION_OFFENDERS; o++)
		if (o->until > now)
			n += sysfs_emit_at(buf, n, "%u %lld\n", from_kuid(&init_user_ns, o->uid),
					   o->until - now);
	spin_unlock_irq(&bans->lock);
	return n;
}

static ssize_t banned_users_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	kuid_t kuid;
	u32 uid;
	int ret = kstrtou32(buf, 0, &uid);

	if (ret)
		return ret;
	kuid = make_kuid(&init_user_ns, uid);
	if (!uid_valid(kuid))
		return -EINVAL;
	return pinion_ban_lift(pdev, kuid) ? count : -ENOENT;
}

struct device_attribute pinion_ban_resets = __ATTR(ban_resets, 0644, ban_resets_show,
						   ban_resets_store);
struct device_attribute pinion_ban_seconds = __ATTR(ban_seconds, 0644, ban_seconds_show,
						    ban_seconds_store);
struct device_attribute pinion_ban_users = __ATTR(banned_users, 0644, banned_users_show,
						  banned_users_store);
