// SPDX-License-Identifier: GPL-2.0-or-later
/* What one process leaves in memory no other sees, and neither its addresses. */
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define VA	0x80000000ull
#define BYTES	(16u << 20)

/* Fill half of the memory with secrets, and end. */
static void leave_secrets(void)
{
	struct rig rig;
	uint64_t at, half;

	rig_open(&rig, 4);
	half = rig_info(rig.fd).memory_free / 2;
	for (at = 0; at + BYTES <= half; at += BYTES) {
		uint32_t bo = rig_bo(rig.fd, BYTES, DRM_PINION_BO_DEVICE);

		rig_map(rig.fd, bo, VA + at, BYTES);
		rig.bytes = 0;
		rig_fill(&rig, VA + at, BYTES, 0x5ec2e7, 4);
		if (rig_run(&rig).res)
			_exit(1);
	}
	_exit(0);
}

/* How many bytes that are not zero the card finds in all the memory it gives out. */
static uint64_t dirty_bytes(struct rig *rig)
{
	uint64_t at = 0, dirty = 0;
	uint32_t step = RIG_BYTES - 2 * RIG_DATA, bo, i;

	while (!try_bo(rig->fd, step, DRM_PINION_BO_DEVICE, &bo)) {
		rig_map(rig->fd, bo, VA + at, step);
		rig->bytes = 0;
		rig_copy(rig, RIG_DATA_VA, VA + at, step);
		if (rig_run(rig).res)
			tap_bail("copy failed");
		for (i = 0; i < step; i++)
			dirty += rig->data[i] != 0;
		at += step + 0x1000;
	}
	printf("# looked at %llu MiB\n", (unsigned long long)(at >> 20));
	return dirty;
}

static void addresses(struct rig *rig)
{
	struct rig other;

	rig_open(&other, 4);
	rig_map(other.fd, rig_bo(other.fd, 4096, DRM_PINION_BO_DEVICE), 0x60000000, 4096);
	other.bytes = 0;
	rig_fill(&other, 0x60000000, 4096, 1, 1);
	tap_ok(!rig_run(&other).res, "one file reaches its buffer");
	rig->bytes = 0;
	rig_copy(rig, RIG_DATA_VA, 0x60000000, 8);
	tap_ok(rig_run(rig).res == -EFAULT, "another file does not, at the same address");
	rig_close(&other);
}

int main(void)
{
	struct rig rig;
	int status;

	rig_card();
	tap_plan(4);
	fflush(stdout);
	if (!fork())
		leave_secrets();
	tap_ok(wait(&status) > 0 && !status, "a process leaves secrets in half of the memory");
	rig_open(&rig, 4);
	tap_ok(!dirty_bytes(&rig), "the next one finds nothing but zeroes");
	addresses(&rig);
	rig_close(&rig);
	return tap_result();
}
