/* SPDX-License-Identifier: GPL-2.0 */
/* Dumps of a card and of a queue that failed, for devcoredump. */
#ifndef PINION_DUMP_H
#define PINION_DUMP_H

#include <linux/seq_buf.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "pinion_regs.h"

struct pinion_card;
struct pinion_gpuvm;
struct pinion_hw_queue;

#define PINION_DUMP_DESCS 16 /* descriptors of the failed queue in a dump */

/**
 * struct pinion_scene - what is copied at once when something fails
 * @code: what failed: PINION_ERROR_*
 * @boottime_ns: time since boot in ns
 * @descs: number of entries in @desc; 0: no queue is to blame
 * @queue: number of the queue to blame
 * @job: number of the job that failed
 * @state: state of the queue: enum pinion_queue_state
 * @hw_state: state of the queue in the card: PINION_Q_*
 * @mode: mode of the queue: enum pinion_queue_mode
 * @submitted: number of the newest job
 * @completed: number of jobs that had completed
 * @tail: number of descriptors ever written
 * @freed: number of descriptors whose jobs had completed
 * @cq_head: number of completion records consumed
 * @first: slot of the first descriptor in @desc
 * @desc: descriptors around the one that failed
 * @record: the queue's fault record
 * @vm: address space of the queue, referenced; NULL: none, or the driver's own
 * @levels: number of entries in @pte
 * @pte: entries that a walk of the page tables for the faulting address meets, from level 3 down
 */
struct pinion_scene {
	unsigned int code;
	u64 boottime_ns;
	u32 descs;
	u32 queue;
	u64 job;
	u32 state;
	u32 hw_state;
	u32 mode;
	u64 submitted;
	u64 completed;
	u32 tail;
	u32 freed;
	u32 cq_head;
	u32 first;
	struct pinion_desc desc[PINION_DUMP_DESCS];
	struct pinion_fault_record record;
	struct pinion_gpuvm *vm;
	u32 levels;
	u64 pte[PINION_PT_LEVELS];
};

/**
 * struct pinion_dump - the dump of a card that is being made
 * @lock: protects everything down to @mistake; irq-safe
 * @busy: a dump is being made, and whoever makes it owns @scene and @text
 * @next: time in jiffies before which no other dump is made; 0: none was made
 * @mistake: whether the last dump was about a mistake of a program
 * @scene: what the dump is about
 * @memory: buffer of @text, made by vmalloc()
 * @text: content of the dump; of size 0 as long as @memory is NULL
 * @work: work item that hands the dump over
 */
struct pinion_dump {
	spinlock_t lock;
	bool busy;
	unsigned long next;
	bool mistake;
	struct pinion_scene scene;
	void *memory;
	struct seq_buf text;
	struct work_struct work;
};

void pinion_dump_prepare(struct pinion_card *pdev, work_func_t work);
void pinion_dump_queue(struct pinion_hw_queue *q, unsigned int code, u64 job);
void pinion_dump_card(struct pinion_card *pdev, unsigned int code);
void pinion_dump_write(struct pinion_card *pdev);
void pinion_dump_renew(struct pinion_dump *dump);
bool pinion_dump_is_mistake(unsigned int code);

#endif /* PINION_DUMP_H */
