/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drm_syncobjs of a test's open card, as entries of the arrays that jobs and binds pass. */
#ifndef PINION_SELFTESTS_SYNCOBJ_H
#define PINION_SELFTESTS_SYNCOBJ_H

#include <xf86drm.h>

#include "rig.h"

/* Create a drm_syncobj without a fence. Return: its handle. */
static inline uint32_t syncobj_new(int fd)
{
	uint32_t handle;

	if (drmSyncobjCreate(fd, 0, &handle))
		ksft_exit_fail_msg("drmSyncobjCreate: %s\n", strerror(errno));
	return handle;
}

static inline struct drm_pinion_sync wait_for(uint32_t handle, uint64_t point)
{
	return (struct drm_pinion_sync){ .handle = handle, .point = point };
}

static inline struct drm_pinion_sync raise_at_end(uint32_t handle, uint64_t point)
{
	return (struct drm_pinion_sync){ .handle = handle,
					 .flags = DRM_PINION_SYNC_SIGNAL,
					 .point = point };
}

#endif /* PINION_SELFTESTS_SYNCOBJ_H */
