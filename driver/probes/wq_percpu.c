// SPDX-License-Identifier: GPL-2.0
/* A workqueue with a worker for each CPU is asked for, no longer the default. */
#include <linux/workqueue.h>

int probe = WQ_PERCPU;
