// SPDX-License-Identifier: GPL-2.0
/*
 * A command's second result is given to io_uring_cmd_done32(), not to io_uring_cmd_done().
 *
 * Symbol: __io_uring_cmd_done
 */
#include <linux/io_uring/cmd.h>

void probe(struct io_uring_cmd *cmd)
{
	io_uring_cmd_done(cmd, 0, 0);
	io_uring_cmd_done32(cmd, 0, 0, 0);
}
