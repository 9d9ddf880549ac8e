// SPDX-License-Identifier: GPL-2.0
/* The task work of a command gets a struct io_tw_req and not the command itself. */
#include <linux/io_uring/cmd.h>

static void work(struct io_tw_req request, io_tw_token_t token)
{
	io_uring_cmd_done(io_uring_cmd_from_tw(request), 0, IO_URING_CMD_TASK_WORK_ISSUE_FLAGS);
}

void probe(struct io_uring_cmd *cmd)
{
	io_uring_cmd_do_in_task_lazy(cmd, work);
}
