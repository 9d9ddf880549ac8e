// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * health/ and errors/ of the PCI device: the card's state and versions, counters of errors, and
 * whose job met the last error. Every user may read them but for errors/blame; whoever polls a
 * file is woken when it changes.
 */
#include <grp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <xf86drm.h>

#include "pinion_errors.h"

#include "sysfs.h"

#define CGROUPS "/tmp/pinion-cgroups"
#define CGROUP	"/pinion-health"

static const char *const counters[] = {
	"errors/jobs_faulted",	"errors/jobs_late",	   "errors/queue_resets",
	"errors/card_resets",	"errors/firmware_crashes", "errors/mailbox_timeouts",
	"errors/bus_errors",	"errors/records_refused",  "errors/messages_refused",
	"errors/users_refused", "errors/doorbells_lost",
};

/* Move this process into a cgroup of its own. */
static void enter_cgroup(void)
{
	mkdir(CGROUPS, 0700);
	if (mount("none", CGROUPS, "cgroup2", 0, NULL) ||
	    (mkdir(CGROUPS CGROUP, 0700) && errno != EEXIST) ||
	    try_write(CGROUPS CGROUP "/cgroup.procs", "0"))
		ksft_exit_fail_msg("cgroup: %s\n", strerror(errno));
}

static void leave_cgroup(void)
{
	try_write(CGROUPS "/cgroup.procs", "0");
	rmdir(CGROUPS CGROUP);
	umount2(CGROUPS, MNT_DETACH);
	rmdir(CGROUPS);
}

static unsigned int mode_of(const char *name)
{
	struct stat st;
	int fd = sysfs_open(name);

	if (fd < 0 || fstat(fd, &st))
		ksft_exit_fail_msg("%s: %s\n", name, strerror(fd < 0 ? -fd : errno));
	close(fd);
	return st.st_mode & 07777;
}

static bool all_readable(void)
{
	static const char *const names[] = {
		"health/state",	   "health/reason",
		"health/action",   "health/firmware_version",
		"health/contract", "health/driver_version",
		"health/serial",   "errors/last",
	};
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		good &= mode_of(names[i]) == 0444;
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		good &= mode_of(counters[i]) == 0444;
	return good;
}

static bool is_healthy(void)
{
	const struct pinion_error_row *row = pinion_error_find(PINION_ERROR_HEALTHY);
	char want[256];

	snprintf(want, sizeof(want), "%#05x %s", row->code, row->sentence);
	return !strcmp(sysfs_read("health/state"), "ok") &&
	       !strcmp(sysfs_read("health/reason"), want) &&
	       !strcmp(sysfs_read("health/action"), row->action);
}

static void versions(int fd)
{
	struct drm_pinion_dev_info info = rig_info(fd);
	char want[64];

	snprintf(want, sizeof(want), "%u.%u.%u", info.fw_version >> 24,
		 info.fw_version >> 16 & 0xff, info.fw_version & 0xffff);
	ksft_test_result(!strcmp(sysfs_read("health/firmware_version"), want),
			 "the firmware's version is %s\n", want);
	snprintf(want, sizeof(want), "%u.%u", info.contract >> 16, info.contract & 0xffff);
	ksft_test_result(!strcmp(sysfs_read("health/contract"), want), "the contract is %s\n",
			 want);
	snprintf(want, sizeof(want), "%#llx", (unsigned long long)info.serial);
	ksft_test_result(!strcmp(sysfs_read("health/serial"), want), "the serial number is %s\n",
			 want);
}

/* The version that the module itself says it has. */
static bool driver_version(void)
{
	char want[64] = "";
	FILE *file = fopen("/sys/module/pinion/version", "r");

	if (!file || fscanf(file, "%63s", want) != 1)
		ksft_exit_fail_msg("the module has no version\n");
	fclose(file);
	return !strcmp(sysfs_read("health/driver_version"), want);
}

/* The version that DRM tells programs, and writes to the kernel's log. */
static bool drm_version(int fd)
{
	drmVersionPtr version = drmGetVersion(fd);
	char text[64];

	if (!version)
		ksft_exit_fail_msg("DRM tells no version\n");
	snprintf(text, sizeof(text), "%d.%d.%d", version->version_major, version->version_minor,
		 version->version_patchlevel);
	drmFreeVersion(version);
	return !strcmp(sysfs_read("health/driver_version"), text);
}

/* Let a job write to an address that is not mapped. */
static void fault(struct rig *rig)
{
	rig->bytes = 0;
	rig_fill(rig, 0x700000000000, 4096, 1, 8);
	if (rig_run(rig).res != -EFAULT)
		ksft_exit_fail_msg("a job that accessed an unmapped address did not fail\n");
}

static bool blame_has(const char *format, ...)
{
	const char *text = sysfs_read("errors/blame");
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (strstr(text, line))
		return true;
	ksft_print_msg("no '%s' in:\n%s\n", line, text);
	return false;
}

static void a_fault(struct rig *rig)
{
	const struct pinion_error_row *row = pinion_error_find(PINION_ERROR_PAGE_FAULT);
	unsigned long before = sysfs_number("errors/jobs_faulted");
	unsigned long resets = sysfs_number("errors/queue_resets");
	int fd = sysfs_open("errors/jobs_faulted");
	char want[256];

	sysfs_reread(fd);
	fault(rig);
	ksft_test_result(sysfs_wait(fd), "poll() reports that the counter of faults has changed\n");
	ksft_test_result(sysfs_number("errors/jobs_faulted") == before + 1,
			 "one more job has faulted\n");
	close(fd);
	snprintf(want, sizeof(want), "%#05x %s", row->code, row->sentence);
	ksft_test_result(!strcmp(sysfs_read("errors/last"), want), "the last error: %s\n", want);
	ksft_test_result(blame_has("error=%#05x\nat_fault=program\n", row->code) &&
				 blame_has("pid=%d\nuid=%u\n", getpid(), getuid()) &&
				 blame_has("job=%llu\n", (unsigned long long)rig_fault(rig).seq),
			 "blame names the error, the process, the user and the job\n");
	ksft_test_result(blame_has("cgroup=" CGROUP "\n"), "blame names the cgroup\n");
	if (try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL))
		ksft_exit_fail_msg("the queue was not reset\n");
	ksft_test_result(sysfs_number("errors/queue_resets") == resets + 1,
			 "one more queue was reset\n");
	ksft_test_result(is_healthy(), "a job's fault leaves the card healthy\n");
}

/* What the user nobody may read: everything but errors/blame. */
static int read_as_nobody(void)
{
	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		return 1;
	if (sysfs_open("errors/blame") != -EACCES)
		return 2;
	return strcmp(sysfs_read("health/state"), "ok") ? 3 : 0;
}

static bool nobody_may_not_blame(void)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(read_as_nobody());
	waitpid(child, &status, 0);
	return !status;
}

int main(void)
{
	struct rig rig;

	rig_open(&rig, 4);
	ksft_print_header();
	ksft_set_plan(16);
	ksft_test_result(is_healthy(), "a card that works is ok\n");
	ksft_test_result(all_readable(), "all may read the files\n");
	ksft_test_result(mode_of("errors/blame") == 0440, "blame is for its group alone\n");
	ksft_test_result(nobody_may_not_blame(),
			 "the user nobody reads the state, not the blame\n");
	versions(rig.fd);
	ksft_test_result(driver_version(), "the driver's version is the module's\n");
	ksft_test_result(drm_version(rig.fd), "DRM tells the same version of the driver\n");
	enter_cgroup();
	a_fault(&rig);
	leave_cgroup();
	rig_close(&rig);
	ksft_finished();
}
