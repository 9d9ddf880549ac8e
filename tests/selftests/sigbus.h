/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether memory is still there: mappings of a card that is gone raise SIGBUS. */
#ifndef PINION_SELFTESTS_SIGBUS_H
#define PINION_SELFTESTS_SIGBUS_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

static sigjmp_buf sigbus_back;

static inline void sigbus_jump(int signal)
{
	(void)signal;
	siglongjmp(sigbus_back, 1);
}

static inline bool touching_is_sigbus(volatile uint8_t *mem)
{
	struct sigaction action = { .sa_handler = sigbus_jump }, old;
	bool raised = true;

	sigaction(SIGBUS, &action, &old);
	if (!sigsetjmp(sigbus_back, 1)) {
		mem[0] = 1;
		raised = false;
	}
	sigaction(SIGBUS, &old, NULL);
	return raised;
}

#endif /* PINION_SELFTESTS_SIGBUS_H */
