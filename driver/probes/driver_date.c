// SPDX-License-Identifier: GPL-2.0
/* A DRM driver has a date. */
#include <drm/drm_drv.h>

const struct drm_driver probe = { .date = "" };
