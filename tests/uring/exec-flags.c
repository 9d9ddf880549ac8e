// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every command is tried with every combination of flags, the command's and io_uring's, on every
 * kind of ring. It completes once, with the result of expect(), or silently if a flag says so.
 */
#include "polled.h"

#define SQE_FLAGS  128u
#define EXEC_FLAGS 8u /* SQE128, VECTOR, and a flag that EXEC does not know */
#define UNKNOWN	   0x7f

/*
 * Entries of the ring: a slot for each command. A worker runs a command with IOSQE_IO_LINK that is
 * the last of its submit, and reads the SQE late before 6.15: its slot must not be used again.
 */
#define SLOTS 16384u

/**
 * struct kind - kind of a ring
 * @name: name in the report
 * @flags: IORING_SETUP_*
 */
struct kind {
	const char *name;
	unsigned int flags;
};

static const struct kind kinds[] = {
	{ "plain", 0 },
	{ "128-byte SQEs", IORING_SETUP_SQE128 | IORING_SETUP_CQE32 },
	{ "task work deferred", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN },
	{ "SQPOLL", IORING_SETUP_SQPOLL },
	{ "IOPOLL", IORING_SETUP_IOPOLL | IORING_SETUP_SQE128 },
};

static const uint32_t ops[] = {
	PINION_URING_EXEC,
	PINION_URING_CANCEL,
	PINION_URING_WAIT,
	UNKNOWN,
};

/**
 * struct bench - ring and queues that the commands are tried on
 * @rig: the card, with the ring
 * @kind: kind of the ring
 * @queue: queue that takes commands of this kind of ring
 * @other: queue that refuses commands of this kind of ring
 * @id: id of a timeline
 * @refusal: result of IOSQE_BUFFER_SELECT: -EINVAL on kernels with multishot commands
 * @skipped: whether a command was asked to be silent; io_uring then refuses IOSQE_IO_DRAIN
 * @tried: number of commands that were tried
 */
struct bench {
	struct rig rig;
	const struct kind *kind;
	int queue;
	int other;
	uint32_t id;
	int refusal;
	bool skipped;
	unsigned int tried;
};

static const struct pinion_exec_buffer buffers[2];

static int expect_exec(const struct bench *b, unsigned int exec_flags)
{
	if (exec_flags & 4)
		return -EINVAL;
	return exec_flags & PINION_EXEC_SQE128 && !(b->kind->flags & IORING_SETUP_SQE128) ? -EINVAL
											  : 0;
}

/* The result of a command; @right: it goes to the queue that takes commands of this ring. */
static int expect(const struct bench *b, uint32_t op, unsigned int flags, unsigned int exec_flags,
		  bool right)
{
	bool polls = b->kind->flags & IORING_SETUP_IOPOLL;

	if (flags & IOSQE_IO_DRAIN && (b->skipped || flags & IOSQE_CQE_SKIP_SUCCESS))
		return -EOPNOTSUPP;
	if (flags & IOSQE_BUFFER_SELECT)
		return b->refusal;
	switch (op) {
	case PINION_URING_EXEC:
		return right ? expect_exec(b, exec_flags) : -EOPNOTSUPP;
	case PINION_URING_CANCEL:
		return -ENOENT;
	case PINION_URING_WAIT:
		return polls ? -EOPNOTSUPP : 0;
	default:
		return -EINVAL;
	}
}

static void fill(struct bench *b, struct io_uring_sqe *sqe, uint32_t op, unsigned int exec_flags)
{
	struct pinion_uring_exec *exec = (void *)sqe->cmd;

	sqe->off = op;
	memset(exec, 0,
	       b->kind->flags & IORING_SETUP_SQE128 ? sizeof(struct pinion_uring_exec128)
						    : sizeof(*exec));
	if (op == PINION_URING_EXEC) {
		exec->flags = exec_flags;
		if (exec_flags & PINION_EXEC_VECTOR) {
			sqe->addr = (uintptr_t)buffers;
			sqe->len = 2;
		}
	} else if (op == PINION_URING_WAIT) {
		((struct pinion_uring_wait *)exec)->timeline = b->id;
	} else if (op == PINION_URING_CANCEL) {
		((struct pinion_uring_cancel *)exec)->user_data = ~0ull;
	}
}

/* Run a command, and then an EXEC without flags, whose completion must be the next. */
static bool one(struct bench *b, uint32_t op, unsigned int flags, unsigned int exec_flags,
		bool right)
{
	int want = expect(b, op, flags, exec_flags, right);
	struct io_uring_sqe *sqe;
	struct done done;

	b->rig.queue = right ? b->queue : b->other;
	sqe = rig_sqe(&b->rig, 0, 0);
	fill(b, sqe, op, exec_flags);
	sqe->flags = flags;
	if (flags & IOSQE_FIXED_FILE)
		sqe->fd = right ? 0 : 1;
	b->skipped |= flags & IOSQE_CQE_SKIP_SUCCESS;
	rig_submit(&b->rig);
	b->tried++;
	if (want || !(flags & IOSQE_CQE_SKIP_SUCCESS)) {
		done = polled_wait(&b->rig);
		if (done.res != want || done.mark != b->rig.mark)
			return false;
	}
	b->rig.queue = b->queue;
	fill(b, rig_sqe(&b->rig, 0, 0), PINION_URING_EXEC, 0);
	rig_submit(&b->rig);
	done = polled_wait(&b->rig);
	return !done.res && done.mark == b->rig.mark;
}

static bool all_flags(struct bench *b, uint32_t op, bool right, bool silent)
{
	unsigned int flags, exec_flags;

	for (flags = 0; flags < SQE_FLAGS; flags++) {
		if (!(flags & IOSQE_CQE_SKIP_SUCCESS) != !silent)
			continue;
		for (exec_flags = 0; exec_flags < EXEC_FLAGS; exec_flags++) {
			if (one(b, op, flags, exec_flags, right))
				continue;
			ksft_print_msg("op %#x, SQE flags %#x, EXEC flags %#x, %s queue\n", op,
				       flags, exec_flags, right ? "the right" : "the wrong");
			return false;
		}
	}
	return true;
}

/* Silent commands come last, as io_uring refuses DRAIN after a silent command. */
static void run(struct bench *b, const struct kind *kind)
{
	bool polls = kind->flags & IORING_SETUP_IOPOLL, good = true;
	int plain = rig_queue(b->rig.fd, 8), polled = polled_queue(b->rig.fd, 8), fds[2], ret;
	unsigned int i;

	b->kind = kind;
	b->skipped = false;
	b->queue = fds[0] = polls ? polled : plain;
	b->other = fds[1] = polls ? plain : polled;
	ret = io_uring_queue_init(SLOTS, &b->rig.ring, kind->flags);
	if (!ret)
		ret = io_uring_register_files(&b->rig.ring, fds, 2);
	if (ret)
		ksft_exit_fail_msg("a ring: %s\n", strerror(-ret));
	b->tried = 0;
	for (i = 0; i < 4 * 4 && good; i++)
		good = all_flags(b, ops[i % 4], i / 4 % 2 == 0, i / 8);
	ksft_test_result(good, "%s: %u commands\n", kind->name, b->tried);
	io_uring_queue_exit(&b->rig.ring);
	close(plain);
	close(polled);
}

int main(void)
{
	struct bench b;
	unsigned int i;
	int queue, tl;

	ksft_print_header();
	ksft_set_plan(5);
	rig_open(&b.rig, 2);
	rig_sqe(&b.rig, 0, 0)->flags = IOSQE_BUFFER_SELECT;
	rig_submit(&b.rig);
	b.refusal = rig_wait(&b.rig).res == -EINVAL ? -EINVAL : -EOPNOTSUPP;
	queue = b.rig.queue;
	tl = rig_timeline(b.rig.fd, 0, &b.id);
	io_uring_queue_exit(&b.rig.ring);
	for (i = 0; i < 5; i++)
		run(&b, &kinds[i]);
	close(queue);
	close(tl);
	ksft_finished();
}
