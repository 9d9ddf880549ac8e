// SPDX-License-Identifier: MIT
/*
 * Finding a card. Each node in /dev/accel is tried, because only opening it shows whether this
 * process may use it. libdrm does not list accel nodes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define PCI_PREFIX    "pci:"
#define SERIAL_PREFIX "serial:"

/**
 * struct wanted - the card to be found
 * @pci: PCI address, such as "0000:01:00.0"; empty: any
 * @by_serial: true if the card must have @serial
 * @serial: serial number of the board
 */
struct wanted {
	char pci[16];
	bool by_serial;
	uint64_t serial;
};

/**
 * struct tally - why the nodes that were tried are not the wanted card
 * @others: number of nodes of other cards
 * @refused: number of nodes that could not be opened
 * @first: error of the first node that could not be opened
 */
struct tally {
	unsigned int others;
	unsigned int refused;
	struct pinion_error first;
};

static void node_path(char *path, const char *name)
{
	snprintf(path, 64, PINION_NODES "/%.40s", name);
}

/* Skip nodes that belong to another driver, by sysfs: opening one might wake its device. */
static int is_candidate(const struct dirent *entry)
{
	char path[64], driver[32];
	struct stat st;

	if (strncmp(entry->d_name, "accel", 5) || strlen(entry->d_name) > 40)
		return 0;
	node_path(path, entry->d_name);
	if (lstat(path, &st) || !S_ISCHR(st.st_mode))
		return 0;
	return pinion_sysfs_link(st.st_rdev, "device/driver", driver, sizeof(driver)) ||
	       !strcmp(driver, PINION_DRIVER_NAME);
}

static int find_nodes(struct dirent ***entries)
{
	int count = scandir(PINION_NODES, entries, is_candidate, versionsort);

	if (count >= 0)
		return count;
	*entries = NULL;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

static void free_nodes(struct dirent **entries, int count)
{
	while (count-- > 0)
		free(entries[count]);
	free(entries);
}

/* Return: 1: a card that can be opened; 0: not; -errno: this process can open no file now. */
static int is_card(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool ours;

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno : 0;
	ours = pinion_is_ours(fd);
	close(fd);
	return ours;
}

PINION_EXPORT int pinion_device_list(char (*paths)[64], unsigned int max)
{
	struct dirent **entries;
	int nodes = find_nodes(&entries), count = 0, ret = nodes;

	for (int i = 0; i < nodes && ret >= 0; i++) {
		char path[64];

		node_path(path, entries[i]->d_name);
		ret = is_card(path);
		if (ret > 0 && (unsigned int)count++ < max)
			strcpy(paths[count - 1], path);
	}
	free_nodes(entries, nodes);
	return ret < 0 ? ret : count;
}

/* The domain may be left out: it is nearly always 0. */
static bool parse_pci(const char *text, struct wanted *wanted)
{
	unsigned int domain, bus, slot, function;
	int end = 0;

	if (strspn(text, "0123456789abcdefABCDEF:.") != strlen(text))
		return false;
	if (sscanf(text, "%8x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) != 4) {
		domain = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &slot, &function, &end) != 3)
			return false;
	}
	snprintf(wanted->pci, sizeof(wanted->pci), "%04x:%02x:%02x.%x", domain, bus, slot,
		 function);
	return !text[end];
}

/* Decimal, unless it begins with 0x: leading zeros, as on a label, do not make it octal. */
static bool parse_serial(const char *text, struct wanted *wanted)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	wanted->serial = strtoull(text, &end, hex ? 16 : 10);
	wanted->by_serial = true;
	return !errno && !*end;
}

static bool is_card_name(const char *name)
{
	return !name || !strncmp(name, PCI_PREFIX, strlen(PCI_PREFIX)) ||
	       !strncmp(name, SERIAL_PREFIX, strlen(SERIAL_PREFIX));
}

static int parse_name(const char *name, struct wanted *wanted, struct pinion_error *err)
{
	*wanted = (struct wanted){ 0 };
	if (!name)
		return 0;
	if (!strncmp(name, PCI_PREFIX, strlen(PCI_PREFIX)))
		return parse_pci(name + strlen(PCI_PREFIX), wanted)
			       ? 0
			       : pinion_fail(err, -EINVAL,
					     "'%s' is no PCI address, such as pci:0000:01:00.0",
					     name);
	return parse_serial(name + strlen(SERIAL_PREFIX), wanted)
		       ? 0
		       : pinion_fail(err, -EINVAL, "'%s' is no serial number, such as serial:7",
				     name);
}

static bool is_wanted(const struct wanted *wanted, const struct pinion_device *dev)
{
	if (*wanted->pci)
		return !strcmp(dev->pci, wanted->pci);
	return !wanted->by_serial || dev->info.serial == wanted->serial;
}

/* True if sysfs says that the node's card has another PCI address: it need not be opened. */
static bool is_elsewhere(const struct wanted *wanted, const char *path)
{
	char pci[sizeof(wanted->pci)];
	struct stat st;

	return *wanted->pci && !stat(path, &st) &&
	       !pinion_sysfs_link(st.st_rdev, "device", pci, sizeof(pci)) &&
	       strcmp(pci, wanted->pci);
}

/* Return: the device if the node is the wanted card's, else NULL. -ENODEV (no card) is not counted.
 */
static struct pinion_device *try_node(const char *path, const struct wanted *wanted,
				      struct tally *tally)
{
	struct pinion_device *dev = NULL;
	struct pinion_error why;
	int ret;

	if (is_elsewhere(wanted, path)) {
		tally->others++;
		return NULL;
	}
	ret = pinion_open_node(path, &dev, &why);
	if (!ret && is_wanted(wanted, dev))
		return dev;
	if (!ret) {
		pinion_device_close(dev);
		tally->others++;
	} else if (ret != -ENODEV && !tally->refused++) {
		tally->first = why;
	}
	return NULL;
}

static int fail_not_found(const struct wanted *wanted, const struct tally *tally,
			  struct pinion_error *err)
{
	char what[48];

	if (!tally->others && !tally->refused)
		return pinion_fail_no_card(err);
	if (!*wanted->pci && !wanted->by_serial)
		return pinion_fail(err, tally->first.code, "%s", tally->first.text);
	if (*wanted->pci)
		snprintf(what, sizeof(what), "PCI address %s", wanted->pci);
	else
		snprintf(what, sizeof(what), "serial number %llu",
			 (unsigned long long)wanted->serial);
	if (tally->refused)
		return pinion_fail(err, tally->first.code, "no card that can be opened has %s; %s",
				   what, tally->first.text);
	return pinion_fail(err, -ENODEV, "no card has %s; there are %u with another", what,
			   tally->others);
}

static int find_card(const char *name, struct pinion_device **out, struct pinion_error *err)
{
	struct pinion_device *dev = NULL;
	struct tally tally = { 0 };
	struct dirent **entries;
	struct wanted wanted;
	int count, ret = parse_name(name, &wanted, err);

	if (ret)
		return ret;
	count = find_nodes(&entries);
	if (count < 0)
		return pinion_fail(err, count, PINION_NODES ": %s", strerror(-count));
	for (int i = 0; i < count && !dev; i++) {
		char path[64];

		node_path(path, entries[i]->d_name);
		dev = try_node(path, &wanted, &tally);
	}
	free_nodes(entries, count);
	if (!dev)
		return fail_not_found(&wanted, &tally, err);
	*out = dev;
	return 0;
}

PINION_EXPORT int pinion_device_open(const char *name, struct pinion_device **out,
				     struct pinion_error *err)
{
	return is_card_name(name) ? find_card(name, out, err) : pinion_open_node(name, out, err);
}
