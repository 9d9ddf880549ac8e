/* SPDX-License-Identifier: GPL-2.0 */
/* Timelines that are raised when fences of any driver signal. */
#ifndef PINION_IMPORT_RAISE_H
#define PINION_IMPORT_RAISE_H

#include <linux/types.h>

struct pinion_imports;
struct pinion_timeline_page;

int pinion_import_raise(struct pinion_imports *imports, struct pinion_timeline_page *tl, int fd,
			u64 value);

#endif /* PINION_IMPORT_RAISE_H */
