// SPDX-License-Identifier: GPL-2.0
/* Loads the management firmware and boots it. */
#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>

#include "pinion_device.h"
#include "pinion_fw.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

#define BOOT_TIMEOUT_MS 20000

/**
 * pinion_fw_report_crash() - report where the firmware stopped
 * @pdev: device
 * Return: -EIO.
 */
int pinion_fw_report_crash(struct pinion_card *pdev)
{
	return pinion_report(pdev, PINION_ERROR_FIRMWARE_CRASHED, "firmware, code %#x at pc %#x",
			     pinion_read(pdev, PINION_REG_FW_PANIC),
			     pinion_read(pdev, PINION_REG_FW_PANIC_PC));
}

static int fw_report_refusal(struct pinion_card *pdev, u32 status)
{
	u32 error = FIELD_GET(PINION_BOOT_STATUS_ERROR, status);

	return pinion_report(pdev, pinion_error_code(PINION_ERRORS_BOOT, error),
			     "firmware %s refused (boot error %u)", PINION_FW_NAME, error);
}

static int fw_wait(struct pinion_card *pdev)
{
	u32 status, state;
	int ret;

	ret = readl_poll_timeout(pdev->regs + PINION_REG_BOOT_STATUS, status,
				 (status & PINION_BOOT_STATUS_STATE) >= PINION_BOOT_READY, 200,
				 1000UL * BOOT_TIMEOUT_MS);
	state = status & PINION_BOOT_STATUS_STATE;
	if (ret) {
		pinion_report(pdev, PINION_ERROR_FIRMWARE_LATE, "boot state %u after %u s", state,
			      BOOT_TIMEOUT_MS / 1000);
		return ret;
	}
	switch (state) {
	case PINION_BOOT_READY:
		return 0;
	case PINION_BOOT_FAILED:
		return fw_report_refusal(pdev, status);
	case PINION_BOOT_CRASHED:
		return pinion_fw_report_crash(pdev);
	default:
		return pinion_report(pdev, PINION_ERROR_BOOT_STATE, "boot state %u", state);
	}
}

/* Reset the firmware unless the boot ROM takes START: when it is idle or has refused an image. */
static int fw_make_startable(struct pinion_card *pdev)
{
	u32 state = pinion_read(pdev, PINION_REG_BOOT_STATUS) & PINION_BOOT_STATUS_STATE;
	int ret;

	if (state == PINION_BOOT_IDLE || state == PINION_BOOT_FAILED)
		return 0;
	mutex_lock(&pdev->reset_lock);
	ret = pinion_reset(pdev, PINION_RESET_FIRMWARE);
	mutex_unlock(&pdev->reset_lock);
	if (ret)
		pinion_report(pdev, PINION_ERROR_FIRMWARE_RESET, "reset (%d)", ret);
	return ret;
}

static int fw_start(struct pinion_card *pdev, const struct firmware *fw)
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
int pinion_fw_boot(struct pinion_card *pdev)
{
	const struct firmware *fw;
	int ret;

	ret = request_firmware(&fw, PINION_FW_NAME, pdev->drm.dev);
	if (ret) {
		pinion_report(pdev, PINION_ERROR_FIRMWARE_MISSING, "firmware %s (%d)",
			      PINION_FW_NAME, ret);
		return ret;
	}
	if (!fw->size || fw->size > PINION_FW_MAX_BYTES) {
		ret = pinion_report(pdev, PINION_ERROR_FIRMWARE_LENGTH,
				    "firmware %s has %zu bytes, the card takes 1 to %u",
				    PINION_FW_NAME, fw->size, PINION_FW_MAX_BYTES);
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
