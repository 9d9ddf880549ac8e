// SPDX-License-Identifier: GPL-2.0
/* io_uring commands of the queue file; all use of io_uring's API is here. */
#include <linux/io_uring/cmd.h>

#include "pinion_device.h"

/**
 * struct pinion_uring_pdu - ours in the command; protected by pinion_queue.lock
 * @job: its slot; NULL until it is in the ring
 * @end: device time when it ended
 * @res: result
 * @canceled: cancelled before it was in the ring
 */
struct pinion_uring_pdu {
	struct pinion_job *job;
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

static void uring_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct pinion_uring_pdu *pdu = uring_pdu(cmd);

	io_uring_cmd_done(cmd, pdu->res, pdu->end, issue_flags);
}

/**
 * pinion_uring_complete() - post the result from the submitter's task
 * @cmd: command, detached from its job
 * @res: 0 or -errno
 * @end: device time when the job ended
 *
 * Any context. The command belongs to io_uring afterwards.
 */
void pinion_uring_complete(struct io_uring_cmd *cmd, int res, u64 end)
{
	struct pinion_uring_pdu *pdu = uring_pdu(cmd);

	pdu->res = res;
	pdu->end = end;
	io_uring_cmd_do_in_task_lazy(cmd, uring_done);
}

static int uring_check_range(u64 va, u32 bytes)
{
	if (!bytes)
		return va ? -EINVAL : 0;
	if (!IS_ALIGNED(va, 8) || !IS_ALIGNED(bytes, 8) || bytes > PINION_MAX_CMD_BYTES)
		return -EINVAL;
	if (va < PINION_VA_START || va >= PINION_VA_END || bytes > PINION_VA_END - va)
		return -EINVAL;
	return 0;
}

/* The SQE is live user memory: each field is read once. */
static int uring_parse(const struct io_uring_sqe *sqe, u64 *va, u32 *bytes)
{
	const struct pinion_uring_exec *exec = io_uring_sqe_cmd(sqe);

	if (READ_ONCE(exec->wait_value) || READ_ONCE(exec->wait_timeline) ||
	    READ_ONCE(exec->flags) || READ_ONCE(sqe->buf_index))
		return -EINVAL;
	*va = READ_ONCE(sqe->addr);
	*bytes = READ_ONCE(sqe->len);
	return uring_check_range(*va, *bytes);
}

static int uring_publish(struct io_uring_cmd *cmd, u64 va, u32 bytes)
{
	struct pinion_uring_pdu *pdu = uring_pdu(cmd);
	struct pinion_queue *q = uring_queue(cmd);
	struct pinion_job *job;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&q->lock, flags);
	job = pdu->canceled ? ERR_PTR(-ECANCELED) : pinion_exec_locked(q, va, bytes);
	if (IS_ERR(job)) {
		ret = PTR_ERR(job);
	} else {
		job->cmd = cmd;
		pdu->job = job;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return ret;
}

static int uring_exec(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	u32 bytes;
	u64 va;
	int ret;

	ret = uring_parse(cmd->sqe, &va, &bytes);
	if (ret)
		return ret;
	*uring_pdu(cmd) = (struct pinion_uring_pdu) {};
	/* Before it is published: completion and cancellation may come at once. */
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	ret = uring_publish(cmd, va, bytes);
	if (ret)
		/* Not by return: -EAGAIN would send it to a worker, to try again. */
		io_uring_cmd_done(cmd, ret, 0, issue_flags);
	return -EIOCBQUEUED;
}

/*
 * The ring is torn down: detach the command and complete it at once. The job
 * drains; if it never ends, the release of the queue file stops it.
 */
static void uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
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
		io_uring_cmd_done(cmd, -ECANCELED, 0, issue_flags);
}

/**
 * pinion_uring_cmd() - file_operations.uring_cmd of the queue file
 * @cmd: command
 * @issue_flags: IO_URING_F_*
 * Return: -EIOCBQUEUED; -EINVAL: the command was not taken.
 */
int pinion_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	if (issue_flags & IO_URING_F_CANCEL) {
		uring_cancel(cmd, issue_flags);
		return 0;
	}
	if (cmd->cmd_op != PINION_URING_EXEC)
		return -EINVAL;
	return uring_exec(cmd, issue_flags);
}
