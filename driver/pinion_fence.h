/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines and the fences of other drivers. */
#ifndef PINION_FENCE_H
#define PINION_FENCE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct file;
struct pinion_timeline;

/**
 * struct pinion_imports - what raises a timeline, through one of its files
 * @lock: protects @list and @count
 * @list: struct pinion_import whose fences have not signalled
 * @count: of them
 */
struct pinion_imports {
	spinlock_t lock;
	struct list_head list;
	u32 count;
};

struct file *pinion_fence_export(struct file *file, struct pinion_timeline *tl, u64 value,
				 u32 timeout_ms);
void pinion_fence_imports_init(struct pinion_imports *imports);
int pinion_fence_import(struct pinion_imports *imports, struct pinion_timeline *tl, int fd,
			u64 value);
void pinion_fence_imports_end(struct pinion_imports *imports);
int pinion_fence_init(void);
void pinion_fence_exit(void);

#endif /* PINION_FENCE_H */
