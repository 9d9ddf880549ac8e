/* SPDX-License-Identifier: GPL-2.0 */
/* Hands dumps over to devcoredump. */
#ifndef PINION_DUMP_WORK_H
#define PINION_DUMP_WORK_H

struct pinion_card;

int pinion_dump_init(struct pinion_card *pdev);

#endif /* PINION_DUMP_WORK_H */
