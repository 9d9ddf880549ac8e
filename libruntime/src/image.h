/* SPDX-License-Identifier: MIT */
/*
 * A program file in memory: a static RISC-V ELF with kernel notes. Parsing it needs no device.
 */
#ifndef PINION_IMAGE_H
#define PINION_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pinion.h"

#define PINION_ELF_SEGMENTS  16u
#define PINION_ELF_MAX_BYTES (256ull << 20) /* from a program's lowest to its highest address */
#define PINION_ELF_MAX_ALIGN (2ull << 20)

/**
 * struct pinion_segment - pages with one set of permissions
 * @offset: offset from the start of the image, a multiple of the page size
 * @bytes: length, a multiple of the page size
 * @access: DRM_PINION_VM_BIND_READ, WRITE and EXEC as the segment allows
 */
struct pinion_segment {
	uint64_t offset;
	uint64_t bytes;
	uint32_t access;
};

/**
 * struct pinion_symbol - a function or object
 * @address: address that the symbol is linked at
 * @bytes: size, 0 if unknown
 * @name: name, which lies in the image's strings
 */
struct pinion_symbol {
	uint64_t address;
	uint64_t bytes;
	const char *name;
};

/**
 * struct pinion_kernel - a function that can be launched, as its note describes it
 * @entry: virtual address of its first instruction
 * @args_bytes: size of the argument struct
 * @scratch_bytes: number of bytes of scratchpad that the kernel uses, from its start
 * @name: name of the kernel's symbol
 */
struct pinion_kernel {
	uint64_t entry;
	uint32_t args_bytes;
	uint32_t scratch_bytes;
	char name[33];
};

/**
 * struct pinion_elf - a parsed program file
 * @memory: image of @span bytes: the segments, with zeroes between them
 * @span: length of the image, a multiple of the page size
 * @low: address that the start of @memory is linked at
 * @align: alignment that the load address must have
 * @fixed: true for ET_EXEC: the image must be loaded at @low
 * @rela: offset of the relocation table in @memory
 * @rela_count: number of relocations
 * @segment: segments, in order of their addresses
 * @segments: number of segments
 * @symbol: symbols, in order of their addresses
 * @symbols: number of symbols
 * @strings: names of symbols
 * @kernel: kernels, in order of their notes
 * @kernels: number of kernels
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
 * pinion_elf_parse() - check a program file and build its image
 * @file: bytes of the file
 * @bytes: length of the file
 * @page: size of a page, a power of two
 * @elf: filled in; free it with pinion_elf_free()
 * @err: reason, or NULL
 *
 * Return: 0; -ENOEXEC; -ENOMEM.
 */
int pinion_elf_parse(const void *file, size_t bytes, uint32_t page, struct pinion_elf *elf,
		     struct pinion_error *err);

/**
 * pinion_elf_relocate() - make the image ready to run at an address
 * @elf: image that was not relocated before
 * @address: address at which the image is loaded
 * @err: reason, or NULL
 *
 * The kernels' entries become addresses on the card, too. Return: 0; -ENOEXEC.
 */
int pinion_elf_relocate(struct pinion_elf *elf, uint64_t address, struct pinion_error *err);

/* The symbol that contains a linked address, NULL if there is none. */
const struct pinion_symbol *pinion_elf_symbol(const struct pinion_elf *elf, uint64_t address);

void pinion_elf_free(struct pinion_elf *elf);

#endif /* PINION_IMAGE_H */
