// SPDX-License-Identifier: GPL-2.0
/* fdinfo shows the memory of jobs that run if the driver says that it knows it. */
#include <drm/drm_gem.h>

enum drm_gem_object_status probe = DRM_GEM_OBJECT_ACTIVE;
