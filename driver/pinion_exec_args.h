/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks the arguments of an EXEC. The most frequent case, one command buffer without points, is
 * inlined from here. pinion_exec_init() sets every member of struct pinion_exec that is read
 * later, so the caller need not clear the struct.
 */
#ifndef PINION_EXEC_ARGS_H
#define PINION_EXEC_ARGS_H

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/types.h>

#include "pinion_accel.h"
#include "pinion_device.h"
#include "pinion_exec.h"
#include "pinion_regs.h"

struct pinion_gpuvm;

/**
 * pinion_exec_check_range() - check where a command buffer lies
 * @va: virtual address of the command buffer
 * @bytes: size of the command buffer; 0 with a @va of 0: an empty job
 * Return: 0 or -EINVAL.
 */
static inline int pinion_exec_check_range(u64 va, u32 bytes)
{
	if (!bytes)
		return va ? -EINVAL : 0;
	if (!IS_ALIGNED(va, 8) || !IS_ALIGNED(bytes, 8) || bytes > PINION_MAX_CMD_BYTES)
		return -EINVAL;
	if (va < PINION_VA_START || va >= PINION_VA_END || bytes > PINION_VA_END - va)
		return -EINVAL;
	return 0;
}

/**
 * pinion_exec_init() - describe a job of one command buffer, without points
 * @exec: job to initialise
 * @va: virtual address of the command buffer
 * @bytes: size of the command buffer; 0 with a @va of 0: an empty job
 * Return: 0 or -EINVAL.
 */
static inline int pinion_exec_init(struct pinion_exec *exec, u64 va, u32 bytes)
{
	exec->one = (struct pinion_exec_buffer){ .va = va, .bytes = bytes };
	exec->buffers = &exec->one;
	exec->count = 1;
	exec->nwaits = 0;
	exec->signal.map = NULL;
	exec->deadline = 0;
	return pinion_exec_check_range(va, bytes);
}

int pinion_exec_init_vector(struct pinion_exec *exec, struct pinion_exec_buffer *buffers, u64 from,
			    u32 count);
int pinion_exec_set_deadline(struct pinion_exec *exec, struct pinion_gpuvm *vm, u64 deadline);
int pinion_exec_add_wait(struct pinion_exec *exec, struct pinion_gpuvm *vm, u32 id, u64 value);
void pinion_exec_unuse(const struct pinion_exec *exec);

#endif /* PINION_EXEC_ARGS_H */
