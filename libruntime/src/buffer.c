// SPDX-License-Identifier: MIT
/*
 * Buffers: memory that the card, and perhaps the CPU, can reach. One page above each buffer
 * stays unmapped, so that an access beyond its end is a page fault.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xf86drm.h>

#include "internal.h"

#define FLAGS                                                                                    \
	(PINION_BUFFER_DEVICE | PINION_BUFFER_HOST | PINION_BUFFER_MAPPABLE | PINION_BUFFER_WC | \
	 PINION_BUFFER_UNBOUND)
#define PAGE_64K (64ull << 10)

/* The kernel maps a buffer at an offset that does not fit into 32 bits. */
_Static_assert(sizeof(off_t) == sizeof(uint64_t), "build with -D_FILE_OFFSET_BITS=64");

static int fail_create(const struct pinion_device *dev, int code, uint64_t bytes,
		       struct pinion_error *err)
{
	const char *why = pinion_why(dev, code);

	if (code == -ENOSPC)
		why = "not enough free device memory";
	else if (code == -ENOMEM)
		why = "not enough host memory";
	return pinion_fail(err, code, "buffer of %llu bytes: %s", (unsigned long long)bytes, why);
}

static int create_bo(struct pinion_device *dev, uint64_t bytes, uint32_t flags,
		     struct pinion_buffer *buf)
{
	struct drm_pinion_bo_create arg = { .size = bytes, .flags = flags };

	if (drmIoctl(dev->fd, DRM_IOCTL_PINION_BO_CREATE, &arg))
		return -errno;
	buf->dev = dev;
	buf->access = DRM_PINION_VM_BIND_READ | DRM_PINION_VM_BIND_WRITE;
	buf->bytes = arg.size;
	buf->handle = arg.handle;
	return 0;
}

/* Alignment with which the card can use the largest page that fits into the buffer. */
static uint64_t natural_align(const struct pinion_buffer *buf)
{
	if (buf->bytes >= PAGE_2M)
		return PAGE_2M;
	return buf->bytes >= PAGE_64K ? PAGE_64K : buf->dev->page_bytes;
}

int pinion_buffer_bind(struct pinion_buffer *buf, uint64_t offset, uint64_t bytes, uint32_t access,
		       struct pinion_error *err)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_MAP,
		.flags = access,
		.handle = buf->handle,
		.offset = offset,
		.va = buf->range.start + offset,
		.size = bytes,
	};

	return pinion_bind(buf->dev, 0, &op, err);
}

static void unbind(struct pinion_buffer *buf)
{
	struct drm_pinion_vm_bind_op op = {
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = buf->range.start,
		.size = buf->bytes,
	};

	pinion_bind(buf->dev, 0, &op, NULL);
}

static int check(const struct pinion_device *dev, uint64_t bytes, uint32_t flags,
		 struct pinion_error *err)
{
	uint32_t place = flags & (PINION_BUFFER_DEVICE | PINION_BUFFER_HOST);

	if (pinion_forked(dev))
		return pinion_fail_forked(err);
	if (flags & ~FLAGS)
		return pinion_fail(err, -EINVAL, "unknown buffer flags 0x%x", flags);
	if (place != PINION_BUFFER_DEVICE && place != PINION_BUFFER_HOST)
		return pinion_fail(err, -EINVAL,
				   "a buffer is either PINION_BUFFER_DEVICE or PINION_BUFFER_HOST");
	if (flags & PINION_BUFFER_WC && place != PINION_BUFFER_HOST)
		return pinion_fail(err, -EINVAL, "PINION_BUFFER_WC goes with PINION_BUFFER_HOST");
	if (!bytes || bytes > dev->va.end - dev->va.start - 2 * dev->page_bytes)
		return pinion_fail(err, -EINVAL, "a buffer of %llu bytes is not possible",
				   (unsigned long long)bytes);
	return 0;
}

int pinion_buffer_alloc(struct pinion_device *dev, uint64_t bytes, uint32_t flags,
			struct pinion_buffer **out, struct pinion_error *err)
{
	struct pinion_buffer *buf;
	int ret = check(dev, bytes, flags, err);

	if (ret)
		return ret;
	flags &= ~PINION_BUFFER_UNBOUND;
	if (flags & PINION_BUFFER_HOST)
		flags &= ~PINION_BUFFER_MAPPABLE;
	buf = calloc(1, sizeof(*buf));
	if (!buf)
		return pinion_fail(err, -ENOMEM, "no memory");
	ret = create_bo(dev, bytes, flags, buf);
	if (ret) {
		free(buf);
		return fail_create(dev, ret, bytes, err);
	}
	*out = buf;
	return 0;
}

int pinion_buffer_place(struct pinion_buffer *buf, struct pinion_error *err)
{
	struct pinion_device *dev = buf->dev;
	int ret;

	pthread_mutex_lock(&dev->lock);
	ret = pinion_va_alloc(&dev->va, buf->bytes + dev->page_bytes, natural_align(buf),
			      &buf->range);
	pthread_mutex_unlock(&dev->lock);
	if (ret)
		return pinion_fail(err, ret, "no addresses left for a buffer of %llu bytes",
				   (unsigned long long)buf->bytes);
	return pinion_buffer_bind(buf, 0, buf->bytes, buf->access, err);
}

PINION_EXPORT int pinion_buffer_create(struct pinion_device *dev, size_t bytes, uint32_t flags,
				       struct pinion_buffer **out, struct pinion_error *err)
{
	struct pinion_buffer *buf;
	int ret = pinion_buffer_alloc(dev, bytes, flags, &buf, err);

	if (ret)
		return ret;
	if (!(flags & PINION_BUFFER_UNBOUND))
		ret = pinion_buffer_place(buf, err);
	if (ret) {
		pinion_buffer_free(buf);
		return ret;
	}
	*out = buf;
	return 0;
}

void pinion_buffer_unmap(struct pinion_buffer *buf)
{
	if (buf->map && !buf->wrapped)
		munmap(buf->map, buf->bytes);
	buf->map = NULL;
}

void pinion_close_gem(const struct pinion_buffer *buf)
{
	struct drm_gem_close arg = { .handle = buf->handle };

	drmIoctl(buf->dev->fd, DRM_IOCTL_GEM_CLOSE, &arg);
}

static void unlink_handle(struct pinion_device *dev, struct pinion_handle *h)
{
	struct pinion_handle **link = &dev->handles;

	while (*link != h)
		link = &(*link)->next;
	*link = h->next;
	free(h);
}

static void close_handle(struct pinion_buffer *buf)
{
	struct pinion_device *dev = buf->dev;

	pthread_mutex_lock(&dev->lock);
	if (!buf->shared || !--buf->shared->users) {
		pinion_close_gem(buf);
		if (buf->shared)
			unlink_handle(dev, buf->shared);
	}
	pthread_mutex_unlock(&dev->lock);
}

PINION_EXPORT void pinion_buffer_free(struct pinion_buffer *buf)
{
	if (!buf)
		return;
	pinion_buffer_unmap(buf);
	/* A child must not free the memory of its parent. */
	if (!pinion_forked(buf->dev)) {
		if (buf->range.bytes) {
			unbind(buf);
			pthread_mutex_lock(&buf->dev->lock);
			pinion_va_free(&buf->dev->va, &buf->range);
			pthread_mutex_unlock(&buf->dev->lock);
		}
		close_handle(buf);
	}
	free(buf);
}

PINION_EXPORT void *pinion_buffer_map(struct pinion_buffer *buf)
{
	struct drm_pinion_bo_mmap_offset arg = { .handle = buf->handle };
	void *map;

	if (buf->map || pinion_forked(buf->dev))
		return buf->map;
	if (drmIoctl(buf->dev->fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, &arg))
		return NULL;
	map = mmap(NULL, buf->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, buf->dev->fd,
		   (off_t)arg.offset);
	if (map != MAP_FAILED)
		buf->map = map;
	return buf->map;
}

PINION_EXPORT uint64_t pinion_buffer_address(const struct pinion_buffer *buf)
{
	return buf->range.start;
}

PINION_EXPORT size_t pinion_buffer_bytes(const struct pinion_buffer *buf)
{
	return buf->bytes;
}
