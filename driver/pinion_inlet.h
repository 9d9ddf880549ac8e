/* SPDX-License-Identifier: GPL-2.0 */
/* Inlets of queues: jobs that wait for fences. */
#ifndef PINION_INLET_H
#define PINION_INLET_H

struct pinion_await;
struct pinion_hw_queue;
struct pinion_inlet;
struct pinion_map_point;

struct pinion_inlet *pinion_inlet_get(struct pinion_hw_queue *q);
struct pinion_await *pinion_inlet_new_await(struct pinion_inlet *inlet);
int pinion_inlet_await(struct pinion_inlet *inlet, struct pinion_await *await,
		       struct pinion_map_point *point);
void pinion_inlet_free(struct pinion_inlet *inlet);

#endif /* PINION_INLET_H */
