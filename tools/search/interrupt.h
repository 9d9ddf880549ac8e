/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGINT (Ctrl-C) and SIGTERM: the program polls for them, cleans up and exits. */
#ifndef SEARCH_INTERRUPT_H
#define SEARCH_INTERRUPT_H

#include <stdbool.h>

/* From now on interrupted() tells of the first signal; a second one ends the program at once. */
void interrupt_catch(void);
bool interrupted(void);

#endif /* SEARCH_INTERRUPT_H */
