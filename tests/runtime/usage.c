// SPDX-License-Identifier: MIT
/* pinion_device_usage() counts objects as they come and go, and a limit is reported in words. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rt.h"

#define M (1u << 20)

static void set_limit(const char *pci, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/limits/%s", pci, name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		tap_bail("%s", path);
	close(fd);
}

static void follows(struct pinion_device *dev)
{
	struct pinion_usage before, now;
	struct pinion_buffer *device, *host;
	struct pinion_queue *queue;
	int tries = 0;

	RT(pinion_device_usage(dev, &before));
	RT(pinion_buffer_create(dev, 2 * M, PINION_BUFFER_DEVICE, &device, &rt_err));
	RT(pinion_buffer_create(dev, M, PINION_BUFFER_HOST, &host, &rt_err));
	queue = rt_queue(dev, 0);
	tap_ok(!pinion_device_usage(dev, &now) && now.device_bytes == before.device_bytes + 2 * M &&
		       now.host_bytes == before.host_bytes + M &&
		       now.buffers == before.buffers + 2 && now.queues == 1 && now.vms == 1 &&
		       now.ring_bytes && now.table_bytes,
	       "usage of the open device");
	tap_ok(now.process[PINION_LIMIT_DEVICE_BYTES].used ==
			       now.device_bytes + now.table_bytes + now.save_bytes &&
		       now.process[PINION_LIMIT_HOST_BYTES].used >
			       now.host_bytes + now.ring_bytes &&
		       now.process[PINION_LIMIT_HOST_BYTES].used <
			       now.host_bytes + now.ring_bytes + M &&
		       now.user[PINION_LIMIT_QUEUES].used == 1 &&
		       now.process_timelines.used == now.timelines &&
		       now.process_timelines.max < now.user_timelines.max &&
		       now.user[PINION_LIMIT_DEVICE_BYTES].max == PINION_UNLIMITED &&
		       now.process[PINION_LIMIT_QUEUES].max < now.user[PINION_LIMIT_QUEUES].max,
	       "usage of the process and of the user, with the limits");
	pinion_queue_close(queue);
	pinion_buffer_free(host);
	pinion_buffer_free(device);
	/* The kernel frees an io_uring, and the queue that it refers to, a little later. */
	while (!pinion_device_usage(dev, &now) && now.queues && tries++ < 60000)
		usleep(1000);
	tap_ok(!now.queues && now.device_bytes == before.device_bytes && now.device_peak >= 2 * M &&
		       now.ring_peak,
	       "usage after everything was freed, and peaks");
}

/* Reach a limit as an ordinary user; returns an exit status, 0 if all went as it should. */
static int at_limit(void)
{
	struct pinion_buffer *buf;
	struct pinion_device *dev;
	int ret;

	if (setuid(20001) || pinion_device_open(NULL, &dev, &rt_err))
		return 1;
	ret = pinion_buffer_create(dev, 2 * M, PINION_BUFFER_DEVICE, &buf, &rt_err);
	printf("# %d: %s\n", ret, rt_err.text);
	if (ret != -EDQUOT || rt_err.code != -EDQUOT || !strstr(rt_err.text, "operator"))
		return 2;
	return pinion_buffer_create(dev, 4096, PINION_BUFFER_DEVICE, &buf, &rt_err) ? 3 : 0;
}

static void limit(struct pinion_device *dev)
{
	struct pinion_device_info info;
	struct pinion_usage usage;
	char most[24];
	int status;

	RT(pinion_device_info(dev, &info));
	RT(pinion_device_usage(dev, &usage));
	snprintf(most, sizeof(most), "%llu", (unsigned long long)usage.save_bytes + M);
	set_limit(info.pci, "user_device_bytes", most);
	chmod(info.path, 0666);
	fflush(stdout);
	if (!fork())
		exit(at_limit());
	wait(&status);
	chmod(info.path, 0600);
	set_limit(info.pci, "user_device_bytes", "max");
	tap_ok(!status, "over a limit: EDQUOT, in words, and the process goes on");
}

static void forked(struct pinion_device *dev)
{
	struct pinion_usage usage;
	int status;

	fflush(stdout);
	if (!fork())
		_exit(pinion_device_usage(dev, &usage) != -EPERM);
	wait(&status);
	tap_ok(!status, "not in a child of the one who opened it");
}

int main(void)
{
	struct pinion_device *dev;

	tap_plan(5);
	dev = rt_device();
	follows(dev);
	limit(dev);
	forked(dev);
	pinion_device_close(dev);
	return tap_result();
}
