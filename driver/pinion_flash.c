// SPDX-License-Identifier: GPL-2.0
/* Commands to the unit of the card that writes its flash. */
#include <linux/device.h>

#include "pinion_device.h"
#include "pinion_flash.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_reset.h"

/* A page of NOR flash takes up to seconds to erase. */
#define FLASH_TIMEOUT_MS 10000

/**
 * pinion_flash_command() - give the flash a command and wait until it is finished
 * @pdev: device; the caller is in drm_dev_enter() and holds device_lock(), under which it has
 *	written the arguments
 * @command: PINION_FLASH_ERASE and so on
 * @status: out: value of PINION_REG_FLASH_STATUS; 0 if the flash did what it was told
 * Return: 0; -EAGAIN, -ENODEV: the card does not answer; -ETIMEDOUT: the flash did not finish, and
 * the card is reset, so that it accesses nothing any more for the command.
 */
int pinion_flash_command(struct pinion_card *pdev, u32 command, u32 *status)
{
	device_lock_assert(pdev->drm.dev);
	if (!pinion_answers(pdev))
		return pinion_no_answer(pdev);
	pinion_write(pdev, PINION_REG_FLASH_CTRL, command);
	if (pinion_poll(pdev, PINION_REG_FLASH_STATUS, PINION_FLASH_STATUS_BUSY, 0,
			FLASH_TIMEOUT_MS)) {
		pinion_fail(pdev, PINION_ERROR_FLASH);
		return -ETIMEDOUT;
	}
	*status = pinion_read(pdev, PINION_REG_FLASH_STATUS);
	return 0;
}
