// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mailbox: two rings of messages in the SRAM, one to the firmware (H2F) and one to the host
 * (F2H). The firmware never waits for the host: it takes a request only when the F2H ring has a
 * free slot for the reply, and keeps one bit per queue for a fault event until a slot is free. So
 * no reply and no event is lost, and a host that does not read delays only its own messages.
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

/* Number of free slots in the F2H ring; 0 if the host wrote a head that is not in the ring. */
static uint32_t free_slots(void)
{
	uint32_t used = sys_read(PINION_MGMT_F2H_TAIL) - sys_read(PINION_MGMT_F2H_HEAD);

	return used > PINION_MBOX_SLOTS ? 0 : PINION_MBOX_SLOTS - used;
}

/*
 * The slot is written before the tail and the tail before the interrupt. The host reads in the
 * opposite order, so it never sees a tail whose slot is not complete.
 */
static void send(const struct pinion_msg *msg)
{
	uint32_t tail = sys_read(PINION_MGMT_F2H_TAIL);

	slot_write(slot_addr(PINION_SRAM_F2H, tail), msg);
	sys_write(PINION_MGMT_F2H_TAIL, tail + 1);
	sys_write(PINION_MGMT_HOST_INT, PINION_INT_MBOX);
}

/* PING may have any arguments, and hello() checks its own: the reply is filled in either way. */
static bool any_args(const struct fw *fw, const union msg_args *args)
{
	(void)fw;
	(void)args;
	return true;
}

/* Whether this firmware is tested with hosts of a version of the contract. */
static bool speaks(uint32_t contract)
{
	uint32_t minor = contract & 0xffff;

	return contract >> 16 == PINION_CONTRACT_MAJOR &&
	       minor + PINION_CONTRACT_SKEW >= PINION_CONTRACT_MINOR &&
	       minor <= PINION_CONTRACT_MINOR + PINION_CONTRACT_SKEW;
}

/* The reply has the firmware's version even if the request is refused. */
static uint16_t hello(struct fw *fw, union msg_args *args)
{
	struct pinion_msg_hello *arg = &args->hello;
	uint32_t host = arg->contract;
	bool clean = !arg->fw_version && all_zero(arg->reserved, 10);

	arg->contract = PINION_CONTRACT_MAJOR << 16 | PINION_CONTRACT_MINOR;
	arg->fw_version = PINION_FW_VERSION;
	arg->caps_lo = (uint32_t)fw->caps;
	arg->caps_hi = (uint32_t)(fw->caps >> 32);
	if (!speaks(host)) {
		fw_log(FW_LOG_ERR, "host speaks contract %u.%u, this firmware %u.%u", host >> 16,
		       host & 0xffff, PINION_CONTRACT_MAJOR, PINION_CONTRACT_MINOR);
		return PINION_MBOX_VERSION;
	}
	if (!clean)
		return PINION_MBOX_INVALID;
	fw->agreed = true;
	return PINION_MBOX_OK;
}

static uint16_t ping(struct fw *fw, union msg_args *args)
{
	(void)fw;
	(void)args;
	return PINION_MBOX_OK;
}

/*
 * A row of msg_ops. A message does not compile without each column: the functions have an address,
 * which NULL has not.
 */
#define MSG(NAME, EARLY, VALID, RUN) [PINION_MSG_##NAME] = { EARLY, &VALID, &RUN }

const struct msg_op msg_ops[] = {
	MSG(HELLO, true, any_args, hello),
	MSG(QUEUE_CREATE, false, queue_create_valid, queue_create),
	MSG(QUEUE_DESTROY, false, queue_valid, queue_destroy),
	MSG(QUEUE_RESET, false, queue_valid, queue_reset),
	MSG(VM_SET, false, vm_set_valid, vm_set),
	MSG(VM_CLEAR, false, vm_clear_valid, vm_clear),
	MSG(PING, true, any_args, ping),
	MSG(SCHED, false, sched_valid, sched_set),
	MSG(GROUP_STATS, false, group_stats_valid, group_stats),
};

#define MSG_OPS (sizeof(msg_ops) / sizeof(msg_ops[0]))

/* Events go from the firmware to the host, and a reply is a request with one bit more. */
_Static_assert(MSG_OPS <= PINION_MSG_EV_QUEUE_FAULT && MSG_OPS <= PINION_MSG_REPLY,
	       "a request has the number of an event or of a reply");

const uint32_t nr_msg_ops = MSG_OPS;

/* @data becomes the data of the reply: HELLO and GROUP_STATS change it. */
static uint16_t dispatch(struct fw *fw, uint16_t type, uint32_t *data)
{
	union msg_args *args = (union msg_args *)data;
	const struct msg_op *op;

	if (type >= MSG_OPS || !msg_ops[type].run)
		return PINION_MBOX_UNKNOWN;
	op = &msg_ops[type];
	if (!op->early && !fw->agreed)
		return PINION_MBOX_VERSION;
	return op->valid(fw, args) ? op->run(fw, args) : PINION_MBOX_INVALID;
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

/* Return: true if events are left for which the F2H ring has no slot. */
static bool send_faults(struct fw *fw)
{
	for (uint32_t i = 0; i < FW_FAULT_WORDS; i++) {
		while (fw->fault_wait[i]) {
			uint32_t bit = first_bit(fw->fault_wait[i]);

			if (!free_slots())
				return true;
			fw->fault_wait[i] &= ~(1u << bit);
			send_fault(32 * i + bit);
		}
	}
	return false;
}

/**
 * mbox_poll() - send the events that wait, then answer PINION_MBOX_SLOTS requests at most
 * @fw: the firmware's state
 *
 * Return: true if work is left, because the F2H ring is full or more requests have come.
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
		if (!free_slots())
			return true;
		/* Copy the message first: the host may reuse the slot once HEAD has passed it. */
		slot_read(slot_addr(PINION_SRAM_H2F, head), &msg);
		sys_write(PINION_MGMT_H2F_HEAD, head + 1);
		answer(fw, &msg);
	}
	return true;
}
