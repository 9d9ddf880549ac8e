// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A failure of the card is dumped even if a program's mistake was dumped just before, and its dump
 * replaces that of the mistake. Needs a card with debug=on.
 */
#include "../selftests/coredump.h"
#include "knobs.h"

static void mistake(struct rig *rig)
{
	rig->bytes = 0;
	rig_fill(rig, 0x700000000000, 4096, 1, 8);
	if (rig_run(rig).res != -EFAULT)
		ksft_exit_fail_msg("a job that accessed an unmapped address did not fail\n");
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("the queue was not reset\n");
}

/* The card does not abort a job when it is told to. */
static void failure(struct rig *rig)
{
	uint64_t all = 0;

	knobs[PINION_REG_DEBUG_DEAF / 4] = 1;
	rig_hang(rig);
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_CANCEL, &all))
		ksft_exit_fail_msg("the job was not cancelled\n");
	rig_wait(rig);
}

int main(void)
{
	const char *text;
	struct rig rig;

	ksft_print_header();
	/* Only the driver that is bound now counts: it has made no dump yet. */
	if (try_driver("unbind") || try_driver("bind"))
		ksft_exit_fail_msg("unbind and bind: %s\n", strerror(errno));
	coredump_drop();
	rig_open(&rig, 4);
	knobs_find();
	ksft_set_plan(3);
	mistake(&rig);
	text = coredump_wait("[log]");
	ksft_test_result(coredump_number(text, "[error]", "code") == 4, "a mistake is dumped\n");
	failure(&rig);
	text = coredump_wait("code=0x40c\n");
	ksft_test_result(strstr(text, "symbol=ABORT_IGNORED\n") && strstr(text, "at_fault=card\n"),
			 "a failure of the card replaces it\n");
	ksft_test_result(coredump_number(text, "[queue]", "hw_state") == PINION_Q_RUNNING ||
				 coredump_number(text, "[queue]", "hw_state") == PINION_Q_WAITING,
			 "the card still had the job\n");
	knobs[PINION_REG_DEBUG_DEAF / 4] = 0;
	rig_close(&rig);
	ksft_finished();
}
