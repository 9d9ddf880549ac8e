// SPDX-License-Identifier: GPL-2.0
/* The module, its PCI driver and the DRM device: probe, removal and shutdown. */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "pinion_bo.h"
#include "pinion_bus.h"
#include "pinion_clear.h"
#include "pinion_compat.h"
#include "pinion_debugfs.h"
#include "pinion_device.h"
#include "pinion_dmabuf.h"
#include "pinion_dump_work.h"
#include "pinion_file.h"
#include "pinion_fw.h"
#include "pinion_fw_minimum.h"
#include "pinion_fw_upload.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_ioctl.h"
#include "pinion_irq.h"
#include "pinion_limits.h"
#include "pinion_limits_sysfs.h"
#include "pinion_mbox.h"
#include "pinion_queue.h"
#include "pinion_recover.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"
#include "pinion_sched.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_usage.h"
#include "pinion_user.h"
#include "pinion_version.h"
#include "pinion_vram.h"
#include "pinion_watch.h"

/* A cache line for each shadow doorbell, as the card and a processor use it in turns. */
#define SHADOW_ALIGN 64

/* clang-format off */
static struct drm_driver drv_drm = {
	.driver_features = DRIVER_COMPUTE_ACCEL | DRIVER_GEM | DRIVER_GEM_GPUVA | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.open = pinion_file_open,
	.postclose = pinion_file_close,
	.gem_create_object = pinion_bo_create_object,
	.prime_fd_to_handle = pinion_dmabuf_to_handle,
	.prime_handle_to_fd = pinion_dmabuf_from_handle,
	.gem_prime_import_sg_table = pinion_dmabuf_import_sg,
	.show_fdinfo = pinion_usage_show,
	.ioctls = pinion_ioctls,
	.fops = &pinion_file_fops,
	.name = PINION_NAME,
	.desc = "Pinion AI accelerator",
	PINION_DRIVER_DATE
	.major = PINION_VERSION_MAJOR,
	.minor = PINION_VERSION_MINOR,
	.patchlevel = PINION_VERSION_PATCH,
};

/* clang-format on */

static int drv_check_version(struct pinion_card *pdev)
{
	u32 id = pinion_read(pdev, PINION_REG_ID);

	if (id != PINION_ID)
		return pinion_report(pdev, PINION_ERROR_NOT_A_CARD, "identity register %#x", id);
	pdev->info.contract = pinion_read(pdev, PINION_REG_CONTRACT);
	if (pdev->info.contract >> 16 == PINION_CONTRACT_MAJOR)
		return 0;
	return pinion_report(pdev, PINION_ERROR_CARD_CONTRACT, "card, contract %u.%u, driver %u.x",
			     pdev->info.contract >> 16, pdev->info.contract & 0xffff,
			     PINION_CONTRACT_MAJOR);
}

static void drv_read_info(struct pinion_card *pdev)
{
	struct pinion_info *info = &pdev->info;

	info->caps = pinion_read64(pdev, PINION_REG_CAPS_LO);
	info->serial = pinion_read64(pdev, PINION_REG_SERIAL_LO);
	info->memory = pinion_read64(pdev, PINION_REG_MEMORY_LO);
	info->window = pinion_read64(pdev, PINION_REG_WINDOW_LO);
	info->cores = pinion_read(pdev, PINION_REG_CORES);
	info->scratchpad = pinion_read(pdev, PINION_REG_SCRATCHPAD);
	info->queues = pinion_read(pdev, PINION_REG_QUEUES);
	info->vms = pinion_read(pdev, PINION_REG_VMS);
	info->vectors = pinion_read(pdev, PINION_REG_VECTORS);
	info->time_freq = pinion_read(pdev, PINION_REG_TIME_FREQ);
	info->dma_bits = pinion_read(pdev, PINION_REG_DMA_BITS);
	if (info->caps & PINION_CAP_PREEMPT)
		info->save_bytes = pinion_read(pdev, PINION_REG_SAVE_BYTES);
}

static bool drv_save_bytes_good(const struct pinion_info *r)
{
	if (!(r->caps & PINION_CAP_PREEMPT))
		return true;
	return r->save_bytes && IS_ALIGNED(r->save_bytes, SZ_4K) &&
	       (u64)r->save_bytes * r->cores <= r->memory;
}

/* Check what drv_read_info() has read, and the sizes of BARs, by the ranges of the contract. */
static int drv_check_info(struct pinion_card *pdev)
{
	const struct pinion_info *r = &pdev->info;
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);
	u64 bar2 = pci_resource_len(pci, PINION_BAR_DOORBELLS);
	u64 bar4 = pci_resource_len(pci, PINION_BAR_MEMORY);
	const struct {
		const char *name;
		u64 value;
		bool good;
	} checks[] = {
		{ "CORES", r->cores, r->cores && r->cores <= PINION_MAX_CORES },
		{ "QUEUES", r->queues, r->queues && r->queues <= PINION_MAX_QUEUES },
		{ "VMS", r->vms, r->vms >= 2 && r->vms <= PINION_MAX_VMS },
		{ "VECTORS", r->vectors, r->vectors >= 2 && r->vectors <= PINION_MSIX_VECTORS },
		{ "MEMORY", r->memory,
		  r->memory >= SZ_16M && r->memory <= BIT_ULL(45) && IS_ALIGNED(r->memory, SZ_2M) },
		{ "WINDOW", r->window,
		  r->window >= SZ_2M && r->window <= r->memory && is_power_of_2(r->window) },
		{ "SAVE_BYTES", r->save_bytes, drv_save_bytes_good(r) },
		{ "DMA_BITS", r->dma_bits, r->dma_bits >= 32 && r->dma_bits <= PINION_DMA_BITS },
		{ "TIME_FREQ", r->time_freq, r->time_freq },
		{ "size of BAR2", bar2, bar2 >= (u64)r->queues * PINION_DOORBELL_STRIDE },
		{ "size of BAR4", bar4, bar4 >= r->window },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(checks); i++)
		if (!checks[i].good)
			return pinion_report(pdev, PINION_ERROR_BAD_REGISTER, "%s is %#llx",
					     checks[i].name, checks[i].value);
	return 0;
}

#define DRV_CAP(name, bit, minor, announces, text) { PINION_CAP_##name, #name, text },

static int drv_check_caps(struct pinion_card *pdev)
{
	static const struct {
		u64 cap;
		const char *name, *text;
	} required[] = { PINION_EACH_REQUIRED_CAP(DRV_CAP) };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(required); i++)
		if (!(pdev->info.caps & required[i].cap))
			return pinion_report(pdev, PINION_ERROR_CAPABILITY, "%s (PINION_CAP_%s)",
					     required[i].text, required[i].name);
	return 0;
}

static int drv_check_card(struct pinion_card *pdev)
{
	int ret = drv_check_version(pdev);

	if (ret)
		return ret;
	drv_read_info(pdev);
	ret = drv_check_info(pdev);
	return ret ? ret : drv_check_caps(pdev);
}

/*
 * Doorbells are mapped into processes by the page. A page of the kernel that is larger than
 * PINION_DOORBELL_STRIDE would give a process the doorbells of other queues, too. The pages of the
 * card's page tables have the same size as well.
 */
static int drv_check_pages(struct pinion_card *pdev)
{
	if (PAGE_SIZE <= PINION_DOORBELL_STRIDE)
		return 0;
	return pinion_report(pdev, PINION_ERROR_KERNEL_PAGES, "pages of %lu bytes", PAGE_SIZE);
}

/* A BAR that the machine could not place has no address, and its reported length may be wrong. */
static int drv_check_bars(struct pinion_card *pdev)
{
	static const int bars[] = { PINION_BAR_REGS, PINION_BAR_DOORBELLS, PINION_BAR_MEMORY };
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);

	for (unsigned int i = 0; i < ARRAY_SIZE(bars); i++) {
		if (pci_resource_start(pci, bars[i]))
			continue;
		return pinion_report(pdev, PINION_ERROR_BAR_NO_ADDRESS, "BAR%d", bars[i]);
	}
	return 0;
}

static int drv_bar_refused(struct pinion_card *pdev, int bar, int ret)
{
	pinion_report(pdev, PINION_ERROR_BAR_IN_USE, "BAR%d (%d)", bar, ret);
	return ret;
}

static int drv_map_bars(struct pinion_card *pdev)
{
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);
	int ret = drv_check_bars(pdev);

	if (ret)
		return ret;
	if (pci_resource_len(pci, PINION_BAR_REGS) < PINION_BAR_REGS_SIZE)
		return pinion_report(pdev, PINION_ERROR_BAR_SIZE, "BAR0 of %llu bytes",
				     (u64)pci_resource_len(pci, PINION_BAR_REGS));
	pdev->regs = pcim_iomap_region(pci, PINION_BAR_REGS, PINION_NAME);
	if (IS_ERR(pdev->regs))
		return drv_bar_refused(pdev, PINION_BAR_REGS, PTR_ERR(pdev->regs));
	pdev->doorbells_phys = pci_resource_start(pci, PINION_BAR_DOORBELLS);
	pdev->doorbells = pcim_iomap_region(pci, PINION_BAR_DOORBELLS, PINION_NAME);
	if (IS_ERR(pdev->doorbells))
		return drv_bar_refused(pdev, PINION_BAR_DOORBELLS, PTR_ERR(pdev->doorbells));
	return 0;
}

static int drv_map_window(struct pinion_card *pdev)
{
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);
	int ret;

	ret = pcim_request_region(pci, PINION_BAR_MEMORY, PINION_NAME);
	if (ret)
		return drv_bar_refused(pdev, PINION_BAR_MEMORY, ret);
	pdev->window_phys = pci_resource_start(pci, PINION_BAR_MEMORY);
	pdev->window = devm_ioremap_wc(&pci->dev, pdev->window_phys, pdev->info.window);
	return pdev->window ? 0 : -ENOMEM;
}

static int drv_set_dma_mask(struct pinion_card *pdev)
{
	unsigned int bits = pdev->info.dma_bits;
	int ret = dma_set_mask_and_coherent(pdev->drm.dev, DMA_BIT_MASK(bits));

	if (ret)
		pinion_report(pdev, PINION_ERROR_DMA_BITS, "DMA addresses of %u bits", bits);
	/* Page tables map segments of any length; the PCI core says 64 KiB. */
	dma_set_max_seg_size(pdev->drm.dev, UINT_MAX);
	return ret;
}

static void drv_stop(void *arg)
{
	struct pinion_card *pdev = arg;

	pinion_stop_card(pdev);
	pinion_heartbeat_stop(pdev);
	cancel_delayed_work_sync(&pdev->recover);
	pci_clear_master(to_pci_dev(pdev->drm.dev));
}

/* Each mutex has its own drmm_mutex_init(), by which lockdep tells their classes apart. */
static int drv_init_locks(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	struct drm_device *drm = &pdev->drm;

	spin_lock_init(&pdev->queues_lock);
	spin_lock_init(&mbox->turns_lock);
	init_completion(&mbox->done);
	init_waitqueue_head(&mbox->opened);
	INIT_LIST_HEAD(&pdev->host_bos);
	INIT_LIST_HEAD(&pdev->device_bos);
	INIT_LIST_HEAD(&pdev->timelines);
	init_waitqueue_head(&pdev->binds_wait);
	init_waitqueue_head(&pdev->gate_wait);
	init_rwsem(&pdev->told_lock);
	INIT_DELAYED_WORK(&pdev->recover, pinion_recover_work);
	pinion_heartbeat_init(pdev);
	ida_init(&pdev->vm_ids);
	ida_init(&pdev->queue_ids);
	return drmm_mutex_init(drm, &pdev->reset_lock) ?:
	       drmm_mutex_init(drm, &mbox->lock) ?:
	       drmm_mutex_init(drm, &mbox->rx_lock) ?:
	       drmm_mutex_init(drm, &pdev->vram.lock) ?:
	       drmm_mutex_init(drm, &pdev->clear.lock) ?:
	       drmm_mutex_init(drm, &pdev->inv_lock) ?:
	       drmm_mutex_init(drm, &pdev->queues_mutex) ?:
	       drmm_mutex_init(drm, &pdev->doorbells_lock) ?:
	       drmm_mutex_init(drm, &pdev->host_bos_lock) ?:
	       drmm_mutex_init(drm, &pdev->device_bos_lock) ?:
	       drmm_mutex_init(drm, &pdev->timelines_lock);
}

/*
 * A kernel that crashed has left the card at work, and kdump has started this one: reset the card
 * before it can write to this kernel's memory or send an interrupt. Otherwise whoever had the card
 * before has turned bus mastering off.
 */
static void drv_reset_left_over(struct pinion_card *pdev)
{
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);
	u16 command;
	int ret;

	pci_read_config_word(pci, PCI_COMMAND, &command);
	if (PCI_POSSIBLE_ERROR(command) || !(command & PCI_COMMAND_MASTER))
		return;
	pci_clear_master(pci);
	pci_save_state(pci);
	/* Without the driver's callbacks, which are for a card that has been started. */
	ret = __pci_reset_function_locked(pci);
	pci_restore_state(pci);
	drm_info(&pdev->drm, "the card was left at work and has been reset (%d)\n", ret);
}

/* Set up everything that works before the card may issue DMA: registers, memory, limits. */
static int drv_init_host(struct pinion_card *pdev)
{
	struct pci_dev *pci = to_pci_dev(pdev->drm.dev);
	int ret;

	ret = drv_check_pages(pdev);
	if (!ret)
		ret = drv_init_locks(pdev);
	if (!ret)
		ret = pcim_enable_device(pci);
	if (ret)
		return ret;
	drv_reset_left_over(pdev);
	ret = drv_map_bars(pdev);
	if (!ret)
		ret = drv_check_card(pdev);
	if (!ret)
		ret = drv_map_window(pdev);
	if (!ret)
		ret = drv_set_dma_mask(pdev);
	if (ret)
		return ret;
	pdev->shadows = dmam_pool_create(PINION_NAME, &pci->dev, sizeof(struct pinion_shadow),
					 SHADOW_ALIGN, 0);
	if (!pdev->shadows)
		return -ENOMEM;
	pinion_watch_init(pdev);
	pinion_limits_init(&pdev->limits, pdev->info.vms - 1, pdev->info.queues);
	return pinion_vram_init(pdev, pinion_clear_scrub);
}

static int drv_init_card(struct pinion_card *pdev)
{
	struct device *dev = pdev->drm.dev;
	int ret;

	pci_set_master(to_pci_dev(dev));
	ret = devm_add_action_or_reset(dev, drv_stop, pdev);
	if (!ret)
		ret = pinion_irq_init(pdev);
	if (!ret)
		ret = pinion_card_start(pdev);
	if (!ret)
		ret = pinion_sched_start(pdev);
	if (!ret)
		ret = pinion_clear_init(pdev);
	return ret ?: pinion_card_ready(pdev);
}

static void drv_announce(struct pinion_card *pdev)
{
	struct pinion_info *info = &pdev->info;

	drm_info(&pdev->drm,
		 "driver %s, contract %u.%u, firmware %s%s, %llu MiB (%llu in the window), %u cores, %u queues, %d vectors\n",
		 PINION_VERSION_TEXT, info->contract >> 16, info->contract & 0xffff,
		 pinion_fw_name(pdev->fw_version).text,
		 pdev->fw_flags & PINION_FW_F_TEST_KEY ? " (test key)" : "", info->memory / SZ_1M,
		 info->window / SZ_1M, info->cores, info->queues, pdev->vectors);
}

static int drv_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct pinion_card *pdev;
	int ret;

	drv_drm.num_ioctls = pinion_num_ioctls;
	pdev = devm_drm_dev_alloc(&pci->dev, &drv_drm, struct pinion_card, drm);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	pci_set_drvdata(pci, pdev);
	ret = pinion_health_init(pdev);
	if (!ret)
		ret = pinion_dump_init(pdev);
	if (!ret)
		ret = drv_init_host(pdev);
	if (!ret)
		ret = drv_init_card(pdev);
	if (!ret)
		ret = drm_dev_register(&pdev->drm, 0);
	if (ret)
		return ret;
	pinion_debugfs_init(pdev);
	pinion_fw_upload_init(pdev);
	pinion_health_set(pdev, PINION_HEALTH_OK, PINION_ERROR_HEALTHY);
	drv_announce(pdev);
	/* For the recovery from errors of the bus, which reset the link. */
	pci_save_state(pci);
	pinion_heartbeat_start(pdev);
	pinion_bus_allow_rest(pdev);
	return 0;
}

/*
 * Stop the card before drm_dev_unplug(), so that code which finds the device unplugged may free
 * memory that the card could reach.
 */
static void drv_remove(struct pci_dev *pci)
{
	struct pinion_card *pdev = pci_get_drvdata(pci);

	pinion_bus_forbid_rest(pdev);
	pinion_fw_upload_fini(pdev);
	pinion_stop_card(pdev);
	pinion_heartbeat_stop(pdev);
	cancel_delayed_work_sync(&pdev->recover);
	drm_dev_unplug(&pdev->drm);
	wake_up_all(&pdev->binds_wait);
	pinion_watch_stop(pdev);
	pinion_queues_remove(pdev);
	pinion_bo_unmap_all(pdev);
	pinion_timelines_unmap_all(pdev);
}

/* The machine is switched off or starts another kernel, whose memory the card must not touch. */
static void drv_shutdown(struct pci_dev *pci)
{
	pinion_stop_card(pci_get_drvdata(pci));
	pci_clear_master(pci);
}

static const struct pci_device_id drv_ids[] = {
	{ PCI_DEVICE(PINION_PCI_VENDOR, PINION_PCI_DEVICE) }, {}
};
MODULE_DEVICE_TABLE(pci, drv_ids);

static const struct attribute_group *drv_groups[] = { &pinion_limits_group, &pinion_user_group,
						      &pinion_health_group, &pinion_errors_group,
						      &pinion_flash_group,  NULL };

static struct pci_driver drv_pci = {
	.name = PINION_NAME,
	.id_table = drv_ids,
	.probe = drv_probe,
	.remove = drv_remove,
	.shutdown = drv_shutdown,
	.dev_groups = drv_groups,
	.err_handler = &pinion_bus_errors,
	.driver.pm = pm_ptr(&pinion_bus_pm),
};

static int __init drv_init(void)
{
	int ret = pinion_timelines_init();

	if (ret)
		return ret;
	ret = pci_register_driver(&drv_pci);
	if (ret)
		pinion_timelines_exit();
	return ret;
}
module_init(drv_init);

static void __exit drv_exit(void)
{
	pci_unregister_driver(&drv_pci);
	pinion_timelines_exit();
}
module_exit(drv_exit);

MODULE_DESCRIPTION("DRM accel driver of the Pinion AI accelerator");
MODULE_AUTHOR("The Pinion developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(PINION_VERSION_TEXT);
