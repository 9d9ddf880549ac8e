/* SPDX-License-Identifier: GPL-2.0 */
/* Shares of the card: the weights of scheduling groups, and the slice. */
#ifndef PINION_SCHED_H
#define PINION_SCHED_H

struct pinion_budget;
struct pinion_card;
struct seq_file;

int pinion_sched_start(struct pinion_card *pdev);
int pinion_sched_join(struct pinion_card *pdev, struct pinion_budget *budget);
int pinion_sched_tell(struct pinion_card *pdev);
int pinion_sched_show(struct pinion_card *pdev, struct seq_file *m);

#endif /* PINION_SCHED_H */
