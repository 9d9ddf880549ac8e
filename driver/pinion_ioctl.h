/* SPDX-License-Identifier: GPL-2.0 */
/* The table of the ioctls of the accel node. */
#ifndef PINION_IOCTL_H
#define PINION_IOCTL_H

#include <drm/drm_ioctl.h>

/* One entry for each ioctl, indexed by its number; the array has pinion_num_ioctls entries. */
extern const struct drm_ioctl_desc pinion_ioctls[];
extern const unsigned int pinion_num_ioctls;

#endif /* PINION_IOCTL_H */
