// SPDX-License-Identifier: GPL-2.0
/* Timelines that are raised when fences of any driver signal. */
#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/sync_file.h>

#include "pinion_import.h"
#include "pinion_import_raise.h"
#include "pinion_timeline.h"

/**
 * struct import_timeline - a value that a timeline is raised to when a fence signals
 * @base: import of the fence
 * @tl: timeline that is raised, referenced
 * @value: value that @tl is raised to
 */
struct import_timeline {
	struct pinion_import base;
	struct pinion_timeline_page *tl;
	u64 value;
};

static struct import_timeline *to_timeline(struct pinion_import *import)
{
	return container_of(import, struct import_timeline, base);
}

static void import_signalled(struct pinion_import *import)
{
	struct import_timeline *it = to_timeline(import);

	pinion_timeline_raise(it->tl, it->value);
}

static void import_free(struct pinion_import *import)
{
	struct import_timeline *it = to_timeline(import);

	pinion_timeline_put(it->tl);
	kfree(it);
}

static const struct pinion_import_ops import_ops = {
	.signalled = import_signalled,
	.free = import_free,
};

static int import_fence(struct pinion_imports *imports, struct pinion_timeline_page *tl,
			struct dma_fence *fence, u64 value)
{
	struct import_timeline *it = kzalloc(sizeof(*it), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!it)
		return -ENOMEM;
	it->base.ops = &import_ops;
	it->base.bytes = sizeof(*it);
	it->tl = pinion_timeline_get(tl);
	it->value = value;
	ret = pinion_import_add(imports, &it->base, tl->budget, fence);
	if (ret)
		import_free(&it->base);
	return ret;
}

/**
 * pinion_import_raise() - raise a timeline when a sync_file signals
 * @imports: imports of the timeline's file
 * @tl: timeline
 * @fd: file descriptor of the sync_file
 * @value: value that @tl is raised to
 *
 * Fences that signal after pinion_imports_end() do not raise the timeline.
 * Return: 0; -EBADF: not a sync_file; -EBUSY: the file has too many imports; -EDQUOT: over a limit;
 * -ENOMEM.
 */
int pinion_import_raise(struct pinion_imports *imports, struct pinion_timeline_page *tl, int fd,
			u64 value)
{
	struct dma_fence *fence = sync_file_get_fence(fd);
	int ret = 0;

	if (!fence)
		return -EBADF;
	if (dma_fence_is_signaled(fence))
		pinion_timeline_raise(tl, value);
	else
		ret = import_fence(imports, tl, fence, value);
	dma_fence_put(fence);
	return ret;
}
