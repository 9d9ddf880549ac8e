// SPDX-License-Identifier: GPL-2.0
/* A region of device memory is registered with a function that frees memory when a limit shrinks.
 */
#include <linux/cgroup_dmem.h>
#include <drm/drm_drv.h>

struct dmem_cgroup_region *probe(struct drm_device *drm, const struct dmem_cgroup_ops *ops)
{
	const struct dmem_cgroup_init init = { .size = 1, .ops = ops };

	return drmm_cgroup_register_region(drm, "", &init);
}
