/* SPDX-License-Identifier: MIT */
/*
 * Reading an ELF file that may say anything: each range is checked once, here.
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
 * struct pinion_elf_file - the bytes of a file
 * @bytes: start
 * @size: length
 * @header: a copy, aligned
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

/* Entry @index of a table of program or section headers that pinion_elf_parse() has checked. */
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

/* elf_symbols.c: fill in symbols, then kernels. 0 or -errno with @err filled. */
int pinion_elf_read_symbols(const struct pinion_elf_file *file, struct pinion_elf *elf,
			    struct pinion_error *err);
int pinion_elf_read_notes(const struct pinion_elf_file *file, struct pinion_elf *elf,
			  struct pinion_error *err);

#endif /* PINION_ELF_FILE_H */
