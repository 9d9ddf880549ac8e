// SPDX-License-Identifier: GPL-2.0
/*
 * Updates of the firmware in the card's flash, by the kernel's firmware upload: an image that is
 * written to /sys/class/firmware/pinionN goes into the slot that is not in use, is selected if the
 * card finds it good, and is started while queues and jobs go on.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/pm_runtime.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_flash.h"
#include "pinion_fw.h"
#include "pinion_fw_upload.h"
#include "pinion_gate.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

/**
 * struct pinion_upload - the upload of a card, and an update under way
 * @fwl: the kernel's upload
 * @slot: slot that the update writes
 * @page_bytes: length of a page of the flash
 * @page: memory from which the card reads a page
 * @dma: DMA address of @page
 * @canceled: the operator has asked to end the update
 * @gone: the device is being removed, which ends the update and all later ones. Unlike @canceled it
 *	is never cleared: the kernel asks once, which may be just before upload_prepare()
 */
struct pinion_upload {
	struct fw_upload *fwl;
	u32 slot;
	u32 page_bytes;
	void *page;
	dma_addr_t dma;
	bool canceled;
	bool gone;
};

/* The error of the catalogue for a result of the flash, PINION_FLASH_*. */
static unsigned int upload_error(u32 result)
{
	switch (result) {
	case PINION_FLASH_MEDIA:
		return PINION_ERROR_FLASH;
	case PINION_FLASH_DMA:
		return PINION_ERROR_FLASH_DMA;
	default:
		return PINION_ERROR_FLASH_REFUSED;
	}
}

static enum fw_upload_err upload_refused(struct pinion_card *pdev, u32 status)
{
	u32 error = FIELD_GET(PINION_FLASH_STATUS_ERROR, status);

	if (error == PINION_FLASH_IMAGE) {
		u32 why = FIELD_GET(PINION_FLASH_STATUS_BOOT, status);

		pinion_report(pdev, pinion_error_code(PINION_ERRORS_BOOT, why),
			      "uploaded firmware refused (boot error %u)", why);
		return FW_UPLOAD_ERR_FW_INVALID;
	}
	pinion_report(pdev, upload_error(error), "flash, slot %u at %#x, error %u",
		      pinion_read(pdev, PINION_REG_FLASH_SLOT),
		      pinion_read(pdev, PINION_REG_FLASH_OFFSET), error);
	return FW_UPLOAD_ERR_RW_ERROR;
}

static enum fw_upload_err upload_command(struct pinion_card *pdev, u32 command)
{
	u32 status;
	int ret = pinion_flash_command(pdev, command, &status);

	if (ret)
		return ret == -ETIMEDOUT ? FW_UPLOAD_ERR_TIMEOUT : FW_UPLOAD_ERR_HW_ERROR;
	return status ? upload_refused(pdev, status) : FW_UPLOAD_ERR_NONE;
}

/* The slot whose image runs, or PINION_BOOT_SLOT_NONE. */
static u32 upload_running(struct pinion_card *pdev)
{
	return FIELD_GET(PINION_BOOT_SLOT_RUNNING, pinion_read(pdev, PINION_REG_BOOT_SLOT));
}

/*
 * The slot that the card does not need for its next start. It starts the image that runs, or else
 * that of the selected slot, or that of the other slot if the selected one has failed too often.
 */
static u32 upload_choose_slot(struct pinion_card *pdev)
{
	u32 slots = pinion_read(pdev, PINION_REG_BOOT_SLOT);
	u32 running = FIELD_GET(PINION_BOOT_SLOT_RUNNING, slots);
	u32 selected = FIELD_GET(PINION_BOOT_SLOT_SELECTED, slots);

	if (running != PINION_BOOT_SLOT_NONE)
		return !running;
	if (FIELD_GET(PINION_BOOT_SLOT_FAILED, slots) >= PINION_BOOT_TRIES)
		return selected;
	return !selected;
}

/* The length of a page, or 0 if the card's flash cannot be right. */
static u32 upload_page_bytes(struct pinion_card *pdev)
{
	u32 bytes = pinion_read(pdev, PINION_REG_FLASH_PAGE);

	return bytes >= 256 && bytes <= SZ_1M && is_power_of_2(bytes) ? bytes : 0;
}

static enum fw_upload_err upload_prepare(struct fw_upload *fwl, const u8 *data, u32 size)
{
	struct pinion_card *pdev = fwl->dd_handle;
	struct pinion_upload *up = pdev->upload;
	enum fw_upload_err ret = FW_UPLOAD_ERR_HW_ERROR;
	int idx;

	if (pinion_fw_check(pdev, data, size, "upload"))
		return FW_UPLOAD_ERR_FW_INVALID;
	/* The card stays awake until upload_cleanup(), which is called if this function succeeds.
	 */
	pm_runtime_get_noresume(pdev->drm.dev);
	if (!pinion_enter(pdev, &idx))
		goto put;
	WRITE_ONCE(up->canceled, false);
	up->slot = upload_choose_slot(pdev);
	up->page_bytes = upload_page_bytes(pdev);
	if (up->page_bytes)
		up->page = dma_alloc_coherent(pdev->drm.dev, up->page_bytes, &up->dma, GFP_KERNEL);
	if (up->page)
		ret = FW_UPLOAD_ERR_NONE;
	pinion_exit(pdev, idx);
put:
	if (ret)
		pm_runtime_put_autosuspend(pdev->drm.dev);
	return ret;
}

/* Write one page; what is left of it behind the image stays erased. */
static enum fw_upload_err upload_page(struct pinion_card *pdev, const u8 *data, u32 bytes,
				      u32 offset)
{
	struct pinion_upload *up = pdev->upload;
	enum fw_upload_err ret;

	memset(up->page, 0xff, up->page_bytes);
	memcpy(up->page, data, bytes);
	pinion_write(pdev, PINION_REG_FLASH_SLOT, up->slot);
	pinion_write(pdev, PINION_REG_FLASH_OFFSET, offset);
	pinion_write64(pdev, PINION_REG_FLASH_ADDR_LO, up->dma);
	ret = upload_command(pdev, PINION_FLASH_ERASE);
	return ret ?: upload_command(pdev, PINION_FLASH_PROGRAM);
}

static bool upload_must_end(const struct pinion_upload *up)
{
	return READ_ONCE(up->canceled) || READ_ONCE(up->gone);
}

/*
 * Exclude the recovery of the card, which may start firmware as well, and other commands to the
 * flash. Whoever removes the device holds the lock and ends the update.
 */
static enum fw_upload_err upload_lock(struct pinion_card *pdev)
{
	while (!device_trylock(pdev->drm.dev)) {
		if (upload_must_end(pdev->upload))
			return FW_UPLOAD_ERR_CANCELED;
		msleep(20);
	}
	return FW_UPLOAD_ERR_NONE;
}

static enum fw_upload_err upload_write(struct fw_upload *fwl, const u8 *data, u32 offset, u32 size,
				       u32 *written)
{
	struct pinion_card *pdev = fwl->dd_handle;
	struct pinion_upload *up = pdev->upload;
	u32 bytes = min(size, up->page_bytes);
	enum fw_upload_err ret;
	int idx;

	if (upload_must_end(up))
		return FW_UPLOAD_ERR_CANCELED;
	if (!drm_dev_enter(&pdev->drm, &idx))
		return FW_UPLOAD_ERR_HW_ERROR;
	ret = upload_lock(pdev);
	if (!ret) {
		ret = upload_page(pdev, data + offset, bytes, offset);
		device_unlock(pdev->drm.dev);
	}
	drm_dev_exit(idx);
	if (!ret)
		*written = bytes;
	return ret;
}

static enum fw_upload_err upload_restart(struct pinion_card *pdev)
{
	int ret = pinion_fw_warm(pdev);

	if (ret == -EOPNOTSUPP) {
		drm_info(&pdev->drm, "firmware: bind the driver again to start the new version\n");
		return FW_UPLOAD_ERR_NONE;
	}
	if (ret) {
		pinion_fail(pdev, PINION_ERROR_UPDATE);
		return FW_UPLOAD_ERR_HW_ERROR;
	}
	if (upload_running(pdev) != pdev->upload->slot) {
		pinion_report(pdev, PINION_ERROR_FELL_BACK, "uploaded firmware");
		return FW_UPLOAD_ERR_FW_INVALID;
	}
	return FW_UPLOAD_ERR_NONE;
}

/* All is written: the card checks the image, and starts it if it is good. */
static enum fw_upload_err upload_complete(struct fw_upload *fwl)
{
	struct pinion_card *pdev = fwl->dd_handle;
	enum fw_upload_err ret;
	int idx;

	if (upload_must_end(pdev->upload))
		return FW_UPLOAD_ERR_CANCELED;
	if (!drm_dev_enter(&pdev->drm, &idx))
		return FW_UPLOAD_ERR_HW_ERROR;
	ret = upload_lock(pdev);
	if (!ret) {
		ret = upload_command(pdev, PINION_FLASH_SELECT);
		if (!ret)
			ret = upload_restart(pdev);
		device_unlock(pdev->drm.dev);
	}
	drm_dev_exit(idx);
	return ret;
}

static void upload_cancel(struct fw_upload *fwl)
{
	struct pinion_card *pdev = fwl->dd_handle;

	WRITE_ONCE(pdev->upload->canceled, true);
}

static void upload_cleanup(struct fw_upload *fwl)
{
	struct pinion_card *pdev = fwl->dd_handle;
	struct pinion_upload *up = pdev->upload;

	dma_free_coherent(pdev->drm.dev, up->page_bytes, up->page, up->dma);
	up->page = NULL;
	pm_runtime_put_autosuspend(pdev->drm.dev);
}

static const struct fw_upload_ops upload_ops = {
	.prepare = upload_prepare,
	.write = upload_write,
	.poll_complete = upload_complete,
	.cancel = upload_cancel,
	.cleanup = upload_cleanup,
};

/**
 * pinion_fw_upload_init() - offer the operator an upload of firmware
 * @pdev: device that is registered, as its number names the upload
 *
 * There is none if the card has no flash, or if the kernel was built without FW_UPLOAD: the card
 * works without.
 */
void pinion_fw_upload_init(struct pinion_card *pdev)
{
	struct pinion_upload *up;
	char name[24];

	if (!(pdev->info.caps & PINION_CAP_FLASH))
		return;
	up = devm_kzalloc(pdev->drm.dev, sizeof(*up), GFP_KERNEL);
	if (!up)
		return;
	pdev->upload = up;
	snprintf(name, sizeof(name), "pinion%d", pdev->drm.accel->index);
	up->fwl = firmware_upload_register(THIS_MODULE, pdev->drm.dev, name, &upload_ops, pdev);
	if (IS_ERR(up->fwl))
		pdev->upload = NULL;
}

/**
 * pinion_fw_upload_fini() - take the upload away; an update that is under way is ended first
 * @pdev: device that is about to be removed
 */
void pinion_fw_upload_fini(struct pinion_card *pdev)
{
	if (!pdev->upload)
		return;
	WRITE_ONCE(pdev->upload->gone, true);
	firmware_upload_unregister(pdev->upload->fwl);
}
