// SPDX-License-Identifier: GPL-2.0
/* The io_uring commands of the queue file: EXEC submits a job, CANCEL cancels one. */
#include <linux/io_uring/cmd.h>

#include "pinion_accel.h"
#include "pinion_cancel.h"
#include "pinion_compat.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_exec_args.h"
#include "pinion_exec_syncs.h"
#include "pinion_queue.h"
#include "pinion_regs.h"
#include "pinion_timeline_map.h"
#include "pinion_uring.h"
#include "pinion_uring_done.h"
#include "pinion_uring_plug.h"
#include "pinion_uring_wait.h"
#include "pinion_vm.h"

static struct pinion_hw_queue *uring_queue(struct io_uring_cmd *cmd)
{
	return cmd->file->private_data;
}

/* The SQE is live user memory: each field is read once. */
static const struct pinion_uring_exec *uring_args(struct io_uring_cmd *cmd)
{
	return io_uring_sqe_cmd(cmd->sqe, struct pinion_uring_exec);
}

/* Parse what a 128-byte SQE has beyond a 64-byte one. */
static int uring_parse_long(struct pinion_gpuvm *vm, const struct pinion_uring_exec128 *from,
			    struct pinion_exec *exec)
{
	int ret, i;

	if (READ_ONCE(from->signal.pad) || READ_ONCE(from->reserved))
		return -EINVAL;
	ret = pinion_exec_set_deadline(exec, vm, READ_ONCE(from->deadline_ns));
	if (ret)
		return ret;
	ret = pinion_timeline_use_point(vm, READ_ONCE(from->signal.timeline),
					READ_ONCE(from->signal.value), &exec->signal);
	for (i = 0; !ret && i < PINION_EXEC_WAITS; i++) {
		if (READ_ONCE(from->waits[i].pad))
			return -EINVAL;
		ret = pinion_exec_add_wait(exec, vm, READ_ONCE(from->waits[i].timeline),
					   READ_ONCE(from->waits[i].value));
	}
	return ret;
}

/* Parse the points and the deadline of a job; pinion_exec_unuse() releases them, also on error. */
static noinline int uring_parse_points(struct io_uring_cmd *cmd, u32 flags, u32 id, u64 value,
				       struct pinion_exec *exec)
{
	const struct pinion_uring_exec *from = uring_args(cmd);
	struct pinion_gpuvm *vm = uring_queue(cmd)->vm;
	int ret = pinion_exec_add_wait(exec, vm, id, value);

	if (!ret && flags & PINION_EXEC_SQE128)
		ret = uring_parse_long(vm, container_of(from, struct pinion_uring_exec128, exec),
				       exec);
	return ret;
}

/* Write the job's descriptors, and ring the doorbell now or at the end of the task's submission. */
static __always_inline int uring_publish(struct io_uring_cmd *cmd, const struct pinion_exec *exec)
{
	struct pinion_uring_pdu *pdu = pinion_uring_to_pdu(cmd);
	struct pinion_hw_queue *q = uring_queue(cmd);
	struct pinion_job_slot *job;

	spin_lock_irq(&q->lock);
	job = pdu->canceled ? ERR_PTR(-ECANCELED) : pinion_exec_submit_locked(q, exec);
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

/* Parse the points and the deadline of a job, if it has any. */
static __always_inline int uring_parse(struct io_uring_cmd *cmd, u32 flags,
				       struct pinion_exec *exec)
{
	const struct pinion_uring_exec *from = uring_args(cmd);
	u32 id = READ_ONCE(from->wait_timeline);
	u64 value = READ_ONCE(from->wait_value);

	if (id || value || flags & PINION_EXEC_SQE128)
		return uring_parse_points(cmd, flags, id, value, exec);
	return 0;
}

/* Mark before publishing: completion and cancellation may come right after that. */
static __always_inline void uring_mark(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	*pinion_uring_to_pdu(cmd) = (struct pinion_uring_pdu){};
	if (!(issue_flags & IO_URING_F_IOPOLL))
		io_uring_cmd_mark_cancelable(cmd, issue_flags);
}

/* Complete a command that is marked, and whose job was refused with @ret. */
static int uring_refuse(struct io_uring_cmd *cmd, int ret, unsigned int issue_flags)
{
	/* A returned error completes the command at once: an IOPOLL ring need not poll for it. */
	if (issue_flags & IO_URING_F_IOPOLL && ret != -EAGAIN)
		return ret;
	/* Do not return it: -EAGAIN would have io_uring retry the command from a worker. */
	io_uring_cmd_done(cmd, ret, issue_flags);
	return -EIOCBQUEUED;
}

/* Submit a job whose command buffers are in @exec already. */
static int uring_submit(struct io_uring_cmd *cmd, u32 flags, struct pinion_exec *exec,
			unsigned int issue_flags)
{
	int ret = uring_parse(cmd, flags, exec);

	if (ret) {
		pinion_exec_unuse(exec);
		return ret;
	}
	uring_mark(cmd, issue_flags);
	ret = uring_publish(cmd, exec);
	if (!ret)
		return -EIOCBQUEUED;
	pinion_exec_unuse(exec);
	return uring_refuse(cmd, ret, issue_flags);
}

/*
 * Submit a job that others may wait for. The command is marked before reservations are locked, as
 * io_uring's own lock may be taken for it.
 */
static noinline int uring_exec_syncs(struct io_uring_cmd *cmd, u32 flags, unsigned int issue_flags)
{
	struct pinion_exec_synced job __uninitialized;
	int ret;

	ret = pinion_exec_syncs_init(&job, flags & ~PINION_EXEC_SQE128, READ_ONCE(cmd->sqe->addr),
				     READ_ONCE(cmd->sqe->len));
	if (ret)
		return ret;
	ret = uring_parse(cmd, flags, &job.exec);
	if (ret) {
		pinion_exec_syncs_end(&job, ret);
		return ret;
	}
	uring_mark(cmd, issue_flags);
	ret = pinion_exec_syncs_prepare(&job, uring_queue(cmd));
	if (!ret)
		ret = uring_publish(cmd, &job.exec);
	pinion_exec_syncs_end(&job, ret);
	return ret ? uring_refuse(cmd, ret, issue_flags) : -EIOCBQUEUED;
}

/* Not inlined into uring_exec(), since the array takes 1 KiB of stack. */
static noinline int uring_exec_vector(struct io_uring_cmd *cmd, u32 flags, unsigned int issue_flags)
{
	struct pinion_exec_buffer buffers[PINION_EXEC_BUFFERS] __uninitialized;
	struct pinion_exec exec __uninitialized;
	int ret = pinion_exec_init_vector(&exec, buffers, READ_ONCE(cmd->sqe->addr),
					  READ_ONCE(cmd->sqe->len));

	return ret ?: uring_submit(cmd, flags, &exec, issue_flags);
}

/* Check what EXECs of all kinds have in common. */
static __always_inline int uring_check(struct io_uring_cmd *cmd, u32 flags,
				       unsigned int issue_flags)
{
	if (READ_ONCE(cmd->sqe->buf_index) | (cmd->flags & IORING_URING_CMD_MASK))
		return -EINVAL;
	/* Most EXECs have no flags, and need no more checks. */
	if (likely(!flags))
		return 0;
	return flags & PINION_EXEC_SQE128 && !(issue_flags & IO_URING_F_SQE128) ? -EINVAL : 0;
}

/* An EXEC that pinion_hw_queue.short_path keeps off the short path. */
static noinline int uring_exec_off_path(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	u32 flags = READ_ONCE(uring_args(cmd)->flags);
	int ret;

	if (PINION_SHORT_PATH(uring_queue(cmd)->mode) != (issue_flags & IO_URING_F_IOPOLL))
		return -EOPNOTSUPP;
	ret = uring_check(cmd, flags, issue_flags);
	return ret ?: uring_exec_syncs(cmd, flags, issue_flags);
}

static int uring_exec(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct pinion_uring_exec *from = uring_args(cmd);
	u32 flags = READ_ONCE(from->flags);
	struct pinion_exec exec __uninitialized;
	int ret;

	if (uring_check(cmd, flags, issue_flags))
		return -EINVAL;
	switch (flags & ~PINION_EXEC_SQE128) {
	case 0:
		break;
	case PINION_EXEC_VECTOR:
		return uring_exec_vector(cmd, flags, issue_flags);
	case PINION_EXEC_SYNCS:
		return uring_exec_syncs(cmd, flags, issue_flags);
	default:
		return -EINVAL;
	}
	ret = pinion_exec_init(&exec, READ_ONCE(cmd->sqe->addr), READ_ONCE(cmd->sqe->len));
	return ret ?: uring_submit(cmd, flags, &exec, issue_flags);
}

/**
 * pinion_uring_cancel() - detach an EXEC command from its job and complete it at once
 * @cmd: EXEC command of a ring that ends
 * @issue_flags: IO_URING_F_*
 *
 * The job runs on without a command. If it never ends, the release of the queue file stops it.
 */
void pinion_uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct pinion_uring_pdu *pdu = pinion_uring_to_pdu(cmd);
	struct pinion_hw_queue *q = uring_queue(cmd);
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

/* The ring and the user_data that identify the command to cancel. */
struct uring_cancel_key {
	struct io_ring_ctx *ctx;
	u64 user_data;
};

static bool uring_cancel_match(const struct pinion_job_slot *job, const void *key)
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
	struct pinion_hw_queue *q = uring_queue(cmd);

	if (READ_ONCE(from->reserved) || READ_ONCE(cmd->sqe->addr) || READ_ONCE(cmd->sqe->len) ||
	    READ_ONCE(cmd->sqe->buf_index) || cmd->flags & IORING_URING_CMD_MASK)
		return -EINVAL;
	if (!(q->pdev->info.caps & PINION_CAP_ABORT) || q->mode == PINION_QUEUE_USER)
		return -EOPNOTSUPP;
	return pinion_cancel(q, 1, U64_MAX, uring_cancel_match, &key);
}

/* io_uring cancels a command of either kind when its ring ends. */
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
 * Return: -EIOCBQUEUED: the command completes later; or the result of the command: 0, -EINVAL,
 * -ENOENT, -EOPNOTSUPP and others of uapi/pinion_accel.h.
 */
int pinion_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	if (issue_flags & IO_URING_F_CANCEL) {
		uring_cancel_any(cmd, issue_flags);
		return 0;
	}
	if (likely(cmd->cmd_op == PINION_URING_EXEC)) {
		if (READ_ONCE(uring_queue(cmd)->short_path) != (issue_flags & IO_URING_F_IOPOLL))
			return uring_exec_off_path(cmd, issue_flags);
		return uring_exec(cmd, issue_flags);
	}
	switch (cmd->cmd_op) {
	case PINION_URING_CANCEL:
		return uring_cancel_exec(cmd, issue_flags);
	case PINION_URING_WAIT:
		return pinion_uring_wait(cmd, NULL, uring_queue(cmd)->vm, issue_flags);
	default:
		return -EINVAL;
	}
}
