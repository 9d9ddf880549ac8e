/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces. A change of one is split into a part that may fail and one that cannot. */
#ifndef PINION_VM_H
#define PINION_VM_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <drm/drm_gpuvm.h>

#include "pinion_mmu.h"
#include "pinion_pt.h"

struct drm_gem_object;
struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_gpuvm - an address space
 * @gpuvm: mappings, as drm_gpuvm keeps them
 * @refs: references of the open file and of the queues; a mapping holds a reference to @gpuvm
 *	only
 * @lock: protects @gpuvm's tree, @mmu and @retired
 * @mmu: slot of the card and page tables
 * @retired: removed mappings, whose buffers stay referenced because the card may use them until
 *	its translation caches are invalidated
 * @timelines: struct pinion_timeline_map by id; read under RCU
 * @dying: timeline maps whose id was removed while jobs in flight still use them; changed under
 *	both @lock and @dying_lock, read under either
 * @dying_lock: protects @dying together with @lock; taken in process context only
 * @user_queues: number of queues with PINION_QUEUE_USER in this address space; -1: none can be
 *	made, as the address space has, had or will have a mapping with DRM_PINION_VM_BIND_SYNC
 * @synced_lock: protects @synced and the buffers in it
 * @synced: struct pinion_vm_bo of the buffers by which jobs synchronise
 * @binds_lock: protects the list @binds
 * @binds: asynchronous binds that have not committed, oldest first
 * @bind_work: work item that commits @binds
 */
struct pinion_gpuvm {
	struct drm_gpuvm gpuvm;
	struct kref refs;
	struct mutex lock;
	struct pinion_mmu mmu;
	struct list_head retired;
	struct xarray timelines;
	struct list_head dying;
	spinlock_t dying_lock;
	atomic_t user_queues;
	spinlock_t synced_lock;
	struct list_head synced;
	spinlock_t binds_lock;
	struct list_head binds;
	struct work_struct bind_work;
};

/**
 * pinion_vm_is_synced() - check whether jobs of an address space synchronise by its buffers
 * @vm: address space
 * Return: true from pinion_vm_set_synced() on.
 */
static inline bool pinion_vm_is_synced(const struct pinion_gpuvm *vm)
{
	return atomic_read(&vm->user_queues) < 0;
}

/**
 * pinion_vm_set_synced() - have jobs of an address space synchronise by its buffers
 * @vm: address space
 * Return: false if the address space has a PINION_QUEUE_USER queue.
 */
static inline bool pinion_vm_set_synced(struct pinion_gpuvm *vm)
{
	return atomic_cmpxchg(&vm->user_queues, 0, -1) <= 0;
}

/**
 * struct pinion_vm_step - resources for the drm_gpuvm steps of one MAP or UNMAP
 * @vm: address space
 * @spare: preallocated struct pinion_gpuva: one for the new mapping, two for what remains of old
 *	mappings at either end of the range
 * @flags: DRM_PINION_VM_BIND_* of the new mapping
 * @bo: drm_gpuvm's entry for the buffer of the new mapping; NULL: sparse
 */
struct pinion_vm_step {
	struct pinion_gpuvm *vm;
	struct list_head spare;
	u32 flags;
	struct drm_gpuvm_bo *bo;
};

/**
 * struct pinion_vm_change - a MAP or UNMAP
 * @obj: buffer of a MAP, referenced; NULL: sparse MAP, or UNMAP
 * @offset: offset in the buffer in bytes, for a MAP
 * @va: virtual address of the first byte
 * @bytes: length in bytes
 * @flags: DRM_PINION_VM_BIND_READ, WRITE, EXEC, SPARSE, SYNC of a MAP; 0: UNMAP
 * @prepared: whether pinion_vm_prepare() was called, so that @step and @tables are valid
 * @step: resources for the drm_gpuvm steps
 * @tables: page tables allocated in advance
 */
struct pinion_vm_change {
	struct drm_gem_object *obj;
	u64 offset;
	u64 va;
	u64 bytes;
	u32 flags;
	bool prepared;
	struct pinion_vm_step step;
	struct pinion_pt_spare tables;
};

struct pinion_gpuvm *pinion_vm_new(struct pinion_card *pdev, struct pinion_budget *budget);
struct pinion_gpuvm *pinion_vm_get(struct pinion_gpuvm *vm);
void pinion_vm_put(struct pinion_gpuvm *vm);
int pinion_vm_unmap(struct pinion_gpuvm *vm, u64 va, u64 bytes);
void pinion_vm_flush(struct pinion_gpuvm *vm);
int pinion_vm_map(struct pinion_gpuvm *vm, const struct pinion_vm_change *change);
size_t pinion_vm_change_bytes(void);
int pinion_vm_prepare(struct pinion_gpuvm *vm, struct pinion_vm_change *change);
void pinion_vm_commit(struct pinion_gpuvm *vm, struct pinion_vm_change *change);
void pinion_vm_change_free(struct pinion_gpuvm *vm, struct pinion_vm_change *change);

#endif /* PINION_VM_H */
