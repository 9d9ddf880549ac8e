// SPDX-License-Identifier: GPL-2.0
/* What an open file of the accel node uses: the ioctl USAGE, and the file's fdinfo. */
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_print.h>

#include "pinion_accel.h"
#include "pinion_bo.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_file.h"
#include "pinion_info.h"
#include "pinion_limits.h"
#include "pinion_queue.h"
#include "pinion_time.h"
#include "pinion_usage.h"

static_assert(ARRAY_SIZE(((struct drm_pinion_usage_info *)NULL)->user) == PINION_TIMELINES);

/**
 * struct usage_jobs - jobs of all queues that were created through one file
 * @busy_ns: sum of the run times of completed jobs in ns
 * @active: whether jobs are in flight
 */
struct usage_jobs {
	u64 busy_ns;
	bool active;
};

static struct usage_jobs usage_of_jobs(struct pinion_card *pdev, struct pinion_budget *budget)
{
	struct usage_jobs jobs = {};
	struct pinion_hw_queue *q;
	u64 ticks;
	u32 id;

	spin_lock_irq(&pdev->queues_lock);
	ticks = budget->busy;
	for (id = 0; id < pdev->info.queues; id++) {
		q = pdev->queues[id];
		if (!q || q->budget != budget)
			continue;
		spin_lock(&q->lock);
		ticks = pinion_time_add(ticks, pinion_queue_get_busy(q));
		jobs.active |= q->submitted != q->completed;
		spin_unlock(&q->lock);
	}
	spin_unlock_irq(&pdev->queues_lock);
	jobs.busy_ns = pinion_time_to_ns(ticks, pdev->info.time_freq);
	return jobs;
}

static struct drm_pinion_tally usage_tally(const struct pinion_tally *tally)
{
	return (struct drm_pinion_tally){ .bytes = tally->bytes, .peak = tally->peak };
}

static struct drm_pinion_allowance usage_allowance(const struct pinion_snapshot *snap,
						   enum pinion_scope scope, enum pinion_resource r)
{
	return (struct drm_pinion_allowance){ .used = snap->used[scope][r],
					      .max = snap->max[scope][r] };
}

static void usage_read(struct pinion_card *pdev, struct pinion_budget *budget,
		       struct drm_pinion_usage_info *info)
{
	struct pinion_snapshot snap;
	int r;

	pinion_budget_read(budget, &snap);
	*info = (struct drm_pinion_usage_info){
		.device = usage_tally(&snap.tally[PINION_USE_DEVICE]),
		.host = usage_tally(&snap.tally[PINION_USE_HOST]),
		.tables = usage_tally(&snap.tally[PINION_USE_TABLES]),
		.rings = usage_tally(&snap.tally[PINION_USE_RINGS]),
		.save = usage_tally(&snap.tally[PINION_USE_SAVE]),
		.buffers = snap.tally[PINION_USE_DEVICE].count + snap.tally[PINION_USE_HOST].count +
			   snap.tally[PINION_USE_IMPORT].count,
		.vms = snap.tally[PINION_USE_VM].count,
		.queues = snap.tally[PINION_USE_RINGS].count,
		.timelines = snap.tally[PINION_USE_TIMELINE].count,
		.process_timelines = usage_allowance(&snap, PINION_PROCESS, PINION_TIMELINES),
		.user_timelines = usage_allowance(&snap, PINION_USER, PINION_TIMELINES),
		.busy_ns = usage_of_jobs(pdev, budget).busy_ns,
	};
	for (r = 0; r < ARRAY_SIZE(info->user); r++) {
		info->process[r] = usage_allowance(&snap, PINION_PROCESS, r);
		info->user[r] = usage_allowance(&snap, PINION_USER, r);
	}
}

/**
 * pinion_ioctl_usage() - DRM_IOCTL_PINION_USAGE
 * @drm: device
 * @data: the ioctl's struct drm_pinion_usage
 * @file: open file
 * Return: 0, -EINVAL or -EFAULT.
 */
int pinion_ioctl_usage(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_pinion_usage *args = data;
	struct pinion_file *pf = file->driver_priv;
	struct drm_pinion_usage_info info;

	if (args->pad)
		return -EINVAL;
	usage_read(to_pinion(drm), pf->budget, &info);
	return pinion_copy_info(args->pointer, &args->size, &info, sizeof(info));
}

static bool usage_is_resident(struct pinion_bo *bo)
{
	return bo->flags & DRM_PINION_BO_DEVICE || READ_ONCE(bo->populated) ||
	       READ_ONCE(bo->shmem.sgt);
}

static void usage_add(struct drm_memory_stats *stats, struct drm_gem_object *obj, bool active)
{
	if (obj->handle_count > 1 || obj->dma_buf)
		stats->shared += obj->size;
	else
		stats->private += obj->size;
	if (!usage_is_resident(to_pinion_bo(obj)))
		return;
	stats->resident += obj->size;
	/* A job does not name its buffers: any job in flight may use every buffer. */
	if (active)
		stats->active += obj->size;
}

static void usage_show_tally(struct drm_printer *p, const char *what,
			     const struct drm_pinion_tally *tally)
{
	drm_printf(p, "pinion-used-%s:\t%llu\n", what, tally->bytes);
	drm_printf(p, "pinion-peak-%s:\t%llu\n", what, tally->peak);
}

static void usage_show_pinion(struct drm_printer *p, const struct drm_pinion_usage_info *info)
{
	usage_show_tally(p, "device", &info->device);
	usage_show_tally(p, "host", &info->host);
	usage_show_tally(p, "tables", &info->tables);
	usage_show_tally(p, "rings", &info->rings);
	usage_show_tally(p, "save", &info->save);
	drm_printf(p, "pinion-buffers:\t%u\n", info->buffers);
	drm_printf(p, "pinion-vms:\t%u\n", info->vms);
	drm_printf(p, "pinion-queues:\t%u\n", info->queues);
	drm_printf(p, "pinion-timelines:\t%u\n", info->timelines);
}

/**
 * pinion_usage_show() - drm_driver.show_fdinfo
 * @p: printer of the fdinfo file
 * @file: open file
 *
 * The keys drm-* count the buffers that the file has handles of; the keys pinion-* count everything
 * that is charged to the file.
 */
void pinion_usage_show(struct drm_printer *p, struct drm_file *file)
{
	const enum drm_gem_object_status known = DRM_GEM_OBJECT_RESIDENT |
						 DRM_GEM_OBJECT_PURGEABLE | DRM_GEM_OBJECT_ACTIVE;
	struct pinion_card *pdev = to_pinion(file->minor->dev);
	struct pinion_file *pf = file->driver_priv;
	struct drm_memory_stats device = {}, host = {};
	struct drm_pinion_usage_info info;
	struct drm_gem_object *obj;
	struct usage_jobs jobs;
	int id;

	jobs = usage_of_jobs(pdev, pf->budget);
	drm_printf(p, "drm-engine-queue:\t%llu ns\n", jobs.busy_ns);
	drm_printf(p, "drm-engine-capacity-queue:\t%u\n", pdev->info.queues);
	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, obj, id)
		usage_add(to_pinion_bo(obj)->flags & DRM_PINION_BO_DEVICE ? &device : &host, obj,
			  jobs.active);
	spin_unlock(&file->table_lock);
	drm_print_memory_stats(p, &device, known, "device");
	drm_print_memory_stats(p, &host, known, "host");
	usage_read(pdev, pf->budget, &info);
	usage_show_pinion(p, &info);
}
