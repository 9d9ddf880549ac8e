// SPDX-License-Identifier: GPL-2.0
/* Loads the management firmware and boots it. */
#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/moduleparam.h>

#include "pinion_device.h"
#include "pinion_fw.h"
#include "pinion_fw_crash.h"
#include "pinion_io.h"
#include "pinion_mbox.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

#define BOOT_TIMEOUT_MS 20000

static bool allow_test_key;
module_param(allow_test_key, bool, 0644);
MODULE_PARM_DESC(allow_test_key,
		 "Boot firmware that is signed with the public test key, for models of the card");

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

static void fw_release(void *arg)
{
	struct pinion_card *pdev = arg;

	release_firmware(pdev->fw_image);
	pdev->fw_image = NULL;
}

static int fw_check_length(struct pinion_card *pdev, const struct firmware *fw)
{
	if (fw->size && fw->size <= PINION_FW_MAX_BYTES)
		return 0;
	return pinion_report(pdev, PINION_ERROR_FIRMWARE_LENGTH,
			     "firmware %s has %zu bytes, the card takes 1 to %u", PINION_FW_NAME,
			     fw->size, PINION_FW_MAX_BYTES);
}

/* PINION_FW_F_* of the image. The card refuses an image that is shorter than a header. */
static u32 fw_flags(const struct firmware *fw)
{
	const struct pinion_fw_header *header = (const void *)fw->data;

	return fw->size < sizeof(*header) ? 0 : header->flags;
}

static int fw_check_key(struct pinion_card *pdev, u32 flags)
{
	if (!(flags & PINION_FW_F_TEST_KEY) || allow_test_key)
		return 0;
	return pinion_report(pdev, PINION_ERROR_TEST_KEY, "firmware %s", PINION_FW_NAME);
}

static int fw_check(struct pinion_card *pdev, const struct firmware *fw)
{
	return fw_check_length(pdev, fw) ?: fw_check_key(pdev, fw_flags(fw));
}

/*
 * Load the image once and keep it: a restart must not depend on a file system, and must start what
 * ran before.
 */
static int fw_load(struct pinion_card *pdev)
{
	const struct firmware *fw;
	int ret;

	if (pdev->fw_image)
		return 0;
	ret = request_firmware(&fw, PINION_FW_NAME, pdev->drm.dev);
	if (ret) {
		pinion_report(pdev, PINION_ERROR_FIRMWARE_MISSING, "firmware %s (%d)",
			      PINION_FW_NAME, ret);
		return ret;
	}
	ret = fw_check(pdev, fw);
	if (ret) {
		release_firmware(fw);
		return ret;
	}
	pdev->fw_image = fw;
	pdev->fw_flags = fw_flags(fw);
	return devm_add_action_or_reset(pdev->drm.dev, fw_release, pdev);
}

/**
 * pinion_fw_boot() - load the image and wait until the firmware takes messages
 * @pdev: device
 *
 * The kernel log has the reason of an error in words.
 * Return: 0; -ENOENT: there is no image; -EKEYREJECTED: the image is signed with the test key,
 * which allow_test_key does not allow; -EBADMSG: the card refused the image; -ETIMEDOUT, -EIO,
 * -ENOMEM.
 */
int pinion_fw_boot(struct pinion_card *pdev)
{
	int ret = fw_load(pdev);

	if (!ret)
		ret = fw_make_startable(pdev);
	if (!ret)
		ret = fw_start(pdev, pdev->fw_image);
	return ret;
}

/**
 * pinion_fw_warm() - start the firmware again, while queues, address spaces and jobs go on
 * @pdev: device whose firmware has booted before; the caller is in drm_dev_enter() and holds
 *	neither pinion_mbox.lock nor pinion_card.reset_lock
 *
 * Requests that wait for a reply, and those that come meanwhile, are sent again afterwards. If this
 * fails, they wait until the card is wedged or another reset heals it.
 * Return: 0: the firmware takes messages; -EOPNOTSUPP: the card lacks PINION_CAP_WARM; -ETIMEDOUT,
 * -EIO, -EBADMSG, -ENOMEM, -ENODEV.
 */
int pinion_fw_warm(struct pinion_card *pdev)
{
	int ret;

	if (!(pdev->info.caps & PINION_CAP_WARM))
		return -EOPNOTSUPP;
	pinion_mbox_close(pdev);
	mutex_lock(&pdev->reset_lock);
	ret = pinion_is_wedged(pdev) ? -ENODEV : pinion_reset(pdev, PINION_RESET_WARM);
	mutex_unlock(&pdev->reset_lock);
	if (!ret)
		ret = fw_start(pdev, pdev->fw_image);
	if (ret)
		return ret;
	pinion_mbox_init(pdev);
	return pinion_mbox_hello(pdev);
}
MODULE_FIRMWARE(PINION_FW_NAME);
