// SPDX-License-Identifier: MIT
/*
 * A card is found by PCI address and by serial number, also where some nodes are missing or may
 * not be opened, and an error says in words why none is found. With fewer than four cards, tests
 * that need four are left out.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "rt.h"

#define MAX    4
#define DEV    "/dev/accel"
#define NOBODY 65534

static char nodes[MAX][64];
static struct pinion_device_info infos[MAX];
static dev_t numbers[MAX];
static mode_t modes[MAX];
static int cards;

static const char *node(int i)
{
	static char path[64];

	snprintf(path, sizeof(path), DEV "/accel%d", i);
	return path;
}

static void look_at_cards(void)
{
	struct pinion_device *dev;
	struct stat st;

	cards = pinion_device_list(nodes, MAX);
	if (cards < 1)
		tap_bail("no card");
	for (int i = 0; i < cards && i < MAX; i++) {
		RT(pinion_device_open(nodes[i], &dev, &rt_err));
		pinion_device_info(dev, &infos[i]);
		pinion_device_close(dev);
		stat(nodes[i], &st);
		numbers[i] = st.st_rdev;
		modes[i] = st.st_mode;
	}
}

/* Whether @name can be opened and is the card with node @path and serial number @serial. */
static bool opens(const char *name, const char *path, uint64_t serial)
{
	struct pinion_device_info info;
	struct pinion_device *dev;

	if (pinion_device_open(name, &dev, &rt_err)) {
		printf("# %s: %s\n", name ? name : "NULL", rt_err.text);
		return false;
	}
	pinion_device_info(dev, &info);
	pinion_device_close(dev);
	if (!strcmp(info.path, path) && info.serial == serial)
		return true;
	printf("# %s: %s, serial %llu\n", name ? name : "NULL", info.path,
	       (unsigned long long)info.serial);
	return false;
}

/* Whether opening @name fails with @code and a message that contains @words. */
static bool refuses(const char *name, int code, const char *words)
{
	struct pinion_device *dev;
	int ret = pinion_device_open(name, &dev, &rt_err);

	printf("# %s: %s\n", name ? name : "NULL", ret ? rt_err.text : "opened");
	if (!ret)
		pinion_device_close(dev);
	return ret == code && rt_err.code == code && strstr(rt_err.text, words);
}

/* Whether exactly @first and @second are listed, in this order; either may be NULL. */
static bool lists(const char *first, const char *second)
{
	char paths[MAX][64] = { "", "" };
	int count = pinion_device_list(paths, MAX), want = !!first + !!second;

	if (count == want && (!first || !strcmp(paths[0], first)) &&
	    (!second || !strcmp(paths[1], second)))
		return true;
	printf("# %d listed: %s %s\n", count, paths[0], paths[1]);
	return false;
}

static void by_name(void)
{
	bool pci = true, serial = true, brief = true;
	char name[64];

	for (int i = 0; i < cards && i < MAX; i++) {
		snprintf(name, sizeof(name), "pci:%s", infos[i].pci);
		pci &= opens(name, nodes[i], infos[i].serial);
		snprintf(name, sizeof(name), "pci:%s", infos[i].pci + strlen("0000:"));
		brief &= opens(name, nodes[i], infos[i].serial);
		snprintf(name, sizeof(name), "serial:%llu", (unsigned long long)infos[i].serial);
		serial &= opens(name, nodes[i], infos[i].serial);
	}
	tap_ok(pci, "each card by its PCI address");
	tap_ok(brief, "each card by its PCI address without the domain");
	tap_ok(serial, "each card by its serial number");
	tap_ok(refuses("serial:987654321", -ENODEV, "serial number 987654321"), "no such serial");
	tap_ok(refuses("serial:010", -ENODEV, "serial number 10"), "a serial number is decimal");
	tap_ok(refuses("pci:0000:7f:1f.7", -ENODEV, "0000:7f:1f.7"), "no such address");
	tap_ok(refuses("pci:first", -EINVAL, "pci:0000:01:00.0") &&
		       refuses("pci:0000:01:00.0x", -EINVAL, "pci:0000:01:00.0") &&
		       refuses("serial:", -EINVAL, "serial:7") &&
		       refuses("serial:-1", -EINVAL, "serial:7") &&
		       refuses("serial:7b", -EINVAL, "serial:7"),
	       "names that are none");
}

/* Run a check in a child, which has a mount namespace of its own and may drop its privileges. */
static void in_child(bool (*check)(void), const char *what)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		bool good = !unshare(CLONE_NEWNS) &&
			    !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) && check();

		fflush(stdout);
		_exit(!good);
	}
	waitpid(pid, &status, 0);
	tap_ok(WIFEXITED(status) && !WEXITSTATUS(status), "%s", what);
}

static bool become_nobody(void)
{
	return !setgid(NOBODY) && !setuid(NOBODY);
}

static void set_modes(int open_one)
{
	for (int i = 0; i < cards && i < MAX; i++)
		chmod(nodes[i], i == open_one ? 0666 : 0600);
}

static bool only_second(void)
{
	char name[64];

	set_modes(1);
	snprintf(name, sizeof(name), "serial:%llu", (unsigned long long)infos[0].serial);
	return become_nobody() && lists(nodes[1], NULL) && opens(NULL, nodes[1], infos[1].serial) &&
	       refuses(nodes[0], -EACCES, "only user root") && refuses(name, -EACCES, nodes[0]);
}

static bool none(void)
{
	set_modes(-1);
	return become_nobody() && lists(NULL, NULL) && refuses(NULL, -EACCES, "only user root") &&
	       refuses(NULL, -EACCES, nodes[0]);
}

static bool group(void)
{
	for (int i = 0; i < cards && i < MAX; i++)
		if (chmod(nodes[i], 0660) || chown(nodes[i], 0, 44))
			return false;
	return become_nobody() && refuses(NULL, -EACCES, "group video");
}

/* Mount an empty folder of nodes, as a container has it, with only @card in it, as @name. */
static bool contain(int card, const char *name)
{
	if (mount("none", DEV, "tmpfs", 0, NULL))
		return false;
	return !name || !mknod(name, S_IFCHR | 0600, numbers[card]);
}

static bool one_node(void)
{
	return contain(2, node(2)) && lists(node(2), NULL) &&
	       opens(NULL, node(2), infos[2].serial) && refuses(node(0), -ENOENT, node(0));
}

static bool renamed(void)
{
	char name[64];

	snprintf(name, sizeof(name), "pci:%s", infos[2].pci);
	return contain(2, DEV "/accel0") && opens(NULL, DEV "/accel0", infos[2].serial) &&
	       opens(name, DEV "/accel0", infos[2].serial);
}

static bool no_sysfs(void)
{
	char name[64];

	snprintf(name, sizeof(name), "pci:%s", infos[0].pci);
	return !mount("none", "/sys", "tmpfs", 0, NULL) && pinion_device_list(NULL, 0) == cards &&
	       opens(NULL, nodes[0], infos[0].serial) && opens(name, nodes[0], infos[0].serial);
}

static bool no_node(void)
{
	return contain(0, NULL) && lists(NULL, NULL) && refuses(NULL, -ENODEV, "--device " DEV) &&
	       !mount("none", "/sys", "tmpfs", 0, NULL) && refuses(NULL, -ENODEV, "--device " DEV);
}

/* Nodes of other drivers, folders and links are skipped. */
static bool others(void)
{
	return contain(0, DEV "/accel7") && !mknod(DEV "/accel1", S_IFCHR | 0600, makedev(1, 3)) &&
	       !mkdir(DEV "/by-path", 0755) && !symlink("/dev/null", DEV "/accel2") &&
	       lists(DEV "/accel7", NULL) && opens(NULL, DEV "/accel7", infos[0].serial);
}

int main(void)
{
	look_at_cards();
	tap_plan(cards < MAX ? 12 : 15);
	by_name();
	in_child(none, "no node may be opened");
	in_child(group, "a group may open the nodes");
	in_child(no_sysfs, "without sysfs");
	in_child(no_node, "without nodes");
	in_child(others, "beside nodes that are no cards");
	if (cards >= MAX) {
		in_child(only_second, "one node of four may be opened");
		in_child(one_node, "one node of four exists");
		in_child(renamed, "one node of four exists and has another's name");
	}
	for (int i = 0; i < cards && i < MAX; i++)
		if (chmod(nodes[i], modes[i] & 07777) || chown(nodes[i], 0, 0))
			tap_bail("%s: %s", nodes[i], strerror(errno));
	return tap_result();
}
