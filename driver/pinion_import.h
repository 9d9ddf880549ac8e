/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that are called when fences of any driver signal. */
#ifndef PINION_IMPORT_H
#define PINION_IMPORT_H

#include <linux/list.h>
#include <linux/types.h>

struct dma_fence;
struct import_source;
struct pinion_budget;
struct pinion_import;

/**
 * struct pinion_imports - imports of one owner, such as a file of a timeline
 * @list: struct pinion_import whose fences have not signalled yet
 * @count: number of entries in @list
 *
 * One lock of pinion_import.c protects the imports of all owners.
 */
struct pinion_imports {
	struct list_head list;
	u32 count;
};

/**
 * struct pinion_import_ops - what becomes of an import
 * @signalled: called once if the fence has signalled, with or without an error, in a work item and
 *	inside dma_fence_begin_signalling(): allocates no memory
 * @free: called last, in process context, also if the import was dropped before
 */
struct pinion_import_ops {
	void (*signalled)(struct pinion_import *import);
	void (*free)(struct pinion_import *import);
};

/**
 * struct pinion_import - a fence that an owner waits for; part of a struct of the owner
 * @ops: functions of the owner
 * @bytes: size of the struct of the owner, which is charged to @budget
 * @link: entry in import_source.imports
 * @of_owner: entry in pinion_imports.list
 * @source: the fence, and all imports of it
 * @imports: all imports of the owner
 * @budget: budget that the import is charged to, referenced
 */
struct pinion_import {
	const struct pinion_import_ops *ops;
	size_t bytes;
	struct list_head link;
	struct list_head of_owner;
	struct import_source *source;
	struct pinion_imports *imports;
	struct pinion_budget *budget;
};

void pinion_imports_init(struct pinion_imports *imports);
int pinion_import_add(struct pinion_imports *imports, struct pinion_import *import,
		      struct pinion_budget *budget, struct dma_fence *fence);
void pinion_imports_end(struct pinion_imports *imports);

#endif /* PINION_IMPORT_H */
