/* SPDX-License-Identifier: GPL-2.0 */
/* Open files of the accel node. */
#ifndef PINION_FILE_H
#define PINION_FILE_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct drm_device;
struct drm_file;
struct pinion_budget;
struct pinion_card;
struct pinion_gpuvm;

/**
 * struct pinion_file - an open file of the accel node
 * @lock: protects the creation of @vm
 * @vm: the file's own address space, created by the first ioctl that needs one
 * @vms: address spaces created by VM_CREATE, by id; the lock of the xarray protects the
 *	references it holds
 * @budget: budget charged for everything created through this file
 */
struct pinion_file {
	struct mutex lock;
	struct pinion_gpuvm *vm;
	struct xarray vms;
	struct pinion_budget *budget;
};

extern const struct file_operations pinion_file_fops;

int pinion_file_open(struct drm_device *drm, struct drm_file *file);
void pinion_file_close(struct drm_device *drm, struct drm_file *file);
struct pinion_gpuvm *pinion_file_get_vm(struct pinion_card *pdev, struct pinion_file *pf, u32 id);
int pinion_file_add_vm(struct pinion_card *pdev, struct pinion_file *pf, u32 *id);
int pinion_file_drop_vm(struct pinion_file *pf, u32 id);

#endif /* PINION_FILE_H */
