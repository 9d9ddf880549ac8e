// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns the load segments of a 32-bit RISC-V executable into one payload. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fwsign.h"

#define ELF_MAX_BYTES (64u << 20)
#define RAM_END	      ((uint64_t)PINION_MGMT_RAM_BASE + PINION_MGMT_RAM_SIZE)

static Elf32_Ehdr check_header(const char *path, const struct blob *elf)
{
	Elf32_Ehdr h;

	if (elf->bytes < sizeof(h))
		die("%s: not an ELF file", path);
	memcpy(&h, elf->data, sizeof(h));
	if (memcmp(h.e_ident, ELFMAG, SELFMAG))
		die("%s: not an ELF file", path);
	if (h.e_ident[EI_CLASS] != ELFCLASS32 || h.e_ident[EI_DATA] != ELFDATA2LSB ||
	    h.e_machine != EM_RISCV || h.e_type != ET_EXEC)
		die("%s: not a static 32-bit RISC-V executable", path);
	if (h.e_phentsize != sizeof(Elf32_Phdr) || h.e_phoff > elf->bytes ||
	    h.e_phnum > (elf->bytes - h.e_phoff) / sizeof(Elf32_Phdr))
		die("%s: program headers outside the file", path);
	return h;
}

static Elf32_Phdr segment(const struct blob *elf, const Elf32_Ehdr *h, unsigned int i)
{
	Elf32_Phdr p;

	memcpy(&p, elf->data + h->e_phoff + i * sizeof(p), sizeof(p));
	return p;
}

static void check_segment(const char *path, const struct blob *elf, const Elf32_Phdr *p)
{
	if (p->p_offset > elf->bytes || p->p_filesz > elf->bytes - p->p_offset ||
	    p->p_filesz > p->p_memsz)
		die("%s: a load segment is outside the file", path);
	if (p->p_paddr < PINION_MGMT_RAM_BASE || p->p_paddr >= RAM_END ||
	    p->p_memsz > RAM_END - p->p_paddr)
		die("%s: a load segment at 0x%x is outside the processor's RAM (0x%x + 0x%x)", path,
		    p->p_paddr, PINION_MGMT_RAM_BASE, PINION_MGMT_RAM_SIZE);
}

/* Find the range of RAM that all load segments cover, and the part of it that the file fills. */
static void measure(const char *path, const struct blob *elf, const Elf32_Ehdr *h,
		    struct payload *out)
{
	uint64_t low = RAM_END, file_end = 0, mem_end = 0;

	for (unsigned int i = 0; i < h->e_phnum; i++) {
		Elf32_Phdr p = segment(elf, h, i);

		if (p.p_type != PT_LOAD || !p.p_memsz)
			continue;
		check_segment(path, elf, &p);
		if (p.p_paddr < low)
			low = p.p_paddr;
		if (p.p_filesz && p.p_paddr + (uint64_t)p.p_filesz > file_end)
			file_end = p.p_paddr + (uint64_t)p.p_filesz;
		if (p.p_paddr + (uint64_t)p.p_memsz > mem_end)
			mem_end = p.p_paddr + (uint64_t)p.p_memsz;
	}
	if (!file_end)
		die("%s: no load segment has any bytes", path);
	out->addr = (uint32_t)low;
	out->image.bytes = (size_t)(file_end - low);
	out->mem_bytes = (uint32_t)(mem_end - low);
}

/**
 * elf_payload() - read an executable and lay out its load segments; exits on failure
 * @path: static RV32 executable
 *
 * Return: the payload, with zeroes in the gaps between segments.
 */
struct payload elf_payload(const char *path)
{
	struct blob elf = file_read(path, ELF_MAX_BYTES);
	Elf32_Ehdr h = check_header(path, &elf);
	struct payload out = { .entry = h.e_entry };

	measure(path, &elf, &h, &out);
	if (h.e_entry < out.addr || h.e_entry - out.addr >= out.image.bytes || h.e_entry % 2)
		die("%s: entry 0x%x is outside the payload", path, h.e_entry);
	out.image.data = calloc(1, out.image.bytes);
	if (!out.image.data)
		die("out of memory");
	for (unsigned int i = 0; i < h.e_phnum; i++) {
		Elf32_Phdr p = segment(&elf, &h, i);

		if (p.p_type == PT_LOAD && p.p_filesz)
			memcpy(out.image.data + (p.p_paddr - out.addr), elf.data + p.p_offset,
			       p.p_filesz);
	}
	free(elf.data);
	return out;
}
