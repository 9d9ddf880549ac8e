/* SPDX-License-Identifier: MIT */
/* Arguments of the kernels in probe.c, for host and card. */
#ifndef PROBE_H
#define PROBE_H

#include <stdint.h>

/**
 * struct probe_args - arguments of every kernel in probe.c
 * @address: virtual address that the kernel reads, writes or calls
 * @value: value to write, or number of steps to count; for kernel where: grid x | grid y << 16
 */
struct probe_args {
	uint64_t address;
	uint64_t value;
};

#endif /* PROBE_H */
