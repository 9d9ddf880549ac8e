// SPDX-License-Identifier: GPL-2.0
/* struct drm_driver still has the member date. */
#include <drm/drm_drv.h>

const struct drm_driver probe = { .date = "" };
