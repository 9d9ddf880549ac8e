// SPDX-License-Identifier: MIT
/*
 * What the driver says of a card that does not work, in the folder health/ of its PCI device: the
 * texts of errors quote it, so that a program's user reads the same as the machine's operator.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Read a file's line; empty if there is no such file, as when the driver is not bound. */
static void read_line(const struct pinion_device *dev, const char *name, char *line, int bytes)
{
	char path[PATH_MAX];
	FILE *f;

	line[0] = '\0';
	snprintf(path, sizeof(path), PINION_PCI_DEVICES "/%.32s/health/%s", dev->pci, name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(line, bytes, f))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	fclose(f);
}

const char *pinion_trouble(const struct pinion_device *dev)
{
	static _Thread_local char text[256];
	char state[16], reason[110], action[100];

	read_line(dev, "state", state, sizeof(state));
	if (!state[0] || !strcmp(state, "ok"))
		return NULL;
	read_line(dev, "reason", reason, sizeof(reason));
	read_line(dev, "action", action, sizeof(action));
	snprintf(text, sizeof(text), "the card's state is %s: %s %s", state, reason, action);
	return text;
}

/* A driver that knows the card, and not this open file of it, has been bound since. */
static const char *why_gone(const struct pinion_device *dev)
{
	const char *trouble = pinion_trouble(dev);
	char state[16];

	if (trouble)
		return trouble;
	read_line(dev, "state", state, sizeof(state));
	return state[0] ? "the driver was bound to the card anew: open the device again"
			: "the card is gone, or its driver was unbound";
}

const char *pinion_why(const struct pinion_device *dev, int code)
{
	switch (code) {
	case -EDQUOT:
		return pinion_error_row(PINION_ERROR_OVER_LIMIT)->name;
	case -ENODEV:
		return why_gone(dev);
	default:
		return strerror(-code);
	}
}
