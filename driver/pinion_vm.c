// SPDX-License-Identifier: GPL-2.0
/*
 * Address spaces. drm_gpuvm records which buffer is mapped where, and the page tables are
 * changed by range: a MAP overwrites the entries of its range and an UNMAP clears them. What
 * remains of a mapping that is cut keeps its entries. The steps of drm_gpuvm are therefore
 * bookkeeping alone, and with memory allocated beforehand they cannot fail.
 */
#include <linux/slab.h>
#include <linux/xarray.h>

#include <drm/drm_gem.h>

#include "pinion_accel.h"
#include "pinion_bind_async.h"
#include "pinion_bo.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_limits.h"
#include "pinion_mmu.h"
#include "pinion_pt.h"
#include "pinion_regs.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"
#include "pinion_vm_bo.h"
#include "pinion_vram.h"

#define STEP_SPARE 3 /* mappings that a MAP can add: its own, and what is left at its two ends */
#define STEP_CUTS  2 /* mappings that an UNMAP can add: what is left at its two ends */

/* What an address space is charged for: also the object of drm_gpuvm that it is made with. */
#define VM_BYTES (sizeof(struct pinion_gpuvm) + sizeof(struct drm_gem_object))

/**
 * struct pinion_gpuva - a mapping
 * @base: the mapping as drm_gpuvm knows it
 * @link: entry in pinion_gpuvm.retired or in pinion_vm_step.spare
 */
struct pinion_gpuva {
	struct drm_gpuva base;
	struct list_head link;
};

/* What a mapping is charged for: it may be the only one of its buffer in the address space. */
#define MAPPING_BYTES (sizeof(struct pinion_gpuva) + sizeof(struct drm_gpuvm_bo))

#define to_pinion_va(va_)    container_of(va_, struct pinion_gpuva, base)
#define to_pinion_vm(gpuvm_) container_of(gpuvm_, struct pinion_gpuvm, gpuvm)

static struct drm_gpuva *step_take(struct pinion_vm_step *step)
{
	struct pinion_gpuva *va = list_first_entry(&step->spare, struct pinion_gpuva, link);

	list_del_init(&va->link);
	/* Charging mappings never fails; pinion_charge_room() was called before. */
	pinion_charge(step->vm->mmu.budget, PINION_USE_MAPPING, MAPPING_BYTES, 0);
	return &va->base;
}

/* Add a mapping to the list of its buffer; a sparse mapping has no buffer. */
static void vm_link(struct drm_gpuva *va, struct drm_gpuvm_bo *bo)
{
	if (!bo)
		return;
	dma_resv_lock(bo->obj->resv, NULL);
	drm_gpuva_link(va, bo);
	dma_resv_unlock(bo->obj->resv);
}

/* vm_drop_retired() releases the buffer, once the card can no longer reach it. */
static void vm_retire(struct drm_gpuva *va)
{
	list_add_tail(&to_pinion_va(va)->link, &to_pinion_vm(va->vm)->retired);
}

static int vm_step_map(struct drm_gpuva_op *op, void *priv)
{
	struct pinion_vm_step *step = priv;
	struct drm_gpuva *va = step_take(step);

	drm_gpuva_map(&step->vm->gpuvm, va, &op->map);
	vm_link(va, step->bo);
	if (step->bo)
		pinion_vm_bo_sync(step->bo, step->flags);
	return 0;
}

static int vm_step_remap(struct drm_gpuva_op *op, void *priv)
{
	struct drm_gpuva *old = op->remap.unmap->va;
	struct drm_gpuva *prev = op->remap.prev ? step_take(priv) : NULL;
	struct drm_gpuva *next = op->remap.next ? step_take(priv) : NULL;

	drm_gpuva_remap(prev, next, &op->remap);
	if (prev)
		vm_link(prev, old->vm_bo);
	if (next)
		vm_link(next, old->vm_bo);
	vm_retire(old);
	return 0;
}

static int vm_step_unmap(struct drm_gpuva_op *op, void *priv)
{
	drm_gpuva_unmap(&op->unmap);
	vm_retire(op->unmap.va);
	return 0;
}

static void vm_gpuvm_free(struct drm_gpuvm *gpuvm)
{
	kfree(to_pinion_vm(gpuvm));
}

static const struct drm_gpuvm_ops vm_gpuvm_ops = {
	.vm_free = vm_gpuvm_free,
	.vm_bo_alloc = pinion_vm_bo_alloc,
	.vm_bo_free = pinion_vm_bo_free,
	.sm_step_map = vm_step_map,
	.sm_step_remap = vm_step_remap,
	.sm_step_unmap = vm_step_unmap,
};

/* Allocate @spare mappings for the steps of a MAP or UNMAP. step_fini() must follow. */
static int step_init(struct pinion_vm_step *step, struct pinion_gpuvm *vm, int spare)
{
	int i;

	step->vm = vm;
	INIT_LIST_HEAD(&step->spare);
	step->bo = NULL;
	for (i = 0; i < spare; i++) {
		struct pinion_gpuva *va = kzalloc(sizeof(*va), GFP_KERNEL_ACCOUNT);

		if (!va)
			return -ENOMEM;
		list_add(&va->link, &step->spare);
	}
	return 0;
}

static void step_fini(struct pinion_vm_step *step)
{
	struct pinion_gpuva *va, *next;
	struct drm_gem_object *obj;

	list_for_each_entry_safe(va, next, &step->spare, link)
		kfree(va);
	if (!step->bo)
		return;
	obj = step->bo->obj;
	drm_gem_object_get(obj);
	dma_resv_lock(obj->resv, NULL);
	drm_gpuvm_bo_put(step->bo);
	dma_resv_unlock(obj->resv);
	drm_gem_object_put(obj);
}

static int step_obtain_bo(struct pinion_vm_step *step, struct drm_gem_object *obj)
{
	dma_resv_lock(obj->resv, NULL);
	step->bo = drm_gpuvm_bo_obtain_locked(&step->vm->gpuvm, obj);
	dma_resv_unlock(obj->resv);
	if (!IS_ERR(step->bo))
		return 0;
	step->bo = NULL;
	return -ENOMEM;
}

/**
 * struct vm_range - part of a buffer, and the virtual addresses that lead to it
 * @bo: buffer; NULL: sparse
 * @offset: offset in the buffer in bytes
 * @va: first virtual address
 * @bytes: length in bytes
 * @flags: DRM_PINION_VM_BIND_READ, WRITE, EXEC, SPARSE
 */
struct vm_range {
	struct pinion_bo *bo;
	u64 offset;
	u64 va;
	u64 bytes;
	u32 flags;
};

static struct vm_range vm_range_of(const struct pinion_vm_change *change)
{
	return (struct vm_range){
		.bo = change->obj ? to_pinion_bo(change->obj) : NULL,
		.offset = change->offset,
		.va = change->va,
		.bytes = change->bytes,
		.flags = change->flags,
	};
}

/* Begin a walk over the contiguous runs of a range; a sparse range is a single run. */
static void vm_iter_init(struct pinion_bo_iter *it, const struct vm_range *range)
{
	if (range->bo)
		pinion_bo_iter_init(it, range->bo, range->offset);
}

static struct pinion_run vm_iter_next(struct pinion_bo_iter *it, const struct vm_range *range,
				      u64 done)
{
	if (range->bo)
		return pinion_bo_iter_next(it, range->bytes - done);
	return (struct pinion_run){ .addr = range->va, .bytes = range->bytes };
}

static u64 vm_prot(const struct vm_range *range)
{
	u64 prot = 0;

	if (range->bo && range->bo->flags & DRM_PINION_BO_HOST)
		prot |= PINION_PTE_HOST;
	if (range->flags & DRM_PINION_VM_BIND_READ)
		prot |= PINION_PTE_READ;
	if (range->flags & DRM_PINION_VM_BIND_WRITE)
		prot |= PINION_PTE_WRITE;
	if (range->flags & DRM_PINION_VM_BIND_EXEC)
		prot |= PINION_PTE_EXEC;
	if (range->flags & DRM_PINION_VM_BIND_SPARSE)
		prot |= PINION_PTE_SPARSE;
	return prot;
}

/* Upper bound of the tables that a MAP adds to the page tables @pt; NULL: to any page tables. */
static struct pinion_pt_plan vm_plan_map(struct pinion_pt *pt, const struct vm_range *range)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	struct pinion_bo_iter it;
	u64 done = 0;

	if (!range->bo)
		plan.sparse = vm_prot(range) & ~PINION_PTE_SPARSE;
	pinion_pt_plan_range(pt, &plan, range->va, range->bytes);
	vm_iter_init(&it, range);
	while (done < range->bytes) {
		struct pinion_run run = vm_iter_next(&it, range, done);

		pinion_pt_plan_run(pt, &plan, range->va + done, run.addr, run.bytes);
		done += run.bytes;
		cond_resched();
	}
	return plan;
}

static void vm_map_runs(struct pinion_gpuvm *vm, const struct vm_range *range)
{
	u64 prot = vm_prot(range), done = 0;
	struct pinion_bo_iter it;

	vm_iter_init(&it, range);
	while (done < range->bytes) {
		struct pinion_run run = vm_iter_next(&it, range, done);

		pinion_pt_map(&vm->mmu.pt, range->va + done, run.addr, run.bytes, prot);
		done += run.bytes;
		cond_resched();
	}
}

/* Refuse at once what needs more tables than free device memory can hold. */
static int vm_check_plan(struct pinion_gpuvm *vm, const struct pinion_pt_plan *plan)
{
	u64 tables = (u64)plan->need[PINION_PT_LEAF] + plan->need[PINION_PT_UPPER];

	return tables > pinion_vram_available(vm->mmu.pdev) / SZ_4K ? -ENOSPC : 0;
}

static int vm_reserve(struct pinion_gpuvm *vm, const struct pinion_pt_plan *plan)
{
	return vm_check_plan(vm, plan) ?: pinion_pt_reserve(&vm->mmu.pt, plan);
}

/* Make the buffer reachable for the card and known to drm_gpuvm, before it is mapped. */
static int vm_obtain(struct pinion_gpuvm *vm, struct pinion_vm_step *step,
		     const struct pinion_vm_change *change)
{
	int ret;

	step->flags = change->flags;
	if (change->flags & DRM_PINION_VM_BIND_SPARSE)
		return vm->mmu.pdev->info.caps & PINION_CAP_SPARSE ? 0 : -EOPNOTSUPP;
	ret = pinion_bo_map_dma(to_pinion_bo(change->obj));
	return ret ? ret : step_obtain_bo(step, change->obj);
}

static int vm_sm_map(struct pinion_gpuvm *vm, struct pinion_vm_step *step,
		     const struct pinion_vm_change *change)
{
	struct drm_gpuva_op_map map = {
		.va = { .addr = change->va, .range = change->bytes },
		.gem = { .obj = change->obj, .offset = change->offset },
	};

	return pinion_gpuvm_sm_map(&vm->gpuvm, step, &map);
}

/**
 * pinion_vm_map() - map a part of a buffer, or a sparse range, in place of older mappings
 * @vm: address space; the caller holds pinion_gpuvm.lock and is in drm_dev_enter()
 * @change: checked MAP that holds a reference to its buffer
 *
 * On error nothing has changed. pinion_vm_flush() must follow.
 * Return: 0; -EDQUOT: over a limit; -ENOSPC: no device memory for page tables; -EOPNOTSUPP: the
 * card has no sparse pages; -ENOMEM.
 */
int pinion_vm_map(struct pinion_gpuvm *vm, const struct pinion_vm_change *change)
{
	struct vm_range range = vm_range_of(change);
	struct pinion_pt_plan plan;
	struct pinion_vm_step step;
	int ret;

	lockdep_assert_held(&vm->lock);
	ret = pinion_charge_room(vm->mmu.budget);
	if (ret)
		return ret;
	/* A MAP mostly replaces nothing, and then leaves no ends. */
	ret = step_init(&step, vm,
			drm_gpuva_find_first(&vm->gpuvm, change->va, change->bytes) ? STEP_SPARE
										    : 1);
	if (!ret)
		ret = vm_obtain(vm, &step, change);
	if (!ret) {
		plan = vm_plan_map(&vm->mmu.pt, &range);
		ret = vm_reserve(vm, &plan);
	}
	if (!ret)
		ret = vm_sm_map(vm, &step, change);
	if (!ret)
		vm_map_runs(vm, &range);
	step_fini(&step);
	return ret;
}

/**
 * pinion_vm_unmap() - remove all mappings from a range
 * @vm: address space; the caller holds pinion_gpuvm.lock and is in drm_dev_enter()
 * @va: virtual address, checked
 * @bytes: length in bytes, checked
 *
 * On error nothing has changed. pinion_vm_flush() must follow.
 * Return: 0; -ENOSPC: no device memory to split a large page; -EDQUOT: the task's dmem cgroup may
 * not have it; -ENOMEM.
 */
int pinion_vm_unmap(struct pinion_gpuvm *vm, u64 va, u64 bytes)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	struct pinion_vm_step step;
	int ret;

	lockdep_assert_held(&vm->lock);
	pinion_pt_plan_unmap(&vm->mmu.pt, &plan, va, bytes);
	ret = step_init(&step, vm, STEP_CUTS);
	if (!ret)
		ret = pinion_pt_reserve(&vm->mmu.pt, &plan);
	if (!ret)
		ret = drm_gpuvm_sm_unmap(&vm->gpuvm, &step, va, bytes);
	if (!ret)
		pinion_pt_unmap(&vm->mmu.pt, va, bytes);
	step_fini(&step);
	return ret;
}

/**
 * pinion_vm_change_bytes() - say how much host memory a change holds that is not committed
 * Return: size of the change and of the mappings that it allocates in advance, in bytes; the
 * copies of its page tables, which are charged as tables, are not included.
 */
size_t pinion_vm_change_bytes(void)
{
	return sizeof(struct pinion_vm_change) + STEP_SPARE * sizeof(struct pinion_gpuva);
}

/**
 * pinion_vm_prepare() - do what can fail in a change, before it takes effect
 * @vm: address space; the caller is in drm_dev_enter()
 * @change: checked change; a MAP holds a reference to its buffer
 *
 * No mapping changes. pinion_vm_change_free() must follow, also after an error.
 * Return: 0 or an error of pinion_vm_map().
 */
int pinion_vm_prepare(struct pinion_gpuvm *vm, struct pinion_vm_change *change)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	struct vm_range range = vm_range_of(change);
	int ret;

	INIT_LIST_HEAD(&change->tables.list[PINION_PT_LEAF]);
	INIT_LIST_HEAD(&change->tables.list[PINION_PT_UPPER]);
	ret = step_init(&change->step, vm, STEP_SPARE);
	pinion_pt_plan_unmap(NULL, &plan, change->va, change->bytes);
	/* Charge an UNMAP as well: while it is pending, its tables take more than it will free. */
	if (!ret)
		ret = pinion_charge_room(vm->mmu.budget);
	if (!ret && change->flags) {
		ret = vm_obtain(vm, &change->step, change);
		if (!ret)
			plan = vm_plan_map(NULL, &range);
	}
	if (!ret)
		ret = vm_check_plan(vm, &plan);
	if (!ret)
		ret = pinion_pt_put_by(&vm->mmu.pt, &plan, &change->tables);
	change->prepared = true;
	return ret;
}

/**
 * pinion_vm_commit() - make a prepared change take effect
 * @vm: address space; the caller holds pinion_gpuvm.lock and is in drm_dev_enter()
 * @change: change after a successful pinion_vm_prepare()
 *
 * pinion_vm_flush() must follow.
 */
void pinion_vm_commit(struct pinion_gpuvm *vm, struct pinion_vm_change *change)
{
	struct vm_range range = vm_range_of(change);

	lockdep_assert_held(&vm->lock);
	pinion_pt_take(&vm->mmu.pt, &change->tables);
	/* Neither step can fail: the memory is allocated and the range has been checked. */
	if (!change->flags) {
		WARN_ON(drm_gpuvm_sm_unmap(&vm->gpuvm, &change->step, range.va, range.bytes));
		pinion_pt_unmap(&vm->mmu.pt, range.va, range.bytes);
		return;
	}
	WARN_ON(vm_sm_map(vm, &change->step, change));
	vm_map_runs(vm, &range);
}

/**
 * pinion_vm_change_free() - free the resources that a change holds
 * @vm: address space
 * @change: change, prepared or not, committed or not
 */
void pinion_vm_change_free(struct pinion_gpuvm *vm, struct pinion_vm_change *change)
{
	if (change->prepared) {
		pinion_pt_drop_spare(&vm->mmu.pt, &change->tables);
		step_fini(&change->step);
	}
	if (change->obj)
		drm_gem_object_put(change->obj);
}

static void vm_unlink(struct drm_gpuva *va)
{
	struct drm_gem_object *obj = va->gem.obj;

	if (!obj)
		return;
	drm_gem_object_get(obj);
	dma_resv_lock(obj->resv, NULL);
	drm_gpuva_unlink(va);
	dma_resv_unlock(obj->resv);
	drm_gem_object_put(obj);
}

static void vm_drop_retired(struct pinion_gpuvm *vm)
{
	struct pinion_gpuva *va, *next;

	lockdep_assert_held(&vm->lock);
	list_for_each_entry_safe(va, next, &vm->retired, link) {
		vm_unlink(&va->base);
		list_del(&va->link);
		kfree(va);
		pinion_uncharge(vm->mmu.budget, PINION_USE_MAPPING, MAPPING_BYTES, 0);
	}
}

/**
 * pinion_vm_flush() - end a series of changes
 * @vm: address space; the caller holds pinion_gpuvm.lock and is in drm_dev_enter()
 *
 * On return the card reaches nothing through mappings that were removed.
 */
void pinion_vm_flush(struct pinion_gpuvm *vm)
{
	pinion_mmu_flush(&vm->mmu);
	vm_drop_retired(vm);
}

static struct pinion_gpuvm *vm_new(struct pinion_card *pdev, struct pinion_budget *budget)
{
	struct drm_gem_object *resv;
	struct pinion_gpuvm *vm;
	int ret = -ENOMEM;

	vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	resv = drm_gpuvm_resv_object_alloc(&pdev->drm);
	if (!resv)
		goto free_vm;
	vm->mmu.budget = budget;
	ret = pinion_mmu_init(pdev, &vm->mmu);
	if (ret)
		goto put_resv;
	pinion_budget_get(budget);
	kref_init(&vm->refs);
	mutex_init(&vm->lock);
	INIT_LIST_HEAD(&vm->retired);
	INIT_LIST_HEAD(&vm->dying);
	spin_lock_init(&vm->dying_lock);
	INIT_LIST_HEAD(&vm->synced);
	spin_lock_init(&vm->synced_lock);
	pinion_binds_init(vm);
	xa_init_flags(&vm->timelines, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	drm_gpuvm_init(&vm->gpuvm, "pinion", 0, &pdev->drm, resv, PINION_VA_START,
		       PINION_VA_END - PINION_VA_START, 0, 0, &vm_gpuvm_ops);
	drm_gem_object_put(resv);
	return vm;

put_resv:
	drm_gem_object_put(resv);
free_vm:
	kfree(vm);
	return ERR_PTR(ret);
}

/**
 * pinion_vm_new() - create an empty address space
 * @pdev: device; the caller is in drm_dev_enter()
 * @budget: budget that pays for the address space and its page tables
 * Return: the address space, or ERR_PTR: -EDQUOT: over a limit; -ENOSPC: the card has no slot
 * left; -ENOMEM, -ENODEV.
 */
struct pinion_gpuvm *pinion_vm_new(struct pinion_card *pdev, struct pinion_budget *budget)
{
	struct pinion_gpuvm *vm;
	int ret;

	ret = pinion_charge(budget, PINION_USE_VM, 0, VM_BYTES);
	if (ret)
		return ERR_PTR(ret);
	vm = vm_new(pdev, budget);
	if (IS_ERR(vm))
		pinion_uncharge(budget, PINION_USE_VM, 0, VM_BYTES);
	return vm;
}

static void vm_release(struct kref *ref)
{
	struct pinion_gpuvm *vm = container_of(ref, struct pinion_gpuvm, refs);
	struct pinion_budget *budget = vm->mmu.budget;
	struct drm_gpuva *va, *next;

	pinion_binds_drop(vm);
	mutex_lock(&vm->lock);
	pinion_mmu_disable(&vm->mmu);
	drm_gpuvm_for_each_va_safe(va, next, &vm->gpuvm) {
		drm_gpuva_remove(va);
		vm_retire(va);
	}
	vm_drop_retired(vm);
	pinion_mmu_fini(&vm->mmu);
	mutex_unlock(&vm->lock);
	pinion_timelines_release(vm);
	drm_gpuvm_put(&vm->gpuvm);
	pinion_uncharge(budget, PINION_USE_VM, 0, VM_BYTES);
	pinion_budget_put(budget);
}

/**
 * pinion_vm_get() - take a reference
 * @vm: address space
 * Return: @vm.
 */
struct pinion_gpuvm *pinion_vm_get(struct pinion_gpuvm *vm)
{
	kref_get(&vm->refs);
	return vm;
}

/**
 * pinion_vm_put() - drop a reference; the last one releases the address space
 * @vm: address space; no queue uses it any more when the last reference is dropped
 */
void pinion_vm_put(struct pinion_gpuvm *vm)
{
	kref_put(&vm->refs, vm_release);
}
