// SPDX-License-Identifier: GPL-2.0
/* What programs can learn about the card, and how structs that may grow are copied to them. */
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_info.h"
#include "pinion_regs.h"
#include "pinion_vram.h"

/**
 * pinion_copy_info() - copy a struct that may grow to user space
 * @pointer: user address of the program's struct; 0: the program asks for the size only
 * @size: in: size of the program's struct; out: size of the driver's struct
 * @info: the driver's struct
 * @bytes: size of the driver's struct
 *
 * If the program's struct is smaller, it gets the first members; if it is larger, the rest of it
 * is zeroed.
 * Return: 0, -EINVAL or -EFAULT.
 */
int pinion_copy_info(u64 pointer, u32 *size, const void *info, u32 bytes)
{
	void __user *to = u64_to_user_ptr(pointer);
	u32 theirs = *size;

	if (pointer && theirs > PAGE_SIZE)
		return -EINVAL;
	*size = bytes;
	if (!pointer)
		return 0;
	if (copy_to_user(to, info, min(theirs, bytes)))
		return -EFAULT;
	if (theirs > bytes && clear_user(to + bytes, theirs - bytes))
		return -EFAULT;
	return 0;
}

/**
 * pinion_ioctl_dev_query() - DRM_IOCTL_PINION_DEV_QUERY
 * @drm: device
 * @data: the ioctl's struct drm_pinion_dev_query
 * @file: open file
 * Return: 0, -EINVAL or -EFAULT.
 */
int pinion_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct pinion_card *pdev = to_pinion(drm);
	struct drm_pinion_dev_query *args = data;
	struct drm_pinion_dev_info info = {
		.contract = pdev->info.contract,
		.fw_version = pdev->fw_version,
		.caps = pdev->info.caps,
		.serial = pdev->info.serial,
		.memory_bytes = pdev->info.memory,
		.memory_free = pinion_vram_available(pdev),
		.window_bytes = pdev->info.window,
		.time_freq = pdev->info.time_freq,
		.va_start = PINION_VA_START,
		.va_end = PINION_VA_END,
		.cores = pdev->info.cores,
		.scratchpad_bytes = pdev->info.scratchpad,
		.queues = pdev->info.queues,
		.max_entries = PINION_RING_MAX,
		.page_bytes = SZ_4K,
	};

	if (args->pad)
		return -EINVAL;
	return pinion_copy_info(args->pointer, &args->size, &info, sizeof(info));
}
