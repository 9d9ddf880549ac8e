// SPDX-License-Identifier: GPL-2.0
/* io_uring commands of the queue file; all use of io_uring's API is here. */
#include <linux/io_uring/cmd.h>

#include "pinion_exec_args.h"
#include "pinion_trace.h"

/**
 * struct pinion_uring_pdu - ours in the command; protected by pinion_queue.lock
 * @job: its slot; NULL until it is in the ring
 * @next: ended before the same interrupt; protected by the queue's list of them,
 *	then by the task work
 * @end: device time when it ended
 * @res: result
 * @canceled: cancelled before it was in the ring
 */
struct pinion_uring_pdu {
	struct pinion_job *job;
	struct io_uring_cmd *next;
	u64 end;
	int res;
	bool canceled;
};

static struct pinion_uring_pdu *uring_pdu(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct pinion_uring_pdu);
}

static struct pinion_queue *uring_queue(struct io_uring_cmd *cmd)
{
	return cmd->file->private_data;
}

/* The SQE is live user memory: each field is read once. */
static const struct pinion_uring_exec *uring_args(struct io_uring_cmd *cmd)
{
	return io_uring_sqe_cmd(cmd->sqe, struct pinion_uring_exec);
}

/* This command, and those that were done with it. */
static void uring_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct pinion_uring_pdu *pdu;
	struct io_uring_cmd *next;

	for (; cmd; cmd = next) {
		pdu = uring_pdu(cmd);
		next = pdu->next;
		trace_pinion_cqe(cmd_to_io_kiocb(cmd)->cqe.user_data, pdu->res);
		io_uring_cmd_done32(cmd, pdu->res, pdu->end, issue_flags);
	}
}

PINION_TASK_WORK(uring_done_work, uring_done)

/**
 * pinion_uring_complete() - note the result of a command
 * @done: list, posted later with pinion_uring_post()
 * @cmd: command, detached from its job
 * @res: 0 or -errno
 * @end: device time when the job ended
 */
void pinion_uring_complete(struct pinion_done *done, struct io_uring_cmd *cmd, int res, u64 end)
{
	struct pinion_uring_pdu *pdu = uring_pdu(cmd);

	pdu->res = res;
	pdu->end = end;
	if (done->first)
		uring_pdu(done->last)->next = cmd;
	else
		done->first = cmd;
	done->last = cmd;
}

static bool uring_same_ring(struct io_uring_cmd *a, struct io_uring_cmd *b)
{
	return cmd_to_io_kiocb(a)->ctx == cmd_to_io_kiocb(b)->ctx &&
	       io_uring_cmd_get_task(a) == io_uring_cmd_get_task(b);
}

/* Cut the list after the commands that can share the first one's task work. */
static struct io_uring_cmd *uring_cut(struct io_uring_cmd *first, bool together)
{
	struct io_uring_cmd *last = first, *next;

	while ((next = uring_pdu(last)->next) && together && uring_same_ring(first, next))
		last = next;
	uring_pdu(last)->next = NULL;
	return next;
}

/**
 * pinion_uring_post() - post the results from the submitters' tasks; empties the list
 * @done: commands; they belong to io_uring afterwards
 * @together: those of one ring in one go
 *
 * Any context. A waiter is woken when as many results as it waits for are
 * posted, but those that go together count as one, so they wake it at once:
 * which is right only where it has nothing more to wait for.
 */
void pinion_uring_post(struct pinion_done *done, bool together)
{
	struct io_uring_cmd *cmd, *next;

	for (cmd = done->first; cmd; cmd = next) {
		next = uring_cut(cmd, together);
		if (uring_pdu(cmd)->next)
			io_uring_cmd_complete_in_task(cmd, uring_done_work);
		else
			io_uring_cmd_do_in_task_lazy(cmd, uring_done_work);
	}
	*done = (struct pinion_done){};
}

/* What a 128-byte SQE has in addition. */
static int uring_parse_long(struct pinion_vm *vm, const struct pinion_uring_exec128 *from,
			    struct pinion_exec *exec)
{
	int ret, i;

	if (READ_ONCE(from->signal.pad) || READ_ONCE(from->reserved))
		return -EINVAL;
	ret = pinion_exec_set_deadline(exec, vm, READ_ONCE(from->deadline_ns));
	if (ret)
		return ret;
	ret = pinion_timeline_point(vm, READ_ONCE(from->signal.timeline),
				    READ_ONCE(from->signal.value), &exec->signal);
	for (i = 0; !ret && i < PINION_EXEC_WAITS; i++) {
		if (READ_ONCE(from->waits[i].pad))
			return -EINVAL;
		ret = pinion_exec_add_wait(exec, vm, READ_ONCE(from->waits[i].timeline),
					   READ_ONCE(from->waits[i].value));
	}
	return ret;
}

/* A job has points, or a deadline. On error none of them is in use. */
static noinline int uring_parse_points(struct io_uring_cmd *cmd, u32 flags, u32 id, u64 value,
				       struct pinion_exec *exec)
{
	const struct pinion_uring_exec *from = uring_args(cmd);
	struct pinion_vm *vm = uring_queue(cmd)->vm;
	int ret = pinion_exec_add_wait(exec, vm, id, value);

	if (!ret && flags & PINION_EXEC_SQE128)
		ret = uring_parse_long(vm, container_of(from, struct pinion_uring_exec128, exec),
				       exec);
	if (ret)
		pinion_exec_unuse(exec);
	return ret;
}

static int uring_publish(struct io_uring_cmd *cmd, const struct pinion_exec *exec)
{
	struct pinion_uring_pdu *pdu = uring_pdu(cmd);
	struct pinion_queue *q = uring_queue(cmd);
	struct pinion_job *job;

	spin_lock_irq(&q->lock);
	job = pdu->canceled ? ERR_PTR(-ECANCELED) : pinion_exec_locked(q, exec);
	if (!IS_ERR(job)) {
		job->cmd = cmd;
		pdu->job = job;
		if (!current->plug)
			pinion_exec_ring(q);
		else if (q->plugged != current)
			pinion_uring_plug(q, cmd->file);
	}
	spin_unlock_irq(&q->lock);
	return PTR_ERR_OR_ZERO(job);
}

/* The command buffers are in @exec already. */
static int uring_submit(struct io_uring_cmd *cmd, u32 flags, struct pinion_exec *exec,
			unsigned int issue_flags)
{
	const struct pinion_uring_exec *from = uring_args(cmd);
	u32 id = READ_ONCE(from->wait_timeline);
	u64 value = READ_ONCE(from->wait_value);
	int ret;

	if (id || value || flags & PINION_EXEC_SQE128) {
		ret = uring_parse_points(cmd, flags, id, value, exec);
		if (ret)
			return ret;
	}
	*uring_pdu(cmd) = (struct pinion_uring_pdu){};
	/* Before it is published: completion and cancellation may come at once. */
	if (!(issue_flags & IO_URING_F_IOPOLL))
		io_uring_cmd_mark_cancelable(cmd, issue_flags);
	ret = uring_publish(cmd, exec);
	if (!ret)
		return -EIOCBQUEUED;
	pinion_exec_unuse(exec);
	/* Its ring need not poll for an error. */
	if (issue_flags & IO_URING_F_IOPOLL && ret != -EAGAIN)
		return ret;
	/* Not by return: -EAGAIN would send it to a worker, to try again. */
	io_uring_cmd_done(cmd, ret, issue_flags);
	return -EIOCBQUEUED;
}

/* Apart, since the array is 1 KiB of stack. */
static noinline int uring_exec_vector(struct io_uring_cmd *cmd, u32 flags, unsigned int issue_flags)
{
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS] __uninitialized;
	struct pinion_exec exec __uninitialized;
	int ret = pinion_exec_init_vector(&exec, buffers, READ_ONCE(cmd->sqe->addr),
					  READ_ONCE(cmd->sqe->len));

	return ret ?: uring_submit(cmd, flags, &exec, issue_flags);
}

static int uring_exec(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct pinion_uring_exec *from = uring_args(cmd);
	u32 flags = READ_ONCE(from->flags);
	struct pinion_exec exec __uninitialized;
	int ret;

	if (flags & ~(PINION_EXEC_SQE128 | PINION_EXEC_VECTOR) ||
	    READ_ONCE(cmd->sqe->buf_index) | (cmd->flags & IORING_URING_CMD_MASK))
		return -EINVAL;
	if (flags & PINION_EXEC_SQE128 && !(issue_flags & IO_URING_F_SQE128))
		return -EINVAL;
	if (flags & PINION_EXEC_VECTOR)
		return uring_exec_vector(cmd, flags, issue_flags);
	ret = pinion_exec_init(&exec, READ_ONCE(cmd->sqe->addr), READ_ONCE(cmd->sqe->len));
	return ret ?: uring_submit(cmd, flags, &exec, issue_flags);
}

/**
 * pinion_uring_cancel() - the ring is torn down: detach the command, complete it at once
 * @cmd: EXEC
 * @issue_flags: IO_URING_F_*
 *
 * The job drains; if it never ends, the release of the queue file stops it.
 */
void pinion_uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct pinion_uring_pdu *pdu = uring_pdu(cmd);
	struct pinion_queue *q = uring_queue(cmd);
	bool mine = false;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (!pdu->job) {
		pdu->canceled = true;
	} else if (pdu->job->cmd == cmd) {
		pdu->job->cmd = NULL;
		mine = true;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (mine)
		io_uring_cmd_done(cmd, -ECANCELED, issue_flags);
}

/* What is looked for. */
struct uring_cancel_key {
	struct io_ring_ctx *ctx;
	u64 user_data;
};

static bool uring_cancel_match(const struct pinion_job *job, u64 seq, const void *key)
{
	const struct uring_cancel_key *want = key;
	struct io_kiocb *req;

	if (!job->cmd)
		return false;
	req = cmd_to_io_kiocb(job->cmd);
	return req->ctx == want->ctx && req->cqe.user_data == want->user_data;
}

/* The SQE is live user memory: each field is read once. */
static noinline int uring_cancel_exec(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct pinion_uring_cancel *from = io_uring_sqe_cmd(cmd->sqe,
								  struct pinion_uring_cancel);
	struct uring_cancel_key key = {
		.ctx = cmd_to_io_kiocb(cmd)->ctx,
		.user_data = READ_ONCE(from->user_data),
	};
	struct pinion_queue *q = uring_queue(cmd);

	if (READ_ONCE(from->reserved) || READ_ONCE(cmd->sqe->addr) || READ_ONCE(cmd->sqe->len) ||
	    READ_ONCE(cmd->sqe->buf_index) || cmd->flags & IORING_URING_CMD_MASK)
		return -EINVAL;
	if (!(q->pdev->info.caps & PINION_CAP_ABORT) || q->mode == PINION_QUEUE_USER)
		return -EOPNOTSUPP;
	return pinion_cancel(q, uring_cancel_match, &key);
}

static void uring_cancel_any(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	if (cmd->cmd_op == PINION_URING_WAIT)
		pinion_uring_wait_cancel(cmd, issue_flags);
	else
		pinion_uring_cancel(cmd, issue_flags);
}

/**
 * pinion_uring_cmd() - file_operations.uring_cmd of the queue file
 * @cmd: command
 * @issue_flags: IO_URING_F_*
 * Return: -EIOCBQUEUED, or its result: -EINVAL, -ENOENT, -EOPNOTSUPP: it was not taken.
 */
int pinion_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	if (issue_flags & IO_URING_F_CANCEL) {
		uring_cancel_any(cmd, issue_flags);
		return 0;
	}
	switch (cmd->cmd_op) {
	case PINION_URING_EXEC:
		if (uring_queue(cmd)->mode != !!(issue_flags & IO_URING_F_IOPOLL))
			return -EOPNOTSUPP;
		return uring_exec(cmd, issue_flags);
	case PINION_URING_CANCEL:
		return uring_cancel_exec(cmd, issue_flags);
	case PINION_URING_WAIT:
		return pinion_uring_wait(cmd, NULL, uring_queue(cmd)->vm, issue_flags);
	default:
		return -EINVAL;
	}
}
