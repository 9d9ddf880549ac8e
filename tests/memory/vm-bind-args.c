// SPDX-License-Identifier: GPL-2.0-or-later
/* VM_BIND: what its operations and their array may hold. */
#include <unistd.h>

#include "harness.h"

#define VA    0x40000000ull
#define BYTES 8192ull

FIXTURE(op)
{
	int fd;
	struct drm_pinion_vm_bind_op map;
	struct drm_pinion_vm_bind_op unmap;
};

FIXTURE_SETUP(op)
{
	self->fd = rig_open_node();
	self->map = (struct drm_pinion_vm_bind_op){
		.flags = RIG_RWX,
		.handle = rig_bo(self->fd, BYTES, DRM_PINION_BO_DEVICE),
		.va = VA,
		.size = BYTES,
	};
	self->unmap = (struct drm_pinion_vm_bind_op){
		.op = DRM_PINION_VM_BIND_UNMAP,
		.va = VA,
		.size = BYTES,
	};
}

FIXTURE_TEARDOWN(op)
{
	close(self->fd);
}

/* The operation @base, good but for one member, is refused. */
#define BAD(base, name, member, value, want)                      \
	TEST_F(op, name)                                          \
	{                                                         \
		self->base.member = value;                        \
		EXPECT_EQ(want, try_bind(self->fd, &self->base)); \
	}

BAD(map, unknown_op, op, 2, -EINVAL)
BAD(map, unknown_flag, flags, 8, -EINVAL)
BAD(map, no_access_at_all, flags, 0, -EINVAL)
BAD(map, unknown_handle, handle, 9999, -ENOENT)
BAD(map, padding, pad, 1, -EINVAL)
BAD(map, offset_at_the_end, offset, BYTES, -EINVAL)
BAD(map, range_beyond_the_end, offset, 4096, -EINVAL)
BAD(map, offset_that_overflows, offset, 1ull << 63, -EINVAL)
BAD(map, misaligned_offset, offset, 8, -EINVAL)
BAD(map, misaligned_va, va, VA + 8, -EINVAL)
BAD(map, va_0, va, 0, -EINVAL)
BAD(map, range_across_the_end_of_the_address_space, va, (1ull << 48) - 4096, -EINVAL)
BAD(map, va_that_overflows, va, ~0xfffull, -EINVAL)
BAD(map, size_0, size, 0, -EINVAL)
BAD(map, misaligned_size, size, 100, -EINVAL)
BAD(map, size_that_overflows, size, ~0xfffull, -EINVAL)
BAD(unmap, unmap_with_flags, flags, 1, -EINVAL)
BAD(unmap, unmap_with_a_handle, handle, 1, -EINVAL)
BAD(unmap, unmap_with_an_offset, offset, 4096, -EINVAL)

/* An array of three operations, each longer by a member that the driver does not know. */
FIXTURE(array)
{
	struct rig rig;
	struct drm_pinion_vm_bind args;
	struct {
		struct drm_pinion_vm_bind_op op;
		uint64_t more;
	} ops[3];
};

FIXTURE_SETUP(array)
{
	uint32_t bo;
	int i;

	rig_open(&self->rig, 4);
	bo = rig_bo(self->rig.fd, 4096, DRM_PINION_BO_DEVICE);
	for (i = 0; i < 3; i++)
		self->ops[i].op = (struct drm_pinion_vm_bind_op){
			.flags = RIG_RWX,
			.handle = bo,
			.va = VA + i * 0x100000,
			.size = 4096,
		};
	self->args = (struct drm_pinion_vm_bind){
		.stride = sizeof(self->ops[0]),
		.count = 3,
		.ops = (uintptr_t)self->ops,
	};
}

FIXTURE_TEARDOWN(array)
{
	rig_close(&self->rig);
}

static int bind_array(struct rig *rig, struct drm_pinion_vm_bind *args)
{
	return try_ioctl(rig->fd, DRM_IOCTL_PINION_VM_BIND, args);
}

TEST_F(array, longer_struct)
{
	struct rig *rig = &self->rig;

	EXPECT_EQ(0, bind_array(rig, &self->args));
	EXPECT_EQ(3, self->args.count);
	rig_fill(rig, VA, 4096, 0x44, 1);
	rig_copy(rig, RIG_DATA_VA, VA + 0x200000, 1);
	EXPECT_EQ(0, rig_run(rig).res);
	EXPECT_EQ(0x44, rig->data[0]);
}

TEST_F(array, unknown_member_that_is_not_zero)
{
	self->ops[2].more = 1;
	EXPECT_EQ(-EINVAL, bind_array(&self->rig, &self->args));
	EXPECT_EQ(2, self->args.count) TH_LOG("the two before it take effect");
}

TEST_F(array, bad_pointer)
{
	self->args.ops = 8;
	EXPECT_EQ(-EFAULT, bind_array(&self->rig, &self->args));
	EXPECT_EQ(0, self->args.count);
}

#define BAD_ARRAY(name, member, value, want)                          \
	TEST_F(array, name)                                           \
	{                                                             \
		self->args.member = value;                            \
		EXPECT_EQ(want, bind_array(&self->rig, &self->args)); \
	}

BAD_ARRAY(unknown_vm, vm, 1, -ENOENT)
BAD_ARRAY(unknown_flag, flags, ~DRM_PINION_VM_BIND_ASYNC, -EINVAL)
BAD_ARRAY(no_op, count, 0, -EINVAL)
BAD_ARRAY(too_many_ops, count, 65537, -EINVAL)
BAD_ARRAY(short_stride, stride, 8, -EINVAL)

int main(int argc, char **argv)
{
	return card_harness_run(argc, argv);
}
