// SPDX-License-Identifier: GPL-2.0
/*
 * The mailbox: sends one request at a time to the firmware and waits for its reply. Callers take
 * turns: users one after the other, and the files of a user one after the other, so that a file or
 * a user with many requests delays no other by more than one request.
 */
#include <linux/completion.h>
#include <linux/sched/signal.h>

#include <drm/drm_print.h>

#include "pinion_device.h"
#include "pinion_fair.h"
#include "pinion_fw.h"
#include "pinion_health.h"
#include "pinion_io.h"
#include "pinion_limits.h"
#include "pinion_mbox.h"
#include "pinion_regs.h"
#include "pinion_report.h"
#include "pinion_reset.h"
#include "pinion_stop.h"
#include "pinion_trace.h"

#define MBOX_TIMEOUT_MS 10000

static u32 mbox_slot(u32 ring, u32 index)
{
	return PINION_SRAM_OFFSET + ring + (index % PINION_MBOX_SLOTS) * sizeof(struct pinion_msg);
}

static void mbox_take_event(struct pinion_card *pdev, const struct pinion_msg *msg)
{
	const struct pinion_msg_queue *event = (const void *)msg->data;

	if (msg->type == PINION_MSG_EV_QUEUE_FAULT && event->queue < pdev->info.queues)
		pinion_queue_handle_fault(pdev, event->queue);
	else
		drm_dbg(&pdev->drm, "mailbox: unknown message %#x dropped\n", msg->type);
}

static void mbox_take(struct pinion_card *pdev, const struct pinion_msg *msg)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	lockdep_assert_held(&mbox->rx_lock);
	if (!(msg->type & PINION_MSG_REPLY)) {
		mbox_take_event(pdev, msg);
		return;
	}
	if (!mbox->want || msg->type != mbox->want || msg->seq != mbox->want_seq) {
		pinion_health_count(pdev, PINION_COUNT_MESSAGES_REFUSED);
		pinion_report_ratelimited(pdev, PINION_ERROR_STRAY_REPLY,
					  "mailbox, reply %#x number %u", msg->type, msg->seq);
		return;
	}
	mbox->reply = *msg;
	mbox->want = 0;
	complete(&mbox->done);
}

/**
 * pinion_mbox_receive() - handle all messages that the firmware has written
 * @pdev: device
 *
 * Called by the interrupt handler, and after a time-out in case an interrupt was lost.
 */
void pinion_mbox_receive(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	struct pinion_msg msg;
	u32 tail;

	mutex_lock(&mbox->rx_lock);
	tail = pinion_read(pdev, PINION_REG_F2H_TAIL);
	if (tail - mbox->f2h_head > PINION_MBOX_SLOTS) {
		pinion_health_count(pdev, PINION_COUNT_MESSAGES_REFUSED);
		pinion_report_ratelimited(pdev, PINION_ERROR_MAILBOX_TAIL,
					  "mailbox, tail %u with head %u", tail, mbox->f2h_head);
		tail = mbox->f2h_head;
	}
	while (mbox->f2h_head != tail) {
		pinion_read_words(pdev, mbox_slot(PINION_SRAM_F2H, mbox->f2h_head), &msg,
				  sizeof(msg));
		pinion_write(pdev, PINION_REG_F2H_HEAD, ++mbox->f2h_head);
		mbox_take(pdev, &msg);
	}
	mutex_unlock(&mbox->rx_lock);
}

static int mbox_result(struct pinion_card *pdev, u16 type, u16 status)
{
	const struct pinion_error_row *row = pinion_error_of(PINION_ERRORS_MAILBOX, status);

	if (status == PINION_MBOX_OK)
		return 0;
	pinion_report_ratelimited(pdev, row->code, "mailbox, message %#x, status %u", type, status);
	return -row->err;
}

static bool mbox_wait(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	if (wait_for_completion_timeout(&mbox->done, msecs_to_jiffies(MBOX_TIMEOUT_MS)))
		return true;
	/* Look once more: a lost interrupt is no reason to give up the card. */
	if (pinion_answers(pdev))
		pinion_mbox_receive(pdev);
	return try_wait_for_completion(&mbox->done);
}

static void mbox_post(struct pinion_card *pdev, const struct pinion_msg *msg)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	lockdep_assert_held(&mbox->rx_lock);
	mbox->want = msg->type | PINION_MSG_REPLY;
	mbox->want_seq = msg->seq;
	mbox->lost = false;
	reinit_completion(&mbox->done);
	/* MMIO writes reach the card in order: the message is in its slot before the tail moves. */
	pinion_write_words(pdev, mbox_slot(PINION_SRAM_H2F, mbox->h2f_tail), msg, sizeof(*msg));
	pinion_write(pdev, PINION_REG_H2F_TAIL, ++mbox->h2f_tail);
	/*
	 * If the card was taken down before reinit_completion(), that has undone the call of
	 * pinion_mbox_abort(). Pairs with the barrier in pinion_set_state(): either the new state
	 * is seen here, or the abort comes after reinit_completion().
	 */
	smp_mb();
	if (!pinion_answers(pdev))
		complete(&mbox->done);
}

/* Return: 0; -EBUSY: the ring is full; -ERESTART: the firmware is being started again. */
static int mbox_send(struct pinion_card *pdev, u16 type, const void *args, size_t bytes)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	struct pinion_msg msg = { .type = type, .seq = ++mbox->seq };
	int ret = 0;

	lockdep_assert_held(&mbox->lock);
	memcpy(msg.data, args, bytes);
	mutex_lock(&mbox->rx_lock);
	if (!mbox->open && type != PINION_MSG_HELLO)
		ret = -ERESTART;
	else if (mbox->h2f_tail - pinion_read(pdev, PINION_REG_H2F_HEAD) >= PINION_MBOX_SLOTS)
		ret = -EBUSY;
	else
		mbox_post(pdev, &msg);
	mutex_unlock(&mbox->rx_lock);
	return ret;
}

/*
 * Send a request and wait for its reply, which is in mbox->reply then. Return: 0; -ERESTART: the
 * firmware alone was started again meanwhile, and may have carried out the request before; or what
 * pinion_mbox_call() returns.
 */
static int mbox_exchange(struct pinion_card *pdev, u16 type, const void *args, size_t bytes)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	int ret;

	if (!pinion_answers(pdev))
		return pinion_no_answer(pdev);
	ret = mbox_send(pdev, type, args, bytes);
	if (ret == -ERESTART)
		return ret;
	if (ret || !mbox_wait(pdev)) {
		/* Somebody else has taken the card down: it owes no reply. */
		if (!pinion_answers(pdev))
			return pinion_no_answer(pdev);
		/* The firmware is being started again already. */
		if (type != PINION_MSG_HELLO && !READ_ONCE(mbox->open))
			return -ERESTART;
		pinion_health_count(pdev, PINION_COUNT_MAILBOX_TIMEOUTS);
		pinion_fail_firmware(pdev, PINION_ERROR_FIRMWARE_SILENT);
		return pinion_answers(pdev) ? -ERESTART : -EIO;
	}
	/* Taking the card down ends the wait, too. */
	if (!pinion_answers(pdev))
		return pinion_no_answer(pdev);
	return mbox->lost ? -ERESTART : 0;
}

/* A queue that exists already was made by the request that is repeated, perhaps not all of it. */
static int mbox_undo(struct pinion_card *pdev, u16 type, const void *args)
{
	const struct pinion_msg_queue_create *create = args;
	struct pinion_msg_queue destroy = {};

	if (type != PINION_MSG_QUEUE_CREATE)
		return 0;
	destroy.queue = create->queue;
	return mbox_exchange(pdev, PINION_MSG_QUEUE_DESTROY, &destroy, sizeof(destroy));
}

/* The status of a repeated request: what it asked for may have been done the first time. */
static u16 mbox_settle(u16 type, u16 status)
{
	switch (type) {
	case PINION_MSG_QUEUE_DESTROY:
	case PINION_MSG_VM_CLEAR:
		return status == PINION_MBOX_NOT_FOUND ? PINION_MBOX_OK : status;
	case PINION_MSG_VM_SET:
		return status == PINION_MBOX_BUSY ? PINION_MBOX_OK : status;
	default:
		return status;
	}
}

/*
 * Wait until the firmware has answered HELLO, which may come only after the longest boot. Only
 * HELLO itself does not wait.
 */
static void mbox_wait_open(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	if (!wait_event_timeout(mbox->opened, READ_ONCE(mbox->open) || !pinion_answers(pdev),
				msecs_to_jiffies(PINION_FW_START_MS + MBOX_TIMEOUT_MS)))
		pinion_fail(pdev, PINION_ERROR_FIRMWARE_SILENT);
}

static int mbox_repeat(struct pinion_card *pdev, u16 type, const void *args, size_t bytes)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	int ret;

	do {
		mutex_unlock(&mbox->lock);
		mbox_wait_open(pdev);
		mutex_lock(&mbox->lock);
		ret = mbox_undo(pdev, type, args);
		if (!ret)
			ret = mbox_exchange(pdev, type, args, bytes);
	} while (ret == -ERESTART);
	if (!ret)
		mbox->reply.status = mbox_settle(type, mbox->reply.status);
	return ret;
}

/**
 * struct mbox_turn - a caller that waits for its turn
 * @node: leaf in the tree of users and files, pinion_limits.turns
 * @come: completed when the turn has come
 */
struct mbox_turn {
	struct pinion_fair node;
	struct completion come;
};

/* Give the mailbox to the caller whose turn is next. */
static void mbox_pass(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	struct pinion_fair *next;

	lockdep_assert_held(&mbox->turns_lock);
	next = pinion_fair_take(&pdev->limits.turns);
	if (next)
		complete(&container_of(next, struct mbox_turn, node)->come);
	else
		mbox->taken = false;
}

/* Do without the turn. If it has come, which took it from the tree, the next caller has it. */
static void mbox_leave(struct pinion_card *pdev, struct mbox_turn *turn)
{
	spin_lock(&pdev->mbox.turns_lock);
	if (list_empty(&turn->node.link))
		mbox_pass(pdev);
	else
		pinion_fair_remove(&turn->node);
	spin_unlock(&pdev->mbox.turns_lock);
}

/* Wait for the caller's turn. Return: 0; -EINTR: the caller was killed, if @state allows that. */
static int mbox_begin(struct pinion_card *pdev, struct pinion_budget *budget, unsigned int state)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	struct mbox_turn turn;
	bool waits;

	/* Tell lockdep of @lock before the wait, which is a wait for the holder of @lock. */
	might_lock(&mbox->lock);
	pinion_fair_init(&turn.node, budget ? &budget->turns : &pdev->limits.turns);
	turn.come = COMPLETION_INITIALIZER_ONSTACK(turn.come);
	spin_lock(&mbox->turns_lock);
	waits = mbox->taken;
	mbox->taken = true;
	if (waits)
		pinion_fair_add(&turn.node);
	spin_unlock(&mbox->turns_lock);
	if (waits)
		wait_for_completion_state(&turn.come, state);
	if (waits && signal_pending_state(state, current)) {
		mbox_leave(pdev, &turn);
		return -EINTR;
	}
	mutex_lock(&mbox->lock);
	return 0;
}

static void mbox_end(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	mutex_unlock(&mbox->lock);
	spin_lock(&mbox->turns_lock);
	mbox_pass(pdev);
	spin_unlock(&mbox->turns_lock);
}

/* Send a request, and send it again when the firmware starts again before it has answered. */
static int mbox_request(struct pinion_card *pdev, u16 type, const void *args, size_t bytes,
			struct pinion_msg *reply)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	int ret;

	lockdep_assert_held(&mbox->lock);
	ret = mbox_exchange(pdev, type, args, bytes);
	if (ret == -ERESTART)
		ret = mbox_repeat(pdev, type, args, bytes);
	if (!ret)
		ret = mbox_result(pdev, type, mbox->reply.status);
	if (!ret && reply)
		*reply = mbox->reply;
	return ret;
}

static int mbox_call(struct pinion_card *pdev, struct pinion_budget *budget, unsigned int state,
		     u16 type, const void *args, size_t bytes, struct pinion_msg *reply)
{
	int ret;

	if (WARN_ON_ONCE(bytes > sizeof(reply->data)))
		return -EINVAL;
	trace_pinion_mbox_request(pdev, type);
	ret = mbox_begin(pdev, budget, state);
	if (ret)
		return ret;
	ret = mbox_request(pdev, type, args, bytes, reply);
	trace_pinion_mbox_reply(pdev, type, ret);
	mbox_end(pdev);
	return ret;
}

/**
 * pinion_mbox_call() - send a request to the firmware and wait for the reply
 * @pdev: device; the caller is in drm_dev_enter(), or in probe
 * @budget: budget of the file for which the request is made; NULL: the driver itself
 * @type: PINION_MSG_*
 * @args: argument struct of the message
 * @bytes: size of @args, <= 56
 * @reply: out: the reply; NULL: not wanted
 *
 * Waits for the caller's turn first, which a fatal signal ends. Then waits for the reply, for 10 s
 * at most. If no reply comes by then, the card is taken down and started again. If the firmware
 * alone starts again meanwhile, the request is repeated.
 * Return: 0; -EINTR: the caller was killed, and no request was sent; -EIO: no reply came; -EAGAIN:
 * the card was taken down and has forgotten what it was told; -ENODEV: the card is stopped; another
 * -errno: the firmware refused the request.
 */
int pinion_mbox_call(struct pinion_card *pdev, struct pinion_budget *budget, u16 type,
		     const void *args, size_t bytes, struct pinion_msg *reply)
{
	return mbox_call(pdev, budget, TASK_KILLABLE, type, args, bytes, reply);
}

/**
 * pinion_mbox_call_to_end() - send a request that no signal may prevent, and wait for the reply
 * @pdev: device; the caller is in drm_dev_enter()
 * @budget: budget of the file for which the request is made; NULL: the driver itself
 * @type: PINION_MSG_*
 * @args: argument struct of the message
 * @bytes: size of @args, <= 56
 *
 * For requests by which the card gives something back. The wait is bounded: before its turn there
 * is one request of each other user, and each takes 10 s at most.
 * Return: 0; or an error of pinion_mbox_call(), but not -EINTR.
 */
int pinion_mbox_call_to_end(struct pinion_card *pdev, struct pinion_budget *budget, u16 type,
			    const void *args, size_t bytes)
{
	return mbox_call(pdev, budget, TASK_UNINTERRUPTIBLE, type, args, bytes, NULL);
}

/**
 * pinion_mbox_close_locked() - pinion_mbox_close() for a caller that holds pinion_mbox.rx_lock
 * @pdev: device
 */
void pinion_mbox_close_locked(struct pinion_card *pdev)
{
	lockdep_assert_held(&pdev->mbox.rx_lock);
	WRITE_ONCE(pdev->mbox.open, false);
}

/**
 * pinion_mbox_close() - send no more requests: the firmware is about to be stopped
 * @pdev: device
 *
 * Callers of pinion_mbox_call() wait until pinion_mbox_hello() opens the mailbox again.
 */
void pinion_mbox_close(struct pinion_card *pdev)
{
	mutex_lock(&pdev->mbox.rx_lock);
	pinion_mbox_close_locked(pdev);
	mutex_unlock(&pdev->mbox.rx_lock);
}

/**
 * pinion_mbox_abort() - end the wait for replies that do not come, as the card is down
 * @pdev: device
 */
void pinion_mbox_abort(struct pinion_card *pdev)
{
	complete(&pdev->mbox.done);
	wake_up_all(&pdev->mbox.opened);
}

static void mbox_open(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	mutex_lock(&mbox->rx_lock);
	WRITE_ONCE(mbox->open, true);
	mutex_unlock(&mbox->rx_lock);
	wake_up_all(&mbox->opened);
}

/**
 * pinion_mbox_init() - begin with the mailbox of firmware that has just booted
 * @pdev: device
 *
 * A request that is under way is lost: its sender repeats it after pinion_mbox_hello().
 */
void pinion_mbox_init(struct pinion_card *pdev)
{
	struct pinion_mbox *mbox = &pdev->mbox;

	mutex_lock(&mbox->rx_lock);
	WRITE_ONCE(mbox->open, false);
	mbox->h2f_tail = pinion_read(pdev, PINION_REG_H2F_TAIL);
	mbox->f2h_head = pinion_read(pdev, PINION_REG_F2H_HEAD);
	if (mbox->want) {
		mbox->want = 0;
		mbox->lost = true;
		complete(&mbox->done);
	}
	mutex_unlock(&mbox->rx_lock);
}

/*
 * HELLO takes no turn: whoever has the turn may be waiting for its reply. The reply has the
 * firmware's version of the contract even if its status is an error.
 */
static int mbox_greet(struct pinion_card *pdev, const struct pinion_msg_hello *hello,
		      struct pinion_msg *reply)
{
	struct pinion_mbox *mbox = &pdev->mbox;
	int ret;

	trace_pinion_mbox_request(pdev, PINION_MSG_HELLO);
	mutex_lock(&mbox->lock);
	ret = mbox_exchange(pdev, PINION_MSG_HELLO, hello, sizeof(*hello));
	*reply = mbox->reply;
	mutex_unlock(&mbox->lock);
	trace_pinion_mbox_reply(pdev, PINION_MSG_HELLO, ret);
	return ret == -ERESTART ? -EIO : ret;
}

static int mbox_check_contract(struct pinion_card *pdev, u32 contract)
{
	if (contract >> 16 != PINION_CONTRACT_MAJOR)
		return pinion_report(pdev, PINION_ERROR_FIRMWARE_CONTRACT,
				     "firmware, contract %u.%u, driver %u.x", contract >> 16,
				     contract & 0xffff, PINION_CONTRACT_MAJOR);
	if (abs((int)(contract & 0xffff) - PINION_CONTRACT_MINOR) > PINION_CONTRACT_SKEW)
		return pinion_report(pdev, PINION_ERROR_CONTRACT_SKEW,
				     "firmware, contract %u.%u, driver %u.%u", contract >> 16,
				     contract & 0xffff, PINION_CONTRACT_MAJOR,
				     PINION_CONTRACT_MINOR);
	return 0;
}

/*
 * A capability counts only if card, firmware and driver all support it. What counted when the
 * driver was bound must count after a restart as well, as programs may be using it.
 */
static int mbox_take_caps(struct pinion_card *pdev, u64 caps)
{
	u64 lost = pdev->info.caps & PINION_CAPS_ALL & ~caps;

	if (pdev->fw_version && lost)
		return pinion_report(pdev, PINION_ERROR_CAPABILITY_LOST,
				     "firmware, capabilities %#llx", lost);
	pdev->info.caps &= PINION_CAPS_ALL & caps;
	return 0;
}

/**
 * pinion_mbox_hello() - exchange versions and capabilities with the firmware
 * @pdev: device
 * Return: 0; -EPROTO: the firmware's version of the contract or its capabilities do not fit; or an
 * error of pinion_mbox_call().
 */
int pinion_mbox_hello(struct pinion_card *pdev)
{
	struct pinion_msg_hello hello = {
		.contract = PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR,
		.caps_lo = lower_32_bits(PINION_CAPS_ALL),
		.caps_hi = upper_32_bits(PINION_CAPS_ALL),
	};
	struct pinion_msg reply;
	int ret;

	ret = mbox_greet(pdev, &hello, &reply);
	if (ret)
		return ret;
	memcpy(&hello, reply.data, sizeof(hello));
	ret = mbox_check_contract(pdev, hello.contract)
		      ?: mbox_result(pdev, PINION_MSG_HELLO, reply.status);
	if (ret)
		return ret;
	ret = mbox_take_caps(pdev, hello.caps_lo | (u64)hello.caps_hi << 32);
	if (ret)
		return ret;
	pdev->fw_version = hello.fw_version;
	mbox_open(pdev);
	return 0;
}
