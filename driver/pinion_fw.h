/* SPDX-License-Identifier: GPL-2.0 */
/* The management firmware: loading, booting and starting again. */
#ifndef PINION_FW_H
#define PINION_FW_H

#include <linux/kernel.h>
#include <linux/types.h>

#include "pinion_regs.h"

struct pinion_card;

#define PINION_FW_NAME "pinion/mgmt.bin"

/* Longest time in ms that one try to boot firmware takes. */
#define PINION_FW_BOOT_MS  20000
/* The longest boot: all tries with the images of the flash, and one with the image of the host. */
#define PINION_FW_START_MS ((PINION_BOOT_TRIES + 2) * PINION_FW_BOOT_MS)

/**
 * struct pinion_fw_name - a version of firmware in words
 * @text: the version, such as "1.2.3"
 */
struct pinion_fw_name {
	char text[16];
};

/**
 * pinion_fw_name() - put a version of firmware into words
 * @version: version, as in PINION_REG_FW_VERSION
 * Return: the words, which the caller uses in the same statement.
 */
static inline struct pinion_fw_name pinion_fw_name(u32 version)
{
	struct pinion_fw_name name;

	snprintf(name.text, sizeof(name.text), "%u.%u.%u", version >> 24, version >> 16 & 0xff,
		 version & 0xffff);
	return name;
}

int pinion_fw_boot(struct pinion_card *pdev);
int pinion_fw_warm(struct pinion_card *pdev);
int pinion_fw_check(struct pinion_card *pdev, const u8 *data, size_t size, const char *name);

#endif /* PINION_FW_H */
