// SPDX-License-Identifier: GPL-2.0
/*
 * A command may complete several times, each time into a buffer that the ring provides.
 *
 * Symbol: io_uring_cmd_buffer_select
 * Symbol: io_uring_mshot_cmd_post_cqe
 */
#include <linux/io_uring/cmd.h>

bool probe(struct io_uring_cmd *cmd, size_t bytes)
{
	struct io_br_sel sel = io_uring_cmd_buffer_select(cmd, 0, &bytes, 0);

	return cmd->flags & IORING_URING_CMD_MULTISHOT && sel.addr &&
	       io_uring_mshot_cmd_post_cqe(cmd, &sel, 0);
}
