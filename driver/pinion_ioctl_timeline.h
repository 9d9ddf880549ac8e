/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctls that create timelines and give them ids. */
#ifndef PINION_IOCTL_TIMELINE_H
#define PINION_IOCTL_TIMELINE_H

struct drm_device;
struct drm_file;

int pinion_ioctl_timeline_create(struct drm_device *drm, void *data, struct drm_file *file);
int pinion_ioctl_timeline_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int pinion_ioctl_timeline_import(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* PINION_IOCTL_TIMELINE_H */
