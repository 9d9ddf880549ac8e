// SPDX-License-Identifier: GPL-2.0
/* The folder limits/ of the PCI device in sysfs: the operator's limits of processes and users. */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "pinion_ban.h"
#include "pinion_device.h"
#include "pinion_limits.h"
#include "pinion_limits_sysfs.h"
#include "pinion_regs.h"
#include "pinion_sched.h"
#include "pinion_watch.h"

#define JOB_MS_MAX (24 * 3600 * 1000) /* a day */

/**
 * struct limits_attr - a file in the sysfs folder limits/
 * @attr: attribute of the driver core
 * @scope: kind of account that the limit applies to
 * @resource: resource that is limited
 */
struct limits_attr {
	struct device_attribute attr;
	enum pinion_scope scope;
	enum pinion_resource resource;
};

#define to_limits_attr(attr_) container_of(attr_, struct limits_attr, attr)

static struct pinion_limits *dev_limits(struct device *dev)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);

	return &pdev->limits;
}

static ssize_t limits_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct limits_attr *limit = to_limits_attr(attr);
	struct pinion_limits *limits = dev_limits(dev);
	u64 max;

	spin_lock(&limits->lock);
	max = limits->max[limit->scope][limit->resource];
	spin_unlock(&limits->lock);
	return max == PINION_NO_LIMIT ? sysfs_emit(buf, "max\n") : sysfs_emit(buf, "%llu\n", max);
}

static ssize_t limits_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	struct limits_attr *limit = to_limits_attr(attr);
	struct pinion_limits *limits = dev_limits(dev);
	u64 max = PINION_NO_LIMIT;
	int ret;

	if (!sysfs_streq(buf, "max")) {
		ret = kstrtou64(buf, 0, &max);
		if (ret)
			return ret;
	}
	spin_lock(&limits->lock);
	limits->max[limit->scope][limit->resource] = max;
	spin_unlock(&limits->lock);
	return count;
}

#define LIMITS_ATTR(name_, scope_, resource_)                           \
	static struct limits_attr limits_##name_ = {                    \
		.attr = __ATTR(name_, 0644, limits_show, limits_store), \
		.scope = scope_,                                        \
		.resource = resource_,                                  \
	}

LIMITS_ATTR(process_buffers, PINION_PROCESS, PINION_BUFFERS);
LIMITS_ATTR(process_device_bytes, PINION_PROCESS, PINION_DEVICE_BYTES);
LIMITS_ATTR(process_host_bytes, PINION_PROCESS, PINION_HOST_BYTES);
LIMITS_ATTR(process_vms, PINION_PROCESS, PINION_VMS);
LIMITS_ATTR(process_queues, PINION_PROCESS, PINION_QUEUES);
LIMITS_ATTR(process_timelines, PINION_PROCESS, PINION_TIMELINES);
LIMITS_ATTR(user_buffers, PINION_USER, PINION_BUFFERS);
LIMITS_ATTR(user_device_bytes, PINION_USER, PINION_DEVICE_BYTES);
LIMITS_ATTR(user_host_bytes, PINION_USER, PINION_HOST_BYTES);
LIMITS_ATTR(user_vms, PINION_USER, PINION_VMS);
LIMITS_ATTR(user_queues, PINION_USER, PINION_QUEUES);
LIMITS_ATTR(user_timelines, PINION_USER, PINION_TIMELINES);

/* The weights as in the file io.weight of a cgroup: first the default, then one user a line. */
static ssize_t user_weight_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pinion_limits *limits = dev_limits(dev);
	ssize_t n;
	u32 i;

	spin_lock(&limits->lock);
	n = sysfs_emit(buf, "default %u\n", limits->weight);
	for (i = 0; i < limits->nweights; i++)
		n += sysfs_emit_at(buf, n, "%u %u\n",
				   from_kuid(&init_user_ns, limits->weights[i].uid),
				   limits->weights[i].weight);
	spin_unlock(&limits->lock);
	return n;
}

static bool weight_is_valid(u32 weight)
{
	return weight >= PINION_WEIGHT_MIN && weight <= PINION_WEIGHT_MAX;
}

static int weight_set_default(struct pinion_limits *limits, u32 weight)
{
	if (!weight_is_valid(weight))
		return -EINVAL;
	spin_lock(&limits->lock);
	limits->weight = weight;
	spin_unlock(&limits->lock);
	return 0;
}

static int weight_set(struct pinion_limits *limits, const char *buf)
{
	u32 uid, weight;
	int end = 0;
	kuid_t kuid;

	if (sscanf(buf, "default %u %n", &weight, &end) == 1 && end && !buf[end])
		return weight_set_default(limits, weight);
	if (sscanf(buf, "%u default %n", &uid, &end) == 1 && end && !buf[end])
		weight = 0;
	else if (sscanf(buf, "%u %u %n", &uid, &weight, &end) != 2 || !end || buf[end] ||
		 !weight_is_valid(weight))
		return -EINVAL;
	kuid = make_kuid(&init_user_ns, uid);
	return uid_valid(kuid) ? pinion_limits_set_weight(limits, kuid, weight) : -EINVAL;
}

static ssize_t user_weight_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	int ret;

	ret = weight_set(&pdev->limits, buf);
	if (!ret)
		ret = pinion_sched_tell(pdev);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(user_weight);

static ssize_t slice_cycles_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(dev_limits(dev)->slice));
}

static ssize_t slice_cycles_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct pinion_card *pdev = dev_get_drvdata(dev);
	u32 slice;
	int ret;

	ret = kstrtou32(buf, 0, &slice);
	if (ret)
		return ret;
	if (slice < PINION_SLICE_MIN)
		return -EINVAL;
	spin_lock(&pdev->limits.lock);
	pdev->limits.slice = slice;
	spin_unlock(&pdev->limits.lock);
	ret = pinion_sched_tell(pdev);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(slice_cycles);

static ssize_t job_ms_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u32 job_ms = READ_ONCE(dev_limits(dev)->job_ms);

	return job_ms ? sysfs_emit(buf, "%u\n", job_ms) : sysfs_emit(buf, "max\n");
}

static ssize_t job_ms_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t count)
{
	u32 job_ms = 0;
	int ret;

	if (!sysfs_streq(buf, "max")) {
		ret = kstrtou32(buf, 0, &job_ms);
		if (ret)
			return ret;
		if (!job_ms || job_ms > JOB_MS_MAX)
			return -EINVAL;
	}
	pinion_watch_set(dev_get_drvdata(dev), job_ms);
	return count;
}
static DEVICE_ATTR_RW(job_ms);

/* A card without preemption has neither weights nor slices. */
static umode_t limits_is_visible(struct kobject *kobj, struct attribute *attr, int index)
{
	struct pinion_card *pdev = dev_get_drvdata(kobj_to_dev(kobj));
	bool sched = attr == &dev_attr_user_weight.attr || attr == &dev_attr_slice_cycles.attr;

	return sched && !(pdev->info.caps & PINION_CAP_PREEMPT) ? 0 : attr->mode;
}

static struct attribute *limits_attrs[] = { &limits_process_buffers.attr.attr,
					    &limits_process_device_bytes.attr.attr,
					    &limits_process_host_bytes.attr.attr,
					    &limits_process_vms.attr.attr,
					    &limits_process_queues.attr.attr,
					    &limits_process_timelines.attr.attr,
					    &limits_user_buffers.attr.attr,
					    &limits_user_device_bytes.attr.attr,
					    &limits_user_host_bytes.attr.attr,
					    &limits_user_vms.attr.attr,
					    &limits_user_queues.attr.attr,
					    &limits_user_timelines.attr.attr,
					    &dev_attr_job_ms.attr,
					    &dev_attr_user_weight.attr,
					    &dev_attr_slice_cycles.attr,
					    &pinion_ban_resets.attr,
					    &pinion_ban_seconds.attr,
					    &pinion_ban_users.attr,
					    NULL };

/* Files in the sysfs folder of the PCI device while the driver is bound to it. */
const struct attribute_group pinion_limits_group = {
	.name = "limits",
	.attrs = limits_attrs,
	.is_visible = limits_is_visible,
};
