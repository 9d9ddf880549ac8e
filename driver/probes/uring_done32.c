// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring_cmd_done32() takes the second result of a command; before, io_uring_cmd_done() did.
 *
 * Symbol: __io_uring_cmd_done
 */
#include <linux/io_uring/cmd.h>

void probe(struct io_uring_cmd *cmd)
{
	io_uring_cmd_done(cmd, 0, 0);
	io_uring_cmd_done32(cmd, 0, 0, 0);
}
