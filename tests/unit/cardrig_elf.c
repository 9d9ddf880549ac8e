// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads kernel programs of our own build into a rig; the runtime has the loader that mistrusts. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "cardrig.h"
#include "tests/tap.h"

#define PAGE 4096ull

struct elf_file {
	char data[1 << 20];
	size_t bytes;
};

static void read_elf(struct elf_file *elf, const char *path)
{
	FILE *f = fopen(path, "rb");
	Elf64_Ehdr *h = (Elf64_Ehdr *)elf->data;

	if (!f)
		tap_bail("%s: cannot open", path);
	elf->bytes = fread(elf->data, 1, sizeof(elf->data), f);
	fclose(f);
	if (elf->bytes < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) ||
	    h->e_machine != EM_RISCV || h->e_ident[EI_CLASS] != ELFCLASS64)
		tap_bail("%s: not a kernel program", path);
}

static const Elf64_Phdr *segment(const struct elf_file *elf, unsigned int i)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)elf->data;

	return i < h->e_phnum ? (const Elf64_Phdr *)(elf->data + h->e_phoff) + i : NULL;
}

static uint64_t segment_rights(const Elf64_Phdr *p)
{
	return (p->p_flags & PF_R ? PINION_PTE_READ : 0) |
	       (p->p_flags & PF_W ? PINION_PTE_WRITE : 0) |
	       (p->p_flags & PF_X ? PINION_PTE_EXEC : 0);
}

/* All segments keep their distances; @bias is what is added to the addresses of the file. */
static uint64_t load_segments(struct rig *rig, const struct elf_file *elf)
{
	uint64_t low = UINT64_MAX, high = 0, bias;
	const Elf64_Phdr *p;

	for (unsigned int i = 0; (p = segment(elf, i)); i++) {
		if (p->p_type != PT_LOAD)
			continue;
		low = p->p_vaddr < low ? p->p_vaddr : low;
		high = p->p_vaddr + p->p_memsz > high ? p->p_vaddr + p->p_memsz : high;
	}
	low &= ~(PAGE - 1);
	bias = rig->next_va - low;
	rig->next_va += (high - low + 2 * PAGE - 1) & ~(PAGE - 1);
	for (unsigned int i = 0; (p = segment(elf, i)); i++) {
		uint64_t start = p->p_vaddr & ~(PAGE - 1);
		struct rig_buf buf;

		if (p->p_type != PT_LOAD || !p->p_memsz)
			continue;
		buf = rig_alloc(rig, p->p_vaddr + p->p_memsz - start, 0);
		memcpy((char *)buf.ptr + (p->p_vaddr - start), elf->data + p->p_offset,
		       p->p_filesz);
		for (uint64_t at = 0; at < buf.bytes; at += PAGE)
			rig_map(rig, bias + start + at,
				(buf.addr + at) | segment_rights(p) | PINION_PTE_VALID);
	}
	return bias;
}

static const struct pinion_kernel_note *find_note(const struct elf_file *elf, const char *name)
{
	const Elf64_Phdr *p;

	for (unsigned int i = 0; (p = segment(elf, i)); i++) {
		uint64_t at = p->p_offset, end = at + p->p_filesz;

		while (p->p_type == PT_NOTE && at < end) {
			const Elf64_Nhdr *n = (const void *)(elf->data + at);
			const struct pinion_kernel_note *note = (const void *)(elf->data + at + 20);

			if (!strcmp((const char *)note->name, name))
				return note;
			at += sizeof(*n) + ((n->n_namesz + 3) & ~3u) + ((n->n_descsz + 3) & ~3u);
		}
	}
	tap_bail("no note of kernel %s", name);
}

static uint64_t find_symbol(const struct elf_file *elf, const char *name)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)elf->data;
	const Elf64_Shdr *s = (const Elf64_Shdr *)(elf->data + h->e_shoff);

	for (unsigned int i = 0; i < h->e_shnum; i++) {
		const Elf64_Sym *sym = (const Elf64_Sym *)(elf->data + s[i].sh_offset);
		const char *strings = elf->data + s[s[i].sh_link].sh_offset;

		if (s[i].sh_type != SHT_SYMTAB)
			continue;
		for (uint64_t j = 0; j < s[i].sh_size / sizeof(*sym); j++)
			if (!strcmp(strings + sym[j].st_name, name))
				return sym[j].st_value;
	}
	tap_bail("no symbol %s", name);
}

struct rig_kernel rig_load(struct rig *rig, const char *path, const char *name)
{
	struct elf_file *elf = malloc(sizeof(*elf));
	const struct pinion_kernel_note *note;
	struct rig_kernel kernel;

	if (!elf)
		tap_bail("no memory for %s", path);
	read_elf(elf, path);
	note = find_note(elf, name);
	kernel.args_bytes = note->args_bytes;
	kernel.scratch_bytes = note->scratch_bytes;
	kernel.entry = load_segments(rig, elf) + find_symbol(elf, name);
	rig_invalidate(rig);
	free(elf);
	return kernel;
}
