/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The management firmware: it owns which queue exists and which address space it uses. It never
 * sees a job. One loop, no interrupt handlers: interrupts only end the sleep, so nothing here
 * needs a lock.
 */
#ifndef PINION_MGMT_FW_H
#define PINION_MGMT_FW_H

#include <stdbool.h>
#include <stdint.h>

#include "pinion_regs.h"

#define FW_FAULT_WORDS (PINION_MAX_QUEUES / 32)

/* Levels of the log, as in the kernel's. */
#define FW_LOG_ERR  3
#define FW_LOG_WARN 4
#define FW_LOG_INFO 6

/**
 * struct fw_queue - what a queue was created with
 * @used: between QUEUE_CREATE and QUEUE_DESTROY
 * @config: the message that created it, checked
 */
struct fw_queue {
	bool used;
	struct pinion_msg_queue_create config;
};

/**
 * struct fw_vm - an address space
 * @set: between VM_SET and VM_CLEAR
 * @queues: queues that use it; VM_CLEAR must wait for zero
 */
struct fw_vm {
	bool set;
	uint32_t queues;
};

/**
 * struct fw - all state of the firmware
 * @queues: number of queues of this card
 * @vms: number of address spaces, 0 included
 * @vectors: number of MSI-X vectors
 * @memory: bytes of device memory
 * @caps: capability bits of this card
 * @frequency: device time ticks per second
 * @beat_ticks: device time from one heartbeat to the next
 * @stall_ticks: device time between two looks at a host that does not take its messages
 * @beat_at: device time of the next heartbeat
 * @agreed: a HELLO with our contract major was answered
 * @fault_sent: bit per queue: its fault was announced, or is in @fault_wait
 * @fault_wait: bit per queue: EV_QUEUE_FAULT waits for room in the F2H ring
 * @queue: state of each queue
 * @vm: state of each address space
 */
struct fw {
	uint32_t queues;
	uint32_t vms;
	uint32_t vectors;
	uint64_t memory;
	uint64_t caps;
	uint32_t frequency;
	uint32_t beat_ticks;
	uint32_t stall_ticks;
	uint64_t beat_at;
	bool agreed;
	uint32_t fault_sent[FW_FAULT_WORDS];
	uint32_t fault_wait[FW_FAULT_WORDS];
	struct fw_queue queue[PINION_MAX_QUEUES];
	struct fw_vm vm[PINION_MAX_VMS];
};

/* main.c */
void fw_init(struct fw *fw);
void fw_poll(struct fw *fw);

/* mbox.c */
bool mbox_poll(struct fw *fw);

/* queue.c: each returns PINION_MBOX_* */
uint16_t queue_create(struct fw *fw, const struct pinion_msg_queue_create *arg);
uint16_t queue_destroy(struct fw *fw, const struct pinion_msg_queue *arg);
uint16_t queue_reset(struct fw *fw, const struct pinion_msg_queue *arg);
void queue_poll_faults(struct fw *fw);

/* vm.c: each returns PINION_MBOX_* */
uint16_t vm_set(struct fw *fw, const struct pinion_msg_vm *arg);
uint16_t vm_clear(struct fw *fw, const struct pinion_msg_vm *arg);

/* log.c: knows %s, %u, %x and %% */
__attribute__((format(printf, 2, 3))) void fw_log(int level, const char *format, ...);

/* True if all @n words are zero: reserved fields must be. */
static inline bool all_zero(const uint32_t *words, uint32_t n)
{
	uint32_t any = 0;

	while (n--)
		any |= words[n];
	return !any;
}

#endif /* PINION_MGMT_FW_H */
