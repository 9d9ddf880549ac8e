// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mailbox: two rings of messages in the SRAM. The firmware never waits for the host. A request
 * is taken only when there is room for its reply, so no reply is ever lost; events wait as one bit
 * per queue until there is room, so none is lost either, and a host that does not read stops
 * nothing but its own messages.
 */
#include "fw.h"
#include "io.h"

#define MSG_WORDS (sizeof(struct pinion_msg) / 4)

static uint32_t slot_addr(uint32_t ring, uint32_t index)
{
	return PINION_MGMT_SRAM_BASE + ring +
	       index % PINION_MBOX_SLOTS * (uint32_t)sizeof(struct pinion_msg);
}

static void slot_read(uint32_t addr, struct pinion_msg *msg)
{
	uint32_t *word = (uint32_t *)msg;

	for (uint32_t i = 0; i < MSG_WORDS; i++)
		word[i] = io_read(addr + 4 * i);
}

static void slot_write(uint32_t addr, const struct pinion_msg *msg)
{
	const uint32_t *word = (const uint32_t *)msg;

	for (uint32_t i = 0; i < MSG_WORDS; i++)
		io_write(addr + 4 * i, word[i]);
}

/* Messages the F2H ring has room for; none if the host's index makes no sense. */
static uint32_t reply_room(void)
{
	uint32_t used = sys_read(PINION_MGMT_F2H_TAIL) - sys_read(PINION_MGMT_F2H_HEAD);

	return used > PINION_MBOX_SLOTS ? 0 : PINION_MBOX_SLOTS - used;
}

/* The slot is written before the tail, and the tail before the interrupt: pairs with the host. */
static void send(const struct pinion_msg *msg)
{
	uint32_t tail = sys_read(PINION_MGMT_F2H_TAIL);

	slot_write(slot_addr(PINION_SRAM_F2H, tail), msg);
	sys_write(PINION_MGMT_F2H_TAIL, tail + 1);
	sys_write(PINION_MGMT_HOST_INT, PINION_INT_MBOX);
}

static uint16_t hello(struct fw *fw, struct pinion_msg_hello *arg)
{
	uint32_t major = arg->contract >> 16;
	bool clean = !arg->fw_version && all_zero(arg->reserved, 10);

	arg->contract = PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR;
	arg->fw_version = PINION_FW_VERSION;
	arg->caps_lo = (uint32_t)fw->caps;
	arg->caps_hi = (uint32_t)(fw->caps >> 32);
	if (major != PINION_CONTRACT_MAJOR) {
		fw_log(FW_LOG_ERR, "host speaks contract %u, this firmware %u", major,
		       PINION_CONTRACT_MAJOR);
		return PINION_MBOX_VERSION;
	}
	if (!clean)
		return PINION_MBOX_INVALID;
	fw->agreed = true;
	return PINION_MBOX_OK;
}

/* The message becomes its own reply: the arguments of an accepted one come back as they were. */
static uint16_t dispatch(struct fw *fw, uint16_t type, uint32_t *data)
{
	if (type == PINION_MSG_HELLO)
		return hello(fw, (struct pinion_msg_hello *)data);
	if (type == PINION_MSG_PING)
		return PINION_MBOX_OK;
	if (type < PINION_MSG_HELLO || type > PINION_MSG_PING)
		return PINION_MBOX_UNKNOWN;
	if (!fw->agreed)
		return PINION_MBOX_VERSION;

	switch (type) {
	case PINION_MSG_QUEUE_CREATE:
		return queue_create(fw, (const struct pinion_msg_queue_create *)data);
	case PINION_MSG_QUEUE_DESTROY:
		return queue_destroy(fw, (const struct pinion_msg_queue *)data);
	case PINION_MSG_QUEUE_RESET:
		return queue_reset(fw, (const struct pinion_msg_queue *)data);
	case PINION_MSG_VM_SET:
		return vm_set(fw, (const struct pinion_msg_vm *)data);
	default:
		return vm_clear(fw, (const struct pinion_msg_vm *)data);
	}
}

static void answer(struct fw *fw, struct pinion_msg *msg)
{
	if (msg->status)
		msg->status = PINION_MBOX_INVALID;
	else
		msg->status = dispatch(fw, msg->type, msg->data);
	if (msg->status)
		fw_log(FW_LOG_WARN, "message %x, sequence %u refused: status %u", msg->type,
		       msg->seq, msg->status);
	msg->type |= PINION_MSG_REPLY;
	send(msg);
}

static uint32_t first_bit(uint32_t word)
{
	uint32_t bit = 0;

	while (!(word & 1u << bit))
		bit++;
	return bit;
}

static void send_fault(uint32_t queue)
{
	struct pinion_msg msg = { .type = PINION_MSG_EV_QUEUE_FAULT };

	msg.data[0] = queue;
	msg.data[1] = io_read(PINION_MGMT_QUEUE_BASE + queue * PINION_MGMT_QUEUE_STRIDE +
			      PINION_MGMT_Q_FAULT);
	send(&msg);
}

/* Returns true if events are left for which there is no room. */
static bool send_faults(struct fw *fw)
{
	for (uint32_t i = 0; i < FW_FAULT_WORDS; i++) {
		while (fw->fault_wait[i]) {
			uint32_t bit = first_bit(fw->fault_wait[i]);

			if (!reply_room())
				return true;
			fw->fault_wait[i] &= ~(1u << bit);
			send_fault(32 * i + bit);
		}
	}
	return false;
}

/**
 * mbox_poll() - send the events that wait, then answer a ring's worth of requests at most
 * @fw: state
 *
 * Return: true if work is left: the host must make room, or wrote faster than we answer.
 */
bool mbox_poll(struct fw *fw)
{
	if (send_faults(fw))
		return true;

	for (uint32_t i = 0; i < PINION_MBOX_SLOTS; i++) {
		uint32_t head = sys_read(PINION_MGMT_H2F_HEAD);
		uint32_t waiting = sys_read(PINION_MGMT_H2F_TAIL) - head;
		struct pinion_msg msg;

		if (!waiting || waiting > PINION_MBOX_SLOTS)
			return false;
		if (!reply_room())
			return true;
		/* The slot is the host's again once HEAD has passed it. */
		slot_read(slot_addr(PINION_SRAM_H2F, head), &msg);
		sys_write(PINION_MGMT_H2F_HEAD, head + 1);
		answer(fw, &msg);
	}
	return true;
}
