// SPDX-License-Identifier: GPL-2.0
/* fdinfo shows the memory in use by running jobs if the driver sets DRM_GEM_OBJECT_ACTIVE. */
#include <drm/drm_gem.h>

enum drm_gem_object_status probe = DRM_GEM_OBJECT_ACTIVE;
