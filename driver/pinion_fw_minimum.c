// SPDX-License-Identifier: GPL-2.0
/*
 * The folder flash/ of the PCI device in sysfs. Its file minimum is the least version of firmware
 * that the card boots. The operator alone raises this version, as older firmware never boots again
 * then; the card takes no version above that of the firmware which runs and has proved to boot.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_flash.h"
#include "pinion_fw.h"
#include "pinion_fw_minimum.h"
#include "pinion_gate.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_report.h"

static int minimum_refused(struct pinion_card *pdev, u32 version, u32 status)
{
	u32 error = FIELD_GET(PINION_FLASH_STATUS_ERROR, status);

	switch (error) {
	case PINION_FLASH_VERSION:
		return pinion_report(pdev, PINION_ERROR_MINIMUM_RANGE, "minimum %s",
				     pinion_fw_name(version).text);
	case PINION_FLASH_IN_USE:
		return pinion_report(pdev, PINION_ERROR_MINIMUM_UNPROVED, "minimum %s",
				     pinion_fw_name(version).text);
	case PINION_FLASH_MEDIA:
		return pinion_report(pdev, PINION_ERROR_FLASH, "minimum");
	default:
		return pinion_report(pdev, PINION_ERROR_FLASH_REFUSED, "minimum, error %u", error);
	}
}

static int minimum_raise(struct pinion_card *pdev, u32 version)
{
	u32 status;
	int ret;

	pinion_write(pdev, PINION_REG_FLASH_VERSION, version);
	ret = pinion_flash_command(pdev, PINION_FLASH_RAISE, &status);
	if (ret)
		return ret;
	if (status)
		return minimum_refused(pdev, version, status);
	WRITE_ONCE(pdev->fw_minimum, version);
	drm_info(&pdev->drm, "firmware older than %s does not boot any more\n",
		 pinion_fw_name(version).text);
	return 0;
}

/* A version such as 1.2.3, each part in its range. Return: false: the text is no version. */
static bool minimum_parse(const char *text, u32 *version)
{
	unsigned int major, minor, patch;
	char more;

	if (sscanf(text, "%3u.%3u.%5u %c", &major, &minor, &patch, &more) != 3 || major > 0xff ||
	    minor > 0xff || patch > 0xffff)
		return false;
	*version = major << 24 | minor << 16 | patch;
	return true;
}

static ssize_t minimum_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	u32 version = READ_ONCE(pdev->fw_minimum);

	return sysfs_emit(buf, "%s\n", pinion_fw_name(version).text);
}

static ssize_t minimum_store(struct device *dev, struct device_attribute *attr, const char *buf,
			     size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	int ret = -EAGAIN, idx;
	u32 version;

	if (!minimum_parse(buf, &version))
		return -EINVAL;
	/* A task that removes the file holds the lock, and waits for the end of this function. */
	if (!device_trylock(dev)) {
		msleep(20);
		return restart_syscall();
	}
	if (pinion_try_enter(pdev, &idx)) {
		ret = minimum_raise(pdev, version);
		pinion_exit(pdev, idx);
	}
	device_unlock(dev);
	return ret ?: count;
}
static DEVICE_ATTR_RW(minimum);

static struct attribute *flash_attrs[] = { &dev_attr_minimum.attr, NULL };

static umode_t flash_is_visible(struct kobject *kobj, struct attribute *attr, int i)
{
	struct pinion_card *pdev = dev_get_drvdata(kobj_to_dev(kobj));

	return pdev->info.caps & PINION_CAP_FLASH ? attr->mode : SYSFS_GROUP_INVISIBLE;
}

const struct attribute_group pinion_flash_group = {
	.name = "flash",
	.attrs = flash_attrs,
	.is_visible = flash_is_visible,
};
