// SPDX-License-Identifier: GPL-2.0-or-later
/* The card is taken from under an imported buffer: the exporter's memory stays, the card lets go.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define VA    0x80000000ull
#define BYTES (64u << 10)

static int udmabuf(int memfd)
{
	struct udmabuf_create create = { .memfd = memfd, .size = BYTES };
	int dev = open("/dev/udmabuf", O_RDWR), fd = ioctl(dev, UDMABUF_CREATE, &create);

	if (fd < 0)
		tap_bail("UDMABUF_CREATE: %s", strerror(errno));
	close(dev);
	return fd;
}

static int fill(struct rig *rig, int dmabuf, uint8_t value)
{
	uint32_t handle;

	if (try_import(rig->fd, dmabuf, &handle))
		return -EINVAL;
	rig_map(rig->fd, handle, VA, BYTES);
	rig->bytes = 0;
	rig_fill(rig, VA, BYTES, value, 1);
	return rig_run(rig).res;
}

int main(void)
{
	int memfd = memfd_create("pages", MFD_ALLOW_SEALING), dmabuf;
	struct rig old, new;
	uint32_t handle;
	uint8_t *mem;

	if (access("/dev/udmabuf", R_OK | W_OK)) {
		printf("1..0 # SKIP no udmabuf in this kernel\n");
		return 4;
	}
	rig_open(&old, 4);
	tap_plan(7);
	if (ftruncate(memfd, BYTES) || fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		tap_bail("memfd: %s", strerror(errno));
	mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	dmabuf = udmabuf(memfd);
	tap_ok(!fill(&old, dmabuf, 0x11) && rig_all(mem, BYTES, 0x11),
	       "imported and written by the card");
	tap_ok(!try_driver("unbind"), "unbind");
	tap_ok(try_import(old.fd, dmabuf, &handle) == -ENODEV, "an import afterwards: ENODEV");
	memset(mem, 0x22, BYTES);
	tap_ok(rig_all(mem, BYTES, 0x22), "the exporter's memory stays");
	tap_ok(!try_driver("bind"), "bind again, with the old file open");
	rig_open(&new, 4);
	tap_ok(!fill(&new, dmabuf, 0x33) && rig_all(mem, BYTES, 0x33),
	       "the same dma-buf, imported anew");
	rig_close(&old);
	close(dmabuf);
	rig_close(&new);
	tap_ok(!try_driver("unbind") && !try_driver("bind"), "once more, when all is closed");
	return tap_result();
}
