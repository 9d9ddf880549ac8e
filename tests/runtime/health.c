// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that does not work any more: what the library says to a program is what the files in
 * health/ say to the operator.
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/pci_regs.h>

#include "rt.h"

#define DRIVER "/sys/bus/pci/drivers/pinion/"

static struct pinion_queue *queue;
static struct pinion_cmdbuf *cb;
static char pci[16]; /* address of the card */

static void find_card(void)
{
	glob_t found;

	if (glob(DRIVER "*:*", 0, NULL, &found))
		tap_bail("the driver has no card");
	snprintf(pci, sizeof(pci), "%s", found.gl_pathv[0] + strlen(DRIVER));
	globfree(&found);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		tap_bail("%s: %s", path, strerror(errno));
	close(fd);
}

static const char *card_file(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", pci, name);
	return path;
}

/* Turn the decoding of the card's addresses off, and let the driver find out by a reset. */
static void break_card(void)
{
	int fd = open(card_file("config"), O_RDWR | O_CLOEXEC);
	uint16_t command;

	if (fd < 0 || pread(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
		tap_bail("%s: %s", card_file("config"), strerror(errno));
	command &= ~PCI_COMMAND_MEMORY;
	if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
		tap_bail("%s: %s", card_file("config"), strerror(errno));
	close(fd);
	write_file(card_file("reset"), "1");
}

/* Whether the library's words have what a file in health/ says. */
static bool quotes(const char *name)
{
	char file_name[32], line[256] = "";
	FILE *file;

	snprintf(file_name, sizeof(file_name), "health/%s", name);
	file = fopen(card_file(file_name), "r");
	if (!file || !fgets(line, sizeof(line), file))
		tap_bail("%s cannot be read", card_file(file_name));
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	if (strstr(rt_err.text, line))
		return true;
	printf("# no '%s' in: %s\n", line, rt_err.text);
	return false;
}

static bool quotes_all(int ret)
{
	return ret == -ENODEV && quotes("state") && quotes("reason") && quotes("action");
}

static void failed(struct pinion_device *dev)
{
	struct pinion_queue *other;
	struct pinion_buffer *buf;
	struct pinion_point job;

	tap_ok(quotes_all(pinion_queue_create(dev, NULL, &other, &rt_err)), "a new queue: %s",
	       rt_err.text);
	tap_ok(quotes_all(pinion_submit(queue, cb, &job, &rt_err)), "a job: %s", rt_err.text);
	tap_ok(quotes_all(pinion_buffer_create(dev, 200 << 20, PINION_BUFFER_DEVICE, &buf,
					       &rt_err)),
	       "a buffer: %s", rt_err.text);
	tap_ok(quotes_all(pinion_queue_reset(queue, &rt_err)), "a reset of the queue: %s",
	       rt_err.text);
}

int main(void)
{
	struct pinion_device *dev = rt_device();
	struct pinion_queue *other;

	tap_plan(6);
	find_card();
	RT(pinion_queue_create(dev, NULL, &queue, &rt_err));
	RT(pinion_cmdbuf_create(dev, 0, &cb, &rt_err));
	break_card();
	failed(dev);
	write_file(DRIVER "unbind", pci);
	tap_ok(pinion_queue_create(dev, NULL, &other, &rt_err) == -ENODEV &&
		       strstr(rt_err.text, "the card is gone"),
	       "without a driver: %s", rt_err.text);
	write_file(DRIVER "bind", pci);
	tap_ok(pinion_queue_create(dev, NULL, &other, &rt_err) == -ENODEV &&
		       strstr(rt_err.text, "open the device again"),
	       "with a driver that was bound anew: %s", rt_err.text);
	pinion_queue_close(queue);
	pinion_cmdbuf_free(cb);
	pinion_device_close(dev);
	return tap_result();
}
