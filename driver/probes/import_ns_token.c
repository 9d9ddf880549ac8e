// SPDX-License-Identifier: GPL-2.0
/* MODULE_IMPORT_NS() takes a word and not a string. */
#include <linux/module.h>

MODULE_IMPORT_NS(DMA_BUF);
