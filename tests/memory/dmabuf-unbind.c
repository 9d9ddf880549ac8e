// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver is unbound while it has imported a buffer: the exporter's memory stays. */
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
		ksft_exit_fail_msg("UDMABUF_CREATE: %s\n", strerror(errno));
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

	if (access("/dev/udmabuf", R_OK | W_OK))
		ksft_exit_skip("no udmabuf in this kernel\n");
	rig_open(&old, 4);
	ksft_print_header();
	ksft_set_plan(7);
	if (ftruncate(memfd, BYTES) || fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		ksft_exit_fail_msg("memfd: %s\n", strerror(errno));
	mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	dmabuf = udmabuf(memfd);
	ksft_test_result(!fill(&old, dmabuf, 0x11) && rig_all(mem, BYTES, 0x11),
			 "imported and written by the card\n");
	ksft_test_result(!try_driver("unbind"), "unbind\n");
	ksft_test_result(try_import(old.fd, dmabuf, &handle) == -ENODEV,
			 "an import afterwards: ENODEV\n");
	memset(mem, 0x22, BYTES);
	ksft_test_result(rig_all(mem, BYTES, 0x22), "the exporter's memory stays\n");
	ksft_test_result(!try_driver("bind"), "bind again, with the old file open\n");
	rig_open(&new, 4);
	ksft_test_result(!fill(&new, dmabuf, 0x33) && rig_all(mem, BYTES, 0x33),
			 "the same dma-buf, imported anew\n");
	rig_close(&old);
	close(dmabuf);
	rig_close(&new);
	ksft_test_result(!try_driver("unbind") && !try_driver("bind"),
			 "unbind and bind again, when all files are closed\n");
	ksft_finished();
}
