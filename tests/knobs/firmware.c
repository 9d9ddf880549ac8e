// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware hangs, or does not see messages, for a while: a request that is made meanwhile is
 * answered afterwards, and jobs run all the time. Needs a card with debug=on.
 */
#include <sys/wait.h>

#include "knobs.h"

static void pauses(struct rig *rig, uint32_t fault, const char *what)
{
	int status = 1;
	pid_t child;

	knobs[PINION_REG_DEBUG_FIRMWARE / 4] = fault;
	child = fork();
	if (!child)
		_exit(rig_queue(rig->fd, 4) < 0);
	usleep(200000);
	ksft_test_result(!waitpid(child, &status, WNOHANG) && !rig_run(rig).res,
			 "%s: the firmware answers no request, jobs run\n", what);
	knobs[PINION_REG_DEBUG_FIRMWARE / 4] = 0;
	ksft_test_result(waitpid(child, &status, 0) == child && !status,
			 "%s: later the request succeeds\n", what);
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(4);
	pauses(&rig, PINION_DEBUG_FW_HANGS, "it hangs");
	pauses(&rig, PINION_DEBUG_FW_DEAF, "it is deaf");
	rig_close(&rig);
	ksft_finished();
}
