// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that is saved with the driver bound and goes on in other QEMUs. It
 * was saved in the middle of snapshot_wait(), where it has none of the host's
 * file systems mounted, which could not be saved.
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

/* Guests that go on from one snapshot would all draw the same numbers. */
static void reseed(const char *hex)
{
	struct {
		struct rand_pool_info info;
		unsigned char bytes[SEED_BYTES];
	} seed = { .info = { .entropy_count = 8 * SEED_BYTES, .buf_size = SEED_BYTES } };
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC), i;

	for (i = 0; i < SEED_BYTES; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &seed.bytes[i]) != 1)
			die("the seed from the host");
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed) || ioctl(fd, RNDRESEEDCRNG))
		die("reseed the random numbers");
	close(fd);
}

/**
 * snapshot_wait() - be saved, and wait for a host that goes on with it
 * @run: out: name of its run's folder below build/vm
 * @size: of @run, 64 at least
 *
 * The host sends that name, the time, and a seed.
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
		die("what the host says after the snapshot");
	clock_settime(CLOCK_REALTIME, &now);
	reseed(hex);
	snprintf(run, size, "%s", name);
}
