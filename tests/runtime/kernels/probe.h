/* SPDX-License-Identifier: MIT */
/* Arguments of the kernels in probe.c, for host and card. */
#ifndef PROBE_H
#define PROBE_H

#include <stdint.h>

/**
 * struct probe_args - of all kernels in probe.c
 * @address: what the kernel reads, writes or calls
 * @value: what it writes or counts; where: grid x | grid y << 16
 */
struct probe_args {
	uint64_t address;
	uint64_t value;
};

#endif /* PROBE_H */
