// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log ring: lines "<L>text\n" where L is the kernel's level. The oldest bytes are overwritten;
 * LOG_TAIL counts all bytes ever written, so a reader knows how many bytes it missed.
 */
#include <stdarg.h>

#include "fw.h"
#include "io.h"

static void put(uint32_t *tail, char c)
{
	uint32_t at = *tail % PINION_LOG_SIZE;
	uint32_t addr = PINION_MGMT_SRAM_BASE + PINION_SRAM_LOG + (at & ~3u);
	uint32_t shift = at % 4 * 8;
	uint32_t word = io_read(addr) & ~(0xffu << shift);

	io_write(addr, word | (uint32_t)(uint8_t)c << shift);
	++*tail;
}

static void put_string(uint32_t *tail, const char *s)
{
	while (*s)
		put(tail, *s++);
}

static void put_number(uint32_t *tail, uint32_t value, uint32_t base)
{
	char digits[11];
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		*--p = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	put_string(tail, p);
}

/**
 * fw_log() - append a line to the log ring and tell the host
 * @level: FW_LOG_*
 * @format: text without newline; of conversions only %s, %u, %x (printed with 0x) and %%
 */
void fw_log(int level, const char *format, ...)
{
	uint32_t tail = sys_read(PINION_MGMT_LOG_TAIL);
	va_list args;

	put(&tail, '<');
	put(&tail, (char)('0' + level));
	put(&tail, '>');
	va_start(args, format);
	for (; *format; format++) {
		if (*format != '%') {
			put(&tail, *format);
			continue;
		}
		format++;
		if (*format == 's') {
			put_string(&tail, va_arg(args, const char *));
		} else if (*format == 'u') {
			put_number(&tail, va_arg(args, uint32_t), 10);
		} else if (*format == 'x') {
			put_string(&tail, "0x");
			put_number(&tail, va_arg(args, uint32_t), 16);
		} else {
			put(&tail, '%');
		}
	}
	va_end(args);
	put(&tail, '\n');
	sys_write(PINION_MGMT_LOG_TAIL, tail);
	sys_write(PINION_MGMT_HOST_INT, PINION_INT_LOG);
}
