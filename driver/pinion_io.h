/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed access to the registers in BAR0. Callers must be between drm_dev_enter() and
 * drm_dev_exit(), or in probe or remove: only there the BARs are known to be mapped.
 */
#ifndef PINION_IO_H
#define PINION_IO_H

#include <linux/io.h>
#include <linux/iopoll.h>

#include "pinion_device.h"

/**
 * pinion_read() - read a register
 * @pdev: device
 * @reg: offset of the register in BAR0
 * Return: value of the register; ~0 if the card does not answer.
 */
static inline u32 pinion_read(struct pinion_card *pdev, u32 reg)
{
	return readl(pdev->regs + reg);
}

/**
 * pinion_write() - write a register
 * @pdev: device
 * @reg: offset of the register in BAR0
 * @value: value to write
 */
static inline void pinion_write(struct pinion_card *pdev, u32 reg, u32 value)
{
	writel(value, pdev->regs + reg);
}

/**
 * pinion_read64() - read a register of 64 bits
 * @pdev: device
 * @reg: offset of the LO half in BAR0
 *
 * LO is read first: that latches HI in registers that can change between the two reads.
 * Return: value of the register.
 */
static inline u64 pinion_read64(struct pinion_card *pdev, u32 reg)
{
	u32 lo = pinion_read(pdev, reg);

	return lo | (u64)pinion_read(pdev, reg + 4) << 32;
}

/**
 * pinion_write64() - write a register of 64 bits, the LO half first
 * @pdev: device
 * @reg: offset of the LO half in BAR0
 * @value: value to write
 */
static inline void pinion_write64(struct pinion_card *pdev, u32 reg, u64 value)
{
	pinion_write(pdev, reg, lower_32_bits(value));
	pinion_write(pdev, reg + 4, upper_32_bits(value));
}

/**
 * pinion_read_words() - copy from SRAM or fault records, which allow 32-bit accesses only
 * @pdev: device
 * @reg: offset of the first word in BAR0
 * @buf: memory that gets the words
 * @bytes: number of bytes to copy, a multiple of 4
 */
static inline void pinion_read_words(struct pinion_card *pdev, u32 reg, void *buf, size_t bytes)
{
	u32 *words = buf;
	size_t i;

	for (i = 0; i < bytes / 4; i++)
		words[i] = pinion_read(pdev, reg + 4 * i);
}

/**
 * pinion_write_words() - copy to SRAM, which allows 32-bit accesses only
 * @pdev: device
 * @reg: offset of the first word in BAR0
 * @buf: words to write
 * @bytes: number of bytes to copy, a multiple of 4
 */
static inline void pinion_write_words(struct pinion_card *pdev, u32 reg, const void *buf,
				      size_t bytes)
{
	const u32 *words = buf;
	size_t i;

	for (i = 0; i < bytes / 4; i++)
		pinion_write(pdev, reg + 4 * i, words[i]);
}

/**
 * pinion_poll() - sleep until bits of a register have a value
 * @pdev: device
 * @reg: offset of the register in BAR0
 * @mask: bits of the register to compare
 * @want: value to wait for in these bits
 * @timeout_ms: longest time to wait, in ms
 * Return: 0 or -ETIMEDOUT.
 */
static inline int pinion_poll(struct pinion_card *pdev, u32 reg, u32 mask, u32 want,
			      unsigned int timeout_ms)
{
	u32 value;

	return readl_poll_timeout(pdev->regs + reg, value, (value & mask) == want, 20,
				  1000UL * timeout_ms);
}

#endif /* PINION_IO_H */
