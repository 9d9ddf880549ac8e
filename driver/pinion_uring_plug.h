/* SPDX-License-Identifier: GPL-2.0 */
/* One doorbell for all commands of a submission. */
#ifndef PINION_URING_PLUG_H
#define PINION_URING_PLUG_H

struct file;
struct pinion_hw_queue;

void pinion_uring_plug(struct pinion_hw_queue *q, struct file *file);

#endif /* PINION_URING_PLUG_H */
