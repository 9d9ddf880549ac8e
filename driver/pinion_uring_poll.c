// SPDX-License-Identifier: GPL-2.0
/*
 * Polled queues: rings with IORING_SETUP_IOPOLL look for completions themselves, without an
 * interrupt.
 *
 * The rules of io_uring, as of Linux 6.12: while a ring waits, it calls uring_cmd_iopoll for its
 * commands, oldest first, with the ring's lock held, and takes the commands that are marked
 * complete. io_uring_cmd_done() only marks a command of such a ring. It would need the ring's lock
 * for a cancelable command, so commands of polled queues are not made cancelable. It would also
 * need the lock to keep io_uring's allocations of the command for the next command. Hence a command
 * can be marked from any context, also by the poll of another ring, and its own ring finds it when
 * it polls.
 */
#include <linux/io_uring/cmd.h>
#include <linux/percpu-refcount.h>

#include "pinion_exec.h"
#include "pinion_uring.h"
#include "pinion_uring_poll.h"

/*
 * Whether a ring ends, or its task calls execve(). Such a ring polls in an uninterruptible loop
 * until it has no command left, so it must not wait for jobs.
 */
static bool poll_ending(struct io_ring_ctx *ctx)
{
	struct io_uring_task *tctx = current->io_uring;

	return percpu_ref_is_dying(&ctx->refs) || (tctx && atomic_read(&tctx->in_cancel));
}

/**
 * pinion_uring_iopoll() - file_operations.uring_cmd_iopoll of the queue file
 * @cmd: command of a ring whose lock is held
 * @iob: unused: complete commands are marked instead
 * @flags: unused: the function never spins
 *
 * All completion records of the queue are taken, also those of other rings' commands. The ring then
 * takes the complete commands from @cmd on; one before @cmd waits for the next round. So results
 * may come in another order than jobs ended. Polling for the oldest command only would not do: the
 * worker that issued that command may still wait for the lock to hand it to the ring.
 *
 * Return: 1 if @cmd or any other command was completed, else 0.
 */
int pinion_uring_iopoll(struct io_uring_cmd *cmd, struct io_comp_batch *iob, unsigned int flags)
{
	struct io_ring_ctx *ctx = cmd_to_io_kiocb(cmd)->ctx;
	bool any = pinion_exec_poll(cmd->file->private_data, ctx);

	if (likely(!poll_ending(ctx)))
		return any;
	/* The job runs on without its command, as when a ring ends that does not poll. */
	pinion_uring_cancel(cmd, 0);
	return 1;
}
