// SPDX-License-Identifier: GPL-2.0
/*
 * Timelines in address spaces: an address space maps the page of a timeline for the card, and gives
 * it an id by which jobs name it.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "pinion_device.h"
#include "pinion_gate.h"
#include "pinion_limits.h"
#include "pinion_pt.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_user.h"
#include "pinion_vm.h"

/**
 * pinion_timeline_get_va() - find where the card sees the word of a timeline
 * @map: timeline in an address space
 * Return: virtual address of the word in that address space.
 */
u64 pinion_timeline_get_va(const struct pinion_timeline_map *map)
{
	return PINION_VA_END + (u64)map->id * SZ_4K;
}

static int map_tables(struct pinion_gpuvm *vm, struct pinion_timeline_map *map)
{
	struct pinion_pt_plan plan = { .region = ~0ull };
	u64 va = pinion_timeline_get_va(map);
	struct pinion_pt *pt = &vm->mmu.pt;
	int ret;

	ret = pinion_charge_room(vm->mmu.budget);
	if (!ret)
		ret = mutex_lock_interruptible(&vm->lock);
	if (ret)
		return ret;
	pinion_pt_plan_range(pt, &plan, va, SZ_4K);
	pinion_pt_plan_run(pt, &plan, va, map->dma, SZ_4K);
	ret = pinion_pt_reserve(pt, &plan);
	if (!ret)
		pinion_pt_map(pt, va, map->dma, SZ_4K,
			      PINION_PTE_HOST | PINION_PTE_READ | PINION_PTE_WRITE);
	pinion_vm_flush(vm);
	mutex_unlock(&vm->lock);
	return ret;
}

/*
 * Streaming DMA without syncs instead of a coherent buffer, since a page that exists already is
 * mapped, and for several cards.
 */
static int map_dma(struct pinion_timeline_map *map)
{
	struct pinion_card *pdev = map->pdev;

	map->dma = dma_map_page_attrs(pdev->drm.dev, virt_to_page(map->tl->word), 0, SZ_4K,
				      DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
	if (dma_mapping_error(pdev->drm.dev, map->dma))
		return -ENOMEM;
	mutex_lock(&pdev->timelines_lock);
	list_add(&map->link, &pdev->timelines);
	mutex_unlock(&pdev->timelines_lock);
	return 0;
}

static void unmap_dma_locked(struct pinion_timeline_map *map)
{
	lockdep_assert_held(&map->pdev->timelines_lock);
	/* pinion_timelines_unmap_all() has ended the DMA mapping of an unlinked map. */
	if (list_empty(&map->link))
		return;
	list_del_init(&map->link);
	dma_unmap_page_attrs(map->pdev->drm.dev, map->dma, SZ_4K, DMA_BIDIRECTIONAL,
			     DMA_ATTR_SKIP_CPU_SYNC);
}

static void unmap_dma(struct pinion_timeline_map *map)
{
	mutex_lock(&map->pdev->timelines_lock);
	unmap_dma_locked(map);
	mutex_unlock(&map->pdev->timelines_lock);
}

static void map_free(struct pinion_gpuvm *vm, struct pinion_timeline_map *map)
{
	unmap_dma(map);
	pinion_timeline_put(map->tl);
	kfree_rcu(map, rcu);
	pinion_uncharge(vm->mmu.budget, PINION_USE_TIMELINE_ID, sizeof(*map), 0);
}

/* Give a map an id and page tables. Jobs of programs cannot name it yet: its entry is NULL. */
static int map_init(struct pinion_gpuvm *vm, struct pinion_timeline_map *map)
{
	int ret;

	ret = map_dma(map);
	if (ret)
		return ret;
	ret = xa_alloc(&vm->timelines, &map->id, NULL, XA_LIMIT(1, PINION_MAX_TIMELINES - 1),
		       GFP_KERNEL);
	if (ret)
		return ret == -EBUSY ? -ENOSPC : ret;
	ret = map_tables(vm, map);
	if (ret)
		xa_erase(&vm->timelines, map->id);
	return ret;
}

/* Free the maps whose id was removed and that no job in flight uses any more. */
static void vm_sweep(struct pinion_gpuvm *vm)
{
	struct pinion_timeline_map *map, *next;
	LIST_HEAD(unused);

	/* The kernel does not know which timelines the jobs of user-mode queues use. */
	if (atomic_read(&vm->user_queues) && !pinion_user_queues_are_idle(vm))
		return;
	mutex_lock(&vm->lock);
	list_for_each_entry_safe(map, next, &vm->dying, dying) {
		if (!refcount_dec_if_one(&map->users))
			continue;
		/* The page is never part of a larger mapping, so no table has to be allocated. */
		pinion_pt_unmap(&vm->mmu.pt, pinion_timeline_get_va(map), SZ_4K);
		spin_lock(&vm->dying_lock);
		list_move(&map->dying, &unused);
		spin_unlock(&vm->dying_lock);
	}
	if (!list_empty(&unused))
		pinion_vm_flush(vm);
	mutex_unlock(&vm->lock);
	list_for_each_entry_safe(map, next, &unused, dying) {
		/* Notice what the last jobs have raised: their interrupts may never have come. */
		pinion_timeline_raise(map->tl, 0);
		xa_erase(&vm->timelines, map->id);
		map_free(vm, map);
	}
}

/**
 * pinion_timeline_attach_hidden() - map a timeline whose id no program can use
 * @vm: address space; the caller is in drm_dev_enter()
 * @tl: timeline, gets referenced
 * Return: the map, for pinion_timeline_detach_hidden(), or ERR_PTR: the errors of
 * pinion_timeline_attach().
 */
struct pinion_timeline_map *pinion_timeline_attach_hidden(struct pinion_gpuvm *vm,
							  struct pinion_timeline_page *tl)
{
	struct pinion_timeline_map *map;
	int ret;

	vm_sweep(vm);
	ret = pinion_charge(vm->mmu.budget, PINION_USE_TIMELINE_ID, sizeof(*map), 0);
	if (ret)
		return ERR_PTR(ret);
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map) {
		pinion_uncharge(vm->mmu.budget, PINION_USE_TIMELINE_ID, sizeof(*map), 0);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&map->users, 1);
	INIT_LIST_HEAD(&map->link);
	map->pdev = vm->mmu.pdev;
	map->tl = pinion_timeline_get(tl);
	ret = map_init(vm, map);
	if (!ret)
		return map;
	map_free(vm, map);
	return ERR_PTR(ret);
}

/**
 * pinion_timeline_attach() - let the jobs of an address space use a timeline
 * @vm: address space; the caller is in drm_dev_enter()
 * @tl: timeline, gets referenced
 * Return: id of the timeline in @vm, >= 1; -EDQUOT: over a limit; -ENOSPC: no id or no device
 * memory for page tables is left; -ENOMEM, -EINTR.
 */
int pinion_timeline_attach(struct pinion_gpuvm *vm, struct pinion_timeline_page *tl)
{
	struct pinion_timeline_map *map = pinion_timeline_attach_hidden(vm, tl);

	if (IS_ERR(map))
		return PTR_ERR(map);
	/* The entry exists, so no memory is needed. Jobs may name the id from here on. */
	xa_store(&vm->timelines, map->id, map, GFP_KERNEL);
	return map->id;
}

/* The map stays until a sweep finds that no job in flight uses it. */
static void map_retire(struct pinion_gpuvm *vm, struct pinion_timeline_map *map)
{
	mutex_lock(&vm->lock);
	spin_lock(&vm->dying_lock);
	list_add(&map->dying, &vm->dying);
	spin_unlock(&vm->dying_lock);
	mutex_unlock(&vm->lock);
}

/**
 * pinion_timeline_detach() - remove the id of a timeline from an address space
 * @vm: address space; the caller is in drm_dev_enter()
 * @id: id of the timeline in @vm
 *
 * The map stays while jobs in flight use it. A job of a PINION_QUEUE_USER queue may use any map,
 * so any such job in flight keeps the map, too. A later call frees it, or the end of @vm.
 * Return: 0; -ENOENT: no such timeline.
 */
int pinion_timeline_detach(struct pinion_gpuvm *vm, u32 id)
{
	struct pinion_timeline_map *map;

	xa_lock(&vm->timelines);
	map = xa_load(&vm->timelines, id);
	if (map)
		/* A NULL entry keeps the id taken while the page is mapped; it needs no memory. */
		__xa_store(&vm->timelines, id, NULL, 0);
	xa_unlock(&vm->timelines);
	if (!map)
		return -ENOENT;
	map_retire(vm, map);
	vm_sweep(vm);
	return 0;
}

/**
 * pinion_timeline_detach_hidden() - give a map of pinion_timeline_attach_hidden() up
 * @vm: address space
 * @map: the map, which jobs in flight may still use
 */
void pinion_timeline_detach_hidden(struct pinion_gpuvm *vm, struct pinion_timeline_map *map)
{
	int idx;

	map_retire(vm, map);
	/* While the card is restarted page tables stay as they are; a later sweep frees the map. */
	if (!pinion_try_enter(vm->mmu.pdev, &idx))
		return;
	vm_sweep(vm);
	pinion_exit(vm->mmu.pdev, idx);
}

/**
 * pinion_timeline_use_point() - look up a point that a job names
 * @vm: address space of the job
 * @id: id of the timeline, as the user gave it; 0: the job names no point
 * @value: value of the point, as the user gave it; must be 0 if @id is 0
 * @point: out; pinion_timeline_unuse() ends the use of its map
 * Return: 0; -ENOENT: no such timeline; -EINVAL.
 */
int pinion_timeline_use_point(struct pinion_gpuvm *vm, u32 id, u64 value,
			      struct pinion_map_point *point)
{
	struct pinion_timeline_map *map;

	*point = (struct pinion_map_point){ .value = value };
	if (!id)
		return value ? -EINVAL : 0;
	rcu_read_lock();
	map = xa_load(&vm->timelines, id);
	if (map && !refcount_inc_not_zero(&map->users))
		map = NULL;
	rcu_read_unlock();
	point->map = map;
	return map ? 0 : -ENOENT;
}

/**
 * pinion_timelines_notice() - notice what jobs of user-mode queues have raised, and wake waiters
 * @vm: address space of the jobs
 */
void pinion_timelines_notice(struct pinion_gpuvm *vm)
{
	struct pinion_timeline_map *hint;
	struct pinion_map_point point;
	unsigned long id;

	xa_for_each(&vm->timelines, id, hint) {
		if (pinion_timeline_use_point(vm, id, 0, &point))
			continue;
		pinion_timeline_raise(point.map->tl, 0);
		pinion_timeline_unuse(point.map);
		cond_resched();
	}
	spin_lock(&vm->dying_lock);
	list_for_each_entry(hint, &vm->dying, dying)
		pinion_timeline_raise(hint->tl, 0);
	spin_unlock(&vm->dying_lock);
}

/**
 * pinion_timelines_release() - free all maps of an address space that ends
 * @vm: address space without queues, unknown to the card
 */
void pinion_timelines_release(struct pinion_gpuvm *vm)
{
	struct pinion_timeline_map *map, *next;
	unsigned long id;

	/* One by one, for xa_destroy() frees all that the array consists of with interrupts off. */
	list_for_each_entry_safe(map, next, &vm->dying, dying) {
		/* xa_for_each() passes over the NULL entry that kept the id taken. */
		xa_erase(&vm->timelines, map->id);
		map_free(vm, map);
		cond_resched();
	}
	xa_for_each(&vm->timelines, id, map) {
		xa_erase(&vm->timelines, id);
		map_free(vm, map);
		cond_resched();
	}
}

/**
 * pinion_timelines_unmap_all() - end the DMA mappings of all timelines
 * @pdev: device, stopped and unplugged
 */
void pinion_timelines_unmap_all(struct pinion_card *pdev)
{
	struct pinion_timeline_map *map, *next;

	mutex_lock(&pdev->timelines_lock);
	list_for_each_entry_safe(map, next, &pdev->timelines, link)
		unmap_dma_locked(map);
	mutex_unlock(&pdev->timelines_lock);
}
