// SPDX-License-Identifier: MIT
/*
 * libFuzzer target for the program loader: parses any bytes as a program, looks up symbols in the
 * image and relocates it. tests/fuzz/runtime.mk builds the target in build/fuzz/.
 */
#include <stddef.h>
#include <stdint.h>

#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct pinion_error err;
	struct pinion_elf elf;

	if (pinion_elf_parse(data, bytes, 4096, &elf, &err))
		return 0;
	for (uint64_t at = elf.low; at < elf.low + elf.span; at += elf.span / 16)
		pinion_elf_symbol(&elf, at);
	pinion_elf_relocate(&elf, 0x7000000, &err);
	pinion_elf_free(&elf);
	return 0;
}
