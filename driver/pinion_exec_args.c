// SPDX-License-Identifier: GPL-2.0
/* What programs ask for in an EXEC, checked once, for each way in which they can ask. */
#include <linux/uaccess.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_exec_args.h"
#include "pinion_regs.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"

/**
 * pinion_exec_init_vector() - a job of several
 * @exec: job
 * @buffers: room for PINION_EXEC_BUFFERS, which lives as long as @exec
 * @from: user address of an array of struct pinion_exec_buffer
 * @count: how many
 * Return: 0, -EINVAL or -EFAULT.
 */
int pinion_exec_init_vector(struct pinion_exec *exec, struct pinion_exec_buffer *buffers, u64 from,
			    u32 count)
{
	u32 i;

	if (!count || count > PINION_EXEC_BUFFERS)
		return -EINVAL;
	if (copy_from_user(buffers, u64_to_user_ptr(from), count * sizeof(*buffers)))
		return -EFAULT;
	for (i = 0; i < count; i++)
		if (buffers[i].pad || pinion_exec_check_range(buffers[i].va, buffers[i].bytes))
			return -EINVAL;
	exec->buffers = buffers;
	exec->count = count;
	exec->nwaits = 0;
	exec->signal.map = NULL;
	exec->deadline = 0;
	return 0;
}

/**
 * pinion_exec_set_deadline() - when the job is to end
 * @exec: job, initialised
 * @vm: address space
 * @deadline: CLOCK_MONOTONIC; 0: none
 * Return: 0 or -EOPNOTSUPP: the card cannot end a job.
 */
int pinion_exec_set_deadline(struct pinion_exec *exec, struct pinion_vm *vm, u64 deadline)
{
	exec->deadline = min_t(u64, deadline, KTIME_MAX);
	return deadline && !(vm->mmu.pdev->info.caps & PINION_CAP_ABORT) ? -EOPNOTSUPP : 0;
}

/**
 * pinion_exec_add_wait() - a point to wait for
 * @exec: job, initialised; has room for it
 * @vm: address space
 * @id: of the timeline; 0: none
 * @value: its value; zero with an @id of 0
 * Return: 0, -EINVAL or -ENOENT.
 */
int pinion_exec_add_wait(struct pinion_exec *exec, struct pinion_vm *vm, u32 id, u64 value)
{
	int ret;

	if (!id && !value)
		return 0;
	ret = pinion_timeline_point(vm, id, value, &exec->wait[exec->nwaits]);
	if (!ret)
		exec->nwaits++;
	return ret;
}
