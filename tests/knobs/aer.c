// SPDX-License-Identifier: GPL-2.0-or-later
/* A correctable error of the bus is logged by the kernel and costs nothing. Needs debug=on. */
#include <fcntl.h>
#include <poll.h>

#include "knobs.h"

/* Whether the kernel's log gets a line with @text and the card's address. */
static bool logged(int fd, const char *text)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char line[1024];

	while (poll(&ready, 1, 30000) > 0) {
		ssize_t n = read(fd, line, sizeof(line) - 1);

		line[n > 0 ? n : 0] = 0;
		if (strstr(line, text) && strstr(line, rig_pci_address()))
			return true;
	}
	return false;
}

int main(void)
{
	struct rig rig;
	int fd;

	rig_open(&rig, 4);
	knobs_find();
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	ksft_print_header();
	ksft_set_plan(2);
	knobs[PINION_REG_DEBUG_AER / 4] = PINION_DEBUG_AER_CORRECTABLE;
	ksft_test_result(logged(fd, "Correctable"), "the kernel logs a correctable error\n");
	ksft_test_result(!rig_run(&rig).res, "jobs run\n");
	rig_close(&rig);
	ksft_finished();
}
