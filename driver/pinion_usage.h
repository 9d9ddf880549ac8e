/* SPDX-License-Identifier: GPL-2.0 */
/* What an open file uses. */
#ifndef PINION_USAGE_H
#define PINION_USAGE_H

struct drm_device;
struct drm_file;
struct drm_printer;

int pinion_ioctl_usage(struct drm_device *drm, void *data, struct drm_file *file);
void pinion_usage_show(struct drm_printer *p, struct drm_file *file);

#endif /* PINION_USAGE_H */
