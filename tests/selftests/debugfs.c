// SPDX-License-Identifier: GPL-2.0-or-later
/* debugfs shows the firmware's heartbeat and log; fdinfo shows how much memory a file has. */
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "rig.h"

static ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -errno : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

static ssize_t read_ours(const char *name, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/accel/%s/%s", rig_pci_address(), name);
	return read_file(path, text, size);
}

static void heartbeat(void)
{
	char first[32], second[32];
	int tries;

	if (read_ours("heartbeat", first, sizeof(first)) <= 0)
		ksft_exit_fail_msg("no heartbeat file\n");
	for (tries = 0; tries < 100; tries++) {
		usleep(100000);
		read_ours("heartbeat", second, sizeof(second));
		if (atol(second) > atol(first))
			break;
	}
	ksft_test_result(atol(second) > atol(first), "heartbeat: %ld, then %ld\n", atol(first),
			 atol(second));
}

static void fdinfo(void)
{
	static char text[4096];
	int fd = rig_open_node();
	char path[64];

	rig_bo(fd, 1 << 20, DRM_PINION_BO_DEVICE);
	rig_bo(fd, 2 << 20, DRM_PINION_BO_HOST);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	read_file(path, text, sizeof(text));
	ksft_test_result(strstr(text, "drm-driver:\tpinion"), "fdinfo: driver\n");
	ksft_test_result(strstr(text, "drm-client-id:"), "fdinfo: client\n");
	ksft_test_result(strstr(text, "drm-total-device:\t1 MiB"), "fdinfo: device memory\n");
	ksft_test_result(strstr(text, "drm-total-host:\t2 MiB"), "fdinfo: host memory\n");
	close(fd);
}

int main(void)
{
	static char log[PINION_LOG_SIZE + 1];

	rig_card();
	ksft_print_header();
	ksft_set_plan(6);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	heartbeat();
	read_ours("fw_log", log, sizeof(log));
	ksft_print_msg("firmware log begins: %.*s\n", (int)strcspn(log, "\n"), log);
	ksft_test_result(strlen(log) > 10 && strchr(log, '\n') && !strchr(log, '?'),
			 "log of %zu bytes\n", strlen(log));
	fdinfo();
	ksft_finished();
}
