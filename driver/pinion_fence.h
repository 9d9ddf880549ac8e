/* SPDX-License-Identifier: GPL-2.0 */
/* Conversion between points of timelines and sync_files. */
#ifndef PINION_FENCE_H
#define PINION_FENCE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct file;
struct pinion_timeline_page;

/**
 * struct pinion_imports - fences that will raise a timeline, imported through one of its files
 * @lock: protects @list and @count
 * @list: struct pinion_import whose fences have not signalled yet
 * @count: number of entries in @list
 */
struct pinion_imports {
	spinlock_t lock;
	struct list_head list;
	u32 count;
};

struct file *pinion_fence_export(struct file *file, struct pinion_timeline_page *tl, u64 value,
				 u32 timeout_ms);
void pinion_fence_imports_init(struct pinion_imports *imports);
int pinion_fence_import(struct pinion_imports *imports, struct pinion_timeline_page *tl, int fd,
			u64 value);
void pinion_fence_imports_end(struct pinion_imports *imports);
int pinion_fence_init(void);
void pinion_fence_exit(void);

#endif /* PINION_FENCE_H */
