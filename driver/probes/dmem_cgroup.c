// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory can be charged to the dmem cgroup. A kernel built without the cgroup has the same
 * functions, which charge nothing.
 *
 * Symbol: drmm_cgroup_register_region
 */
#include <linux/cgroup_dmem.h>

int probe(struct dmem_cgroup_region *region, struct dmem_cgroup_pool_state **pool)
{
	return dmem_cgroup_try_charge(region, 1, pool, NULL);
}
