// SPDX-License-Identifier: GPL-2.0
/*
 * Polled queues: rings with IORING_SETUP_IOPOLL look for completions, nobody
 * tells them.
 *
 * The rules of io_uring, as of Linux 6.12: while a ring waits, it calls
 * uring_cmd_iopoll for its commands, oldest first, with its lock held, and takes
 * those that are marked complete. io_uring_cmd_done() does no more than mark a
 * command of such a ring. It needs the ring's lock for a command that is
 * cancelable, so none is made so here, and to keep what io_uring allocated for the
 * command for the next one. So a command can be marked from any context and by
 * the poll of another ring; its own ring finds it when it polls.
 */
#include <linux/io_uring/cmd.h>
#include <linux/percpu-refcount.h>

#include "pinion_exec.h"
#include "pinion_uring.h"
#include "pinion_uring_poll.h"

/*
 * A ring that ends, or whose task calls exec, polls until it has no command left,
 * in a loop that nothing interrupts: it must not wait for jobs.
 */
static bool poll_ending(struct io_ring_ctx *ctx)
{
	struct io_uring_task *tctx = current->io_uring;

	return percpu_ref_is_dying(&ctx->refs) || (tctx && atomic_read(&tctx->in_cancel));
}

/**
 * pinion_uring_iopoll() - file_operations.uring_cmd_iopoll of the queue file
 * @cmd: command of a ring, whose lock is held
 * @iob: unused: what is complete is marked
 * @flags: unused: it never spins
 *
 * All that is there is taken, whosever it is. The ring then takes those complete
 * from @cmd on: one before it waits for the next round, so results may come in
 * another order than jobs ended. Leaving the poll to the oldest command would not
 * do: the worker that issued it may still wait for the lock to hand it to the ring.
 *
 * Return: whether any command was completed, @cmd or another.
 */
int pinion_uring_iopoll(struct io_uring_cmd *cmd, struct io_comp_batch *iob, unsigned int flags)
{
	struct io_ring_ctx *ctx = cmd_to_io_kiocb(cmd)->ctx;
	bool any = pinion_exec_poll(cmd->file->private_data, ctx);

	if (likely(!poll_ending(ctx)))
		return any;
	/* The job drains, as in a ring that does not poll. */
	pinion_uring_cancel(cmd, 0);
	return 1;
}
