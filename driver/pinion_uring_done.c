// SPDX-License-Identifier: GPL-2.0
/*
 * Results of io_uring commands, and how they reach the rings. The code that ends jobs calls these
 * functions; nothing here calls code that submits jobs or ends them.
 */
#include <linux/io_uring/cmd.h>

#include "pinion_compat.h"
#include "pinion_trace.h"
#include "pinion_uring_done.h"

/* Post the result of a command, and of all commands linked behind it. */
static void uring_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct pinion_uring_pdu *pdu;
	struct io_uring_cmd *next;

	for (; cmd; cmd = next) {
		pdu = pinion_uring_to_pdu(cmd);
		next = pdu->next;
		trace_pinion_cqe(cmd_to_io_kiocb(cmd)->cqe.user_data, pdu->res);
		io_uring_cmd_done32(cmd, pdu->res, pdu->end, issue_flags);
	}
}

PINION_TASK_WORK(uring_done_work, uring_done)

/**
 * pinion_uring_complete() - note the result of a command
 * @done: list that the command is added to; pinion_uring_post() posts it
 * @cmd: command, detached from its job
 * @res: 0 or -errno
 * @end: device time at which the job ended
 */
void pinion_uring_complete(struct pinion_done *done, struct io_uring_cmd *cmd, int res, u64 end)
{
	struct pinion_uring_pdu *pdu = pinion_uring_to_pdu(cmd);

	pdu->res = res;
	pdu->end = end;
	if (done->first)
		pinion_uring_to_pdu(done->last)->next = cmd;
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

	while ((next = pinion_uring_to_pdu(last)->next) && together && uring_same_ring(first, next))
		last = next;
	pinion_uring_to_pdu(last)->next = NULL;
	return next;
}

/**
 * pinion_uring_post() - have the submitters' tasks post the results of commands
 * @done: list of commands, empty afterwards; the commands belong to io_uring then
 * @together: post consecutive commands of one ring and task in one task work
 *
 * Any context. io_uring wakes a waiter once as many results have been posted as it waits for.
 * @together breaks that: a task work of several commands wakes the waiter at once, whatever it
 * waits for. Hence @together is right only if no further result can be expected.
 */
void pinion_uring_post(struct pinion_done *done, bool together)
{
	struct io_uring_cmd *cmd, *next;

	for (cmd = done->first; cmd; cmd = next) {
		next = uring_cut(cmd, together);
		if (pinion_uring_to_pdu(cmd)->next)
			io_uring_cmd_complete_in_task(cmd, uring_done_work);
		else
			io_uring_cmd_do_in_task_lazy(cmd, uring_done_work);
	}
	*done = (struct pinion_done){};
}

/**
 * pinion_uring_mark() - mark a command of a polled queue complete
 * @cmd: command, detached from its job; its ring owns it from here on, and may free it at once
 * @res: 0 or -errno
 * @end: device time at which the job ended
 * @poller: ring whose lock the caller holds; NULL: no ring's lock is held
 *
 * Any context.
 */
void pinion_uring_mark(struct io_uring_cmd *cmd, int res, u64 end, const void *poller)
{
	bool ours = cmd_to_io_kiocb(cmd)->ctx == poller;

	trace_pinion_cqe(cmd_to_io_kiocb(cmd)->cqe.user_data, res);
	io_uring_cmd_done32(cmd, res, end, ours ? 0 : IO_URING_F_UNLOCKED);
}
