// SPDX-License-Identifier: GPL-2.0
/* A driver sets a feature flag to say that its buffers have lists of mappings. */
#include <drm/drm_drv.h>

u32 probe = DRIVER_GEM_GPUVA;
