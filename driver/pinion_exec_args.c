// SPDX-License-Identifier: GPL-2.0
/* Checks what programs ask for in an EXEC, for the io_uring command and the ioctl alike. */
#include <linux/uaccess.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_exec_args.h"
#include "pinion_regs.h"
#include "pinion_timeline_map.h"
#include "pinion_vm.h"

/**
 * pinion_exec_init_vector() - describe a job of several command buffers, without points
 * @exec: job to initialise
 * @buffers: array of PINION_EXEC_BUFFERS entries, which must live as long as @exec
 * @from: user address of an array of struct pinion_exec_buffer
 * @count: number of command buffers, 1..PINION_EXEC_BUFFERS
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
 * pinion_exec_set_deadline() - set the time at which a job ends, done or not
 * @exec: job, already initialised
 * @vm: address space
 * @deadline: CLOCK_MONOTONIC time in ns; 0: no deadline
 * Return: 0; -EOPNOTSUPP: the card cannot end a job early.
 */
int pinion_exec_set_deadline(struct pinion_exec *exec, struct pinion_gpuvm *vm, u64 deadline)
{
	exec->deadline = min_t(u64, deadline, KTIME_MAX);
	exec->fence = NULL;
	return deadline && !(vm->mmu.pdev->info.caps & PINION_CAP_ABORT) ? -EOPNOTSUPP : 0;
}

/**
 * pinion_exec_add_wait() - add a point that must be reached before a job begins
 * @exec: job, initialised, with fewer than PINION_MAX_WAITS points to wait for
 * @vm: address space of the job
 * @id: id of the timeline in @vm; 0: nothing is added
 * @value: value to be reached; must be 0 if @id is 0
 * Return: 0; -ENOENT: no such timeline; -EINVAL.
 */
int pinion_exec_add_wait(struct pinion_exec *exec, struct pinion_gpuvm *vm, u32 id, u64 value)
{
	int ret;

	if (!id && !value)
		return 0;
	ret = pinion_timeline_use_point(vm, id, value, &exec->wait[exec->nwaits]);
	if (!ret)
		exec->nwaits++;
	return ret;
}

/**
 * pinion_exec_unuse() - release the timelines of a job that was not submitted
 * @exec: description of the job
 */
void pinion_exec_unuse(const struct pinion_exec *exec)
{
	u32 i;

	for (i = 0; i < exec->nwaits; i++)
		pinion_timeline_unuse(exec->wait[i].map);
	if (exec->signal.map)
		pinion_timeline_unuse(exec->signal.map);
}
