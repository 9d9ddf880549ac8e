// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: imported fences
 *
 * An import calls a function when a fence of any driver has signalled: the function raises a
 * timeline (pinion_import_raise.c), or lets a job or a bind go on (pinion_await.c). A fence runs
 * all its callbacks with interrupts off, and processes may import one fence as often as they like.
 * So the driver has a single callback on each fence, that of a struct import_source. The callback
 * queues a work item, which ends all imports of the fence, one after the other and with interrupts
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

/* What an import is charged for, beside its own size: it may be the only one of its fence. */
#define SOURCE_BYTES sizeof(struct import_source)

static void import_free(struct pinion_import *import)
{
	pinion_uncharge(import->budget, PINION_USE_WAIT, import->bytes, 0);
	pinion_budget_put(import->budget);
	import->ops->free(import);
}

/* Remove an import from its source and its owner, so that the caller alone knows it. */
static void import_unlink(struct pinion_import *import)
{
	lockdep_assert_held(&import_lock);
	list_del(&import->link);
	list_del(&import->of_owner);
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
		import->ops->signalled(import);
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

static struct import_source *source_new(struct dma_fence *fence)
{
	struct import_source *source = kzalloc(sizeof(*source), GFP_KERNEL_ACCOUNT);

	if (!source)
		return NULL;
	source->fence = dma_fence_get(fence);
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
 * Add an import to its owner and to the source of its fence. If @fresh becomes that source, the
 * caller's pointer to it is set to NULL. Return: 0; -EBUSY: the owner has too many imports.
 */
static int import_link(struct pinion_imports *imports, struct pinion_import *import,
		       struct import_source **fresh)
{
	lockdep_assert_held(&import_lock);
	if (imports->count >= PINION_TIMELINE_WAITERS)
		return -EBUSY;
	import->imports = imports;
	import->source = source_share(*fresh);
	list_add_tail(&import->link, &import->source->imports);
	list_add(&import->of_owner, &imports->list);
	imports->count++;
	if (import->source == *fresh)
		*fresh = NULL;
	return 0;
}

/**
 * pinion_imports_init() - begin without imports
 * @imports: imports of an owner
 */
void pinion_imports_init(struct pinion_imports *imports)
{
	INIT_LIST_HEAD(&imports->list);
	imports->count = 0;
}

static int import_begin(struct pinion_imports *imports, struct pinion_import *import,
			struct dma_fence *fence)
{
	struct import_source *fresh = source_new(fence);
	int ret;

	if (!fresh)
		return -ENOMEM;
	spin_lock(&import_lock);
	ret = import_link(imports, import, &fresh);
	spin_unlock(&import_lock);
	if (fresh)
		source_free(fresh);
	return ret;
}

/**
 * pinion_import_add() - have a function called when a fence has signalled
 * @imports: imports of the owner
 * @import: the import, with its @ops and its size @bytes set; belongs to @imports if 0 is returned
 * @budget: budget to charge
 * @fence: the fence, which may have signalled already
 * Return: 0; -EBUSY: the owner has too many imports; -EDQUOT: over a limit; -ENOMEM.
 */
int pinion_import_add(struct pinion_imports *imports, struct pinion_import *import,
		      struct pinion_budget *budget, struct dma_fence *fence)
{
	int ret;

	import->bytes += SOURCE_BYTES;
	ret = pinion_charge(budget, PINION_USE_WAIT, import->bytes, 0);
	if (ret)
		return ret;
	import->budget = pinion_budget_get(budget);
	ret = import_begin(imports, import, fence);
	if (ret) {
		pinion_uncharge(budget, PINION_USE_WAIT, import->bytes, 0);
		pinion_budget_put(budget);
	}
	return ret;
}

/* Remove an import of an owner, and its source if it has no other. Return: false if none is left.
 */
static bool imports_drop(struct pinion_imports *imports)
{
	struct import_source *source = NULL;
	struct pinion_import *import;

	spin_lock(&import_lock);
	import = list_first_entry_or_null(&imports->list, struct pinion_import, of_owner);
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
 * pinion_imports_end() - drop all imports of an owner that goes
 * @imports: imports of the owner
 *
 * No pinion_import_ops.signalled begins for them any more, but one that has begun may be under way.
 */
void pinion_imports_end(struct pinion_imports *imports)
{
	while (imports_drop(imports))
		cond_resched();
}
