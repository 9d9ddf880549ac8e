// SPDX-License-Identifier: GPL-2.0
/* The flag WQ_PERCPU asks for a workqueue with workers for each CPU, once the default. */
#include <linux/workqueue.h>

int probe = WQ_PERCPU;
