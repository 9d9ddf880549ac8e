// SPDX-License-Identifier: GPL-2.0
/* debugfs: log and heartbeat of the firmware, the state of device memory and of queues. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "pinion_clear.h"
#include "pinion_debugfs.h"
#include "pinion_device.h"
#include "pinion_fw_crash.h"
#include "pinion_gate.h"
#include "pinion_io.h"
#include "pinion_queue_show.h"
#include "pinion_regs.h"
#include "pinion_sched.h"
#include "pinion_vram.h"

/* The card wrote the log, so it may hold any byte: replace what is not printable. */
static void log_put(struct seq_file *m, char c)
{
	seq_putc(m, c == '\n' || (c >= ' ' && c <= '~') ? c : '?');
}

static int log_read(struct pinion_card *pdev, struct seq_file *m)
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
	struct pinion_card *pdev = m->private;
	int ret, idx;

	if (!pinion_enter(pdev, &idx))
		return -ENODEV;
	ret = log_read(pdev, m);
	pinion_exit(pdev, idx);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(fw_log);

static int fw_crash_show(struct seq_file *m, void *unused)
{
	pinion_fw_show_crash(m->private, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fw_crash);

static int heartbeat_show(struct seq_file *m, void *unused)
{
	struct pinion_card *pdev = m->private;
	int idx;

	if (!pinion_enter(pdev, &idx))
		return -ENODEV;
	seq_printf(m, "%u\n", pinion_read(pdev, PINION_REG_FW_HEARTBEAT));
	pinion_exit(pdev, idx);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(heartbeat);

static int memory_show(struct seq_file *m, void *unused)
{
	struct pinion_card *pdev = m->private;

	pinion_vram_show(pdev, m);
	pinion_clear_show(pdev, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(memory);

static int users_show(struct seq_file *m, void *unused)
{
	return pinion_sched_show(m->private, m);
}
DEFINE_SHOW_ATTRIBUTE(users);

static int queues_show(struct seq_file *m, void *unused)
{
	pinion_queues_show(m->private, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

/**
 * pinion_debugfs_init() - add the driver's files to the debugfs folder of the device
 * @pdev: registered device; the DRM core removes the files with it
 */
void pinion_debugfs_init(struct pinion_card *pdev)
{
	struct dentry *root = pdev->drm.debugfs_root;

	debugfs_create_file("fw_log", 0400, root, pdev, &fw_log_fops);
	debugfs_create_file("fw_crash", 0400, root, pdev, &fw_crash_fops);
	debugfs_create_file("heartbeat", 0400, root, pdev, &heartbeat_fops);
	debugfs_create_file("memory", 0400, root, pdev, &memory_fops);
	debugfs_create_file("users", 0400, root, pdev, &users_fops);
	debugfs_create_file("queues", 0400, root, pdev, &queues_fops);
}
