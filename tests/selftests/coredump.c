// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fault that stops a queue leaves a dump for root: the queue, its descriptors, the fault record,
 * the walk of the page tables, registers and the firmware's log. Another fault within a minute
 * leaves none.
 */
#include "coredump.h"

#define SOON_US 200000 /* how long to watch that there is no dump */
#define NOWHERE (RIG_VA + 0x10000000ull)

static void fault(struct rig *rig)
{
	rig->bytes = 0;
	rig_fill(rig, NOWHERE, 4096, 1, 8);
	if (rig_run(rig).res != -EFAULT)
		ksft_exit_fail_msg("a job that accessed an unmapped address did not fail\n");
}

static void content(const char *text)
{
	char line[64];

	ksft_test_result(!strncmp(text, "pinion-dump=1\n\n[error]\ncode=0x004\n", 34) &&
				 strstr(text, "symbol=PAGE_FAULT\n") &&
				 strstr(text, "at_fault=program\n"),
			 "the error\n");
	ksft_test_result(coredump_number(text, "[identity]", "queues") > 0 &&
				 coredump_number(text, "[card]", "id") == PINION_ID,
			 "who the card is\n");
	ksft_test_result(coredump_number(text, "[queue]", "job") == 2 &&
				 coredump_number(text, "[queue]", "completed") == 1 &&
				 coredump_number(text, "[queue]", "hw_state") == PINION_Q_FAULTED,
			 "the queue\n");
	snprintf(line, sizeof(line), "cmd_va %#llx wait", RIG_VA);
	ksft_test_result(strstr(text, line) && strstr(text, " cookie 2\n"), "its descriptors\n");
	ksft_test_result(coredump_number(text, "[fault]", "va") == NOWHERE &&
				 coredump_number(text, "[fault]", "status") ==
					 PINION_STATUS_PAGE_FAULT,
			 "the fault record\n");
	ksft_test_result(coredump_number(text, "[walk]", "level3") & PINION_PTE_VALID &&
				 coredump_number(text, "[walk]", "level2") & PINION_PTE_VALID &&
				 !coredump_number(text, "[walk]", "level1") &&
				 coredump_number(text, "[walk]", "level0") == -1,
			 "the walk ends at level 1, where nothing is mapped\n");
	ksft_test_result(coredump_number(text, "[boot]", "boot_status") == PINION_BOOT_READY &&
				 coredump_number(text, "[mailbox]", "h2f_tail") > 0,
			 "boot and mailbox registers\n");
	ksft_test_result(coredump_number(text, "[log]", "tail") > 0 && strstr(text, "\nlog="),
			 "the firmware's log\n");
}

int main(void)
{
	struct stat st;
	struct rig rig;

	ksft_print_header();
	/* Only the driver that is bound now counts: it has made no dump yet. */
	if (try_driver("unbind") || try_driver("bind"))
		ksft_exit_fail_msg("unbind and bind: %s\n", strerror(errno));
	coredump_drop();
	rig_open(&rig, 4);
	ksft_set_plan(10);
	if (rig_run(&rig).res)
		ksft_exit_fail_msg("an empty job failed\n");
	fault(&rig);
	content(coredump_wait("[log]"));
	ksft_test_result(!stat(coredump_path(), &st) && (st.st_mode & 07777) == 0600 && !st.st_uid,
			 "root alone may read it\n");
	coredump_drop();
	if (try_ioctl(rig.queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("the queue was not reset\n");
	fault(&rig);
	usleep(SOON_US);
	ksft_test_result(!coredump_path(),
			 "the next fault, less than a minute later, leaves none\n");
	rig_close(&rig);
	ksft_finished();
}
