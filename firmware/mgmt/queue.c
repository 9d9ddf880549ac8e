// SPDX-License-Identifier: GPL-2.0-or-later
/* Queues: creating, stopping and destroying them, and finding those that have faulted. */
#include "fw.h"
#include "io.h"

/* A queue that has not stopped within 1/STOPS_PER_SECOND seconds is answered with BUSY. */
#define STOPS_PER_SECOND 20

#define DMA_LIMIT (1ull << PINION_DMA_BITS)

static uint32_t reg(uint32_t queue, uint32_t offset)
{
	return PINION_MGMT_QUEUE_BASE + queue * PINION_MGMT_QUEUE_STRIDE + offset;
}

static bool ring_ok(uint64_t addr, uint64_t bytes)
{
	return !(addr % 64) && addr <= DMA_LIMIT - bytes;
}

bool queue_create_valid(const struct fw *fw, const union msg_args *args)
{
	const struct pinion_msg_queue_create *arg = &args->queue_create;
	uint64_t ring = (uint64_t)arg->ring_hi << 32 | arg->ring_lo;
	uint64_t cq = (uint64_t)arg->cq_hi << 32 | arg->cq_lo;
	uint64_t shadow = (uint64_t)arg->shadow_hi << 32 | arg->shadow_lo;
	uint32_t n = arg->entries;

	if (arg->queue >= fw->queues || !arg->vm || arg->vm >= fw->vms)
		return false;
	if (n < PINION_RING_MIN || n > PINION_RING_MAX || n & (n - 1))
		return false;
	if (!ring_ok(ring, n * sizeof(struct pinion_desc)) ||
	    !ring_ok(cq, n * sizeof(struct pinion_cqe)))
		return false;
	if (shadow % 8 || shadow > DMA_LIMIT - sizeof(struct pinion_shadow))
		return false;
	if (shadow && !(fw->caps & PINION_CAP_SHADOW))
		return false;
	if (arg->flags & ~PINION_QUEUE_F_ALL || (arg->flags && !(fw->caps & PINION_CAP_PREEMPT)))
		return false;
	if (!arg->vector || arg->vector >= fw->vectors || arg->priority > 3)
		return false;
	return all_zero(arg->reserved, 2);
}

/*
 * The queue must be DISABLED for the writes to count. STOP leaves the set-up as it is. A queue
 * exists while its set-up names an address space, so that word is the last to be written.
 */
static void set_up(const struct pinion_msg_queue_create *c)
{
	io_write(reg(c->queue, PINION_MGMT_Q_RING_LO), c->ring_lo);
	io_write(reg(c->queue, PINION_MGMT_Q_RING_HI), c->ring_hi);
	io_write(reg(c->queue, PINION_MGMT_Q_CQ_LO), c->cq_lo);
	io_write(reg(c->queue, PINION_MGMT_Q_CQ_HI), c->cq_hi);
	io_write(reg(c->queue, PINION_MGMT_Q_ENTRIES), c->entries);
	io_write(reg(c->queue, PINION_MGMT_Q_VECTOR), c->vector);
	io_write(reg(c->queue, PINION_MGMT_Q_PRIORITY), c->priority);
	io_write(reg(c->queue, PINION_MGMT_Q_SHADOW_LO), c->shadow_lo);
	io_write(reg(c->queue, PINION_MGMT_Q_SHADOW_HI), c->shadow_hi);
	io_write(reg(c->queue, PINION_MGMT_Q_FLAGS), c->flags);
	io_write(reg(c->queue, PINION_MGMT_Q_VM), c->vm);
}

static void enable(uint32_t queue)
{
	io_write(reg(queue, PINION_MGMT_Q_CTRL), PINION_MGMT_Q_ENABLE);
}

/**
 * queues_adopt() - take over the queues that the firmware before this one had made
 * @fw: the firmware's state, with the address spaces adopted
 *
 * A queue whose set-up names an address space exists, whatever its state: QUEUE_DESTROY takes the
 * name away. A fault of such a queue is announced once more, as the event may have been lost with
 * the mailbox.
 * Return: number of queues taken over.
 */
uint32_t queues_adopt(struct fw *fw)
{
	uint32_t adopted = 0;

	for (uint32_t i = 0; i < fw->queues; i++) {
		uint32_t vm = io_read(reg(i, PINION_MGMT_Q_VM));

		if (!vm || vm >= fw->vms)
			continue;
		fw->queue[i].used = true;
		fw->queue[i].vm = vm;
		fw->vm[vm].queues++;
		adopted++;
	}
	return adopted;
}

/* Abort the running job and wait, with a time limit, until the queue accesses no memory. */
static bool stop(const struct fw *fw, uint32_t queue)
{
	uint64_t end = sys_time() + fw->frequency / STOPS_PER_SECOND;

	io_write(reg(queue, PINION_MGMT_Q_CTRL), PINION_MGMT_Q_STOP);
	while (io_read(reg(queue, PINION_MGMT_Q_STATE)) != PINION_Q_DISABLED) {
		if (sys_time() < end)
			continue;
		fw_log(FW_LOG_ERR, "queue %u does not stop", queue);
		return false;
	}
	return true;
}

/* A stopped queue has no fault: its next one must be announced again. */
static void forget_fault(struct fw *fw, uint32_t queue)
{
	uint32_t bit = 1u << queue % 32;

	fw->fault_sent[queue / 32] &= ~bit;
	fw->fault_wait[queue / 32] &= ~bit;
}

/**
 * queue_create() - make a queue ready for doorbells
 * @fw: the firmware's state
 * @args: arguments that queue_create_valid() has checked
 *
 * Return: PINION_MBOX_OK; BUSY if the queue exists or is not DISABLED yet; NOT_FOUND if the
 * address space is not set.
 */
uint16_t queue_create(struct fw *fw, union msg_args *args)
{
	const struct pinion_msg_queue_create *arg = &args->queue_create;
	struct fw_queue *q;

	if (fw->queue[arg->queue].used)
		return PINION_MBOX_BUSY;
	if (!fw->vm[arg->vm].set)
		return PINION_MBOX_NOT_FOUND;
	if (io_read(reg(arg->queue, PINION_MGMT_Q_STATE)) != PINION_Q_DISABLED)
		return PINION_MBOX_BUSY;
	q = &fw->queue[arg->queue];
	q->used = true;
	q->vm = arg->vm;
	fw->vm[arg->vm].queues++;
	set_up(arg);
	enable(arg->queue);
	return PINION_MBOX_OK;
}

bool queue_valid(const struct fw *fw, const union msg_args *args)
{
	const struct pinion_msg_queue *arg = &args->queue;

	return arg->queue < fw->queues && !arg->status && all_zero(arg->reserved, 12);
}

/* Return: PINION_MBOX_OK with the queue DISABLED; NOT_FOUND; BUSY if it did not stop in time. */
static uint16_t quiesce(struct fw *fw, uint32_t queue)
{
	if (!fw->queue[queue].used)
		return PINION_MBOX_NOT_FOUND;
	if (!stop(fw, queue))
		return PINION_MBOX_BUSY;
	forget_fault(fw, queue);
	return PINION_MBOX_OK;
}

/**
 * queue_destroy() - stop a queue for good
 * @fw: the firmware's state
 * @args: arguments that queue_valid() has checked
 *
 * Return: PINION_MBOX_OK if the queue will not access memory any more; NOT_FOUND; BUSY if it did
 * not stop in time: the queue still exists, and the host may try again.
 */
uint16_t queue_destroy(struct fw *fw, union msg_args *args)
{
	struct fw_queue *q = &fw->queue[args->queue.queue];
	uint16_t status = quiesce(fw, args->queue.queue);

	if (status)
		return status;
	q->used = false;
	fw->vm[q->vm].queues--;
	io_write(reg(args->queue.queue, PINION_MGMT_Q_VM), 0);
	return PINION_MBOX_OK;
}

/**
 * queue_reset() - stop a queue, then enable it again with empty rings
 * @fw: the firmware's state
 * @args: arguments that queue_valid() has checked
 *
 * Return: PINION_MBOX_OK; NOT_FOUND; BUSY if the queue did not stop in time.
 */
uint16_t queue_reset(struct fw *fw, union msg_args *args)
{
	uint16_t status = quiesce(fw, args->queue.queue);

	if (status)
		return status;
	enable(args->queue.queue);
	return PINION_MBOX_OK;
}

/**
 * queue_poll_faults() - mark the queues whose fault is still to be announced to the host
 * @fw: the firmware's state
 */
void queue_poll_faults(struct fw *fw)
{
	for (uint32_t i = 0; i < FW_FAULT_WORDS; i++) {
		uint32_t news = sys_read(PINION_MGMT_FAULT_QUEUES(i)) & ~fw->fault_sent[i];

		fw->fault_sent[i] |= news;
		fw->fault_wait[i] |= news;
	}
}
