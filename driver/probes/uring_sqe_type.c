// SPDX-License-Identifier: GPL-2.0
/* io_uring_sqe_cmd() is told the type of what an SQE carries. */
#include <linux/io_uring/cmd.h>

const u64 *probe(struct io_uring_cmd *cmd)
{
	return io_uring_sqe_cmd(cmd->sqe, u64);
}
