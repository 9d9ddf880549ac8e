// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap of buffers in device memory, which the window shows, and in host memory. */
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define MAPPABLE (DRM_PINION_BO_DEVICE | DRM_PINION_BO_MAPPABLE)
#define WC	 (DRM_PINION_BO_HOST | DRM_PINION_BO_WC)
#define BYTES	 (3u << 20)
#define MIB	 (1u << 20)

/* A mapped buffer in each kind of memory. */
FIXTURE(mapping)
{
	int fd;
	uint32_t handle;
	uint8_t *mem;
};

FIXTURE_VARIANT(mapping)
{
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(mapping, device_memory){
	.flags = MAPPABLE,
};

FIXTURE_VARIANT_ADD(mapping, host_memory){
	.flags = DRM_PINION_BO_HOST,
};

FIXTURE_VARIANT_ADD(mapping, write_combined_host_memory){
	.flags = WC,
};

FIXTURE_SETUP(mapping)
{
	self->fd = rig_open_node();
	self->handle = rig_bo(self->fd, BYTES, variant->flags);
	self->mem = rig_mmap(self->fd, self->handle, BYTES);
}

FIXTURE_TEARDOWN(mapping)
{
	close(self->fd);
}

TEST_F(mapping, is_zero_at_first)
{
	EXPECT_TRUE(rig_all(self->mem, BYTES, 0));
}

TEST_F(mapping, keeps_what_is_written)
{
	memset(self->mem, 0x5a, BYTES);
	EXPECT_TRUE(rig_all(self->mem, BYTES, 0x5a));
}

TEST_F(mapping, outlives_the_handle)
{
	rig_bo_close(self->fd, self->handle);
	self->mem[BYTES - 1] = 7;
	EXPECT_EQ(7, self->mem[BYTES - 1]);
}

TEST_F(mapping, of_the_next_buffer_is_zero)
{
	memset(self->mem, 0x5a, BYTES);
	rig_bo_close(self->fd, self->handle);
	munmap(self->mem, BYTES);
	self->mem = rig_mmap(self->fd, rig_bo(self->fd, BYTES, variant->flags), BYTES);
	EXPECT_TRUE(rig_all(self->mem, BYTES, 0));
}

TEST_F(mapping, without_its_first_mib_shows_the_right_pages)
{
	uint8_t *part = rig_mmap(self->fd, self->handle, BYTES);

	memset(self->mem, 1, MIB);
	memset(self->mem + MIB, 2, BYTES - MIB);
	munmap(part, MIB);
	EXPECT_TRUE(rig_all(part + MIB, BYTES - MIB, 2));
}

/* A buffer that can be mapped, and the arguments that ask for its mmap offset. */
FIXTURE(offset)
{
	int fd;
	struct drm_pinion_bo_mmap_offset args;
};

FIXTURE_SETUP(offset)
{
	self->fd = rig_open_node();
	self->args.handle = rig_bo(self->fd, 8192, MAPPABLE);
}

FIXTURE_TEARDOWN(offset)
{
	close(self->fd);
}

static int get_offset(int fd, struct drm_pinion_bo_mmap_offset *args)
{
	return try_ioctl(fd, DRM_IOCTL_PINION_BO_MMAP_OFFSET, args);
}

TEST_F(offset, of_an_unknown_handle)
{
	self->args.handle = 12345;
	EXPECT_EQ(-ENOENT, get_offset(self->fd, &self->args));
}

TEST_F(offset, with_padding_that_is_not_zero)
{
	self->args.pad = 1;
	EXPECT_EQ(-EINVAL, get_offset(self->fd, &self->args));
}

TEST_F(offset, does_not_map_device_memory_without_mappable)
{
	uint32_t handle = rig_bo(self->fd, 8192, DRM_PINION_BO_DEVICE);
	void *mem;

	EXPECT_EQ(-EPERM, try_mmap(self->fd, handle, 8192, &mem));
}

TEST_F(offset, does_not_map_more_than_the_buffer)
{
	void *mem;

	EXPECT_EQ(-EINVAL, try_mmap(self->fd, self->args.handle, 12288, &mem));
}

TEST_F(offset, does_not_map_privately_for_writing)
{
	ASSERT_EQ(0, get_offset(self->fd, &self->args));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd,
				   self->args.offset));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(offset, is_not_0)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, 0));
}

TEST_F(offset, is_of_no_use_to_another_file)
{
	int other = rig_open_node();

	ASSERT_EQ(0, get_offset(self->fd, &self->args));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 8192, PROT_READ, MAP_SHARED, other, self->args.offset));
	EXPECT_EQ(EACCES, errno);
	close(other);
}

int main(int argc, char **argv)
{
	return card_harness_run(argc, argv);
}
