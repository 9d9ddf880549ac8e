/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctl VM_BIND. */
#ifndef PINION_BIND_H
#define PINION_BIND_H

struct drm_device;
struct drm_file;

int pinion_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* PINION_BIND_H */
