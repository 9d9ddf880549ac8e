// SPDX-License-Identifier: GPL-2.0
/* debugfs: the firmware's log and heartbeat, and what of device memory is zero. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "pinion_clear.h"
#include "pinion_debugfs.h"
#include "pinion_device.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_vram.h"

/* The log is the card's: print what can be printed. */
static void log_put(struct seq_file *m, char c)
{
	seq_putc(m, c == '\n' || (c >= ' ' && c <= '~') ? c : '?');
}

static int log_read(struct pinion_device *pdev, struct seq_file *m)
{
	char *ring = kmalloc(PINION_LOG_SIZE, GFP_KERNEL);
	u32 tail, at;

	if (!ring)
		return -ENOMEM;
	tail = pinion_read(pdev, PINION_REG_LOG_TAIL);
	pinion_read_words(pdev, PINION_SRAM_OFFSET + PINION_SRAM_LOG, ring, PINION_LOG_SIZE);
	for (at = tail > PINION_LOG_SIZE ? tail - PINION_LOG_SIZE : 0; at != tail; at++)
		log_put(m, ring[at % PINION_LOG_SIZE]);
	kfree(ring);
	return 0;
}

static int fw_log_show(struct seq_file *m, void *unused)
{
	struct pinion_device *pdev = m->private;
	int ret, idx;

	if (!drm_dev_enter(&pdev->drm, &idx))
		return -ENODEV;
	ret = log_read(pdev, m);
	drm_dev_exit(idx);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(fw_log);

static int heartbeat_show(struct seq_file *m, void *unused)
{
	struct pinion_device *pdev = m->private;
	int idx;

	if (!drm_dev_enter(&pdev->drm, &idx))
		return -ENODEV;
	seq_printf(m, "%u\n", pinion_read(pdev, PINION_REG_FW_HEARTBEAT));
	drm_dev_exit(idx);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(heartbeat);

static int memory_show(struct seq_file *m, void *unused)
{
	struct pinion_device *pdev = m->private;

	pinion_vram_show(pdev, m);
	pinion_clear_show(pdev, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(memory);

/**
 * pinion_debugfs_init() - add our files to the device's folder
 * @pdev: device, registered; the DRM core removes them
 */
void pinion_debugfs_init(struct pinion_device *pdev)
{
	struct dentry *root = pdev->drm.debugfs_root;

	debugfs_create_file("fw_log", 0400, root, pdev, &fw_log_fops);
	debugfs_create_file("heartbeat", 0400, root, pdev, &heartbeat_fops);
	debugfs_create_file("memory", 0400, root, pdev, &memory_fops);
}
