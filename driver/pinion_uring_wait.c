// SPDX-License-Identifier: GPL-2.0
/* The io_uring command that waits for a timeline, on its file or on a queue file. */
#include <linux/io_uring/cmd.h>

#include "pinion_device.h"

/**
 * struct uring_wait - a command that waits
 * @waiter: with the timeline
 * @tl: referenced
 * @cmd: command; its pdu points here until it is done, under the ring's lock
 */
struct uring_wait {
	struct pinion_timeline_waiter waiter;
	struct pinion_timeline *tl;
	struct io_uring_cmd *cmd;
};

struct uring_wait_pdu {
	struct uring_wait *wait;
};

static struct uring_wait_pdu *wait_pdu(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct uring_wait_pdu);
}

static void wait_free(struct uring_wait *wait)
{
	pinion_timeline_put(wait->tl);
	kfree(wait);
}

/* Cancellation looks at the pdu under the ring's lock, which is held here. */
static void wait_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	wait_free(wait_pdu(cmd)->wait);
	io_uring_cmd_done(cmd, 0, issue_flags);
}

PINION_TASK_WORK(wait_done_work, wait_done)

static void wait_reached(struct pinion_timeline_waiter *waiter)
{
	struct uring_wait *wait = container_of(waiter, struct uring_wait, waiter);

	io_uring_cmd_do_in_task_lazy(wait->cmd, wait_done_work);
}

/* Not reached yet. Takes over the reference to the timeline. */
static int wait_begin(struct io_uring_cmd *cmd, struct pinion_timeline *tl, u64 value,
		      unsigned int issue_flags)
{
	struct uring_wait *wait = kzalloc(sizeof(*wait), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!wait) {
		pinion_timeline_put(tl);
		return -ENOMEM;
	}
	wait->waiter.value = value;
	wait->waiter.call = wait_reached;
	wait->tl = tl;
	wait->cmd = cmd;
	wait_pdu(cmd)->wait = wait;
	/* Before it is published: its end may come at once. */
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	if (pinion_timeline_add_waiter(tl, &wait->waiter))
		return -EIOCBQUEUED;
	ret = pinion_timeline_raise(tl, 0) >= value ? 0 : -ECANCELED;
	/* It can be cancelled, and looks at @wait then, until it is done. */
	io_uring_cmd_done(cmd, ret, issue_flags);
	wait_free(wait);
	return -EIOCBQUEUED;
}

/* The SQE is live user memory: each field is read once. */
static int wait_parse(const struct io_uring_sqe *sqe, u64 *value, u32 *id)
{
	const struct pinion_uring_wait *from = io_uring_sqe_cmd(sqe, struct pinion_uring_wait);

	*value = READ_ONCE(from->value);
	*id = READ_ONCE(from->timeline);
	if (READ_ONCE(from->flags) || READ_ONCE(sqe->addr) || READ_ONCE(sqe->len) ||
	    READ_ONCE(sqe->buf_index))
		return -EINVAL;
	return 0;
}

/* With a reference. */
static struct pinion_timeline *wait_find(struct pinion_vm *vm, u32 id)
{
	struct pinion_timeline *tl;
	struct pinion_point point;

	if (!id || pinion_timeline_point(vm, id, 0, &point))
		return NULL;
	tl = pinion_timeline_get(point.map->tl);
	pinion_timeline_unuse(point.map);
	return tl;
}

/**
 * pinion_uring_wait() - PINION_URING_WAIT
 * @cmd: command
 * @tl: of the file that it came by; NULL: a queue's, the command names an id
 * @vm: where ids are looked up, unless @tl
 * @issue_flags: IO_URING_F_*
 * Return: 0: reached; -EIOCBQUEUED; -EBUSY: too many wait; -EINVAL; -ENOENT; -ENOMEM.
 */
int pinion_uring_wait(struct io_uring_cmd *cmd, struct pinion_timeline *tl, struct pinion_vm *vm,
		      unsigned int issue_flags)
{
	u64 value;
	u32 id;
	int ret;

	ret = wait_parse(cmd->sqe, &value, &id);
	if (ret || (tl && id))
		return -EINVAL;
	tl = tl ? pinion_timeline_get(tl) : wait_find(vm, id);
	if (!tl)
		return -ENOENT;
	if (pinion_timeline_raise(tl, 0) >= value)
		ret = 0;
	else if (pinion_timeline_is_crowded(tl))
		ret = -EBUSY;
	else
		return wait_begin(cmd, tl, value, issue_flags);
	pinion_timeline_put(tl);
	return ret;
}

/**
 * pinion_uring_wait_cancel() - the ring is torn down
 * @cmd: PINION_URING_WAIT that is under way
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
