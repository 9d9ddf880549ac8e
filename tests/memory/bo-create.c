// SPDX-License-Identifier: GPL-2.0-or-later
/* BO_CREATE: which sizes and flags there are, and that memory comes back. */
#include <unistd.h>

#include "harness.h"

#define DEVICE	 DRM_PINION_BO_DEVICE
#define HOST	 DRM_PINION_BO_HOST
#define WC	 DRM_PINION_BO_WC
#define MAPPABLE DRM_PINION_BO_MAPPABLE

FIXTURE(create)
{
	int fd;
};

FIXTURE_VARIANT(create)
{
	uint64_t size;
	uint32_t flags;
	int want;
};

#define CASE(name, size_value, flags_value, want_value)                       \
	FIXTURE_VARIANT_ADD(create, name)                                     \
	{                                                                     \
		.size = size_value, .flags = flags_value, .want = want_value, \
	}

CASE(device_memory, 4096, DEVICE, 0);
CASE(mappable_device_memory, 4096, DEVICE | MAPPABLE, 0);
CASE(host_memory, 4096, HOST, 0);
CASE(write_combined_host_memory, 4096, HOST | WC, 0);
CASE(write_combined_device_memory, 4096, DEVICE | MAPPABLE | WC, -EINVAL);
CASE(neither_device_nor_host, 4096, 0, -EINVAL);
CASE(device_and_host, 4096, DEVICE | HOST, -EINVAL);
CASE(mappable_host_memory, 4096, HOST | MAPPABLE, -EINVAL);
CASE(unknown_flag, 4096, DEVICE | 1u << 31, -EINVAL);
CASE(size_0, 0, DEVICE, -EINVAL);
CASE(size_that_overflows_in_device_memory, ~0ull, DEVICE, -EINVAL);
CASE(size_that_overflows_in_host_memory, ~0ull, HOST, -EINVAL);
CASE(size_2_to_62_of_device_memory, 1ull << 62, DEVICE, -ENOSPC);
CASE(size_2_to_62_of_host_memory, 1ull << 62, HOST, -ENOMEM);

FIXTURE_SETUP(create)
{
	self->fd = rig_open_node();
}

FIXTURE_TEARDOWN(create)
{
	close(self->fd);
}

TEST_F(create, result)
{
	uint32_t handle;

	EXPECT_EQ(variant->want, try_bo(self->fd, variant->size, variant->flags, &handle));
}

FIXTURE(memory)
{
	int fd;
	struct drm_pinion_dev_info before;
};

FIXTURE_SETUP(memory)
{
	self->fd = rig_open_node();
	self->before = rig_info(self->fd);
}

FIXTURE_TEARDOWN(memory)
{
	close(self->fd);
}

TEST_F(memory, more_than_is_free_is_refused)
{
	uint32_t handle;

	EXPECT_EQ(-ENOSPC, try_bo(self->fd, self->before.memory_bytes, DEVICE, &handle));
}

TEST_F(memory, half_of_what_is_free_is_there)
{
	uint32_t handle;

	EXPECT_EQ(0, try_bo(self->fd, self->before.memory_free / 2, DEVICE, &handle));
}

TEST_F(memory, ends)
{
	uint32_t handle, n = 0;
	int ret;

	while (!(ret = try_bo(self->fd, 8 << 20, DEVICE, &handle)))
		n++;
	EXPECT_GT(n, 0);
	EXPECT_EQ(-ENOSPC, ret);
}

TEST_F(memory, comes_back_when_the_file_is_closed)
{
	int other = rig_open_node();
	uint32_t handle;

	while (!try_bo(other, 8 << 20, DEVICE, &handle))
		;
	close(other);
	EXPECT_EQ(self->before.memory_free, rig_info(self->fd).memory_free);
}

FIXTURE(buffer)
{
	int fd;
	uint64_t before;
	struct drm_pinion_bo_create bo;
};

FIXTURE_SETUP(buffer)
{
	self->fd = rig_open_node();
	self->before = rig_info(self->fd).memory_free;
	self->bo = (struct drm_pinion_bo_create){ .size = 5000, .flags = DEVICE };
	ASSERT_EQ(0, try_ioctl(self->fd, DRM_IOCTL_PINION_BO_CREATE, &self->bo));
}

FIXTURE_TEARDOWN(buffer)
{
	close(self->fd);
}

TEST_F(buffer, has_whole_pages)
{
	EXPECT_EQ(8192, self->bo.size);
}

TEST_F(buffer, takes_memory)
{
	EXPECT_EQ(self->before - 8192, rig_info(self->fd).memory_free);
}

TEST_F(buffer, gives_its_memory_back)
{
	rig_bo_close(self->fd, self->bo.handle);
	EXPECT_EQ(self->before, rig_info(self->fd).memory_free);
}

int main(int argc, char **argv)
{
	return card_harness_run(argc, argv);
}
