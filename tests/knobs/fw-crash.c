// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware crashes: the kernel's log and debugfs say where and why, jobs go on, and the
 * firmware is started again. Needs a card with debug=on.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "knobs.h"

static int log_fd;

/* Whether the log has got the line of a crash, which goes to @line. */
static bool logged(char *line, size_t size)
{
	struct pollfd ready = { .fd = log_fd, .events = POLLIN };
	ssize_t n;

	while (poll(&ready, 1, 60000) > 0) {
		n = read(log_fd, line, size - 1);
		line[n > 0 ? n : 0] = 0;
		if (strstr(line, "firmware, cause 0x"))
			return true;
	}
	return false;
}

/* What debugfs has of the crash: up to @size bytes. */
static void read_record(char *text, size_t size)
{
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%s/fw_crash", rig_pci_address());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	close(fd);
}

static void test_record(const char *line)
{
	unsigned int cause = 0, count = 0, pc = 0;
	char text[8192];

	sscanf(strstr(line, "firmware, cause"), "firmware, cause %x at pc %x", &cause, &pc);
	ksft_test_result((cause == 5 || cause == 7) &&
				 pc - PINION_MGMT_RAM_BASE < PINION_MGMT_RAM_SIZE,
			 "the log says why and where: cause %#x at pc %#x\n", cause, pc);
	read_record(text, sizeof(text));
	ksft_test_result(sscanf(text, "count %u", &count) == 1 && count == 1 &&
				 strstr(text, "\nx31 ") && strstr(text, "\nstack0 "),
			 "debugfs has registers and stack\n");
}

/* Creating a queue needs firmware: the request waits until the firmware runs again. */
static void test_jobs(struct rig *rig)
{
	struct rig other;
	bool good;

	rig_open(&other, 4);
	good = !rig_run(&other).res;
	rig_close(&other);
	ksft_test_result(good, "a queue that is created then runs a job\n");
	rig_unhang(rig);
	ksft_test_result(!rig_wait(rig).res, "a job that was in flight ends as usual\n");
}

int main(void)
{
	char line[2048];
	struct rig rig;

	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	rig_open(&rig, 4);
	knobs_find();
	ksft_print_header();
	ksft_set_plan(6);
	rig_hang(&rig);
	knobs[PINION_REG_DEBUG_FW_CRASH / 4] = 1;
	if (logged(line, sizeof(line))) {
		ksft_test_result_pass("a crash of the firmware is logged\n");
		test_record(line);
	} else {
		ksft_test_result_fail("a crash of the firmware is logged\n");
		rig_skip(2, "nothing was logged");
	}
	test_jobs(&rig);
	rig_close(&rig);
	try_driver("unbind");
	try_driver("bind");
	rig_open(&rig, 4);
	ksft_test_result(!rig_run(&rig).res, "bound again, the card works\n");
	rig_close(&rig);
	ksft_finished();
}
