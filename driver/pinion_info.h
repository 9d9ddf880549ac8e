/* SPDX-License-Identifier: GPL-2.0 */
/* What programs can learn of the card. */
#ifndef PINION_INFO_H
#define PINION_INFO_H

#include <linux/types.h>

struct drm_device;
struct drm_file;

int pinion_copy_info(u64 pointer, u32 *size, const void *info, u32 bytes);
int pinion_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* PINION_INFO_H */
