/* SPDX-License-Identifier: GPL-2.0 */
/* Error codes of the card, and why a queue stopped. */
#ifndef PINION_FAULT_H
#define PINION_FAULT_H

#include <linux/types.h>

struct pinion_hw_queue;

int pinion_fault_errno(u32 status);
const char *pinion_fault_name(u32 status);
void pinion_fault_forge(struct pinion_hw_queue *q, u32 status);
void pinion_fault_remember(struct pinion_hw_queue *q, unsigned int code, u64 job);
void pinion_fault_blame(struct pinion_hw_queue *q, unsigned int code, u64 job);
void pinion_fault_read(struct pinion_hw_queue *q, u32 status);

#endif /* PINION_FAULT_H */
