// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worst case for an interpreter: CRC-32 bit by bit with an unpredictable branch for each bit.
 * The host mispredicts half of these branches and has to refill its pipeline.
 */
#include <stdint.h>

uint64_t run(uint32_t *memory, uint64_t rounds)
{
	uint32_t crc = ~0u, word = 1;

	for (uint64_t r = 0; r < rounds / 8; r++)
		for (int i = 0; i < 256; i++) {
			word = word * 1664525 + 1013904223;
			crc ^= word;
			for (int bit = 0; bit < 8; bit++) {
				if (crc & 1)
					memory[bit]++;
				crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
			}
		}
	return crc;
}
