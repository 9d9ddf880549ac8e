/* SPDX-License-Identifier: GPL-2.0 */
/* The mailbox: requests to the firmware and their replies. */
#ifndef PINION_MBOX_H
#define PINION_MBOX_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "pinion_regs.h"

struct pinion_budget;
struct pinion_card;

/**
 * struct pinion_mbox - the mailbox: requests to the firmware and their replies
 * @turns_lock: protects @taken and the tree of those who wait, pinion_limits.turns
 * @taken: a caller has its turn; whoever else calls waits in the tree
 * @lock: held by the caller that has its turn, for the whole of its request; protects @seq and
 *	@h2f_tail
 * @rx_lock: protects @f2h_head, @want, @want_seq, @reply
 * @seq: sequence number of the last request
 * @h2f_tail: copy of register H2F_TAIL
 * @f2h_head: copy of register F2H_HEAD
 * @want: message type of the reply waited for; 0: no request is under way
 * @want_seq: sequence number of the reply waited for
 * @reply: the reply, valid once @done is completed
 * @done: completed when the reply has arrived
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
};

void pinion_mbox_init(struct pinion_card *pdev);
int pinion_mbox_hello(struct pinion_card *pdev);
int pinion_mbox_call(struct pinion_card *pdev, struct pinion_budget *budget, u16 type,
		     const void *args, size_t bytes, struct pinion_msg *reply);
int pinion_mbox_call_to_end(struct pinion_card *pdev, struct pinion_budget *budget, u16 type,
			    const void *args, size_t bytes);
void pinion_mbox_receive(struct pinion_card *pdev);

#endif /* PINION_MBOX_H */
