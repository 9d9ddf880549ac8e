// SPDX-License-Identifier: GPL-2.0-or-later
/* EXEC: what an SQE may hold and what not. Nothing bad reaches the card. */
#include <unistd.h>

#include "rig.h"

static struct pinion_uring_exec *exec_of(struct io_uring_sqe *sqe)
{
	return (void *)sqe->cmd;
}

static int result(struct rig *rig)
{
	rig_submit(rig);
	return rig_wait(rig).res;
}

static void range(struct rig *rig, uint64_t va, uint32_t bytes, int want, const char *what)
{
	int res;

	rig_sqe(rig, va, bytes);
	res = result(rig);
	tap_ok(res == want, "%s: %s", what, strerror(-res));
}

static void ranges(struct rig *rig)
{
	rig->bytes = 0;
	rig_packet(rig, PINION_PKT_NOP, 8);
	range(rig, RIG_VA, 8, 0, "one NOP");
	range(rig, 0, 0, 0, "an empty job");
	range(rig, RIG_VA, 0, -EINVAL, "an address without length");
	range(rig, 0, 8, -EINVAL, "a length at address 0");
	range(rig, RIG_VA + 4, 8, -EINVAL, "misaligned address");
	range(rig, RIG_VA, 12, -EINVAL, "misaligned length");
	range(rig, RIG_VA, PINION_MAX_CMD_BYTES + 8, -EINVAL, "too long");
	range(rig, 1ull << 48, 8, -EINVAL, "above the address space");
	range(rig, (1ull << 48) - 8, 16, -EINVAL, "across its end");
	range(rig, ~7ull, 16, -EINVAL, "overflow");
}

#define BAD(rig, what, change)                                          \
	do {                                                            \
		struct io_uring_sqe *sqe = rig_sqe(rig, 0, 0);          \
		int res;                                                \
                                                                        \
		change;                                                 \
		res = result(rig);                                      \
		tap_ok(res == -EINVAL, "%s: %s", what, strerror(-res)); \
	} while (0)

static void fields(struct rig *rig)
{
	BAD(rig, "unknown command", sqe->off = PINION_URING_EXEC + 0x80);
	BAD(rig, "upper half of the command", sqe->off |= 1ull << 40);
	BAD(rig, "ioprio", sqe->ioprio = 1);
	BAD(rig, "rw_flags", sqe->rw_flags = 2);
	BAD(rig, "buf_index", sqe->buf_index = 1);
	BAD(rig, "wait_value", exec_of(sqe)->wait_value = 1);
	BAD(rig, "flags", exec_of(sqe)->flags = 1u << 31);
}

/* The fixed-file table, a worker thread and a chain take the same road. */
static void ways(struct rig *rig)
{
	struct io_uring_sqe *sqe;
	int fds[1] = { rig->queue }, i, bad = 0;

	if (io_uring_register_files(&rig->ring, fds, 1))
		tap_bail("register_files: %s", strerror(errno));
	sqe = rig_sqe(rig, 0, 0);
	sqe->fd = 0;
	sqe->flags = IOSQE_FIXED_FILE;
	tap_ok(!result(rig), "registered file");
	for (i = 0; i < 100; i++) {
		sqe = rig_sqe(rig, 0, 0);
		sqe->flags = IOSQE_ASYNC;
		bad += result(rig) != 0;
	}
	tap_ok(!bad, "from a worker thread, 100 times");
	for (i = 0; i < 3; i++) {
		sqe = rig_sqe(rig, 0, 0);
		sqe->flags = IOSQE_ASYNC | (i < 2 ? IOSQE_IO_LINK : 0);
	}
	rig_submit(rig);
	for (i = 0, bad = 0; i < 3; i++)
		bad += rig_wait(rig).res != 0;
	tap_ok(!bad, "a chain of three");
	sqe = rig_sqe(rig, 4, 8);
	sqe->flags = IOSQE_ASYNC | IOSQE_IO_LINK;
	rig_sqe(rig, 0, 0)->flags = IOSQE_ASYNC;
	tap_ok(result(rig) == -EINVAL && rig_wait(rig).res == -ECANCELED,
	       "an error breaks a chain");
}

/* io_uring lets a registered buffer through to the driver, which has no use for it. */
static void command_flags(struct rig *rig)
{
	static const uint32_t ops[] = { PINION_URING_EXEC, PINION_URING_CANCEL, PINION_URING_WAIT };
	struct iovec buffer = { .iov_base = rig->data, .iov_len = 4096 };
	unsigned int i, bad = 0;
	uint32_t id;
	int tl = rig_timeline(rig->fd, 1, &id);

	if (io_uring_register_buffers(&rig->ring, &buffer, 1))
		tap_bail("register_buffers: %s", strerror(errno));
	for (i = 0; i < 3; i++) {
		struct io_uring_sqe *sqe = rig_sqe(rig, 0, 0);

		memset(sqe->cmd, 0, sizeof(struct pinion_uring_wait));
		sqe->off = ops[i];
		sqe->rw_flags = 1; /* IORING_URING_CMD_FIXED */
		if (ops[i] == PINION_URING_WAIT)
			((struct pinion_uring_wait *)sqe->cmd)->timeline = id;
		bad += result(rig) != -EINVAL;
	}
	tap_ok(!bad, "a flag of the command that means nothing here");
	try_timeline_destroy(rig->fd, id);
	close(tl);
}

int main(void)
{
	struct rig rig;

	tap_plan(23);
	rig_open(&rig, 8);
	ranges(&rig);
	fields(&rig);
	ways(&rig);
	command_flags(&rig);
	tap_ok(!rig_fault(&rig).status, "the card saw no fault");
	rig_close(&rig);
	return tap_result();
}
