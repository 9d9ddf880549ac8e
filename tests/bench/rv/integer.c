// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Integer work for a compute core: CRC-32 bit by bit over a buffer, mixed with the xorshift
 * generator that fills the buffer. This takes loads, stores, shifts, logic and predictable
 * branches.
 */
#include <stdint.h>

uint64_t run(uint32_t *memory, uint64_t rounds)
{
	uint64_t state = 88172645463325252u;
	uint32_t crc = ~0u;

	for (uint64_t r = 0; r < rounds; r++) {
		for (int i = 0; i < 256; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			memory[i] = (uint32_t)state;
		}
		for (int i = 0; i < 256; i++) {
			crc ^= memory[i];
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
		}
	}
	return crc;
}
