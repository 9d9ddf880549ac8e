// SPDX-License-Identifier: MIT
/*
 * SQEs of the queue file's io_uring commands, for a queue's own ring and the caller's.
 */
#include <string.h>

#include "internal.h"

_Static_assert(sizeof(struct pinion_submit_entry) == sizeof(struct pinion_exec_buffer),
	       "a caller's entry holds what the kernel reads");

void pinion_sqe_fill(struct io_uring_sqe *sqe, int fd, const struct pinion_cmdbuf *cb)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = PINION_URING_EXEC;
	if (cb->head) {
		sqe->addr = cb->buf->range.start;
		sqe->len = cb->head;
	}
}

void pinion_sqe_fill_vector(struct io_uring_sqe *sqe, const struct pinion_job *job,
			    struct pinion_exec_buffer *buffers)
{
	struct pinion_uring_exec *exec = (void *)sqe->cmd;

	pinion_fill_buffers(buffers, job);
	exec->flags |= PINION_EXEC_VECTOR;
	sqe->addr = (uintptr_t)buffers;
	sqe->len = job->count;
}

void pinion_sqe_fill_cancel(struct io_uring_sqe *sqe, int fd, uint64_t user_data)
{
	struct pinion_uring_cancel *args = (void *)sqe->cmd;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = PINION_URING_CANCEL;
	args->user_data = user_data;
}
