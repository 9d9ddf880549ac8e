/* SPDX-License-Identifier: GPL-2.0 */
/* The io_uring commands of a queue file. */
#ifndef PINION_URING_H
#define PINION_URING_H

struct io_uring_cmd;

int pinion_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);
void pinion_uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags);

#endif /* PINION_URING_H */
