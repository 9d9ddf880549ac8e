// SPDX-License-Identifier: MIT
/*
 * A program file made by hand: one executable segment with a kernel, one of
 * data with a relocation, a note, symbols.
 */
#include <elf.h>
#include <string.h>

#include "pinion_packet.h"
#include "runtime_mock.h"

#define TEXT_VA 0x10000
#define DATA_VA 0x11000

/**
 * struct layout - the file
 */
struct layout {
	Elf64_Ehdr header;
	Elf64_Phdr phdr[4];
	struct {
		Elf64_Nhdr head;
		char owner[8];
		struct pinion_kernel_note note;
		struct pinion_kernel_arg arg[2];
	} note;
	Elf64_Dyn dynamic[4];
	Elf64_Rela rela[2];
	uint64_t pointer;
	Elf64_Sym sym[3];
	char strings[64];
	uint32_t text[4];
	Elf64_Shdr shdr[3];
};

#define AT(member) offsetof(struct layout, member)

static void segments(struct layout *f)
{
	f->phdr[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
				   .p_flags = PF_R | PF_X,
				   .p_align = 4096,
				   .p_offset = AT(text),
				   .p_vaddr = TEXT_VA,
				   .p_filesz = sizeof(f->text),
				   .p_memsz = sizeof(f->text) };
	f->phdr[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
				   .p_flags = PF_R | PF_W,
				   .p_align = 4096,
				   .p_offset = AT(rela),
				   .p_vaddr = DATA_VA,
				   .p_filesz = sizeof(f->rela) + sizeof(f->pointer),
				   .p_memsz = 5000 };
	f->phdr[2] = (Elf64_Phdr){ .p_type = PT_DYNAMIC,
				   .p_offset = AT(dynamic),
				   .p_filesz = sizeof(f->dynamic),
				   .p_memsz = sizeof(f->dynamic) };
	f->phdr[3] = (Elf64_Phdr){ .p_type = PT_NOTE,
				   .p_offset = AT(note),
				   .p_align = 4,
				   .p_filesz = sizeof(f->note),
				   .p_memsz = sizeof(f->note) };
	f->dynamic[0] = (Elf64_Dyn){ DT_RELA, { DATA_VA } };
	f->dynamic[1] = (Elf64_Dyn){ DT_RELASZ, { sizeof(f->rela) } };
	f->dynamic[2] = (Elf64_Dyn){ DT_RELAENT, { sizeof(f->rela[0]) } };
	f->rela[0] = (Elf64_Rela){ DATA_VA + sizeof(f->rela), R_RISCV_RELATIVE, TEXT_VA + 4 };
	f->rela[1] = (Elf64_Rela){ 0, R_RISCV_NONE, 0 };
}

static void names(struct layout *f)
{
	f->note.head = (Elf64_Nhdr){ sizeof(PINION_NOTE_NAME),
				     sizeof(f->note.note) + sizeof(f->note.arg),
				     PINION_NOTE_KERNEL };
	strcpy(f->note.owner, PINION_NOTE_NAME);
	f->note.note = (struct pinion_kernel_note){ .version = PINION_NOTE_VERSION,
						    .args_bytes = MOCK_ELF_ARGS,
						    .scratch_bytes = 1024,
						    .nargs = 2,
						    .name = "scale" };
	f->note.arg[0] =
		(struct pinion_kernel_arg){ .name = "x", .bytes = 8, .kind = PINION_ARG_IN };
	f->note.arg[1] = (struct pinion_kernel_arg){ .name = "n", .offset = 8, .bytes = 4 };
	memcpy(f->strings, "\0scale\0helper", 14);
	f->sym[1] = (Elf64_Sym){ .st_name = 1,
				 .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				 .st_shndx = 1,
				 .st_value = TEXT_VA,
				 .st_size = 8 };
	f->sym[2] = (Elf64_Sym){ .st_name = 7,
				 .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
				 .st_shndx = 1,
				 .st_value = TEXT_VA + 8,
				 .st_size = 8 };
	f->shdr[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
				   .sh_offset = AT(sym),
				   .sh_size = sizeof(f->sym),
				   .sh_link = 2,
				   .sh_entsize = sizeof(f->sym[0]) };
	f->shdr[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
				   .sh_offset = AT(strings),
				   .sh_size = sizeof(f->strings) };
}

size_t mock_elf(unsigned char *elf)
{
	struct layout f = { .header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
						     EV_CURRENT },
					.e_type = ET_DYN,
					.e_machine = EM_RISCV,
					.e_version = EV_CURRENT,
					.e_phoff = AT(phdr),
					.e_shoff = AT(shdr),
					.e_ehsize = sizeof(Elf64_Ehdr),
					.e_phentsize = sizeof(Elf64_Phdr),
					.e_phnum = 4,
					.e_shentsize = sizeof(Elf64_Shdr),
					.e_shnum = 3 } };

	_Static_assert(sizeof(f) <= MOCK_ELF_BYTES, "MOCK_ELF_BYTES");
	segments(&f);
	names(&f);
	f.text[0] = 0x8067; /* ret */
	memcpy(elf, &f, sizeof(f));
	return sizeof(f);
}
