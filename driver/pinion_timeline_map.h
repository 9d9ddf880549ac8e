/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines in address spaces. */
#ifndef PINION_TIMELINE_MAP_H
#define PINION_TIMELINE_MAP_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct pinion_card;
struct pinion_timeline_page;
struct pinion_gpuvm;

/**
 * struct pinion_timeline_map - a timeline in an address space
 * @users: references of the address space and of each job in flight that uses the timeline
 * @tl: the timeline, referenced
 * @pdev: device of the address space
 * @id: index in pinion_gpuvm.timelines, where the entry of a hidden timeline is NULL
 * @dma: DMA address of the page
 * @link: entry in pinion_card.timelines while @dma is mapped
 * @dying: entry in pinion_gpuvm.dying once the id is removed
 * @rcu: defers the free, as jobs look up maps without a lock
 */
struct pinion_timeline_map {
	refcount_t users;
	struct pinion_timeline_page *tl;
	struct pinion_card *pdev;
	u32 id;
	dma_addr_t dma;
	struct list_head link;
	struct list_head dying;
	struct rcu_head rcu;
};

/**
 * struct pinion_map_point - a value of a timeline, to be waited for or raised by a job
 * @map: map of the timeline, in use by the job; NULL: no point
 * @value: value to be reached
 */
struct pinion_map_point {
	struct pinion_timeline_map *map;
	u64 value;
};

int pinion_timeline_attach(struct pinion_gpuvm *vm, struct pinion_timeline_page *tl);
struct pinion_timeline_map *pinion_timeline_attach_hidden(struct pinion_gpuvm *vm,
							  struct pinion_timeline_page *tl);
void pinion_timeline_detach_hidden(struct pinion_gpuvm *vm, struct pinion_timeline_map *map);
int pinion_timeline_detach(struct pinion_gpuvm *vm, u32 id);
int pinion_timeline_use_point(struct pinion_gpuvm *vm, u32 id, u64 value,
			      struct pinion_map_point *point);
u64 pinion_timeline_get_va(const struct pinion_timeline_map *map);
void pinion_timelines_notice(struct pinion_gpuvm *vm);
void pinion_timelines_release(struct pinion_gpuvm *vm);
void pinion_timelines_unmap_all(struct pinion_card *pdev);

/**
 * pinion_timeline_unuse() - end the use of a timeline by a job
 * @map: map in pinion_map_point.map, as pinion_timeline_use_point() returned it
 */
static inline void pinion_timeline_unuse(struct pinion_timeline_map *map)
{
	refcount_dec(&map->users);
}

#endif /* PINION_TIMELINE_MAP_H */
