/* SPDX-License-Identifier: GPL-2.0 */
/* The mailbox: requests to the firmware and their replies. */
#ifndef PINION_MBOX_H
#define PINION_MBOX_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "pinion_regs.h"

struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_mbox - the mailbox: requests to the firmware and their replies
 * @turns_lock: protects @taken and the tree of those who wait, pinion_limits.turns
 * @taken: a caller has its turn; whoever else calls waits in the tree
 * @lock: held by the caller that has its turn for the whole of its request, but not while it waits
 *	for @open; protects @seq
 * @rx_lock: protects @h2f_tail, @f2h_head, @want, @want_seq, @reply, @open, @lost
 * @seq: sequence number of the last request
 * @h2f_tail: copy of register H2F_TAIL, under @rx_lock
 * @f2h_head: copy of register F2H_HEAD
 * @want: message type of the reply waited for; 0: no request is under way
 * @want_seq: sequence number of the reply waited for
 * @reply: the reply, valid once @done is completed
 * @done: completed when the reply has arrived, or with @lost when it cannot come any more
 * @lost: the firmware was started again before it had answered
 * @open: the firmware has answered HELLO; until then no other request is sent. Also read without
 *	a lock, by those who wait for it
 * @opened: woken when @open becomes true
 */
struct pinion_mbox {
	spinlock_t turns_lock;
	bool taken;
	struct mutex lock;
	struct mutex rx_lock;
	u32 seq;
	u32 h2f_tail;
	u32 f2h_head;
	u16 want;
	u32 want_seq;
	struct pinion_msg reply;
	struct completion done;
	bool lost;
	bool open;
	wait_queue_head_t opened;
};

void pinion_mbox_init(struct pinion_card *pdev);
void pinion_mbox_abort(struct pinion_card *pdev);
void pinion_mbox_close(struct pinion_card *pdev);
void pinion_mbox_close_locked(struct pinion_card *pdev);
int pinion_mbox_hello(struct pinion_card *pdev);
int pinion_mbox_call(struct pinion_card *pdev, struct pinion_budget *budget, u16 type,
		     const void *args, size_t bytes, struct pinion_msg *reply);
int pinion_mbox_call_to_end(struct pinion_card *pdev, struct pinion_budget *budget, u16 type,
			    const void *args, size_t bytes);
void pinion_mbox_receive(struct pinion_card *pdev);

#endif /* PINION_MBOX_H */
