// SPDX-License-Identifier: MIT
/*
 * Exporting buffers as dma-bufs to other processes, drivers and cards, and importing dma-bufs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "internal.h"

/* The caller holds the device's lock. */
static struct pinion_handle *find_handle(struct pinion_device *dev, uint32_t handle)
{
	struct pinion_handle *h = dev->handles;

	while (h && h->handle != handle)
		h = h->next;
	return h;
}

/* Count @buf as a user of its GEM handle; the caller holds the device's lock. */
static int share_handle(struct pinion_buffer *buf)
{
	struct pinion_handle *h = find_handle(buf->dev, buf->handle);

	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return -ENOMEM;
		h->handle = buf->handle;
		h->next = buf->dev->handles;
		buf->dev->handles = h;
	}
	h->users++;
	buf->shared = h;
	return 0;
}

static int export(struct pinion_buffer *buf)
{
	int fd;

	if (drmPrimeHandleToFD(buf->dev->fd, buf->handle, DRM_CLOEXEC | DRM_RDWR, &fd))
		return -errno;
	return fd;
}

PINION_EXPORT int pinion_buffer_export(struct pinion_buffer *buf, struct pinion_error *err)
{
	struct pinion_device *dev = buf->dev;
	int ret;

	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	pthread_mutex_lock(&dev->lock);
	ret = buf->shared ? 0 : share_handle(buf);
	pthread_mutex_unlock(&dev->lock);
	if (!ret)
		ret = export(buf);
	return ret < 0 ? pinion_fail(err, ret, "exporting a buffer: %s", pinion_why(dev, ret))
		       : ret;
}

static int fail_import(const struct pinion_device *dev, int code, struct pinion_error *err)
{
	const char *why = pinion_why(dev, code);

	if (code == -EINVAL || code == -ENOTTY)
		why = "not a dma-buf of whole pages";
	else if (code == -ENOSYS)
		why = "its exporter lets no other device reach it, as device memory of another card";
	else if (code == -EOPNOTSUPP)
		why = "the card's DMA addresses do not reach all memory here; an IOMMU would help";
	return pinion_fail(err, code, "importing a dma-buf: %s", why);
}

/*
 * The lock is held from the import to the count, so that another thread that frees a buffer with
 * the same GEM handle does not close the handle in between.
 */
static int import_handle(int dmabuf, struct pinion_buffer *buf)
{
	struct pinion_device *dev = buf->dev;
	int ret = 0;

	pthread_mutex_lock(&dev->lock);
	if (drmPrimeFDToHandle(dev->fd, dmabuf, &buf->handle))
		ret = -errno;
	if (!ret) {
		ret = share_handle(buf);
		if (ret)
			pinion_close_gem(buf);
	}
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

/* The end of a dma-buf, as lseek() reports it, is its size. */
static int import(struct pinion_device *dev, int dmabuf, struct pinion_buffer *buf)
{
	off_t bytes = lseek(dmabuf, 0, SEEK_END);

	if (bytes < 0)
		return errno == ESPIPE ? -EINVAL : -errno;
	buf->dev = dev;
	buf->access = PINION_MAP_READ | PINION_MAP_WRITE;
	buf->bytes = ((uint64_t)bytes + dev->page_bytes - 1) & ~(uint64_t)(dev->page_bytes - 1);
	return import_handle(dmabuf, buf);
}

PINION_EXPORT int pinion_buffer_import(struct pinion_device *dev, int dmabuf, uint32_t flags,
				       struct pinion_buffer **out, struct pinion_error *err)
{
	struct pinion_buffer *buf;
	int ret;

	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	if (flags & ~PINION_BUFFER_UNBOUND)
		return pinion_fail(err, -EINVAL, "unknown import flags 0x%x", flags);
	buf = calloc(1, sizeof(*buf));
	if (!buf)
		return pinion_fail(err, -ENOMEM, "no memory");
	ret = import(dev, dmabuf, buf);
	if (ret) {
		free(buf);
		return fail_import(dev, ret, err);
	}
	if (!flags)
		ret = pinion_buffer_place(buf, err);
	if (ret) {
		pinion_buffer_free(buf);
		return ret;
	}
	*out = buf;
	return 0;
}
