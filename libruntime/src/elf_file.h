/* SPDX-License-Identifier: MIT */
/*
 * Reading of an ELF file that is not trusted: each range is checked against the file's size
 * with pinion_elf_has() before it is used.
 */
#ifndef PINION_ELF_FILE_H
#define PINION_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "image.h"

/**
 * struct pinion_elf_file - the bytes of an ELF file
 * @bytes: start of the file
 * @size: length of the file
 * @header: aligned copy of the ELF header
 */
struct pinion_elf_file {
	const unsigned char *bytes;
	uint64_t size;
	Elf64_Ehdr header;
};

static inline bool pinion_elf_has(const struct pinion_elf_file *file, uint64_t offset,
				  uint64_t bytes)
{
	return offset <= file->size && bytes <= file->size - offset;
}

/* Program header @index; the table of these is known to lie in the file. */
static inline Elf64_Phdr pinion_elf_phdr(const struct pinion_elf_file *file, unsigned int index)
{
	Elf64_Phdr phdr;

	memcpy(&phdr, file->bytes + file->header.e_phoff + index * sizeof(phdr), sizeof(phdr));
	return phdr;
}

static inline Elf64_Shdr pinion_elf_shdr(const struct pinion_elf_file *file, unsigned int index)
{
	Elf64_Shdr shdr;

	memcpy(&shdr, file->bytes + file->header.e_shoff + index * sizeof(shdr), sizeof(shdr));
	return shdr;
}

/*
 * elf_symbols.c: fill in the symbols, and then, as these are needed for it, the kernels.
 * Return 0 or -errno with @err filled.
 */
int pinion_elf_read_symbols(const struct pinion_elf_file *file, struct pinion_elf *elf,
			    struct pinion_error *err);
int pinion_elf_read_notes(const struct pinion_elf_file *file, struct pinion_elf *elf,
			  struct pinion_error *err);

#endif /* PINION_ELF_FILE_H */
