// SPDX-License-Identifier: GPL-2.0-or-later
/* The registers that only the management processor sees. */
#include "card_sched.h"

#define VM_ROOT_BITS (PINION_PTE_ADDR | PINION_PTE_VALID)

static void set_lo(uint64_t *reg, uint32_t value)
{
	*reg = (*reg & ~0xffffffffull) | value;
}

static void set_hi(uint64_t *reg, uint32_t value)
{
	*reg = (*reg & 0xffffffffull) | (uint64_t)value << 32;
}

static uint32_t sys_time_lo(struct card *card)
{
	uint64_t now = card_now(card);

	card->s.mgmt.time_hi = now >> 32;
	return (uint32_t)now;
}

/* clang-format off */
static uint32_t sys_read(struct card *card, uint32_t reg)
{
	const struct card_mbox *b = &card->s.mbox;
	const struct card_mgmt *m = &card->s.mgmt;

	switch (reg) {
	case PINION_MGMT_TIME_LO:	return sys_time_lo(card);
	case PINION_MGMT_TIME_HI:	return m->time_hi;
	case PINION_MGMT_TIMECMP_LO:	return (uint32_t)m->timecmp;
	case PINION_MGMT_TIMECMP_HI:	return m->timecmp >> 32;
	case PINION_MGMT_IRQ:		return m->irq;
	case PINION_MGMT_IRQ_ENABLE:	return m->irq_enable;
	case PINION_MGMT_HEARTBEAT:	return card->s.boot.heartbeat;
	case PINION_MGMT_H2F_TAIL:	return mbox_heard(card);
	case PINION_MGMT_H2F_HEAD:	return b->h2f_head;
	case PINION_MGMT_F2H_TAIL:	return b->f2h_tail;
	case PINION_MGMT_F2H_HEAD:	return b->f2h_head;
	case PINION_MGMT_LOG_TAIL:	return b->log_tail;
	case PINION_MGMT_CORES:		return card_ident(card, PINION_REG_CORES);
	case PINION_MGMT_QUEUES:	return card_ident(card, PINION_REG_QUEUES);
	case PINION_MGMT_VMS:		return card_ident(card, PINION_REG_VMS);
	case PINION_MGMT_CAPS_LO:	return card_ident(card, PINION_REG_CAPS_LO);
	case PINION_MGMT_CAPS_HI:	return card_ident(card, PINION_REG_CAPS_HI);
	case PINION_MGMT_MEMORY_LO:	return card_ident(card, PINION_REG_MEMORY_LO);
	case PINION_MGMT_MEMORY_HI:	return card_ident(card, PINION_REG_MEMORY_HI);
	case PINION_MGMT_VECTORS:	return card_ident(card, PINION_REG_VECTORS);
	case PINION_MGMT_TIME_FREQ:	return card_ident(card, PINION_REG_TIME_FREQ);
	case PINION_MGMT_FAULT_QUEUES(0) ... PINION_MGMT_FAULT_QUEUES(7):
		return fault_word(card, (reg - PINION_MGMT_FAULT_QUEUES(0)) / 4);
	default:			return 0;
	}
}
/* clang-format on */

static void sys_panic(struct card *card, uint32_t code)
{
	card->s.boot.panic = code;
	card->s.mgmt.panicked = 1;
}

/* A start from the flash was no failed one. */
static void sys_ready(struct card *card)
{
	const struct card_boot *b = &card->s.boot;

	if (b->flash && b->slot == selector_get(card).slot && selector_worked(card))
		card_log(card, 0, "flash: the start of slot %u cannot be marked as good", b->slot);
	boot_set_state(card, PINION_BOOT_READY);
}

static void sys_write(struct card *card, uint32_t reg, uint32_t value)
{
	struct card_mgmt *m = &card->s.mgmt;

	switch (reg) {
	case PINION_MGMT_TIMECMP_LO:
		set_lo(&m->timecmp, value);
		break;
	case PINION_MGMT_TIMECMP_HI:
		set_hi(&m->timecmp, value);
		break;
	case PINION_MGMT_IRQ:
		m->irq &= ~value;
		break;
	case PINION_MGMT_IRQ_ENABLE:
		m->irq_enable = value & (PINION_MGMT_IRQ_MBOX | PINION_MGMT_IRQ_FAULT);
		break;
	case PINION_MGMT_HOST_INT:
		card_raise(card, value & (PINION_INT_MBOX | PINION_INT_LOG));
		break;
	case PINION_MGMT_HEARTBEAT:
		card->s.boot.heartbeat = value;
		break;
	case PINION_MGMT_READY:
		if (card->s.boot.state == PINION_BOOT_STARTING)
			sys_ready(card);
		break;
	case PINION_MGMT_PANIC:
		sys_panic(card, value);
		break;
	case PINION_MGMT_H2F_TAIL ... PINION_MGMT_LOG_TAIL:
		mbox_mgmt_write(card, reg, value);
		break;
	}
	mgmt_update_irq(card);
}

static uint32_t queue_read(const struct card *card, uint32_t index, uint32_t reg)
{
	const struct card_queue *q = &card->s.queues[index];

	switch (reg) {
	case PINION_MGMT_Q_STATE:
		return q->state;
	case PINION_MGMT_Q_RING_LO:
		return (uint32_t)q->ring;
	case PINION_MGMT_Q_RING_HI:
		return q->ring >> 32;
	case PINION_MGMT_Q_CQ_LO:
		return (uint32_t)q->cq;
	case PINION_MGMT_Q_CQ_HI:
		return q->cq >> 32;
	case PINION_MGMT_Q_ENTRIES:
		return q->entries;
	case PINION_MGMT_Q_VM:
		return q->vm;
	case PINION_MGMT_Q_VECTOR:
		return q->vector;
	case PINION_MGMT_Q_PRIORITY:
		return q->priority;
	case PINION_MGMT_Q_FAULT:
		return card->s.faults[index].status;
	case PINION_MGMT_Q_SHADOW_LO:
		return (uint32_t)q->shadow;
	case PINION_MGMT_Q_SHADOW_HI:
		return q->shadow >> 32;
	case PINION_MGMT_Q_FLAGS:
		return q->flags;
	default:
		return 0;
	}
}

static void queue_config_write(struct card_queue *q, uint32_t reg, uint32_t value)
{
	switch (reg) {
	case PINION_MGMT_Q_RING_LO:
		set_lo(&q->ring, value);
		break;
	case PINION_MGMT_Q_RING_HI:
		set_hi(&q->ring, value);
		break;
	case PINION_MGMT_Q_CQ_LO:
		set_lo(&q->cq, value);
		break;
	case PINION_MGMT_Q_CQ_HI:
		set_hi(&q->cq, value);
		break;
	case PINION_MGMT_Q_ENTRIES:
		q->entries = value;
		break;
	case PINION_MGMT_Q_VM:
		q->vm = value;
		break;
	case PINION_MGMT_Q_VECTOR:
		q->vector = value;
		break;
	case PINION_MGMT_Q_PRIORITY:
		q->priority = value;
		break;
	case PINION_MGMT_Q_SHADOW_LO:
		set_lo(&q->shadow, value);
		break;
	case PINION_MGMT_Q_SHADOW_HI:
		set_hi(&q->shadow, value);
		break;
	case PINION_MGMT_Q_FLAGS:
		q->flags = value;
		break;
	}
}

static void queue_write(struct card *card, uint32_t index, uint32_t reg, uint32_t value)
{
	struct card_queue *q = &card->s.queues[index];

	if (reg != PINION_MGMT_Q_CTRL) {
		if (q->state == PINION_Q_DISABLED)
			queue_config_write(q, reg, value);
	} else if (value == PINION_MGMT_Q_ENABLE) {
		queue_enable(card, q);
	} else if (value == PINION_MGMT_Q_STOP) {
		queue_stop(card, q);
	}
}

static uint32_t vm_read(const struct card *card, uint32_t vm, uint32_t reg)
{
	return reg == PINION_MGMT_VM_ROOT_LO ? (uint32_t)card->s.vms[vm].root
					     : card->s.vms[vm].root >> 32;
}

static void vm_write(struct card *card, uint32_t vm, uint32_t reg, uint32_t value)
{
	if (reg == PINION_MGMT_VM_ROOT_HI)
		card->s.vms[vm].root_hi = value;
	else if (vm)
		mmu_set_root(card, vm,
			     ((uint64_t)card->s.vms[vm].root_hi << 32 | value) & VM_ROOT_BITS);
}

static uint32_t mgmt_read(struct card *card, uint32_t va)
{
	if (va - PINION_MGMT_SYS_BASE < PINION_MGMT_FAULT_QUEUES(8))
		return sys_read(card, va - PINION_MGMT_SYS_BASE);
	if (va - PINION_MGMT_QUEUE_BASE < PINION_MAX_QUEUES * PINION_MGMT_QUEUE_STRIDE) {
		va -= PINION_MGMT_QUEUE_BASE;
		return queue_read(card, va / PINION_MGMT_QUEUE_STRIDE,
				  va % PINION_MGMT_QUEUE_STRIDE);
	}
	if (va - PINION_MGMT_VM_BASE < PINION_MAX_VMS * PINION_MGMT_VM_STRIDE) {
		va -= PINION_MGMT_VM_BASE;
		return vm_read(card, va / PINION_MGMT_VM_STRIDE, va % PINION_MGMT_VM_STRIDE);
	}
	return mgmt_sched_read(card, va);
}

static void mgmt_write(struct card *card, uint32_t va, uint32_t value)
{
	if (va - PINION_MGMT_SYS_BASE < PINION_MGMT_FAULT_QUEUES(8)) {
		sys_write(card, va - PINION_MGMT_SYS_BASE, value);
	} else if (va - PINION_MGMT_QUEUE_BASE < PINION_MAX_QUEUES * PINION_MGMT_QUEUE_STRIDE) {
		va -= PINION_MGMT_QUEUE_BASE;
		queue_write(card, va / PINION_MGMT_QUEUE_STRIDE, va % PINION_MGMT_QUEUE_STRIDE,
			    value);
	} else if (va - PINION_MGMT_VM_BASE < PINION_MAX_VMS * PINION_MGMT_VM_STRIDE) {
		va -= PINION_MGMT_VM_BASE;
		vm_write(card, va / PINION_MGMT_VM_STRIDE, va % PINION_MGMT_VM_STRIDE, value);
	} else {
		mgmt_sched_write(card, va, value);
	}
}

static const enum rv_cause access_cause[] = {
	[RV_READ] = RV_CAUSE_LOAD_ACCESS,
	[RV_WRITE] = RV_CAUSE_STORE_ACCESS,
	[RV_FETCH] = RV_CAUSE_FETCH_ACCESS,
};

int mgmt_mmio(void *opaque, uint64_t va, void *buf, unsigned int len, enum rv_access access)
{
	const uint32_t end = PINION_MGMT_GROUP_BASE + 0x10000;
	struct card *card = opaque;
	uint32_t value = 0;

	if (va < PINION_MGMT_SYS_BASE || va >= end || access == RV_FETCH)
		return access_cause[access];
	if (card->s.knobs.fw_crash) {
		card->s.knobs.fw_crash = 0;
		return access_cause[access];
	}

	if (access == RV_READ) {
		if (len == 4 && va % 4 == 0)
			value = mgmt_read(card, (uint32_t)va);
		memset(buf, 0, len);
		memcpy(buf, &value, len < sizeof(value) ? len : sizeof(value));
		return 0;
	}

	if (len == 4 && va % 4 == 0 && !card->s.mgmt.panicked) {
		memcpy(&value, buf, sizeof(value));
		mgmt_write(card, (uint32_t)va, value);
	}
	if (!card->s.mgmt.panicked)
		return 0;
	/* An exception inside a trap stops the processor at once, with pc at the store to PANIC. */
	card->mgmt_hart.s.in_trap = 1;
	return RV_CAUSE_STORE_ACCESS;
}
