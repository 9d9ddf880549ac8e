/* SPDX-License-Identifier: GPL-2.0 */
/* What a queue is doing, and what it waits for, in words. */
#ifndef PINION_QUEUE_SHOW_H
#define PINION_QUEUE_SHOW_H

struct file;
struct pinion_card;
struct seq_file;

void pinion_queue_show_fdinfo(struct seq_file *m, struct file *file);
void pinion_queues_show(struct pinion_card *pdev, struct seq_file *m);

#endif /* PINION_QUEUE_SHOW_H */
