// SPDX-License-Identifier: GPL-2.0
/* drm_gpuvm_sm_map() takes a struct and no longer four separate arguments. */
#include <drm/drm_gpuvm.h>

int probe(struct drm_gpuvm *gpuvm)
{
	struct drm_gpuvm_map_req request = { .map.va.addr = 0 };

	return drm_gpuvm_sm_map(gpuvm, NULL, &request);
}
