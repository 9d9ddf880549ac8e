/* SPDX-License-Identifier: MIT */
/*
 * A program file in memory: static RISC-V ELF with kernel notes. Nothing here
 * knows of a device.
 */
#ifndef PINION_IMAGE_H
#define PINION_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pinion.h"

#define PINION_ELF_SEGMENTS  16u
#define PINION_ELF_MAX_BYTES (256ull << 20) /* that a program may span */
#define PINION_ELF_MAX_ALIGN (2ull << 20)

/**
 * struct pinion_segment - pages with one set of permissions
 * @offset: from the start of the image, a multiple of the page size
 * @bytes: likewise
 * @access: DRM_PINION_VM_BIND_READ, WRITE, EXEC
 */
struct pinion_segment {
	uint64_t offset;
	uint64_t bytes;
	uint32_t access;
};

/**
 * struct pinion_symbol - a function or object
 * @address: as linked
 * @bytes: size, 0 if unknown
 * @name: in the image's strings
 */
struct pinion_symbol {
	uint64_t address;
	uint64_t bytes;
	const char *name;
};

/**
 * struct pinion_kernel - what a note says
 * @entry: virtual address of its first instruction
 * @args_bytes: size of the argument struct
 * @scratch_bytes: of the scratchpad, from its start
 * @name: symbol
 */
struct pinion_kernel {
	uint64_t entry;
	uint32_t args_bytes;
	uint32_t scratch_bytes;
	char name[33];
};

/**
 * struct pinion_elf - what is kept of a file
 * @memory: @span bytes: the segments and zeroes between them
 * @span: from the first page to the last, a multiple of the page size
 * @low: linked address of @memory
 * @align: of the address that it can be loaded to
 * @fixed: ET_EXEC: it must be loaded to @low
 * @rela: offset of the relocation table in @memory
 * @rela_count: its entries
 * @segment: in order of their addresses
 * @segments: how many
 * @symbol: in order of their addresses
 * @symbols: how many
 * @strings: names of symbols
 * @kernel: in order of the notes
 * @kernels: how many
 */
struct pinion_elf {
	unsigned char *memory;
	uint64_t span;
	uint64_t low;
	uint64_t align;
	bool fixed;
	uint64_t rela;
	uint64_t rela_count;
	struct pinion_segment segment[PINION_ELF_SEGMENTS];
	unsigned int segments;
	struct pinion_symbol *symbol;
	size_t symbols;
	char *strings;
	struct pinion_kernel *kernel;
	unsigned int kernels;
};

/**
 * pinion_elf_parse() - check a file and take it apart
 * @file: bytes of the file
 * @bytes: length
 * @page: size of a page, a power of two
 * @elf: out; pinion_elf_free() it
 * @err: reason, or NULL
 *
 * Return: 0; -ENOEXEC; -ENOMEM.
 */
int pinion_elf_parse(const void *file, size_t bytes, uint32_t page, struct pinion_elf *elf,
		     struct pinion_error *err);

/**
 * pinion_elf_relocate() - make the image ready to run at an address
 * @elf: image; once
 * @address: of its first page
 * @err: reason, or NULL
 *
 * Adds the distance to the kernels' entries too. Return: 0; -ENOEXEC.
 */
int pinion_elf_relocate(struct pinion_elf *elf, uint64_t address, struct pinion_error *err);

/* The symbol around a linked address, NULL if none. */
const struct pinion_symbol *pinion_elf_symbol(const struct pinion_elf *elf, uint64_t address);

void pinion_elf_free(struct pinion_elf *elf);

#endif /* PINION_IMAGE_H */
