// SPDX-License-Identifier: GPL-2.0-or-later
/* EXEC: which SQEs are taken and which are refused, before anything reaches the card. */
#include <unistd.h>

#include "harness.h"

static int result(struct rig *rig)
{
	rig_submit(rig);
	return rig_wait(rig).res;
}

/* The SQE's address and length of the command buffer, which is one NOP at RIG_VA. */
FIXTURE(range)
{
	struct rig rig;
};

FIXTURE_VARIANT(range)
{
	uint64_t va;
	uint32_t bytes;
	int want;
};

#define RANGE(name, va_value, bytes_value, want_value)                    \
	FIXTURE_VARIANT_ADD(range, name)                                  \
	{                                                                 \
		.va = va_value, .bytes = bytes_value, .want = want_value, \
	}

RANGE(one_nop, RIG_VA, 8, 0);
RANGE(empty_job, 0, 0, 0);
RANGE(address_without_length, RIG_VA, 0, -EINVAL);
RANGE(length_at_address_0, 0, 8, -EINVAL);
RANGE(misaligned_address, RIG_VA + 4, 8, -EINVAL);
RANGE(misaligned_length, RIG_VA, 12, -EINVAL);
RANGE(too_long, RIG_VA, PINION_MAX_CMD_BYTES + 8, -EINVAL);
RANGE(above_the_address_space, 1ull << 48, 8, -EINVAL);
RANGE(across_the_end_of_the_address_space, (1ull << 48) - 8, 16, -EINVAL);
RANGE(overflow, ~7ull, 16, -EINVAL);

FIXTURE_SETUP(range)
{
	rig_open(&self->rig, 8);
	rig_packet(&self->rig, PINION_PKT_NOP, 8);
}

FIXTURE_TEARDOWN(range)
{
	EXPECT_EQ(0, rig_fault(&self->rig).status);
	rig_close(&self->rig);
}

TEST_F(range, result)
{
	rig_sqe(&self->rig, variant->va, variant->bytes);
	EXPECT_EQ(variant->want, result(&self->rig));
}

/* An SQE of an empty job, of which a test changes one field. */
FIXTURE(sqe)
{
	struct rig rig;
	struct io_uring_sqe *sqe;
	struct pinion_uring_exec *exec;
};

FIXTURE_SETUP(sqe)
{
	rig_open(&self->rig, 8);
	self->sqe = rig_sqe(&self->rig, 0, 0);
	self->exec = (void *)self->sqe->cmd;
}

FIXTURE_TEARDOWN(sqe)
{
	EXPECT_EQ(0, rig_fault(&self->rig).status);
	rig_close(&self->rig);
}

#define BAD(name, change)                               \
	TEST_F(sqe, name)                               \
	{                                               \
		change;                                 \
		EXPECT_EQ(-EINVAL, result(&self->rig)); \
	}

BAD(unknown_command, self->sqe->off = PINION_URING_EXEC + 0x80)
BAD(upper_half_of_the_command, self->sqe->off |= 1ull << 40)
BAD(ioprio, self->sqe->ioprio = 1)
BAD(rw_flags, self->sqe->rw_flags = 2)
BAD(buf_index, self->sqe->buf_index = 1)
BAD(wait_value, self->exec->wait_value = 1)
BAD(flags, self->exec->flags = 1u << 31)

TEST_F(sqe, registered_file)
{
	ASSERT_EQ(0, io_uring_register_files(&self->rig.ring, &self->rig.queue, 1));
	self->sqe->fd = 0;
	self->sqe->flags = IOSQE_FIXED_FILE;
	EXPECT_EQ(0, result(&self->rig));
}

/* The other ways that io_uring has to issue a command. */
FIXTURE(ways)
{
	struct rig rig;
};

FIXTURE_SETUP(ways)
{
	rig_open(&self->rig, 8);
}

FIXTURE_TEARDOWN(ways)
{
	EXPECT_EQ(0, rig_fault(&self->rig).status);
	rig_close(&self->rig);
}

TEST_F(ways, worker_thread_100_times)
{
	int i;

	for (i = 0; i < 100; i++) {
		rig_sqe(&self->rig, 0, 0)->flags = IOSQE_ASYNC;
		EXPECT_EQ(0, result(&self->rig));
	}
}

TEST_F(ways, chain_of_three)
{
	int i;

	for (i = 0; i < 3; i++)
		rig_sqe(&self->rig, 0, 0)->flags = IOSQE_ASYNC | (i < 2 ? IOSQE_IO_LINK : 0);
	rig_submit(&self->rig);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, rig_wait(&self->rig).res);
}

TEST_F(ways, chain_that_an_error_breaks)
{
	rig_sqe(&self->rig, 4, 8)->flags = IOSQE_ASYNC | IOSQE_IO_LINK;
	rig_sqe(&self->rig, 0, 0)->flags = IOSQE_ASYNC;
	EXPECT_EQ(-EINVAL, result(&self->rig));
	EXPECT_EQ(-ECANCELED, rig_wait(&self->rig).res);
}

/* io_uring lets a registered buffer through to the driver, which has no use for it. */
TEST_F(ways, registered_buffer_of_any_command)
{
	static const uint32_t ops[] = { PINION_URING_EXEC, PINION_URING_CANCEL, PINION_URING_WAIT };
	struct iovec buffer = { .iov_base = self->rig.data, .iov_len = 4096 };
	struct io_uring_sqe *sqe;
	uint32_t i, id;

	rig_timeline(self->rig.fd, 1, &id);
	ASSERT_EQ(0, io_uring_register_buffers(&self->rig.ring, &buffer, 1));
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		sqe = rig_sqe(&self->rig, 0, 0);
		memset(sqe->cmd, 0, sizeof(struct pinion_uring_wait));
		sqe->off = ops[i];
		sqe->rw_flags = 1; /* IORING_URING_CMD_FIXED */
		if (ops[i] == PINION_URING_WAIT)
			((struct pinion_uring_wait *)sqe->cmd)->timeline = id;
		EXPECT_EQ(-EINVAL, result(&self->rig));
	}
}

int main(int argc, char **argv)
{
	return card_harness_run(argc, argv);
}
