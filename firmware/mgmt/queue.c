// SPDX-License-Identifier: GPL-2.0-or-later
/* Queues: which exist, and their way from one state to the next. */
#include "fw.h"
#include "io.h"

/* A queue is quiet within this part of a second, or the host is told BUSY. */
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

static uint16_t create_check(const struct fw *fw, const struct pinion_msg_queue_create *arg)
{
	uint64_t ring = (uint64_t)arg->ring_hi << 32 | arg->ring_lo;
	uint64_t cq = (uint64_t)arg->cq_hi << 32 | arg->cq_lo;
	uint64_t shadow = (uint64_t)arg->shadow_hi << 32 | arg->shadow_lo;
	uint32_t n = arg->entries;

	if (arg->queue >= fw->queues || !arg->vm || arg->vm >= fw->vms)
		return PINION_MBOX_INVALID;
	if (n < PINION_RING_MIN || n > PINION_RING_MAX || n & (n - 1))
		return PINION_MBOX_INVALID;
	if (!ring_ok(ring, n * sizeof(struct pinion_desc)) ||
	    !ring_ok(cq, n * sizeof(struct pinion_cqe)))
		return PINION_MBOX_INVALID;
	if (shadow % 8 || shadow > DMA_LIMIT - sizeof(struct pinion_shadow))
		return PINION_MBOX_INVALID;
	if (shadow && !(fw->caps & PINION_CAP_SHADOW))
		return PINION_MBOX_INVALID;
	if (!arg->vector || arg->vector >= fw->vectors || arg->priority > 3)
		return PINION_MBOX_INVALID;
	if (!all_zero(arg->reserved, 3))
		return PINION_MBOX_INVALID;
	if (fw->queue[arg->queue].used)
		return PINION_MBOX_BUSY;
	return fw->vm[arg->vm].set ? PINION_MBOX_OK : PINION_MBOX_NOT_FOUND;
}

/* The queue is DISABLED: its registers can be written. */
static void enable(const struct pinion_msg_queue_create *c)
{
	io_write(reg(c->queue, PINION_MGMT_Q_RING_LO), c->ring_lo);
	io_write(reg(c->queue, PINION_MGMT_Q_RING_HI), c->ring_hi);
	io_write(reg(c->queue, PINION_MGMT_Q_CQ_LO), c->cq_lo);
	io_write(reg(c->queue, PINION_MGMT_Q_CQ_HI), c->cq_hi);
	io_write(reg(c->queue, PINION_MGMT_Q_ENTRIES), c->entries);
	io_write(reg(c->queue, PINION_MGMT_Q_VM), c->vm);
	io_write(reg(c->queue, PINION_MGMT_Q_VECTOR), c->vector);
	io_write(reg(c->queue, PINION_MGMT_Q_PRIORITY), c->priority);
	io_write(reg(c->queue, PINION_MGMT_Q_SHADOW_LO), c->shadow_lo);
	io_write(reg(c->queue, PINION_MGMT_Q_SHADOW_HI), c->shadow_hi);
	io_write(reg(c->queue, PINION_MGMT_Q_CTRL), PINION_MGMT_Q_ENABLE);
}

/* Abort what runs and wait until no access of the queue can follow, within a bound. */
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

/* Stopping clears the fault; the next one is news again. */
static void forget_fault(struct fw *fw, uint32_t queue)
{
	uint32_t bit = 1u << queue % 32;

	fw->fault_sent[queue / 32] &= ~bit;
	fw->fault_wait[queue / 32] &= ~bit;
}

/**
 * queue_create() - make a queue ready for doorbells
 * @fw: state
 * @arg: not checked yet
 *
 * Return: PINION_MBOX_OK; INVALID; BUSY if it exists, or still runs a stopped job; NOT_FOUND if
 * the address space is not set.
 */
uint16_t queue_create(struct fw *fw, const struct pinion_msg_queue_create *arg)
{
	uint16_t status = create_check(fw, arg);
	struct fw_queue *q;

	if (status)
		return status;
	if (io_read(reg(arg->queue, PINION_MGMT_Q_STATE)) != PINION_Q_DISABLED)
		return PINION_MBOX_BUSY;
	q = &fw->queue[arg->queue];
	q->used = true;
	q->config = *arg;
	fw->vm[arg->vm].queues++;
	enable(&q->config);
	return PINION_MBOX_OK;
}

static uint16_t lookup(struct fw *fw, const struct pinion_msg_queue *arg)
{
	if (arg->queue >= fw->queues || arg->status || !all_zero(arg->reserved, 12))
		return PINION_MBOX_INVALID;
	return fw->queue[arg->queue].used ? PINION_MBOX_OK : PINION_MBOX_NOT_FOUND;
}

/**
 * queue_destroy() - stop a queue for good
 * @fw: state
 * @arg: not checked yet
 *
 * Return: PINION_MBOX_OK: no access of it follows; INVALID; NOT_FOUND; BUSY if it did not stop in
 * time: it still exists and the host may try again.
 */
uint16_t queue_destroy(struct fw *fw, const struct pinion_msg_queue *arg)
{
	uint16_t status = lookup(fw, arg);
	struct fw_queue *q;

	if (status)
		return status;
	if (!stop(fw, arg->queue))
		return PINION_MBOX_BUSY;
	forget_fault(fw, arg->queue);
	q = &fw->queue[arg->queue];
	q->used = false;
	fw->vm[q->config.vm].queues--;
	return PINION_MBOX_OK;
}

/**
 * queue_reset() - stop a queue, then enable it again with empty rings
 * @fw: state
 * @arg: not checked yet
 *
 * Return: as queue_destroy().
 */
uint16_t queue_reset(struct fw *fw, const struct pinion_msg_queue *arg)
{
	uint16_t status = lookup(fw, arg);

	if (status)
		return status;
	if (!stop(fw, arg->queue))
		return PINION_MBOX_BUSY;
	forget_fault(fw, arg->queue);
	enable(&fw->queue[arg->queue].config);
	return PINION_MBOX_OK;
}

/**
 * queue_poll_faults() - mark the queues whose fault the host has not been told of
 * @fw: state
 */
void queue_poll_faults(struct fw *fw)
{
	for (uint32_t i = 0; i < FW_FAULT_WORDS; i++) {
		uint32_t news = sys_read(PINION_MGMT_FAULT_QUEUES(i)) & ~fw->fault_sent[i];

		fw->fault_sent[i] |= news;
		fw->fault_wait[i] |= news;
	}
}
