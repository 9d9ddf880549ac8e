// SPDX-License-Identifier: GPL-2.0-or-later
/* The card's flash is a file of the host. What is beyond the end of the file is erased. */
#include "pci.h"
#include "qapi/error.h"

/**
 * pinion_flash_open() - open the file of property flash
 * @s: the device; without the property, the card has no flash
 * @errp: out: why the file cannot be used
 *
 * Return: whether the device can be made
 */
bool pinion_flash_open(struct pinion_dev *s, Error **errp)
{
	s->flash_fd = -1;
	if (!s->flash)
		return true;
	s->flash_fd = qemu_create(s->flash, O_RDWR, 0666, errp);
	if (s->flash_fd < 0)
		return false;
	if (!qemu_lock_fd(s->flash_fd, 0, 0, true))
		return true;
	error_setg(errp, "flash=%s is in use: each card needs a file of its own", s->flash);
	pinion_flash_close(s);
	return false;
}

/**
 * pinion_flash_close() - close the file, if there is one
 * @s: the device
 */
void pinion_flash_close(struct pinion_dev *s)
{
	if (s->flash_fd >= 0)
		qemu_close(s->flash_fd);
	s->flash_fd = -1;
}

/**
 * pinion_flash_read() - read a part of the flash
 * @opaque: the device, struct pinion_dev
 * @offset: where the part begins, in bytes
 * @buf: out: content of the flash
 * @len: bytes to read
 *
 * Return: 0, or -1
 */
int pinion_flash_read(void *opaque, uint32_t offset, void *buf, size_t len)
{
	struct pinion_dev *s = opaque;
	ssize_t n = pread(s->flash_fd, buf, len, offset);

	if (n < 0)
		return -1;
	memset((char *)buf + n, 0xff, len - n);
	return 0;
}

/**
 * pinion_flash_write() - write a part of the flash
 * @opaque: the device, struct pinion_dev
 * @offset: where the part begins, in bytes
 * @buf: what the part is to hold
 * @len: bytes to write
 *
 * A gap between the end of the file and @offset would read as zeroes, so it is filled. The boot
 * selector, which is in the first two pages, must not reach the disk before the images that it is
 * about, in case the host loses its power.
 * Return: 0, or -1
 */
int pinion_flash_write(void *opaque, uint32_t offset, const void *buf, size_t len)
{
	static const uint8_t erased[CARD_FLASH_PAGE] = { [0 ... CARD_FLASH_PAGE - 1] = 0xff };
	struct pinion_dev *s = opaque;
	off_t end = lseek(s->flash_fd, 0, SEEK_END);

	if (offset < 2 * CARD_FLASH_PAGE && fdatasync(s->flash_fd))
		return -1;
	while (end >= 0 && end < offset) {
		ssize_t n = pwrite(s->flash_fd, erased, MIN(sizeof(erased), offset - end), end);

		if (n <= 0)
			return -1;
		end += n;
	}
	return end >= 0 && pwrite(s->flash_fd, buf, len, offset) == (ssize_t)len ? 0 : -1;
}
