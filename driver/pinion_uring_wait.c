// SPDX-License-Identifier: GPL-2.0
/* The io_uring command that waits for a timeline, on the file of a timeline or of a queue. */
#include <linux/io_uring/cmd.h>
#include <linux/slab.h>

#include "pinion_accel.h"
#include "pinion_compat.h"
#include "pinion_limits.h"
#include "pinion_timeline.h"
#include "pinion_timeline_map.h"
#include "pinion_uring_wait.h"
#include "pinion_vm.h"

/**
 * struct uring_wait - a command that waits
 * @waiter: waiter of @tl
 * @tl: timeline that the command waits for, referenced
 * @cmd: command; its pdu points to this struct until it is done, under the ring's lock
 * @group: group of the provided buffers that take the values of a PINION_MULTISHOT command
 */
struct uring_wait {
	struct pinion_timeline_waiter waiter;
	struct pinion_timeline_page *tl;
	struct io_uring_cmd *cmd;
	u16 group;
};

struct uring_wait_pdu {
	struct uring_wait *wait;
};

static struct uring_wait_pdu *wait_pdu(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct uring_wait_pdu);
}

static struct uring_wait *wait_new(struct pinion_timeline_page *tl)
{
	int ret = pinion_charge(tl->budget, PINION_USE_WAIT, sizeof(struct uring_wait), 0);
	struct uring_wait *wait;

	if (ret)
		return ERR_PTR(ret);
	wait = kzalloc(sizeof(*wait), GFP_KERNEL_ACCOUNT);
	if (wait)
		return wait;
	pinion_uncharge(tl->budget, PINION_USE_WAIT, sizeof(*wait), 0);
	return ERR_PTR(-ENOMEM);
}

static void wait_free(struct uring_wait *wait)
{
	pinion_uncharge(wait->tl->budget, PINION_USE_WAIT, sizeof(*wait), 0);
	pinion_timeline_put(wait->tl);
	kfree(wait);
}

static void wait_reached(struct pinion_timeline_waiter *waiter);

/* Wait for the next value of a PINION_MULTISHOT command, which may be reached already. */
static void wait_arm(struct uring_wait *wait)
{
	if (!pinion_timeline_add_waiter(wait->tl, &wait->waiter))
		wait_reached(&wait->waiter);
}

/*
 * Post the value of a PINION_MULTISHOT command, then wait for a higher one.
 * Return: -EIOCBQUEUED, or the result that the command ends with.
 */
static int wait_tell(struct uring_wait *wait, unsigned int issue_flags)
{
	struct pinion_uring_event event = { .value = pinion_timeline_raise(wait->tl, 0) };
	int ret;

	/*
	 * A wait whose value is not reached was cancelled. The task work of a task that exits runs
	 * without the task's memory, where the buffers are.
	 */
	if (event.value < wait->waiter.value || current->flags & (PF_EXITING | PF_KTHREAD))
		return -ECANCELED;
	ret = pinion_uring_event(wait->cmd, wait->group, &event, issue_flags);
	if (ret || event.value == U64_MAX)
		return ret;
	if (pinion_timeline_is_crowded(wait->tl))
		return -EBUSY;
	wait->waiter.value = event.value + 1;
	wait->waiter.state = PINION_WAITER_NEW;
	wait_arm(wait);
	return -EIOCBQUEUED;
}

/* Runs with the ring's lock held, under which cancellation reads the pdu. */
static void wait_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct uring_wait *wait = wait_pdu(cmd)->wait;
	int ret = cmd->flags & PINION_MULTISHOT ? wait_tell(wait, issue_flags) : 0;

	if (ret == -EIOCBQUEUED)
		return;
	wait_free(wait);
	io_uring_cmd_done(cmd, ret, issue_flags);
}

PINION_TASK_WORK(wait_done_work, wait_done)

static void wait_reached(struct pinion_timeline_waiter *waiter)
{
	struct uring_wait *wait = container_of(waiter, struct uring_wait, waiter);

	io_uring_cmd_do_in_task_lazy(wait->cmd, wait_done_work);
}

/* Begin to wait, for a single value or for PINION_MULTISHOT. Takes over the reference to @tl. */
static int wait_begin(struct io_uring_cmd *cmd, struct pinion_timeline_page *tl, u64 value,
		      unsigned int issue_flags)
{
	struct uring_wait *wait = wait_new(tl);
	int ret;

	if (IS_ERR(wait)) {
		pinion_timeline_put(tl);
		return PTR_ERR(wait);
	}
	wait->waiter.value = value;
	wait->waiter.call = wait_reached;
	wait->tl = tl;
	wait->cmd = cmd;
	wait->group = READ_ONCE(cmd->sqe->buf_index);
	wait_pdu(cmd)->wait = wait;
	/* Mark before the waiter is added: the command may be done right after that. */
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	if (cmd->flags & PINION_MULTISHOT) {
		wait_arm(wait);
		return -EIOCBQUEUED;
	}
	if (pinion_timeline_add_waiter(tl, &wait->waiter))
		return -EIOCBQUEUED;
	ret = pinion_timeline_raise(tl, 0) >= value ? 0 : -ECANCELED;
	/* End the command before @wait is freed: cancellation of the command reads @wait. */
	io_uring_cmd_done(cmd, ret, issue_flags);
	wait_free(wait);
	return -EIOCBQUEUED;
}

/* The SQE is live user memory: each field is read once. */
static int wait_parse(const struct io_uring_cmd *cmd, u64 *value, u32 *id)
{
	const struct io_uring_sqe *sqe = cmd->sqe;
	const struct pinion_uring_wait *from = io_uring_sqe_cmd(sqe, struct pinion_uring_wait);

	*value = READ_ONCE(from->value);
	*id = READ_ONCE(from->timeline);
	if (READ_ONCE(from->flags) || READ_ONCE(sqe->addr) || READ_ONCE(sqe->len))
		return -EINVAL;
	if (cmd->flags & IORING_URING_CMD_MASK & ~PINION_MULTISHOT)
		return -EINVAL;
	/* buf_index is a group of provided buffers with PINION_MULTISHOT, else it must be zero. */
	return cmd->flags & PINION_MULTISHOT || !READ_ONCE(sqe->buf_index) ? 0 : -EINVAL;
}

/* Look up a timeline by its id, and take a reference. Return: NULL if there is no such id. */
static struct pinion_timeline_page *wait_find(struct pinion_gpuvm *vm, u32 id)
{
	struct pinion_timeline_page *tl;
	struct pinion_map_point point;

	if (!id || pinion_timeline_use_point(vm, id, 0, &point))
		return NULL;
	tl = pinion_timeline_get(point.map->tl);
	pinion_timeline_unuse(point.map);
	return tl;
}

/**
 * pinion_uring_wait() - issue a PINION_URING_WAIT command
 * @cmd: command
 * @tl: timeline whose file got the command; NULL: a queue's file got it, and it names an id
 * @vm: address space of the queue, in which the id is looked up; unused if @tl is not NULL
 * @issue_flags: IO_URING_F_*
 * Return: 0: the value is reached; -EIOCBQUEUED: the command completes later; -EBUSY: too many
 * waiters; -EDQUOT: over a limit; -EOPNOTSUPP: the ring polls; -EINVAL, -ENOENT, -ENOMEM.
 */
int pinion_uring_wait(struct io_uring_cmd *cmd, struct pinion_timeline_page *tl,
		      struct pinion_gpuvm *vm, unsigned int issue_flags)
{
	u64 value;
	u32 id;
	int ret;

	/*
	 * A ring that polls cannot end before its commands have ended. Linux 6.12 rejects commands
	 * of such rings on a timeline's file by itself, newer kernels do not.
	 */
	if (cmd_to_io_kiocb(cmd)->ctx->flags & IORING_SETUP_IOPOLL)
		return -EOPNOTSUPP;
	ret = wait_parse(cmd, &value, &id);
	if (ret || (tl && id))
		return -EINVAL;
	tl = tl ? pinion_timeline_get(tl) : wait_find(vm, id);
	if (!tl)
		return -ENOENT;
	if (!(cmd->flags & PINION_MULTISHOT) && pinion_timeline_raise(tl, 0) >= value)
		ret = 0;
	else if (pinion_timeline_is_crowded(tl))
		ret = -EBUSY;
	else
		return wait_begin(cmd, tl, value, issue_flags);
	pinion_timeline_put(tl);
	return ret;
}

/**
 * pinion_uring_wait_cancel() - complete a PINION_URING_WAIT command early
 * @cmd: command under way, of a ring that ends
 * @issue_flags: IO_URING_F_*
 */
void pinion_uring_wait_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct uring_wait *wait = wait_pdu(cmd)->wait;

	if (!pinion_timeline_remove_waiter(wait->tl, &wait->waiter))
		return;
	wait_free(wait);
	io_uring_cmd_done(cmd, -ECANCELED, issue_flags);
}
