// SPDX-License-Identifier: GPL-2.0
/* Open files of the accel node, and the address spaces that each file has. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include <drm/drm_accel.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "pinion_device.h"
#include "pinion_file.h"
#include "pinion_limits.h"
#include "pinion_sched.h"
#include "pinion_vm.h"

/* file_operations of the accel node: a file that has these is one of this driver. */
const struct file_operations pinion_file_fops = {
	.owner = THIS_MODULE,
	DRM_ACCEL_FOPS,
	.show_fdinfo = drm_show_fdinfo,
};

/**
 * pinion_file_open() - set up a file that is being opened (drm_driver.open)
 * @drm: device
 * @file: open file of the accel node
 * Return: 0; -ENOMEM.
 */
int pinion_file_open(struct drm_device *drm, struct drm_file *file)
{
	struct pinion_file *pf = kzalloc(sizeof(*pf), GFP_KERNEL_ACCOUNT);

	if (!pf)
		return -ENOMEM;
	pf->budget = pinion_budget_new(&to_pinion(drm)->limits);
	if (!pf->budget) {
		kfree(pf);
		return -ENOMEM;
	}
	mutex_init(&pf->lock);
	xa_init_flags(&pf->vms, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	file->driver_priv = pf;
	return 0;
}

/**
 * pinion_file_close() - free what belongs to a file that is closed (drm_driver.postclose)
 * @drm: device
 * @file: open file of the accel node
 */
void pinion_file_close(struct drm_device *drm, struct drm_file *file)
{
	struct pinion_file *pf = file->driver_priv;
	struct pinion_gpuvm *vm;
	unsigned long id;

	if (pf->vm)
		pinion_vm_put(pf->vm);
	xa_for_each(&pf->vms, id, vm)
		pinion_vm_put(vm);
	xa_destroy(&pf->vms);
	pinion_budget_put(pf->budget);
	mutex_destroy(&pf->lock);
	kfree(pf);
}

static struct pinion_gpuvm *file_new_vm(struct pinion_card *pdev, struct pinion_file *pf)
{
	int ret = pinion_sched_join(pdev, pf->budget);

	return ret ? ERR_PTR(ret) : pinion_vm_new(pdev, pf->budget);
}

static struct pinion_gpuvm *file_own_vm(struct pinion_card *pdev, struct pinion_file *pf)
{
	struct pinion_gpuvm *vm;

	mutex_lock(&pf->lock);
	vm = pf->vm ? pf->vm : file_new_vm(pdev, pf);
	if (!IS_ERR(vm)) {
		pf->vm = vm;
		pinion_vm_get(vm);
	}
	mutex_unlock(&pf->lock);
	return vm;
}

/**
 * pinion_file_get_vm() - find an address space of a file
 * @pdev: device; the caller is in drm_dev_enter()
 * @pf: open file of the accel node
 * @id: id from VM_CREATE; 0: the file's own address space, created at its first use
 * Return: the address space with a new reference, or ERR_PTR: -ENOENT: no such id; if @id is 0
 * also an error of pinion_vm_new().
 */
struct pinion_gpuvm *pinion_file_get_vm(struct pinion_card *pdev, struct pinion_file *pf, u32 id)
{
	struct pinion_gpuvm *vm;

	if (!id)
		return file_own_vm(pdev, pf);
	/* While the lock is held, the reference of the xarray keeps the address space alive. */
	xa_lock(&pf->vms);
	vm = xa_load(&pf->vms, id);
	if (vm)
		pinion_vm_get(vm);
	xa_unlock(&pf->vms);
	return vm ? vm : ERR_PTR(-ENOENT);
}

/**
 * pinion_file_add_vm() - create another address space in a file
 * @pdev: device; the caller is in drm_dev_enter()
 * @pf: open file of the accel node, which keeps the address space until it is dropped or closed
 * @id: out: id of the address space, >= 1
 * Return: 0; -EDQUOT: over a limit; -ENOSPC: the card has no slot or no memory left; -ENOMEM,
 * -ENODEV.
 */
int pinion_file_add_vm(struct pinion_card *pdev, struct pinion_file *pf, u32 *id)
{
	struct pinion_gpuvm *vm = file_new_vm(pdev, pf);
	int ret;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	ret = xa_alloc(&pf->vms, id, vm, xa_limit_32b, GFP_KERNEL);
	if (ret)
		pinion_vm_put(vm);
	return ret;
}

/**
 * pinion_file_drop_vm() - remove an address space from a file; queues in it keep it alive
 * @pf: open file of the accel node
 * @id: id from pinion_file_add_vm()
 * Return: 0; -ENOENT: no such id.
 */
int pinion_file_drop_vm(struct pinion_file *pf, u32 id)
{
	struct pinion_gpuvm *vm = xa_erase(&pf->vms, id);

	if (!vm)
		return -ENOENT;
	pinion_vm_put(vm);
	return 0;
}
