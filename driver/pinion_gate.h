/* SPDX-License-Identifier: GPL-2.0 */
/* The gate: requests of programs enter the card's part of the driver only while the card works. */
#ifndef PINION_GATE_H
#define PINION_GATE_H

#include <linux/types.h>

struct pinion_card;

bool pinion_gate_is_open(struct pinion_card *pdev);
bool pinion_try_enter(struct pinion_card *pdev, int *idx);
bool pinion_enter(struct pinion_card *pdev, int *idx);
void pinion_exit(struct pinion_card *pdev, int idx);
void pinion_gate_wait(struct pinion_card *pdev);
void pinion_gate_end_rest(struct pinion_card *pdev);
bool pinion_gate_drain(struct pinion_card *pdev, unsigned int timeout_ms);
void pinion_set_state(struct pinion_card *pdev, int state);

#endif /* PINION_GATE_H */
