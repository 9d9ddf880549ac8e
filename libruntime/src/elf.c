// SPDX-License-Identifier: MIT
/*
 * From an ELF file to an image in memory: headers, segments, relocations.
 */
#include <stdlib.h>

#include "elf_file.h"
#include "internal.h"

static int fail(struct pinion_error *err, const char *why)
{
	return pinion_fail(err, -ENOEXEC, "not a program for the card: %s", why);
}

static int check_ident(const struct pinion_elf_file *file, struct pinion_error *err)
{
	const Elf64_Ehdr *h = &file->header;

	if (memcmp(h->e_ident, ELFMAG, SELFMAG))
		return fail(err, "not an ELF file");
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB)
		return fail(err, "not a 64-bit little-endian ELF file");
	if (h->e_machine != EM_RISCV)
		return fail(err, "not compiled for RISC-V");
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return fail(err, "not linked: neither ET_EXEC nor ET_DYN");
	if (h->e_flags & EF_RISCV_RVE)
		return fail(err, "compiled for RV64E, the cores are RV64IMFDC");
	return 0;
}

static int read_header(const void *bytes, size_t size, struct pinion_elf_file *file,
		       struct pinion_error *err)
{
	Elf64_Ehdr *h = &file->header;
	int ret;

	file->bytes = bytes;
	file->size = size;
	if (size < sizeof(*h))
		return fail(err, "too short for an ELF header");
	memcpy(h, bytes, sizeof(*h));
	ret = check_ident(file, err);
	if (ret)
		return ret;
	if (!h->e_phnum || h->e_phentsize != sizeof(Elf64_Phdr) ||
	    !pinion_elf_has(file, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
		return fail(err, "program headers are not in the file");
	if (!h->e_shnum || h->e_shentsize != sizeof(Elf64_Shdr) ||
	    !pinion_elf_has(file, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr)))
		return fail(err, "section headers are not in the file (stripped?)");
	return 0;
}

static uint32_t access_of(const Elf64_Phdr *phdr)
{
	return (phdr->p_flags & PF_R ? DRM_PINION_VM_BIND_READ : 0) |
	       (phdr->p_flags & PF_W ? DRM_PINION_VM_BIND_WRITE : 0) |
	       (phdr->p_flags & PF_X ? DRM_PINION_VM_BIND_EXEC : 0);
}

static int check_load(const struct pinion_elf_file *file, const Elf64_Phdr *phdr,
		      struct pinion_error *err)
{
	if (!pinion_elf_has(file, phdr->p_offset, phdr->p_filesz))
		return fail(err, "a segment is not in the file (truncated?)");
	if (phdr->p_filesz > phdr->p_memsz)
		return fail(err, "a segment is longer in the file than in memory");
	if (phdr->p_memsz > PINION_ELF_MAX_BYTES ||
	    phdr->p_vaddr > (1ull << PINION_VA_BITS) - phdr->p_memsz)
		return fail(err, "a segment is too large");
	if (phdr->p_align > PINION_ELF_MAX_ALIGN || phdr->p_align & (phdr->p_align - 1))
		return fail(err, "a segment's alignment is not a power of two up to 2 MiB");
	if (!access_of(phdr))
		return fail(err, "a segment can be neither read, written nor executed");
	return 0;
}

/* Segments come in the order of their addresses and share no page: permissions are per page. */
static int add_segment(struct pinion_elf *elf, const Elf64_Phdr *phdr, uint64_t page,
		       struct pinion_error *err)
{
	uint64_t start = phdr->p_vaddr & ~(page - 1);
	uint64_t end = (phdr->p_vaddr + phdr->p_memsz + page - 1) & ~(page - 1);

	if (elf->segments == PINION_ELF_SEGMENTS)
		return fail(err, "too many segments");
	if (!elf->segments)
		elf->low = start;
	if (start < elf->low + elf->span)
		return fail(err,
			    "segments share a page: link with -z separate-code -z max-page-size=4096");
	if (end - elf->low > PINION_ELF_MAX_BYTES)
		return fail(err, "it spans more than 256 MiB");
	elf->segment[elf->segments++] = (struct pinion_segment){
		.offset = start - elf->low,
		.bytes = end - start,
		.access = access_of(phdr),
	};
	elf->span = end - elf->low;
	if (phdr->p_align > elf->align)
		elf->align = phdr->p_align;
	return 0;
}

static int read_segments(const struct pinion_elf_file *file, struct pinion_elf *elf, uint32_t page,
			 struct pinion_error *err)
{
	int ret;

	elf->align = page;
	elf->fixed = file->header.e_type == ET_EXEC;
	for (unsigned int i = 0; i < file->header.e_phnum; i++) {
		Elf64_Phdr phdr = pinion_elf_phdr(file, i);

		if (phdr.p_type == PT_INTERP)
			return fail(err, "it needs a dynamic linker: link with -static");
		if (phdr.p_type == PT_TLS)
			return fail(err, "thread-local variables do not exist on the card");
		if (phdr.p_type != PT_LOAD || !phdr.p_memsz)
			continue;
		ret = check_load(file, &phdr, err);
		if (!ret)
			ret = add_segment(elf, &phdr, page, err);
		if (ret)
			return ret;
	}
	if (!elf->segments)
		return fail(err, "it has no segment to load");
	/* The image is loaded at a multiple of its alignment, so @low must be one, too. */
	if (!elf->fixed && elf->low & (elf->align - 1))
		return fail(err, "the first segment does not start at its alignment");
	return 0;
}

static int copy_segments(const struct pinion_elf_file *file, struct pinion_elf *elf,
			 struct pinion_error *err)
{
	elf->memory = calloc(1, elf->span);
	if (!elf->memory)
		return pinion_fail(err, -ENOMEM, "no memory");
	for (unsigned int i = 0; i < file->header.e_phnum; i++) {
		Elf64_Phdr phdr = pinion_elf_phdr(file, i);

		if (phdr.p_type == PT_LOAD && phdr.p_memsz && phdr.p_filesz)
			memcpy(elf->memory + (phdr.p_vaddr - elf->low), file->bytes + phdr.p_offset,
			       phdr.p_filesz);
	}
	return 0;
}

/**
 * struct relocations - the relocation table that PT_DYNAMIC describes
 * @address: address that the table is linked at
 * @bytes: length of the table
 * @entry_bytes: size of an entry
 */
struct relocations {
	uint64_t address;
	uint64_t bytes;
	uint64_t entry_bytes;
};

static int read_dynamic_entry(const Elf64_Dyn *dyn, struct relocations *rela,
			      struct pinion_error *err)
{
	switch (dyn->d_tag) {
	case DT_RELA:
		rela->address = dyn->d_un.d_ptr;
		return 0;
	case DT_RELASZ:
		rela->bytes = dyn->d_un.d_val;
		return 0;
	case DT_RELAENT:
		rela->entry_bytes = dyn->d_un.d_val;
		return 0;
	case DT_NEEDED:
		return fail(err, "it needs shared libraries: link with -static");
	case DT_REL:
	case DT_JMPREL:
	case DT_RELR:
		return fail(err, "relocations other than DT_RELA");
	default:
		return 0;
	}
}

static int read_dynamic(const struct pinion_elf_file *file, struct pinion_elf *elf,
			struct pinion_error *err)
{
	for (unsigned int i = 0; i < file->header.e_phnum; i++) {
		Elf64_Phdr phdr = pinion_elf_phdr(file, i);
		struct relocations rela = { .entry_bytes = sizeof(Elf64_Rela) };
		Elf64_Dyn dyn = { .d_tag = DT_NULL };
		int ret = 0;

		if (phdr.p_type != PT_DYNAMIC)
			continue;
		if (!pinion_elf_has(file, phdr.p_offset, phdr.p_filesz))
			return fail(err, "the dynamic section is not in the file");
		for (uint64_t at = 0; !ret && at + sizeof(dyn) <= phdr.p_filesz;
		     at += sizeof(dyn)) {
			memcpy(&dyn, file->bytes + phdr.p_offset + at, sizeof(dyn));
			if (dyn.d_tag == DT_NULL)
				break;
			ret = read_dynamic_entry(&dyn, &rela, err);
		}
		if (ret)
			return ret;
		if (rela.bytes &&
		    (rela.entry_bytes != sizeof(Elf64_Rela) || rela.bytes % sizeof(Elf64_Rela)))
			return fail(err, "a relocation table of unknown format");
		elf->rela = rela.address - elf->low;
		elf->rela_count = rela.bytes / sizeof(Elf64_Rela);
		if (rela.bytes && (rela.address < elf->low || elf->rela > elf->span ||
				   rela.bytes > elf->span - elf->rela))
			return fail(err, "the relocations are not in a segment");
	}
	return 0;
}

int pinion_elf_relocate(struct pinion_elf *elf, uint64_t address, struct pinion_error *err)
{
	uint64_t bias = address - elf->low;

	for (uint64_t i = 0; i < elf->rela_count; i++) {
		uint64_t value, at;
		Elf64_Rela rela;

		memcpy(&rela, elf->memory + elf->rela + i * sizeof(rela), sizeof(rela));
		if (ELF64_R_TYPE(rela.r_info) == R_RISCV_NONE)
			continue;
		if (ELF64_R_TYPE(rela.r_info) != R_RISCV_RELATIVE)
			return fail(err,
				    "a relocation that is not R_RISCV_RELATIVE: link with -static -pie");
		at = rela.r_offset - elf->low;
		if (rela.r_offset < elf->low || at > elf->span || elf->span - at < sizeof(value))
			return fail(err, "a relocation outside the segments");
		value = bias + (uint64_t)rela.r_addend;
		memcpy(elf->memory + at, &value, sizeof(value));
	}
	for (unsigned int i = 0; i < elf->kernels; i++)
		elf->kernel[i].entry += bias;
	return 0;
}

int pinion_elf_parse(const void *bytes, size_t size, uint32_t page, struct pinion_elf *elf,
		     struct pinion_error *err)
{
	struct pinion_elf_file file;
	int ret;

	memset(elf, 0, sizeof(*elf));
	ret = read_header(bytes, size, &file, err);
	if (!ret)
		ret = read_segments(&file, elf, page, err);
	if (!ret)
		ret = copy_segments(&file, elf, err);
	if (!ret)
		ret = read_dynamic(&file, elf, err);
	if (!ret)
		ret = pinion_elf_read_symbols(&file, elf, err);
	if (!ret)
		ret = pinion_elf_read_notes(&file, elf, err);
	if (ret)
		pinion_elf_free(elf);
	return ret;
}

void pinion_elf_free(struct pinion_elf *elf)
{
	free(elf->memory);
	free(elf->symbol);
	free(elf->strings);
	free(elf->kernel);
	memset(elf, 0, sizeof(*elf));
}
