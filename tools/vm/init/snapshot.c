// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that is saved with the driver bound and restored in other QEMU processes. The host saves
 * it while it waits in snapshot_wait(). At that point no file system of the host is mounted: QEMU
 * could not save it.
 */
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define PORT_CONTROL "/dev/vport0p4"
#define SEED_BYTES   32

static void read_line(int fd, char *line, size_t size)
{
	size_t len = 0;

	while (len + 1 < size && read(fd, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
}

/* Without a new seed, all guests restored from a snapshot would draw the same random numbers. */
static void reseed(const char *hex)
{
	struct {
		struct rand_pool_info info;
		unsigned char bytes[SEED_BYTES];
	} seed = { .info = { .entropy_count = 8 * SEED_BYTES, .buf_size = SEED_BYTES } };
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC), i;

	for (i = 0; i < SEED_BYTES; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &seed.bytes[i]) != 1)
			die("read the seed from the host");
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed) || ioctl(fd, RNDRESEEDCRNG))
		die("reseed the random numbers");
	close(fd);
}

/**
 * snapshot_wait() - tell the host to save the guest, and wait to be restored for a run
 * @run: out: name of the run's folder below build/vm
 * @size: size of @run in bytes, at least 64
 *
 * When the guest is restored, the host sends the name of the run, the time, and a random seed.
 */
void snapshot_wait(char *run, size_t size)
{
	char line[256], name[64], hex[2 * SEED_BYTES + 1];
	struct timespec now = { 0 };
	int fd = open(PORT_CONTROL, O_RDWR | O_CLOEXEC);

	if (fd < 0 || write(fd, "ready\n", 6) != 6)
		die(PORT_CONTROL);
	read_line(fd, line, sizeof(line));
	close(fd);
	if (sscanf(line, "%63s %ld.%9ld %64s", name, &now.tv_sec, &now.tv_nsec, hex) != 4 ||
	    strlen(hex) != 2 * SEED_BYTES)
		die("read the message of the host after the snapshot");
	clock_settime(CLOCK_REALTIME, &now);
	reseed(hex);
	snprintf(run, size, "%s", name);
}
