/* SPDX-License-Identifier: GPL-2.0 */
/* Points of timelines as sync_files. */
#ifndef PINION_FENCE_H
#define PINION_FENCE_H

#include <linux/types.h>

struct file;
struct pinion_timeline_page;

int pinion_fence_limit_job(struct pinion_timeline_page *tl, u64 value);
struct file *pinion_fence_export(struct file *file, struct pinion_timeline_page *tl, u64 value,
				 u32 timeout_ms);

#endif /* PINION_FENCE_H */
