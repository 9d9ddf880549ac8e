/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a queue. */
#ifndef PINION_QUEUE_FILE_H
#define PINION_QUEUE_FILE_H

struct file;
struct pinion_hw_queue;

struct file *pinion_queue_file(struct pinion_hw_queue *q);

#endif /* PINION_QUEUE_FILE_H */
