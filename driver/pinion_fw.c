// SPDX-License-Identifier: GPL-2.0
/* Loads the management firmware and boots it. */
#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/moduleparam.h>

#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_fw.h"
#include "pinion_fw_crash.h"
#include "pinion_io.h"
#include "pinion_irq.h"
#include "pinion_mbox.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"

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

/* Wait for the end of a boot. Return: 0, or -ETIMEDOUT. */
static int fw_wait_end(struct pinion_card *pdev, u32 *status)
{
	return readl_poll_timeout(pdev->regs + PINION_REG_BOOT_STATUS, *status,
				  (*status & PINION_BOOT_STATUS_STATE) >= PINION_BOOT_READY, 200,
				  1000UL * PINION_FW_BOOT_MS);
}

static int fw_wait(struct pinion_card *pdev)
{
	u32 status, state;
	int ret;

	ret = fw_wait_end(pdev, &status);
	state = status & PINION_BOOT_STATUS_STATE;
	if (ret) {
		pinion_report(pdev, PINION_ERROR_FIRMWARE_LATE, "boot state %u after %u s", state,
			      PINION_FW_BOOT_MS / 1000);
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

/*
 * Reset the firmware unless the boot ROM takes START: when it is idle or has refused an image. A
 * boot that the card began by itself is waited for, lest it counts as failed.
 */
static int fw_make_startable(struct pinion_card *pdev)
{
	u32 state = pinion_read(pdev, PINION_REG_BOOT_STATUS) & PINION_BOOT_STATUS_STATE;
	u32 status;
	int ret;

	if (pdev->info.caps & PINION_CAP_FLASH && state > PINION_BOOT_IDLE &&
	    state < PINION_BOOT_READY && !fw_wait_end(pdev, &status))
		state = status & PINION_BOOT_STATUS_STATE;
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

/* PINION_FW_F_* of the image. The card refuses an image that is shorter than a header. */
static u32 fw_flags(const struct firmware *fw)
{
	const struct pinion_fw_header *header = (const void *)fw->data;

	return fw->size < sizeof(*header) ? 0 : header->flags;
}

static int fw_check_key(struct pinion_card *pdev, u32 flags, const char *name)
{
	if (!(flags & PINION_FW_F_TEST_KEY) || allow_test_key)
		return 0;
	return pinion_report(pdev, PINION_ERROR_TEST_KEY, "firmware %s", name);
}

/**
 * pinion_fw_check() - check an image before it is sent to the card
 * @pdev: device
 * @data: the image, from its header on
 * @size: length of the image in bytes
 * @name: what the image is called in the kernel log
 *
 * Only the card checks the signature.
 * Return: 0; -EBADMSG: no image has this length; -EKEYREJECTED: the image is signed with the test
 * key, which allow_test_key does not allow.
 */
int pinion_fw_check(struct pinion_card *pdev, const u8 *data, size_t size, const char *name)
{
	const struct pinion_fw_header *header = (const void *)data;

	if (!size || size > PINION_FW_MAX_BYTES)
		return pinion_report(pdev, PINION_ERROR_FIRMWARE_LENGTH,
				     "firmware %s has %zu bytes, the card takes 1 to %u", name,
				     size, PINION_FW_MAX_BYTES);
	/* The card refuses an image that is shorter than a header. */
	return size < sizeof(*header) ? 0 : fw_check_key(pdev, header->flags, name);
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
	ret = pinion_fw_check(pdev, fw->data, fw->size, PINION_FW_NAME);
	if (ret) {
		release_firmware(fw);
		return ret;
	}
	pdev->fw_image = fw;
	return devm_add_action_or_reset(pdev->drm.dev, fw_release, pdev);
}

/* Back to the boot ROM, and nothing else if the card can do that. */
static int fw_reset(struct pinion_card *pdev)
{
	u32 level = pdev->info.caps & PINION_CAP_WARM ? PINION_RESET_WARM : PINION_RESET_FIRMWARE;
	int ret;

	mutex_lock(&pdev->reset_lock);
	ret = pinion_reset(pdev, level);
	mutex_unlock(&pdev->reset_lock);
	return ret;
}

/*
 * Start the image in the card's flash, and after PINION_BOOT_TRIES failures the other slot's, which
 * the boot ROM chooses then. Return: 0; -ENOENT: no image of the flash boots; -EAGAIN,
 * -ENODEV: the card was taken down; -ETIMEDOUT, -EIO.
 */
static int fw_start_flash(struct pinion_card *pdev)
{
	u32 status, state;
	int ret, i;

	for (i = 0; i <= PINION_BOOT_TRIES; i++) {
		/* Do not go on with a card that was taken down meanwhile. */
		if (!pinion_answers(pdev))
			return pinion_no_answer(pdev);
		pinion_write(pdev, PINION_REG_BOOT_CTRL, PINION_BOOT_CTRL_FLASH);
		ret = fw_wait_end(pdev, &status);
		state = status & PINION_BOOT_STATUS_STATE;
		if (!ret && state == PINION_BOOT_READY)
			return 0;
		if (!ret && state == PINION_BOOT_FAILED)
			return -ENOENT;
		if (!ret && state == PINION_BOOT_CRASHED)
			pinion_fw_report_crash(pdev);
		ret = fw_reset(pdev);
		if (ret)
			return ret;
	}
	return -ENOENT;
}

/* Start the firmware of the flash, unless there is none or the test key is not allowed. */
static int fw_start_own(struct pinion_card *pdev)
{
	u32 version;
	int ret;

	if (!(pdev->info.caps & PINION_CAP_FLASH))
		return -ENOENT;
	WRITE_ONCE(pdev->fw_minimum, pinion_read(pdev, PINION_REG_BOOT_MINIMUM));
	ret = fw_start_flash(pdev);
	if (ret)
		return ret;
	pdev->fw_flags = pinion_read(pdev, PINION_REG_BOOT_FLAGS);
	if (fw_check_key(pdev, pdev->fw_flags, "of the flash"))
		return fw_reset(pdev) ?: -ENOENT;
	version = pinion_read(pdev, PINION_REG_FW_VERSION);
	drm_info(&pdev->drm, "firmware %s of slot %u of the flash runs\n",
		 pinion_fw_name(version).text,
		 pinion_read(pdev, PINION_REG_BOOT_SLOT) & PINION_BOOT_SLOT_RUNNING);
	return 0;
}

/* For a card whose host has no image either. */
static void fw_report_flash(struct pinion_card *pdev)
{
	u32 status = pinion_read(pdev, PINION_REG_BOOT_STATUS);

	if (FIELD_GET(PINION_BOOT_STATUS_ERROR, status) == PINION_BOOT_ERR_FLASH)
		pinion_report(pdev, PINION_ERROR_BOOT_FLASH, "flash");
}

/* The firmware of the flash comes first; the image of the host is for cards without such. */
static int fw_start_any(struct pinion_card *pdev)
{
	int ret = fw_start_own(pdev);

	if (ret != -ENOENT)
		return ret;
	ret = fw_load(pdev);
	if (ret) {
		fw_report_flash(pdev);
		return ret;
	}
	pdev->fw_flags = fw_flags(pdev->fw_image);
	return fw_start(pdev, pdev->fw_image);
}

/**
 * pinion_fw_boot() - boot firmware and wait until it takes messages
 * @pdev: device
 *
 * The kernel log has the reason of an error in words.
 * Return: 0; -ENOENT: there is no image; -EKEYREJECTED: the image is signed with the test key,
 * which allow_test_key does not allow; -EBADMSG: the card refused the image; -ETIMEDOUT, -EIO,
 * -ENOMEM.
 */
int pinion_fw_boot(struct pinion_card *pdev)
{
	int ret = fw_make_startable(pdev);

	return ret ?: fw_start_any(pdev);
}

/* Reset the firmware, unless the card was taken down, which has masked all interrupts. */
static int fw_begin_warm(struct pinion_card *pdev)
{
	int ret = -ENODEV;

	mutex_lock(&pdev->reset_lock);
	if (pinion_answers(pdev)) {
		/* A start that fails is dealt with by the caller, not by the interrupt's handler.
		 */
		pinion_write(pdev, PINION_REG_INT_ENABLE, PINION_IRQ_CAUSES & ~PINION_INT_BOOT);
		ret = pinion_reset(pdev, PINION_RESET_WARM);
	}
	mutex_unlock(&pdev->reset_lock);
	return ret;
}

/* The firmware runs: let it interrupt again, unless the card was taken down meanwhile. */
static int fw_end_warm(struct pinion_card *pdev)
{
	int ret = -ENODEV;

	mutex_lock(&pdev->reset_lock);
	if (pinion_answers(pdev)) {
		pinion_write(pdev, PINION_REG_INT_STATUS, PINION_INT_BOOT);
		pinion_write(pdev, PINION_REG_INT_ENABLE, PINION_IRQ_CAUSES);
		ret = 0;
	}
	mutex_unlock(&pdev->reset_lock);
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
	ret = fw_begin_warm(pdev) ?: fw_start_any(pdev) ?: fw_end_warm(pdev);
	if (ret)
		return ret;
	pinion_mbox_init(pdev);
	return pinion_mbox_hello(pdev);
}
MODULE_FIRMWARE(PINION_FW_NAME);
