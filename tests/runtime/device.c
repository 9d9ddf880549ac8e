// SPDX-License-Identifier: MIT
/* Cards are found and opened, and an error says in words why that fails. */
#include <sys/wait.h>

#include "rt.h"

static int open_as_nobody(const char *path)
{
	struct pinion_device *dev;
	int ret;

	if (setgid(65534) || setuid(65534))
		return 1;
	ret = pinion_device_open(path, &dev, &rt_err);
	printf("# %d: %s\n", ret, ret ? rt_err.text : "opened");
	fflush(stdout);
	return !(ret == -EACCES && strstr(rt_err.text, "permission denied") &&
		 strstr(rt_err.text, path));
}

static void nobody(const char *path)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(open_as_nobody(path));
	waitpid(pid, &status, 0);
	tap_ok(WIFEXITED(status) && !WEXITSTATUS(status), "nobody is refused in words");
}

static void lists(char (*paths)[64])
{
	int count = pinion_device_list(paths, 1);

	tap_ok(count >= 1 && !strncmp(paths[0], "/dev/accel/accel", 16), "%d cards, first %s",
	       count, paths[0]);
	tap_ok(!strcmp(paths[1], "untouched"), "no more paths than asked for");
	tap_ok(pinion_device_list(NULL, 0) == count, "counting alone");
}

static void refuses(void)
{
	struct pinion_device *dev;

	tap_ok(pinion_device_open("/dev/accel/accel99", &dev, &rt_err) == -ENOENT &&
		       rt_err.code == -ENOENT,
	       "%s", rt_err.text);
	tap_ok(pinion_device_open("/dev/null", &dev, &rt_err) == -ENODEV, "%s", rt_err.text);
	tap_ok(pinion_device_open("/", &dev, &rt_err) < 0, "%s", rt_err.text);
}

int main(void)
{
	struct pinion_device_info info, again;
	struct pinion_device *dev, *other;
	char paths[2][64] = { "", "untouched" };

	tap_plan(12);
	lists(paths);
	dev = rt_device();
	tap_ok(!pinion_device_info(dev, &info) && !strcmp(info.path, paths[0]) &&
		       strlen(info.pci) == 12 && info.pci[4] == ':',
	       "the first card is opened: %s", info.pci);
	tap_ok(info.contract >> 16 == 1 && info.cores >= 1 && info.scratchpad_bytes >= 65536 &&
		       info.memory_bytes >= 1 << 24 && info.memory_free <= info.memory_bytes &&
		       info.time_freq && info.max_entries >= 2 &&
		       info.window_bytes <= info.memory_bytes,
	       "%u cores, %llu of %llu bytes free", info.cores,
	       (unsigned long long)info.memory_free, (unsigned long long)info.memory_bytes);
	RT(pinion_device_open(paths[0], &other, &rt_err));
	tap_ok(!pinion_device_info(other, &again) && again.serial == info.serial,
	       "a card can be opened twice");
	pinion_device_close(other);
	refuses();
	nobody(paths[0]);
	tap_ok(pinion_version() == (1 << 16 | 2) && !strcmp(pinion_status_name(0), "no error") &&
		       pinion_status_name(12345),
	       "version and status names");
	pinion_device_close(dev);
	pinion_device_close(NULL);
	tap_ok(true, "closed");
	return tap_result();
}
