// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A COPY accesses a host address that is not mapped: the IOMMU stops the access and names the card
 * in the log, the queue stops with an error, and no other queue is affected. Needs a card with
 * debug=on.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "knobs.h"

#define VRAM_VA 0x80000000ull
#define DST_VA	(RIG_DATA_VA + 0x20000)
#define BYTES	0x10000u

static int log_fd;

static bool behind_iommu(void)
{
	char path[96], type[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group/type", rig_pci_address());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, type, sizeof(type) - 1) < 0)
		return false;
	close(fd);
	return !strncmp(type, "DMA", 3);
}

/* Open the kernel's log for what is logged from now on. */
static void open_log(void)
{
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
}

/* Whether the IOMMU's fault is logged, which the interrupt does a little later. */
static bool logged(const char *access)
{
	struct pollfd ready = { .fd = log_fd, .events = POLLIN };
	char line[1024], device[16];
	bool found = false;
	ssize_t n;

	/* Newer kernels put the PCI domain before the address. */
	snprintf(device, sizeof(device), "%s]", rig_pci_address() + 5);
	while (!found && poll(&ready, 1, 30000) > 0) {
		n = read(log_fd, line, sizeof(line) - 1);
		line[n > 0 ? n : 0] = 0;
		found = strstr(line, "DMAR") && strstr(line, access) &&
			strstr(line, "Request device [") && strstr(line, device);
	}
	if (found)
		ksft_print_msg("%.*s\n", (int)strcspn(strchr(line, ';') + 1, "\n"),
			       strchr(line, ';') + 1);
	return found;
}

struct stray {
	const char *what;
	uint32_t count;
	uint64_t dst, src;
	uint64_t va; /* address in the record of the fault */
	uint32_t access;
	uint32_t packet;
};

/* Run three copies of a page each, of which one accesses a wrong address. */
static void copy(struct rig *rig, const struct stray *s)
{
	unsigned int i;

	rig->bytes = 0;
	for (i = 0; i < 3; i++)
		rig_copy(rig, s->dst + i * 4096, s->src + i * 4096, 4096);
}

static void stops(struct rig *rig, const struct stray *s)
{
	struct pinion_queue_fault fault;
	struct done done;

	copy(rig, s);
	knobs[PINION_REG_DEBUG_DMA_STRAY / 4] = s->count;
	done = rig_run(rig);
	fault = rig_fault(rig);
	ksft_test_result(done.res == -EIO, "%s: %s\n", s->what, strerror(-done.res));
	ksft_test_result(fault.status == PINION_STATUS_HOST_DMA && fault.va == s->va &&
				 fault.access == s->access && fault.packet == s->packet,
			 "%s: status %u, va %#llx, access %u, packet %u\n", s->what, fault.status,
			 (unsigned long long)fault.va, fault.access, fault.packet);
	ksft_test_result(!knobs[PINION_REG_DEBUG_DMA_STRAY / 4], "%s: the knob is back at 0\n",
			 s->what);
	copy(rig, s);
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) && !rig_run(rig).res,
			 "%s: after a reset of the queue the same job is fine\n", s->what);
}

static void strays(struct rig *rig)
{
	static const struct stray cases[] = {
		{ "host to device", 1, VRAM_VA, RIG_DATA_VA, RIG_DATA_VA, PINION_ACCESS_READ, 0 },
		{ "device to host", 3, DST_VA, VRAM_VA, DST_VA + 0x2000, PINION_ACCESS_WRITE, 2 },
		{ "host to host, read", 3, DST_VA, RIG_DATA_VA, RIG_DATA_VA + 0x1000,
		  PINION_ACCESS_READ, 1 },
		{ "host to host, write", 4, DST_VA, RIG_DATA_VA, DST_VA + 0x1000,
		  PINION_ACCESS_WRITE, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stops(rig, &cases[i]);
		/* The kernel logs at most three faults in five seconds. */
		if (i < 2)
			ksft_test_result(logged(i ? "DMA Write" : "DMA Read"),
					 "%s: the log names the card\n", cases[i].what);
	}
}

/* A COPY of more than the card moves at once: after the fault nothing more of it is copied. */
static void long_copy(struct rig *rig)
{
	rig->bytes = 0;
	memset(rig->data, 0x5a, BYTES);
	memset(rig->data + 0x20000, 0, BYTES);
	rig_copy(rig, DST_VA, RIG_DATA_VA, BYTES);
	knobs[PINION_REG_DEBUG_DMA_STRAY / 4] = 2;
	ksft_test_result(rig_run(rig).res == -EIO,
			 "a COPY of many pages, its first write astray\n");
	ksft_test_result(rig_all(rig->data + 0x20000, BYTES, 0),
			 "nothing of the long COPY has arrived\n");
	ksft_test_result(!try_ioctl(rig->queue, PINION_QUEUE_IOC_RESET, NULL) &&
				 !rig_run(rig).res && rig_all(rig->data + 0x20000, BYTES, 0x5a),
			 "after a reset all of the long COPY has arrived\n");
}

int main(void)
{
	struct rig rig, other;
	int mine, second;

	rig_card();
	if (!behind_iommu())
		ksft_exit_skip("no IOMMU before the card\n");
	ksft_print_header();
	ksft_set_plan(25);
	knobs_find();
	open_log();
	rig_open(&rig, 4);
	rig_open(&other, 4);
	rig_map(rig.fd, rig_bo(rig.fd, BYTES, DRM_PINION_BO_DEVICE), VRAM_VA, BYTES);
	mine = rig.queue;
	second = rig_queue(rig.fd, 4);
	rig_hang(&other);
	rig.queue = second;
	rig_hang(&rig);
	rig.queue = mine;
	strays(&rig);
	long_copy(&rig);

	rig_unhang(&rig);
	ksft_test_result(!rig_wait(&rig).res,
			 "a job on another queue of the same file ran all the while\n");
	rig_unhang(&other);
	ksft_test_result(!rig_wait(&other).res,
			 "a job on a queue of another file ran all the while\n");
	rig.queue = second;
	rig.bytes = other.bytes = 0;
	rig_copy(&rig, DST_VA, RIG_DATA_VA, BYTES);
	rig_copy(&other, DST_VA, RIG_DATA_VA, BYTES);
	ksft_test_result(!rig_run(&rig).res && !rig_fault(&rig).status,
			 "another queue of the same file has no fault\n");
	ksft_test_result(!rig_run(&other).res && !rig_fault(&other).status,
			 "the queue of another file has no fault\n");
	ksft_finished();
}
