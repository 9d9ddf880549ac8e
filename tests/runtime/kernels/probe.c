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

/*
 * Never ends. Each block writes how many cycles its core has run it for, to the word @value + core
 * of the output: the loop has three instructions, each of which takes a cycle.
 */
PINION_KERNEL(tick, struct probe_args, 0, PINION_OUT(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	uint64_t *word = (uint64_t *)args->address + args->value + core, cycles = 0;

	__asm__ volatile("1: addi %0, %0, 3\n"
			 "sd %0, 0(%1)\n"
			 "j 1b"
			 : "+r"(cycles)
			 : "r"(word)
			 : "memory");
}

/* Copies the first @value words of the buffer to the @value words behind them. */
PINION_KERNEL(witness, struct probe_args, 0, PINION_INOUT(struct probe_args, address),
	      PINION_VALUE(struct probe_args, value))
{
	volatile uint64_t *words = (uint64_t *)args->address;
	uint64_t n = args->value; /* each read of an argument is one of host memory */

	for (uint64_t i = 0; i < n; i++)
		words[n + i] = words[i];
}
