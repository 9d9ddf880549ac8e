// SPDX-License-Identifier: GPL-2.0
/* MODULE_IMPORT_NS() still takes a bare word; later kernels want a string. */
#include <linux/module.h>

MODULE_IMPORT_NS(DMA_BUF);
