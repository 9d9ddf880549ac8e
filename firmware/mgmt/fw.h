/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The management firmware: it decides which queues exist and which address space each uses, and
 * never sees a job. One loop does all the work; an interrupt only ends its sleep and has no
 * handler, so nothing here needs a lock.
 */
#ifndef PINION_MGMT_FW_H
#define PINION_MGMT_FW_H

#include <stdbool.h>
#include <stdint.h>

#include "pinion_regs.h"

#define FW_FAULT_WORDS (PINION_MAX_QUEUES / 32)

/* Levels of a log line: the numbers of the kernel's log levels. */
#define FW_LOG_ERR  3
#define FW_LOG_WARN 4
#define FW_LOG_INFO 6

/**
 * struct fw_queue - a queue; the hardware has the rest of its set-up
 * @used: the queue exists: between QUEUE_CREATE and QUEUE_DESTROY
 * @vm: address space of the queue, while it exists
 */
struct fw_queue {
	bool used;
	uint32_t vm;
};

/**
 * struct fw_vm - an address space
 * @set: the address space has page tables: between VM_SET and VM_CLEAR
 * @queues: number of queues that use the address space; VM_CLEAR is BUSY unless it is 0
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
 * @memory: size of device memory in bytes
 * @save_bytes: size of an address space's save area, for all cores
 * @caps: PINION_CAP_* of this card
 * @frequency: ticks of device time per second
 * @beat_ticks: ticks from one heartbeat to the next
 * @stall_ticks: ticks to sleep before looking again for free slots in a full F2H ring
 * @beat_at: device time of the next heartbeat
 * @agreed: the host has sent a HELLO with this firmware's contract major
 * @fault_sent: bit per queue: the queue's fault was announced, or is in @fault_wait
 * @fault_wait: bit per queue: EV_QUEUE_FAULT waits for a free slot in the F2H ring
 * @queue: state of each queue
 * @vm: state of each address space
 */
struct fw {
	uint32_t queues;
	uint32_t vms;
	uint32_t vectors;
	uint64_t memory;
	uint64_t save_bytes;
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

/* Arguments of a request, or of its reply. */
union msg_args {
	struct pinion_msg_hello hello;
	struct pinion_msg_queue_create queue_create;
	struct pinion_msg_queue queue;
	struct pinion_msg_vm vm;
	struct pinion_msg_sched sched;
	struct pinion_msg_group_stats group_stats;
};

/**
 * struct msg_op - what the firmware knows of a type of request
 * @early: accepted before a HELLO has agreed on the contract
 * @valid: whether the arguments are as the contract says; if not the request is INVALID
 * @run: do what the request asks; returns the status of the reply, PINION_MBOX_*
 */
struct msg_op {
	bool early;
	bool (*valid)(const struct fw *fw, const union msg_args *args);
	uint16_t (*run)(struct fw *fw, union msg_args *args);
};

/* main.c */
void fw_init(struct fw *fw);
void fw_poll(struct fw *fw);

/* mbox.c: msg_ops is indexed by type of message */
extern const struct msg_op msg_ops[];
extern const uint32_t nr_msg_ops;
bool mbox_poll(struct fw *fw);

/* queue.c */
uint32_t queues_adopt(struct fw *fw);
bool queue_create_valid(const struct fw *fw, const union msg_args *args);
uint16_t queue_create(struct fw *fw, union msg_args *args);
bool queue_valid(const struct fw *fw, const union msg_args *args);
uint16_t queue_destroy(struct fw *fw, union msg_args *args);
uint16_t queue_reset(struct fw *fw, union msg_args *args);
void queue_poll_faults(struct fw *fw);

/* vm.c */
uint32_t vms_adopt(struct fw *fw);
bool vm_set_valid(const struct fw *fw, const union msg_args *args);
uint16_t vm_set(struct fw *fw, union msg_args *args);
bool vm_clear_valid(const struct fw *fw, const union msg_args *args);
uint16_t vm_clear(struct fw *fw, union msg_args *args);

/* sched.c */
bool sched_valid(const struct fw *fw, const union msg_args *args);
uint16_t sched_set(struct fw *fw, union msg_args *args);
bool group_stats_valid(const struct fw *fw, const union msg_args *args);
uint16_t group_stats(struct fw *fw, union msg_args *args);

/* crash.c */
void crash_record(uint32_t cause, uint32_t pc, uint32_t value, const uint32_t x[31]);

/* log.c: knows %s, %u, %x and %% */
__attribute__((format(printf, 2, 3))) void fw_log(int level, const char *format, ...);

/* Whether all @n words are zero, as the contract demands of reserved fields. */
static inline bool all_zero(const uint32_t *words, uint32_t n)
{
	uint32_t any = 0;

	while (n--)
		any |= words[n];
	return !any;
}

#endif /* PINION_MGMT_FW_H */
