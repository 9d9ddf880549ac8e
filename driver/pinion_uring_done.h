/* SPDX-License-Identifier: GPL-2.0 */
/* Results of io_uring commands. */
#ifndef PINION_URING_DONE_H
#define PINION_URING_DONE_H

#include <linux/io_uring/cmd.h>
#include <linux/types.h>

struct pinion_job_slot;

/**
 * struct pinion_done - list of io_uring commands that have a result, oldest first
 * @first: oldest command; NULL: the list is empty
 * @last: newest command; meaningless while the list is empty
 */
struct pinion_done {
	struct io_uring_cmd *first;
	struct io_uring_cmd *last;
};

/**
 * struct pinion_uring_pdu - data of the driver in an EXEC command; protected by
 * pinion_hw_queue.lock
 * @job: slot of the job; NULL until the job's descriptors are in the ring
 * @next: next command in struct pinion_done, later the next one in the same task work; NULL: none
 * @end: device time at which the job ended
 * @res: result of the command, 0 or -errno
 * @canceled: whether the command was cancelled before its descriptors were in the ring
 */
struct pinion_uring_pdu {
	struct pinion_job_slot *job;
	struct io_uring_cmd *next;
	u64 end;
	int res;
	bool canceled;
};

/**
 * pinion_uring_to_pdu() - find the driver's data in an EXEC command
 * @cmd: command
 * Return: the data, which is part of the command.
 */
static inline struct pinion_uring_pdu *pinion_uring_to_pdu(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct pinion_uring_pdu);
}

void pinion_uring_complete(struct pinion_done *done, struct io_uring_cmd *cmd, int res, u64 end);
void pinion_uring_post(struct pinion_done *done, bool together);
void pinion_uring_mark(struct io_uring_cmd *cmd, int res, u64 end, const void *poller);

#endif /* PINION_URING_DONE_H */
