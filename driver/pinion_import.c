// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: imported fences
 *
 * An import raises a timeline when a fence of any driver signals. A fence runs all its callbacks
 * with interrupts off, and processes may import one fence as often as they like. So the driver has
 * a single callback on each fence, that of a struct import_source. The callback queues a work item,
 * which raises the timelines of all imports of the fence, one after the other and with interrupts
 * on in between.
 *
 * The work item also keeps the locks of timelines out of a circle. The fence may be one that the
 * driver exported. Such a fence signals under the lock of its own timeline, under which the
 * callback could not take the lock of another.
 */
#include <linux/dma-fence.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sync_file.h>
#include <linux/workqueue.h>

#include "pinion_accel.h"
#include "pinion_import.h"
#include "pinion_limits.h"
#include "pinion_timeline.h"

/**
 * struct import_source - an imported fence
 * @node: node in import_sources
 * @fence: the fence, referenced
 * @cb: callback of @fence
 * @work: work item that ends all imports of @fence; frees the source if @cb was called
 * @imports: struct pinion_import of this fence, in the order in which they were made
 */
struct import_source {
	struct rb_node node;
	struct dma_fence *fence;
	struct dma_fence_cb cb;
	struct work_struct work;
	struct list_head imports;
};

/**
 * struct pinion_import - a value that a timeline is raised to when a fence signals
 * @link: entry in import_source.imports
 * @of_file: entry in pinion_imports.list
 * @source: fence that raises @tl when it signals
 * @imports: imports of the file through which this one was made
 * @tl: timeline that is raised, referenced
 * @value: value that @tl is raised to
 */
struct pinion_import {
	struct list_head link;
	struct list_head of_file;
	struct import_source *source;
	struct pinion_imports *imports;
	struct pinion_timeline_page *tl;
	u64 value;
};

/* Protects import_sources, the imports of each source and those of each file. */
static DEFINE_SPINLOCK(import_lock);

/* Sources by the address of their fence. */
static struct rb_root import_sources = RB_ROOT;

static int source_compare(struct rb_node *node, const struct rb_node *other)
{
	const struct dma_fence *a = rb_entry(node, struct import_source, node)->fence;
	const struct dma_fence *b = rb_entry(other, struct import_source, node)->fence;

	return a < b ? -1 : a > b;
}

static void source_free(struct import_source *source)
{
	dma_fence_put(source->fence);
	kfree(source);
}

/* What an import is charged for: it may be the only one of its fence. */
#define IMPORT_BYTES (sizeof(struct pinion_import) + sizeof(struct import_source))

static void import_free(struct pinion_import *import)
{
	pinion_uncharge(import->tl->budget, PINION_USE_WAIT, IMPORT_BYTES, 0);
	pinion_timeline_put(import->tl);
	kfree(import);
}

/* Remove an import from its source and its file, so that the caller alone knows it. */
static void import_unlink(struct pinion_import *import)
{
	lockdep_assert_held(&import_lock);
	list_del(&import->link);
	list_del(&import->of_file);
	import->imports->count--;
}

/* Take an import of a source. Without one, the source is removed, and NULL returned. */
static struct pinion_import *source_take(struct import_source *source)
{
	struct pinion_import *import;

	spin_lock(&import_lock);
	import = list_first_entry_or_null(&source->imports, struct pinion_import, link);
	if (import)
		import_unlink(import);
	else
		rb_erase(&source->node, &import_sources);
	spin_unlock(&import_lock);
	return import;
}

/*
 * The fence has signalled, with or without an error: end an import. The work is queued anew for the
 * next import, so that other work gets a turn.
 */
static void source_end(struct work_struct *work)
{
	struct import_source *source = container_of(work, struct import_source, work);
	bool cookie = dma_fence_begin_signalling();
	struct pinion_import *import;

	import = source_take(source);
	if (import) {
		pinion_timeline_raise(import->tl, import->value);
		queue_work(pinion_signal_wq, work);
	}
	dma_fence_end_signalling(cookie);
	if (import)
		import_free(import);
	else
		source_free(source);
}

static void source_signalled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	queue_work(pinion_signal_wq, &container_of(cb, struct import_source, cb)->work);
}

static struct import_source *source_new(int fd)
{
	struct import_source *source = kzalloc(sizeof(*source), GFP_KERNEL_ACCOUNT);

	if (!source)
		return ERR_PTR(-ENOMEM);
	source->fence = sync_file_get_fence(fd);
	if (!source->fence) {
		kfree(source);
		return ERR_PTR(-EBADF);
	}
	INIT_WORK(&source->work, source_end);
	INIT_LIST_HEAD(&source->imports);
	return source;
}

/*
 * Find the source of the same fence as @fresh; without one, @fresh becomes the source. A work item
 * ends the imports of a fence that has signalled already, too.
 */
static struct import_source *source_share(struct import_source *fresh)
{
	struct rb_node *found;

	lockdep_assert_held(&import_lock);
	found = rb_find_add(&fresh->node, &import_sources, source_compare);
	if (found)
		return rb_entry(found, struct import_source, node);
	if (dma_fence_add_callback(fresh->fence, &fresh->cb, source_signalled))
		queue_work(pinion_signal_wq, &fresh->work);
	return fresh;
}

/*
 * Add an import to its file and to the source of its fence. If @fresh becomes that source, the
 * caller's pointer to it is set to NULL. Return: 0; -EBUSY: the file has too many imports.
 */
static int import_begin(struct pinion_import *import, struct import_source **fresh)
{
	struct pinion_imports *imports = import->imports;

	lockdep_assert_held(&import_lock);
	if (imports->count >= PINION_TIMELINE_WAITERS)
		return -EBUSY;
	import->source = source_share(*fresh);
	list_add_tail(&import->link, &import->source->imports);
	list_add(&import->of_file, &imports->list);
	imports->count++;
	if (import->source == *fresh)
		*fresh = NULL;
	return 0;
}

static struct pinion_import *import_new(struct pinion_imports *imports,
					struct pinion_timeline_page *tl, u64 value)
{
	struct pinion_import *import;
	int ret = pinion_charge(tl->budget, PINION_USE_WAIT, IMPORT_BYTES, 0);

	if (ret)
		return ERR_PTR(ret);
	import = kzalloc(sizeof(*import), GFP_KERNEL_ACCOUNT);
	if (!import) {
		pinion_uncharge(tl->budget, PINION_USE_WAIT, IMPORT_BYTES, 0);
		return ERR_PTR(-ENOMEM);
	}
	import->imports = imports;
	import->tl = pinion_timeline_get(tl);
	import->value = value;
	return import;
}

static int import_fence(struct pinion_imports *imports, struct pinion_timeline_page *tl,
			struct import_source **fresh, u64 value)
{
	struct pinion_import *import = import_new(imports, tl, value);
	int ret;

	if (IS_ERR(import))
		return PTR_ERR(import);
	spin_lock(&import_lock);
	ret = import_begin(import, fresh);
	spin_unlock(&import_lock);
	if (ret)
		import_free(import);
	return ret;
}

/**
 * pinion_imports_init() - begin without imports
 * @imports: imports of a file of a timeline
 */
void pinion_imports_init(struct pinion_imports *imports)
{
	INIT_LIST_HEAD(&imports->list);
}

/**
 * pinion_import() - raise a timeline when a sync_file signals
 * @imports: imports of the timeline's file
 * @tl: timeline
 * @fd: file descriptor of the sync_file
 * @value: value that @tl is raised to
 * Return: 0; -EBADF: not a sync_file; -EBUSY: the file has too many imports; -EDQUOT: over a limit;
 * -ENOMEM.
 */
int pinion_import(struct pinion_imports *imports, struct pinion_timeline_page *tl, int fd,
		  u64 value)
{
	struct import_source *source = source_new(fd);
	int ret = 0;

	if (IS_ERR(source))
		return PTR_ERR(source);
	if (dma_fence_is_signaled(source->fence))
		pinion_timeline_raise(tl, value);
	else
		ret = import_fence(imports, tl, &source, value);
	if (source)
		source_free(source);
	return ret;
}

/* Remove an import of a file, and its source if it has no other. Return: false if none is left. */
static bool imports_drop(struct pinion_imports *imports)
{
	struct import_source *source = NULL;
	struct pinion_import *import;

	spin_lock(&import_lock);
	import = list_first_entry_or_null(&imports->list, struct pinion_import, of_file);
	if (import) {
		import_unlink(import);
		source = import->source;
		/* Once the callback was called, the source belongs to its work item. */
		if (list_empty(&source->imports) &&
		    dma_fence_remove_callback(source->fence, &source->cb))
			rb_erase(&source->node, &import_sources);
		else
			source = NULL;
	}
	spin_unlock(&import_lock);
	if (source)
		source_free(source);
	if (import)
		import_free(import);
	return import;
}

/**
 * pinion_imports_end() - end all imports of a file that is released
 * @imports: imports of the file
 *
 * Fences that signal afterwards do not raise the timeline.
 */
void pinion_imports_end(struct pinion_imports *imports)
{
	while (imports_drop(imports))
		cond_resched();
}
