// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the accuracy tests of kernels on a card model in this process, which preempts the blocks
 * after so many cycles of a core as the environment's PREEMPT_EVERY says.
 */
#include <stdlib.h>

#include "kt.h"
#include "tests/unit/cardrig.h"

static struct rig *rig;
static struct rig_kernel kernel;

void kt_open(const char *name)
{
	const char *every = getenv("PREEMPT_EVERY");
	struct rig_options options = { .preempt_every = every ? (uint32_t)atoi(every) : 0,
				       .debug = every };
	char path[128];

	rig = rig_new(&options);
	snprintf(path, sizeof(path), "build/kernels/%s.elf", name);
	kernel = rig_load(rig, path, name);
}

struct kt_buf kt_memory(size_t bytes)
{
	struct rig_buf buf = rig_alloc(rig, bytes, RIG_RW);

	return (struct kt_buf){ buf.ptr, buf.va };
}

/* How often the card has preempted the blocks of the kernel. */
static uint32_t preemptions(void)
{
	struct pinion_msg_group_stats stats = { .group = 0 };
	struct pinion_msg reply;

	if (rig_ask(rig, PINION_MSG_GROUP_STATS, &stats, &reply))
		tap_bail("the firmware knows nothing of the group");
	memcpy(&stats, reply.data, sizeof(stats));
	return stats.preemptions;
}

void kt_close(void)
{
	if (getenv("PREEMPT_EVERY") && !preemptions())
		tap_bail("nothing was preempted");
	rig_free(rig);
}

void kt_launch(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z)
{
	unsigned int status;

	if (bytes != kernel.args_bytes)
		tap_bail("the kernel takes %u bytes of arguments, not %zu", kernel.args_bytes,
			 bytes);
	status = rig_launch(rig, &kernel, args, x, y, z);
	if (status) {
		struct pinion_fault_record r = rig_fault(rig, RIG_QUEUE);

		tap_bail("launch failed: status %u, va 0x%llx, pc 0x%llx, insn 0x%x", status,
			 (unsigned long long)r.va, (unsigned long long)r.pc, r.insn);
	}
}

bool kt_refused(const void *args, size_t bytes, uint32_t x, uint32_t y, uint32_t z)
{
	unsigned int status;

	if (bytes != kernel.args_bytes)
		tap_bail("the kernel takes %u bytes of arguments, not %zu", kernel.args_bytes,
			 bytes);
	status = rig_launch(rig, &kernel, args, x, y, z);
	return status == PINION_STATUS_ILLEGAL_INSN && !rig_queue_reset(rig, &rig->queue);
}
