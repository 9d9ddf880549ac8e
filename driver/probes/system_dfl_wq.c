// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own workqueues have new names, and using the old names prints a warning.
 *
 * Symbol: system_dfl_wq
 * Symbol: system_percpu_wq
 */
#include <linux/workqueue.h>

struct workqueue_struct *probe(bool any_cpu)
{
	return any_cpu ? system_dfl_wq : system_percpu_wq;
}
