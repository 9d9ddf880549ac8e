// SPDX-License-Identifier: GPL-2.0
/* Why the firmware stopped: the record of a crash in the card's SRAM, for the log and debugfs. */
#include <linux/seq_file.h>

#include "pinion_device.h"
#include "pinion_fw.h"
#include "pinion_fw_crash.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_regs.h"
#include "pinion_report.h"

/* Indices in pinion_crash.x, which begins with x1. */
#define CRASH_RA 0
#define CRASH_SP 1

/* The record's values are the firmware's, so they may be anything. */
static bool crash_read(struct pinion_card *pdev, struct pinion_crash *crash)
{
	if (!(pdev->info.caps & PINION_CAP_WARM))
		return false;
	pinion_read_words(pdev, PINION_SRAM_OFFSET + PINION_SRAM_CRASH, crash, sizeof(*crash));
	return crash->magic == PINION_CRASH_MAGIC && crash->bytes == sizeof(*crash) &&
	       crash->stack_words <= PINION_CRASH_STACK;
}

/**
 * pinion_fw_report_crash() - report where and why the firmware stopped
 * @pdev: device; the caller does not hold pinion_card.reset_lock
 *
 * Keeps the record, which is gone from the card after a reset of level FIRMWARE.
 * Return: -EIO.
 */
int pinion_fw_report_crash(struct pinion_card *pdev)
{
	u32 code = pinion_read(pdev, PINION_REG_FW_PANIC);
	u32 pc = pinion_read(pdev, PINION_REG_FW_PANIC_PC);
	struct pinion_crash crash;

	pinion_health_count(pdev, PINION_COUNT_FIRMWARE_CRASHES);
	/* A record of an earlier crash is of no use: this one left none. */
	if (!crash_read(pdev, &crash) || crash.cause != code)
		return pinion_report(pdev, PINION_ERROR_FIRMWARE_CRASHED,
				     "firmware, code %#x at pc %#x", code, pc);
	mutex_lock(&pdev->reset_lock);
	pdev->fw_crash = crash;
	mutex_unlock(&pdev->reset_lock);
	return pinion_report(pdev, PINION_ERROR_FIRMWARE_CRASHED,
			     "firmware, cause %#x at pc %#x, value %#x, ra %#x, sp %#x, crash %u",
			     crash.cause, crash.pc, crash.value, crash.x[CRASH_RA],
			     crash.x[CRASH_SP], crash.count);
}

static void crash_show_words(struct seq_file *m, const char *name, u32 first, const u32 *words,
			     u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		seq_printf(m, "%s%u %#010x\n", name, first + i, words[i]);
}

/**
 * pinion_fw_show_crash() - print the record of the firmware's last crash
 * @pdev: device
 * @m: file to print to; gets nothing if the firmware has not crashed
 */
void pinion_fw_show_crash(struct pinion_card *pdev, struct seq_file *m)
{
	struct pinion_crash crash;

	mutex_lock(&pdev->reset_lock);
	crash = pdev->fw_crash;
	mutex_unlock(&pdev->reset_lock);
	if (!crash.magic)
		return;
	seq_printf(m, "count %u\n", crash.count);
	seq_printf(m, "version %s\n", pinion_fw_name(crash.fw_version).text);
	seq_printf(m, "time %llu\n", (u64)crash.time_hi << 32 | crash.time_lo);
	seq_printf(m, "cause %#x\npc %#x\nvalue %#x\n", crash.cause, crash.pc, crash.value);
	crash_show_words(m, "x", 1, crash.x, ARRAY_SIZE(crash.x));
	crash_show_words(m, "stack", 0, crash.stack, crash.stack_words);
}
