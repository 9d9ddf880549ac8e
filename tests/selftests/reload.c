// SPDX-License-Identifier: GPL-2.0-or-later
/* The module is unloaded and loaded again, with jobs in between, and leaves nothing behind. */
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leak.h"

/* The driver of pinion-vm, or else the one that is installed. */
static int load(void)
{
	const char *module = getenv("PINION_MODULE");
	int fd, ret;

	if (!module)
		return system("modprobe pinion") ? -ENOENT : 0;
	fd = open(module, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", module, strerror(errno));
	ret = syscall(SYS_finit_module, fd, "allow_test_key=1", 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "pinion", O_NONBLOCK) ? -errno : 0;
}

/* Whether a line of the file has the driver's name in it. */
static bool mentions(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "pinion")) {
			ksft_print_msg("%s: %s", path, line);
			found = true;
		}
	if (file)
		fclose(file);
	return found;
}

#define PROGRAMS 3

/* A program with jobs in flight, of which the first never ends. */
static void program(int ready)
{
	struct rig rig;
	int i;

	rig_open(&rig, 16);
	rig.bytes = 0;
	rig_map(rig.fd, rig_bo(rig.fd, 4 << 20, DRM_PINION_BO_DEVICE), 0x80000000, 4 << 20);
	rig_fill(&rig, 0x80000000, 4 << 20, 1, 8);
	if (rig_run(&rig).res || write(ready, "", 1) != 1)
		_exit(1);
	rig_hang(&rig);
	for (i = 0; i < 8; i++)
		rig_sqe(&rig, RIG_VA, rig.bytes);
	rig_submit(&rig);
	pause();
}

/* Programs that are killed while they work, so that the driver can be unloaded at once. */
static void work(void)
{
	int fds[2], status, i;
	pid_t pids[PROGRAMS];
	char c;

	if (pipe(fds))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	fflush(stdout);
	for (i = 0; i < PROGRAMS; i++) {
		pids[i] = fork();
		if (!pids[i])
			program(fds[1]);
	}
	close(fds[1]);
	for (i = 0; i < PROGRAMS; i++)
		if (read(fds[0], &c, 1) != 1)
			ksft_exit_fail_msg("a job failed\n");
	close(fds[0]);
	for (i = 0; i < PROGRAMS; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < PROGRAMS; i++)
		waitpid(pids[i], &status, 0);
}

/* The kernel releases a file, and with it the module, a little after close(). */
static int unload_soon(void)
{
	int tries, ret = -EAGAIN;

	for (tries = 0; tries < 200 && ret == -EAGAIN; tries++) {
		ret = unload();
		if (ret == -EAGAIN)
			usleep(20000);
	}
	return ret;
}

static unsigned int rounds(unsigned int n)
{
	unsigned int i, bad = 0;
	int ret;

	for (i = 0; i < n; i++) {
		work();
		ret = unload_soon();
		if (!ret)
			ret = load();
		if (ret)
			ksft_print_msg("round %u: %s\n", i, strerror(-ret));
		bad += ret != 0;
		rig_progress(i + 1, n);
	}
	return bad;
}

int main(void)
{
	unsigned int n = rig_times(5, 1000);
	int fd = rig_open_node();
	long before;

	ksft_print_header();
	ksft_set_plan(5);
	ksft_test_result(unload() == -EAGAIN, "not unloaded while a file is open\n");
	close(fd);
	ksft_test_result(!rounds(3), "three times, to warm up\n");
	before = leak_kernel_memory();
	ksft_test_result(!rounds(n),
			 "%u times unloaded and loaded after programs at work were killed\n", n);
	leak_result(before);
	unload_soon();
	ksft_test_result(!mentions("/proc/interrupts") && !mentions("/proc/iomem") &&
				 !mentions("/proc/vmallocinfo") && !load(),
			 "nothing of the driver stays behind\n");
	ksft_finished();
}
