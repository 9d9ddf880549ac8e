// SPDX-License-Identifier: GPL-2.0
/*
 * Health of a card: the sysfs folders health/ and errors/ of the PCI device, and the uevents of
 * changes. Nothing here touches the card or sleeps for it.
 */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/rcupdate.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_errors.h"
#include "pinion_fw.h"
#include "pinion_health.h"
#include "pinion_version.h"
#include "pinion_wedged.h"

static const char *const health_states[] = {
	[PINION_HEALTH_FAILED] = "failed",
	[PINION_HEALTH_RECOVERING] = "recovering",
	[PINION_HEALTH_OK] = "ok",
};

static struct pinion_health_change health_now(struct pinion_health *health)
{
	struct pinion_health_change now;

	spin_lock_irq(&health->lock);
	now = health->now;
	spin_unlock_irq(&health->lock);
	return now;
}

static ssize_t health_emit_code(char *buf, unsigned int code)
{
	return sysfs_emit(buf, "%#05x %s\n", code, pinion_error_find(code)->sentence);
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", health_states[health_now(&pdev->health).state]);
}
static DEVICE_ATTR_RO(state);

static ssize_t reason_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return health_emit_code(buf, health_now(&pdev->health).code);
}
static DEVICE_ATTR_RO(reason);

static ssize_t action_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	unsigned int code = health_now(&pdev->health).code;

	return sysfs_emit(buf, "%s\n", pinion_error_find(code)->action);
}
static DEVICE_ATTR_RO(action);

static ssize_t firmware_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", pinion_fw_name(pdev->fw_version).text);
}
static DEVICE_ATTR_RO(firmware_version);

static ssize_t contract_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	u32 contract = pdev->info.contract;

	return sysfs_emit(buf, "%u.%u\n", contract >> 16, contract & 0xffff);
}
static DEVICE_ATTR_RO(contract);

static ssize_t driver_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", PINION_VERSION_TEXT);
}
static DEVICE_ATTR_RO(driver_version);

static ssize_t serial_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%#llx\n", pdev->info.serial);
}
static DEVICE_ATTR_RO(serial);

static struct attribute *health_attrs[] = {
	&dev_attr_state.attr,	 &dev_attr_reason.attr,
	&dev_attr_action.attr,	 &dev_attr_firmware_version.attr,
	&dev_attr_contract.attr, &dev_attr_driver_version.attr,
	&dev_attr_serial.attr,	 NULL,
};

/* Files in the sysfs folder of the PCI device while the driver is bound to it. */
const struct attribute_group pinion_health_group = {
	.name = "health",
	.attrs = health_attrs,
};

static ssize_t last_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	unsigned int code = READ_ONCE(pdev->health.last);

	return code ? health_emit_code(buf, code) : sysfs_emit(buf, "none\n");
}

static ssize_t health_emit_blame(char *buf, const struct pinion_health *health)
{
	const struct pinion_culprit *who = &health->blame;

	lockdep_assert_held(&health->lock);
	if (!who->code)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf,
			  "error=%#05x\nat_fault=%s\npid=%d\nuid=%u\ncgroup=%s\nqueue=%u\njob=%llu\n"
			  "boottime_ns=%llu\n",
			  who->code, pinion_blame_word(pinion_error_find(who->code)->blame),
			  health->blame_pid, from_kuid(&init_user_ns, who->uid), health->cgroup,
			  who->queue, who->job, health->blame_time);
}

static ssize_t blame_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	ssize_t bytes;

	spin_lock_irq(&pdev->health.lock);
	bytes = health_emit_blame(buf, &pdev->health);
	spin_unlock_irq(&pdev->health.lock);
	return bytes;
}

static ssize_t count_show(struct device *dev, struct device_attribute *attr, char *buf);

#define ERRORS_COUNT(name) __ATTR(name, 0444, count_show, NULL)
#define ERRORS_LAST	   PINION_COUNT_END
#define ERRORS_BLAME	   (PINION_COUNT_END + 1)

/* The files in errors/: bit i of pinion_health.fresh stands for file i. */
static struct device_attribute errors_files[] = {
	[PINION_COUNT_JOBS_FAULTED] = ERRORS_COUNT(jobs_faulted),
	[PINION_COUNT_JOBS_LATE] = ERRORS_COUNT(jobs_late),
	[PINION_COUNT_QUEUE_RESETS] = ERRORS_COUNT(queue_resets),
	[PINION_COUNT_CARD_RESETS] = ERRORS_COUNT(card_resets),
	[PINION_COUNT_FIRMWARE_CRASHES] = ERRORS_COUNT(firmware_crashes),
	[PINION_COUNT_MAILBOX_TIMEOUTS] = ERRORS_COUNT(mailbox_timeouts),
	[PINION_COUNT_BUS_ERRORS] = ERRORS_COUNT(bus_errors),
	[PINION_COUNT_RECORDS_REFUSED] = ERRORS_COUNT(records_refused),
	[PINION_COUNT_MESSAGES_REFUSED] = ERRORS_COUNT(messages_refused),
	[PINION_COUNT_USERS_REFUSED] = ERRORS_COUNT(users_refused),
	[PINION_COUNT_DOORBELLS_LOST] = ERRORS_COUNT(doorbells_lost),
	[ERRORS_LAST] = __ATTR(last, 0444, last_show, NULL),
	[ERRORS_BLAME] = __ATTR(blame, 0440, blame_show, NULL),
};

static ssize_t count_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lld\n", atomic64_read(&pdev->health.counts[attr - errors_files]));
}

static struct attribute *errors_attrs[] = {
	&errors_files[PINION_COUNT_JOBS_FAULTED].attr,
	&errors_files[PINION_COUNT_JOBS_LATE].attr,
	&errors_files[PINION_COUNT_QUEUE_RESETS].attr,
	&errors_files[PINION_COUNT_CARD_RESETS].attr,
	&errors_files[PINION_COUNT_FIRMWARE_CRASHES].attr,
	&errors_files[PINION_COUNT_MAILBOX_TIMEOUTS].attr,
	&errors_files[PINION_COUNT_BUS_ERRORS].attr,
	&errors_files[PINION_COUNT_RECORDS_REFUSED].attr,
	&errors_files[PINION_COUNT_MESSAGES_REFUSED].attr,
	&errors_files[PINION_COUNT_USERS_REFUSED].attr,
	&errors_files[PINION_COUNT_DOORBELLS_LOST].attr,
	&errors_files[ERRORS_LAST].attr,
	&errors_files[ERRORS_BLAME].attr,
	NULL,
};

/* Files in the sysfs folder of the PCI device while the driver is bound to it. */
const struct attribute_group pinion_errors_group = {
	.name = "errors",
	.attrs = errors_attrs,
};

static bool health_differs(const struct pinion_health_change *a,
			   const struct pinion_health_change *b)
{
	return a->state != b->state || a->code != b->code;
}

static void health_tell_state(struct kobject *kobj, const struct pinion_health_change *change)
{
	char state[32], reason[32];
	char *env[3] = { state, reason, NULL };

	snprintf(state, sizeof(state), "PINION_STATE=%s", health_states[change->state]);
	snprintf(reason, sizeof(reason), "PINION_REASON=%#05x", change->code);
	sysfs_notify(kobj, pinion_health_group.name, "state");
	sysfs_notify(kobj, pinion_health_group.name, "reason");
	sysfs_notify(kobj, pinion_health_group.name, "action");
	kobject_uevent_env(kobj, KOBJ_CHANGE, env);
}

static void health_tell_change(struct pinion_card *pdev, const struct pinion_health_change *change)
{
	if (health_differs(change, &pdev->health.told)) {
		health_tell_state(&pdev->drm.dev->kobj, change);
		if (change->state == PINION_HEALTH_FAILED)
			pinion_wedged_tell(pdev, change->code);
	}
	if (change->recovered)
		pinion_wedged_tell_recovered(pdev, change->recovered);
	pdev->health.told = *change;
}

/* Tell user space of all changes since the last run; sysfs and uevents may sleep. */
static void health_notify(struct work_struct *work)
{
	struct pinion_health *health = container_of(work, struct pinion_health, notify);
	struct pinion_card *pdev = container_of(health, struct pinion_card, health);
	struct pinion_health_change change;
	unsigned int i;

	while (kfifo_out_spinlocked(&health->changes, &change, 1, &health->lock))
		health_tell_change(pdev, &change);
	for (i = 0; i < ARRAY_SIZE(errors_files); i++)
		if (test_and_clear_bit(i, &health->fresh))
			sysfs_notify(&pdev->drm.dev->kobj, pinion_errors_group.name,
				     errors_files[i].attr.name);
}

static void health_wake(struct pinion_health *health)
{
	queue_work(system_dfl_wq, &health->notify);
}

/* From here on the state changes without uevents: the folders in sysfs are gone. */
static void health_fini(void *arg)
{
	struct pinion_card *pdev = arg;

	disable_work_sync(&pdev->health.notify);
}

/**
 * pinion_health_init() - prepare the health of a card, which counts as failed for the time being
 * @pdev: device, in probe, before anything can fail
 * Return: 0 or -ENOMEM.
 */
int pinion_health_init(struct pinion_card *pdev)
{
	struct pinion_health *health = &pdev->health;

	spin_lock_init(&health->lock);
	INIT_KFIFO(health->changes);
	INIT_WORK(&health->notify, health_notify);
	health->now.code = PINION_ERROR_NOT_A_CARD;
	return devm_add_action_or_reset(pdev->drm.dev, health_fini, pdev);
}

/* If user space is slow, the oldest changes are dropped, and the latest always arrives. */
static void health_add(struct pinion_health *health, const struct pinion_health_change *now)
{
	lockdep_assert_held(&health->lock);
	health->now = *now;
	if (kfifo_is_full(&health->changes))
		kfifo_skip(&health->changes);
	kfifo_put(&health->changes, *now);
	health_wake(health);
}

/* The error that is over now; a reset that the operator asked for is none. */
static unsigned int health_recovered_from(const struct pinion_health_change *before,
					  enum pinion_health_state state)
{
	enum pinion_blame blame = pinion_error_find(before->code)->blame;

	if (before->state != PINION_HEALTH_RECOVERING || state != PINION_HEALTH_OK)
		return 0;
	return blame == PINION_BLAME_OPERATOR || blame == PINION_BLAME_NONE ? 0 : before->code;
}

/**
 * pinion_health_set() - say whether the card can be used, and tell user space if that changes
 * @pdev: device
 * @state: whether the card can be used
 * @code: why: PINION_ERROR_*; PINION_ERROR_HEALTHY if all is well
 *
 * May be called in any context.
 */
void pinion_health_set(struct pinion_card *pdev, enum pinion_health_state state, unsigned int code)
{
	struct pinion_health_change now = { .state = state, .code = code };
	struct pinion_health *health = &pdev->health;
	unsigned long flags;

	spin_lock_irqsave(&health->lock, flags);
	now.recovered = health_recovered_from(&health->now, state);
	if (health_differs(&health->now, &now))
		health_add(health, &now);
	spin_unlock_irqrestore(&health->lock, flags);
}

/**
 * pinion_health_recovered() - tell user space of a recovery during which the card could be used
 * @pdev: device
 * @code: error from which the card was recovered: PINION_ERROR_*
 *
 * May be called in any context.
 */
void pinion_health_recovered(struct pinion_card *pdev, unsigned int code)
{
	struct pinion_health *health = &pdev->health;
	struct pinion_health_change now;
	unsigned long flags;

	spin_lock_irqsave(&health->lock, flags);
	now = health->now;
	now.recovered = code;
	health_add(health, &now);
	spin_unlock_irqrestore(&health->lock, flags);
}

/**
 * pinion_health_count() - count an error or a reset
 * @pdev: device
 * @kind: what to count
 *
 * May be called in any context.
 */
void pinion_health_count(struct pinion_card *pdev, enum pinion_count kind)
{
	struct pinion_health *health = &pdev->health;

	atomic64_inc(&health->counts[kind]);
	set_bit(kind, &health->fresh);
	health_wake(health);
}

/**
 * pinion_health_error() - remember the last error, which pinion_report() has told the operator
 * @pdev: device
 * @code: PINION_ERROR_*
 *
 * May be called in any context.
 */
void pinion_health_error(struct pinion_card *pdev, unsigned int code)
{
	struct pinion_health *health = &pdev->health;

	WRITE_ONCE(health->last, code);
	set_bit(ERRORS_LAST, &health->fresh);
	health_wake(health);
}

/**
 * pinion_health_blame() - remember whose job met an error
 * @pdev: device
 * @who: the error, the job and its owner
 *
 * May be called in any context. The cgroup is the one that the process is in now.
 */
void pinion_health_blame(struct pinion_card *pdev, const struct pinion_culprit *who)
{
	struct pinion_health *health = &pdev->health;
	unsigned long flags;

	spin_lock_irqsave(&health->lock, flags);
	health->blame = *who;
	health->blame.pid = NULL;
	health->blame_pid = pid_nr(who->pid);
	health->blame_time = ktime_get_boottime_ns();
	pinion_cgroup_path(who->pid, health->cgroup, sizeof(health->cgroup));
	spin_unlock_irqrestore(&health->lock, flags);
	set_bit(ERRORS_BLAME, &health->fresh);
	pinion_health_error(pdev, who->code);
}
