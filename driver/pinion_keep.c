// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps what programs have in device memory while the card loses its power. Before, the card copies
 * each buffer into a file of its own in shmem, which can be swapped out and is part of the image
 * of a hibernation. Afterwards the card copies the files back. Page tables are not copied: the
 * driver writes them anew with each restart of the card.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>

#include "pinion_bo.h"
#include "pinion_clear.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_keep.h"
#include "pinion_vram.h"

/* The buffer that follows @bo in the list, with a reference. Drops the reference to @bo. */
static struct pinion_bo *keep_next(struct pinion_card *pdev, struct pinion_bo *bo)
{
	struct list_head *at = bo ? &bo->link : &pdev->device_bos;
	struct pinion_bo *next = NULL;

	mutex_lock(&pdev->device_bos_lock);
	for (at = at->next; at != &pdev->device_bos && !next; at = at->next) {
		next = list_entry(at, struct pinion_bo, link);
		if (!kref_get_unless_zero(&next->shmem.base.refcount))
			next = NULL;
	}
	mutex_unlock(&pdev->device_bos_lock);
	if (bo)
		drm_gem_object_put(&bo->shmem.base);
	return next;
}

/* Call a function for each buffer in device memory until it returns an error. */
static int keep_for_each(struct pinion_card *pdev, int (*step)(struct pinion_bo *bo))
{
	struct pinion_bo *bo = NULL;
	int ret;

	device_lock_assert(pdev->drm.dev);
	while ((bo = keep_next(pdev, bo))) {
		ret = step(bo);
		if (ret) {
			drm_gem_object_put(&bo->shmem.base);
			return ret;
		}
	}
	return 0;
}

/* Write to the copy of a buffer. Pages that are zero stay holes of the file. */
static int keep_write(struct pinion_bo *bo, const void *from, u64 bytes, loff_t offset)
{
	ssize_t n;
	u64 i;

	for (i = 0; i < bytes; i += SZ_4K, offset += n) {
		n = SZ_4K;
		if (memchr_inv(from + i, 0, SZ_4K))
			n = kernel_write(bo->copy, from + i, SZ_4K, &(loff_t){ offset });
		if (n != SZ_4K)
			return n < 0 ? n : -ENOMEM;
	}
	return 0;
}

static int keep_read(struct pinion_bo *bo, void *to, u64 bytes, loff_t offset)
{
	ssize_t n;

	for (; bytes; bytes -= n, to += n) {
		n = kernel_read(bo->copy, to, bytes, &offset);
		if (n <= 0)
			return n ? n : -EIO;
	}
	return 0;
}

/* Copy a run of a buffer, whose first byte is at @offset in the buffer. */
static int keep_move(struct pinion_bo *bo, struct pinion_run run, u64 offset, bool out)
{
	struct pinion_card *pdev = to_pinion(bo->shmem.base.dev);
	void *stage = pdev->clear.stage;
	int ret = out ? 0 : keep_read(bo, stage, run.bytes, offset);

	if (!ret)
		ret = pinion_clear_copy(pdev, run.addr, run.bytes, out);
	return ret || !out ? ret : keep_write(bo, stage, run.bytes, offset);
}

static int keep_move_all(struct pinion_bo *bo, bool out)
{
	u64 offset, size = bo->shmem.base.size;
	struct pinion_bo_iter it;
	struct pinion_run run;
	int ret = 0;

	pinion_bo_iter_init(&it, bo, 0);
	for (offset = 0; offset < size && !ret; offset += run.bytes) {
		run = pinion_bo_iter_next(&it, PINION_STAGE_BYTES);
		ret = keep_move(bo, run, offset, out);
		cond_resched();
	}
	return ret;
}

static int keep_drop(struct pinion_bo *bo)
{
	if (bo->copy)
		fput(bo->copy);
	bo->copy = NULL;
	return 0;
}

static int keep_save(struct pinion_bo *bo)
{
	struct file *file;

	keep_drop(bo);
	file = shmem_kernel_file_setup(PINION_NAME, bo->shmem.base.size, PINION_NORESERVE);
	if (IS_ERR(file))
		return PTR_ERR(file);
	bo->copy = file;
	return keep_move_all(bo, true);
}

/* A buffer without a copy was made after the others were saved, so its content is not lost. */
static int keep_restore(struct pinion_bo *bo)
{
	return bo->copy ? keep_move_all(bo, false) : 0;
}

/**
 * pinion_keep_is_needed() - check whether programs have anything in device memory
 * @pdev: device with a closed gate
 * Return: false: nothing has to be kept.
 */
bool pinion_keep_is_needed(struct pinion_card *pdev)
{
	bool needed;

	mutex_lock(&pdev->device_bos_lock);
	needed = !list_empty(&pdev->device_bos);
	mutex_unlock(&pdev->device_bos_lock);
	return needed;
}

/**
 * pinion_keep_save() - copy the content of all buffers in device memory to host memory
 * @pdev: device whose own queue works, with a closed gate; the caller holds device_lock()
 * Return: 0; -ENOMEM: too little host memory; -EINTR: the task was killed; -EAGAIN, -EIO, -ENODEV:
 * the card failed.
 */
int pinion_keep_save(struct pinion_card *pdev)
{
	int ret = keep_for_each(pdev, keep_save);

	if (ret)
		pinion_keep_drop(pdev);
	return ret;
}

/**
 * pinion_keep_restore() - copy the content of all buffers back, if there are copies
 * @pdev: device whose own queue works, with a closed gate; the caller holds device_lock()
 *
 * The copies stay, in case that the card has to be started once more.
 * Return: 0; -EAGAIN, -EIO, -ENODEV: the card failed; -ENOMEM: too little memory to swap in.
 */
int pinion_keep_restore(struct pinion_card *pdev)
{
	if (!pdev->kept)
		return 0;
	pinion_vram_forget(pdev);
	return keep_for_each(pdev, keep_restore);
}

/**
 * pinion_keep_drop() - free the copies, which are not needed any more
 * @pdev: device; the caller holds device_lock()
 */
void pinion_keep_drop(struct pinion_card *pdev)
{
	pdev->kept = false;
	keep_for_each(pdev, keep_drop);
}
