/* SPDX-License-Identifier: GPL-2.0 */
/* Completions of polled queues. */
#ifndef PINION_URING_POLL_H
#define PINION_URING_POLL_H

struct io_comp_batch;
struct io_uring_cmd;

int pinion_uring_iopoll(struct io_uring_cmd *cmd, struct io_comp_batch *iob, unsigned int flags);

#endif /* PINION_URING_POLL_H */
