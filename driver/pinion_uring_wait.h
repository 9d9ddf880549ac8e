/* SPDX-License-Identifier: GPL-2.0 */
/* The io_uring command that waits for a timeline. */
#ifndef PINION_URING_WAIT_H
#define PINION_URING_WAIT_H

struct io_uring_cmd;
struct pinion_timeline_page;
struct pinion_gpuvm;

int pinion_uring_wait(struct io_uring_cmd *cmd, struct pinion_timeline_page *tl,
		      struct pinion_gpuvm *vm, unsigned int issue_flags);
void pinion_uring_wait_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags);

#endif /* PINION_URING_WAIT_H */
