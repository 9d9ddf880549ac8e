// SPDX-License-Identifier: GPL-2.0-or-later
/* Ctrl-C and SIGTERM: the main loop looks and unwinds. */
#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t mark;

static void set_mark(int signal)
{
	mark = signal;
}

void interrupt_catch(void)
{
	/* No SA_RESTART: a read of a query must end, too. */
	struct sigaction action = { .sa_handler = set_mark, .sa_flags = SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool interrupted(void)
{
	return mark;
}
