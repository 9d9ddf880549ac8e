// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the accuracy tests of kernels on a card model in this process. */
#include "kt.h"
#include "tests/unit/cardrig.h"

static struct rig *rig;
static struct rig_kernel kernel;

void kt_open(const char *name)
{
	char path[128];

	rig = rig_new(NULL);
	snprintf(path, sizeof(path), "build/kernels/%s.elf", name);
	kernel = rig_load(rig, path, name);
}

struct kt_buf kt_memory(size_t bytes)
{
	struct rig_buf buf = rig_alloc(rig, bytes, RIG_RW);

	return (struct kt_buf){ buf.ptr, buf.va };
}

void kt_close(void)
{
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
