// SPDX-License-Identifier: GPL-2.0-or-later
/* DEV_QUERY: sizes old and new, and values that make sense. */
#include <unistd.h>

#include "harness.h"

/* The answer's struct of a program that is newer than the driver. */
struct newer {
	struct drm_pinion_dev_info info;
	uint8_t more[64];
};

FIXTURE(query)
{
	int fd;
	struct newer answer;
	struct drm_pinion_dev_query args;
};

FIXTURE_SETUP(query)
{
	self->fd = rig_open_node();
	memset(&self->answer, 0xee, sizeof(self->answer));
	self->args = (struct drm_pinion_dev_query){
		.size = sizeof(self->answer),
		.pointer = (uintptr_t)&self->answer,
	};
}

FIXTURE_TEARDOWN(query)
{
	close(self->fd);
}

static int query(int fd, struct drm_pinion_dev_query *args)
{
	return try_ioctl(fd, DRM_IOCTL_PINION_DEV_QUERY, args);
}

TEST_F(query, says_its_size_without_a_pointer)
{
	self->args = (struct drm_pinion_dev_query){};
	query(self->fd, &self->args);
	EXPECT_EQ(sizeof(self->answer.info), self->args.size);
}

TEST_F(query, gives_an_older_program_what_it_asked_for)
{
	self->args.size = 8;
	EXPECT_EQ(0, query(self->fd, &self->args));
	EXPECT_EQ(sizeof(self->answer.info), self->args.size);
	EXPECT_NE(0, self->answer.info.caps);
	EXPECT_EQ(0xee, ((uint8_t *)&self->answer)[8]);
}

TEST_F(query, gives_a_newer_program_zeros_at_the_end)
{
	EXPECT_EQ(0, query(self->fd, &self->args));
	EXPECT_EQ(sizeof(self->answer.info), self->args.size);
	EXPECT_TRUE(rig_all(self->answer.more, sizeof(self->answer.more), 0));
}

TEST_F(query, refuses_padding_that_is_not_zero)
{
	self->args.pad = 1;
	EXPECT_EQ(-EINVAL, query(self->fd, &self->args));
}

TEST_F(query, refuses_a_bad_pointer)
{
	self->args.pointer = 8;
	EXPECT_EQ(-EFAULT, query(self->fd, &self->args));
}

TEST_F(query, refuses_an_absurd_size)
{
	self->args.size = ~0u;
	EXPECT_EQ(-EINVAL, query(self->fd, &self->args));
}

FIXTURE(card)
{
	struct drm_pinion_dev_info info;
};

FIXTURE_SETUP(card)
{
	int fd = rig_open_node();

	self->info = rig_info(fd);
	close(fd);
}

FIXTURE_TEARDOWN(card)
{
}

TEST_F(card, has_this_contract)
{
	EXPECT_EQ(PINION_CONTRACT_MAJOR, self->info.contract >> 16);
}

TEST_F(card, has_a_firmware_version)
{
	EXPECT_NE(0, self->info.fw_version);
	EXPECT_LT(self->info.fw_version >> 24, 100);
}

TEST_F(card, has_capabilities)
{
	EXPECT_NE(0, self->info.caps & PINION_CAP_COMPUTE);
}

TEST_F(card, has_memory_of_which_some_is_used)
{
	EXPECT_NE(0, self->info.memory_free);
	EXPECT_LT(self->info.memory_free, self->info.memory_bytes);
}

TEST_F(card, has_a_window_into_its_memory)
{
	EXPECT_NE(0, self->info.window_bytes);
	EXPECT_LE(self->info.window_bytes, self->info.memory_bytes);
}

TEST_F(card, has_an_address_space)
{
	EXPECT_NE(0, self->info.va_start);
	EXPECT_LT(self->info.va_start, self->info.va_end);
	EXPECT_LT(self->info.va_end, 1ull << 48);
}

TEST_F(card, has_cores)
{
	EXPECT_GE(self->info.cores, 1);
	EXPECT_LE(self->info.cores, PINION_MAX_CORES);
	EXPECT_NE(0, self->info.scratchpad_bytes);
}

TEST_F(card, has_queues)
{
	EXPECT_GE(self->info.queues, 1);
	EXPECT_EQ(PINION_RING_MAX, self->info.max_entries);
}

TEST_F(card, has_pages_of_4_kib_and_a_clock)
{
	EXPECT_EQ(4096, self->info.page_bytes);
	EXPECT_NE(0, self->info.time_freq);
	EXPECT_EQ(0, self->info.reserved);
}

int main(int argc, char **argv)
{
	return card_harness_run(argc, argv);
}
