/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines that are raised when fences of any driver signal. */
#ifndef PINION_IMPORT_H
#define PINION_IMPORT_H

#include <linux/list.h>
#include <linux/types.h>

struct pinion_timeline_page;

/**
 * struct pinion_imports - imports made through one file of a timeline
 * @list: struct pinion_import whose timelines have not been raised yet
 * @count: number of entries in @list
 *
 * One lock of pinion_import.c protects the imports of all files.
 */
struct pinion_imports {
	struct list_head list;
	u32 count;
};

void pinion_imports_init(struct pinion_imports *imports);
int pinion_import(struct pinion_imports *imports, struct pinion_timeline_page *tl, int fd,
		  u64 value);
void pinion_imports_end(struct pinion_imports *imports);

#endif /* PINION_IMPORT_H */
