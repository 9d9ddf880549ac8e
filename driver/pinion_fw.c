// SPDX-License-Identifier: GPL-2.0
/* Loads the management firmware and boots it. */
#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>

#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_fw.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_reset.h"

#define BOOT_TIMEOUT_MS 20000

/* By error code of the boot ROM: what is wrong with the image, and what to do about it. */
static const struct {
	const char *what;
	const char *action;
	/* clang-format off */
} boot_errors[] = {
	[PINION_BOOT_ERR_NONE] = { "no reason given", "report a bug" },
	[PINION_BOOT_ERR_DMA] = { "the card could not read the image from host memory",
		"check the IOMMU messages above" },
	[PINION_BOOT_ERR_SIZE] = { "the image has the wrong length, it is truncated or padded",
		"install the firmware package again" },
	[PINION_BOOT_ERR_MAGIC] = { "the file is not a Pinion firmware image",
		"install the firmware package again" },
	[PINION_BOOT_ERR_FORMAT] = { "the image's header format is unknown to this card",
		"install firmware made for this card" },
	[PINION_BOOT_ERR_HEADER] = { "the image's header contradicts itself or is out of range",
		"install the firmware package again" },
	[PINION_BOOT_ERR_KEY] = {
		"the image is unsigned, or signed with a key this card does not hold",
		"install firmware signed for this card" },
	[PINION_BOOT_ERR_SIGNATURE] = { "the signature does not match, the image was altered",
		"install the firmware package again" },
	[PINION_BOOT_ERR_TOO_NEW] = { "the image needs a newer card contract than this card's",
		"install older firmware" },
};

/* clang-format on */

static void fw_report_refusal(struct pinion_device *pdev, u32 status)
{
	u32 error = FIELD_GET(PINION_BOOT_STATUS_ERROR, status);

	if (error < ARRAY_SIZE(boot_errors))
		drm_err(&pdev->drm, "firmware %s refused (boot error %u): %s. action=%s\n",
			PINION_FW_NAME, error, boot_errors[error].what, boot_errors[error].action);
	else
		drm_err(&pdev->drm,
			"firmware %s refused (boot error %u, unknown to this driver). action=update the driver\n",
			PINION_FW_NAME, error);
}

/**
 * pinion_fw_report_crash() - log the panic code and program counter of a crashed firmware
 * @pdev: device
 */
void pinion_fw_report_crash(struct pinion_device *pdev)
{
	drm_err(&pdev->drm,
		"the firmware crashed with panic code %#x at pc %#x. action=report a firmware bug\n",
		pinion_read(pdev, PINION_REG_FW_PANIC), pinion_read(pdev, PINION_REG_FW_PANIC_PC));
}

static int fw_wait(struct pinion_device *pdev)
{
	u32 status, state;
	int ret;

	ret = readl_poll_timeout(pdev->regs + PINION_REG_BOOT_STATUS, status,
				 (status & PINION_BOOT_STATUS_STATE) >= PINION_BOOT_READY, 200,
				 1000UL * BOOT_TIMEOUT_MS);
	state = status & PINION_BOOT_STATUS_STATE;
	if (ret) {
		drm_err(&pdev->drm,
			"the firmware is not ready after %u s, boot state %u. action=power-cycle the card\n",
			BOOT_TIMEOUT_MS / 1000, state);
		return ret;
	}
	if (state == PINION_BOOT_READY)
		return 0;
	if (state == PINION_BOOT_FAILED)
		fw_report_refusal(pdev, status);
	else if (state == PINION_BOOT_CRASHED)
		pinion_fw_report_crash(pdev);
	else
		drm_err(&pdev->drm,
			"the card reports boot state %u, which the hardware contract does not define. action=report a hardware bug\n",
			state);
	return state == PINION_BOOT_FAILED ? -EBADMSG : -EIO;
}

/* Reset the firmware unless the boot ROM takes START: when it is idle or has refused an image. */
static int fw_make_startable(struct pinion_device *pdev)
{
	u32 state = pinion_read(pdev, PINION_REG_BOOT_STATUS) & PINION_BOOT_STATUS_STATE;
	int ret;

	if (state == PINION_BOOT_IDLE || state == PINION_BOOT_FAILED)
		return 0;
	mutex_lock(&pdev->reset_lock);
	ret = pinion_reset(pdev, PINION_RESET_FIRMWARE);
	mutex_unlock(&pdev->reset_lock);
	if (ret)
		drm_err(&pdev->drm,
			"the card does not finish a firmware reset. action=power-cycle the card\n");
	return ret;
}

static int fw_start(struct pinion_device *pdev, const struct firmware *fw)
{
	dma_addr_t dma;
	void *buf;
	int ret;

	buf = dma_alloc_coherent(pdev->drm.dev, fw->size, &dma, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	memcpy(buf, fw->data, fw->size);
	pinion_write64(pdev, PINION_REG_BOOT_ADDR_LO, dma);
	pinion_write(pdev, PINION_REG_BOOT_SIZE, fw->size);
	pinion_write(pdev, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_START);
	ret = fw_wait(pdev);
	if (ret == -ETIMEDOUT) {
		/* The card may still be reading the image: reset it before the buffer is freed. */
		mutex_lock(&pdev->reset_lock);
		pinion_reset(pdev, PINION_RESET_FIRMWARE);
		mutex_unlock(&pdev->reset_lock);
	}
	dma_free_coherent(pdev->drm.dev, fw->size, buf, dma);
	return ret;
}

/**
 * pinion_fw_boot() - load the image and wait until the firmware takes messages
 * @pdev: device
 *
 * The kernel log has the reason of an error in words.
 * Return: 0; -ENOENT: there is no image; -EBADMSG: the card refused the image; -ETIMEDOUT, -EIO,
 * -ENOMEM.
 */
int pinion_fw_boot(struct pinion_device *pdev)
{
	const struct firmware *fw;
	int ret;

	ret = request_firmware(&fw, PINION_FW_NAME, pdev->drm.dev);
	if (ret) {
		drm_err(&pdev->drm,
			"cannot load firmware %s (error %d). action=install the firmware package\n",
			PINION_FW_NAME, ret);
		return ret;
	}
	if (!fw->size || fw->size > PINION_FW_MAX_BYTES) {
		drm_err(&pdev->drm,
			"firmware %s has %zu bytes, the card takes 1 to %u. action=install the firmware package again\n",
			PINION_FW_NAME, fw->size, PINION_FW_MAX_BYTES);
		ret = -EBADMSG;
		goto release;
	}
	ret = fw_make_startable(pdev);
	if (!ret)
		ret = fw_start(pdev, fw);
release:
	release_firmware(fw);
	return ret;
}
MODULE_FIRMWARE(PINION_FW_NAME);
