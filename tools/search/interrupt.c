// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGINT (Ctrl-C) and SIGTERM: the program polls for them, cleans up and exits. */
#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void note_signal(int signal)
{
	caught = signal;
}

void interrupt_catch(void)
{
	/* Without SA_RESTART, so that a signal ends the read of a query from standard input. */
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool interrupted(void)
{
	return caught;
}
