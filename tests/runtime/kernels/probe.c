// SPDX-License-Identifier: MIT
/* Compute kernels for the tests of the runtime: they write where they ran, or fail on purpose. */
#include "pinion_kernel.h"
#include "probe.h"

/*
 * Each block has two words in the output. The first word grows by 1 + x + 1000 * y + 1000000 * z,
 * the second becomes the number of the core.
 */
PINION_KERNEL(where, struct probe_args, 0, PINION_OUT(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	uint64_t *out = (uint64_t *)args->address;
	uint32_t nx = args->value & 0xffff, ny = args->value >> 16;
	uint64_t block = ((uint64_t)z * ny + y) * nx + x;

	out[2 * block] += 1 + x + 1000 * y + 1000000ull * z;
	out[2 * block + 1] = core;
}

PINION_KERNEL(empty, struct probe_args, 0, PINION_VALUE(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
}

PINION_KERNEL(store, struct probe_args, 0, PINION_OUT(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	*(volatile uint64_t *)args->address = args->value;
}

PINION_KERNEL(load, struct probe_args, 0, PINION_IN(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	(void)*(volatile uint64_t *)args->address;
}

PINION_KERNEL(jump, struct probe_args, 0, PINION_IN(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	((void (*)(void))args->address)();
}

PINION_KERNEL(illegal, struct probe_args, 0, PINION_VALUE(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	__asm__ volatile(".word 0xffffffff");
}

PINION_KERNEL(trap, struct probe_args, 0, PINION_VALUE(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	__asm__ volatile("ebreak");
}

/* Writes to its own code, which the permissions of that segment forbid. */
PINION_KERNEL(overwrite, struct probe_args, 0, PINION_VALUE(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	*(volatile uint32_t *)(uintptr_t)overwrite = 0;
}

/* Adds 1 @value times to a writable global of the program. */
static uint64_t counter;

PINION_KERNEL(count, struct probe_args, 0, PINION_OUT(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	for (uint64_t i = 0; i < args->value; i++)
		*(volatile uint64_t *)&counter += 1;
	*(uint64_t *)args->address = counter;
}
