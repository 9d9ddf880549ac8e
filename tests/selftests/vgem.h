/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgem's ioctls that attach a fence to a buffer and signal it; the kernel installs no header. */
#ifndef PINION_SELFTESTS_VGEM_H
#define PINION_SELFTESTS_VGEM_H

#include <stdint.h>
#include <xf86drm.h>

struct vgem_attach {
	uint32_t handle, flags, out_fence, pad;
};

struct vgem_signal {
	uint32_t fence, flags;
};

#define VGEM_ATTACH DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_attach)
#define VGEM_SIGNAL DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_signal)
#define VGEM_WRITE  1u

#endif /* PINION_SELFTESTS_VGEM_H */
