/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ctrl-C and SIGTERM: the main loop looks and unwinds. */
#ifndef SEARCH_INTERRUPT_H
#define SEARCH_INTERRUPT_H

#include <stdbool.h>

/* From now on the signals set a mark; a second one ends the program at once. */
void interrupt_catch(void);
bool interrupted(void);

#endif /* SEARCH_INTERRUPT_H */
